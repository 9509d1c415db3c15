// Something that plays along steps: back, play or pause, on, and a gliding to the step that was asked for. Only where it
// comes to rest does the page hear of it. Joined in front of what plays; that has `draw`, `settle` and the controls; `range`, a slider, where it has one.

const ICONS = { back: 'M15 5v14L5 12zM3 5h2v14H3z', play: 'M7 4v16l13-8z', pause: 'M7 4h4v16H7zm6 0h4v16h-4z',
  on: 'M9 5v14l10-7zM19 5h2v14h-2z' };
const calmly = matchMedia('(prefers-reduced-motion: reduce)');

class Playing {
  first = 0; // step; `last` changes with the data
  glides = 150; // milliseconds to a step that was asked for
  waits = 260; // and until the page is told, if no other is asked for meanwhile

  icon(button, name, label) {
    button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    button.title = label;
    button.setAttribute('aria-label', label);
    return button;
  }

  listenTo(back, play, on, range) {
    Object.assign(this, { back, play, on, range });
    back.onclick = () => this.step(-1);
    on.onclick = () => this.step(1);
    play.onclick = () => (this.playing ? this.stop() : this.start());
    if (range) range.oninput = () => this.glide(+range.value);
  }

  /** What the page itself shows is left. */
  leave() {}

  halt() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    Object.assign(this, { frame: undefined, telling: undefined, goal: undefined, playing: false });
  }

  start() {
    this.halt();
    this.playing = true;
    if (this.at >= this.last - 1) this.at = this.first; // a single step is nothing to look at
    this.leave();
    const each = calmly.matches ? 1000 : this.tempo();
    const from = this.at, began = performance.now();
    const next = (now) => {
      this.at = Math.min(this.last, from + Math.max(0, now - began) / each);
      this.draw();
      if (this.at >= this.last) this.stop(); else this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
    this.draw();
  }

  stop() { this.glide(Math.round(this.at)); }

  step(by) { this.glide(Math.min(this.last, Math.max(this.first, Math.round(this.goal ?? this.at) + by))); }

  /** To a step, in a moment; and when no other is asked for, the page follows. */
  glide(goal) {
    this.halt();
    this.goal = goal;
    this.leave();
    const from = this.at, began = performance.now(), lasts = calmly.matches ? 0 : this.glides;
    const next = (now) => {
      const share = lasts ? Math.min(1, Math.max(0, now - began) / lasts) : 1;
      this.at = from + (goal - from) * share;
      if (share === 1) this.frame = this.goal = undefined; else this.frame = requestAnimationFrame(next);
      this.draw();
    };
    next(began);
    this.telling = setTimeout(() => { this.telling = undefined; this.settle(goal); }, this.waits);
  }

  /** What the play button does next. */
  offer(whole) {
    const [icon, label] = this.playing ? ['pause', 'Pause'] : ['play', whole];
    if (this.play.title !== label) this.icon(this.play, icon, label);
  }
}
