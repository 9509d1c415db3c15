// A training as a film: curves with a line, the attention map, and a map whose points move. Played here; the server
// only hears where the reader stopped.

const WHOLE = 12000, SHORTEST = 200, LONGEST = 900; // milliseconds of all epochs, and of one

class Replay extends Playing {
  glides = 250;
  waits = 320;

  constructor(root) {
    super();
    Object.assign(this, { root, at: 0 });
    this.style = getComputedStyle(root);
    const button = (name, label) => this.icon(el('button', { type: 'button' }), name, label);
    this.listenTo(button('back', 'One epoch back'), button('play', 'Play the training'), button('on', 'One epoch on'),
      el('input', { type: 'range', min: '0', 'aria-label': 'Epoch: arrow keys step, Space plays' }));
    this.text = el('p', { class: 'says', role: 'status' });
    this.curves = el('div', { class: 'curves' });
    this.grid = new AttentionGrid(el('div', { class: 'map' }));
    this.map = new MovingMap();
    this.keys = el('p', { class: 'keys' });
    const panel = (css, head, ...inner) => el('section', { class: css }, head, ...inner);
    this.place = el('h2');
    root.replaceChildren(
      el('div', { class: 'player' }, el('div', {}, this.back, this.play, this.on, this.range), this.text),
      el('div', { class: 'panels' },
        panel('left', el('h2', {}, 'How the figures went'), this.curves),
        panel('middle', el('h2', {}, 'Who looks at whom'), this.grid.root),
        panel('right', this.place, this.map.stage, this.keys)));
    this.range.onkeydown = (event) => {
      if (event.key !== ' ') return;
      event.preventDefault();
      this.play.click();
    };
    this.sizing = new ResizeObserver(() => this.data && this.draw());
    this.sizing.observe(this.map.stage);
  }

  receive({ data, setTriggerValue }) {
    const another = data.whose !== this.data?.whose;
    Object.assign(this, { data, setTriggerValue, last: data.epochs.length - 1, shown: undefined });
    this.range.max = this.last;
    if (another) this.take(data);
    // What is on its way in the browser goes on; else the page's epoch is shown.
    const moving = this.playing || this.frame || this.telling || (this.told ?? data.step) !== data.step;
    if (another || !moving) Object.assign(this, { at: data.step, told: undefined });
    this.draw();
  }

  /** Another person, space or run. */
  take(data) {
    this.halt();
    this.map.take({ ...data.map, ids: data.attention.ids }, data.epochs.length);
    // The server drew both; no foreign text is in them.
    this.curves.innerHTML = ['wide', 'narrow'].map((css, k) => `<div class="${css}">${data.curves[k]}</div>`).join('');
    this.place.textContent = data.place;
    this.keys.replaceChildren(...this.map.legend());
  }

  tempo() { return Math.min(LONGEST, Math.max(SHORTEST, WHOLE / Math.max(1, this.last))); }

  settle(goal) {
    if (goal === this.data.step) return;
    this.told = goal;
    this.setTriggerValue('epoch', { epoch: this.data.epochs[goal] });
  }

  draw() {
    const at = calmly.matches ? Math.round(this.at) : this.at, step = Math.round(at), says = this.data.says[step];
    this.range.value = this.goal ?? step; // so that the next key goes on from there
    this.range.setAttribute('aria-valuetext', says);
    this.back.disabled = step <= 0;
    this.on.disabled = step >= this.last;
    this.offer('Play the training');
    this.text.setAttribute('aria-live', this.playing ? 'off' : 'polite');
    if (this.text.textContent !== says) this.text.textContent = says;
    this.moveLine(at);
    if (this.shown !== step) this.look(step);
    this.map.paint(at, this.data.selected, this.style);
    this.map.canvas.setAttribute('aria-label', `${this.data.place}. ${says}. A table below holds the places.`);
  }

  moveLine(at) {
    const low = Math.floor(at), share = at - low;
    this.curves.querySelectorAll('.now').forEach((line, k) => {
      const across = this.data.across[k], next = across[low + 1] ?? across[low];
      line.setAttribute('transform', `translate(${(across[low] + (next - across[low]) * share).toFixed(1)} 0)`);
    });
  }

  look(step) {
    const { weights, column_weights: means, missing, ...rest } = this.data.attention;
    const data = { ...rest, weights: weights[step], column_weights: means[step], missing: missing[step],
      selected: this.data.selected, revision: step };
    this.grid.receive({ data, setTriggerValue: this.setTriggerValue });
    this.shown = step;
  }

  end() {
    this.halt();
    this.sizing.disconnect();
  }
}

export default mount('.replay', Replay);
