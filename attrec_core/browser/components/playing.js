// Plays a figure along steps: back, play or pause, forward, and a glide to a requested step. The page is told only the step where
// the figure comes to rest. Joined in front of a figure that plays. The figure has `draw`, `tempo`, `settle` and the controls,
// and `range` if it has a slider.

const ICONS = { back: 'M15 5v14L5 12zM3 5h2v14H3z', play: 'M7 4v16l13-8z', pause: 'M7 4h4v16H7zm6 0h4v16h-4z',
  on: 'M9 5v14l10-7zM19 5h2v14h-2z' };
const calmly = matchMedia('(prefers-reduced-motion: reduce)');

class Playing {
  first = 0; // the first step; the last step, `last`, changes with the data
  glides = 150; // milliseconds of a glide to a requested step
  waits = 260; // milliseconds until the page is told, if no other step is requested meanwhile

  button(icon, label) { return this.icon(el('button', { type: 'button' }), icon, label); }

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

  /** Called when the figure leaves the step that the page shows. */
  leave() {}

  halt() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    Object.assign(this, { frame: undefined, telling: undefined, goal: undefined, playing: false });
  }

  start() {
    this.halt();
    this.playing = true;
    if (this.at >= this.last - 1) this.at = this.first; // a single step is too little to watch
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

  /** Glides to a step. The page follows if no other step is requested. */
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

  /** Shows on the play button what it does next. */
  offer(whole) {
    const [icon, label] = this.playing ? ['pause', 'Pause'] : ['play', whole];
    if (this.play.title !== label) this.icon(this.play, icon, label);
  }
}
