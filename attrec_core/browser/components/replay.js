// Plays a training in the browser: curves with a line at the epoch, the attention matrix, and a map with moving points, each with
// the sentence of the shown epoch. The server is only told where the reader stopped.

const WHOLE = 12000, SHORTEST = 200, LONGEST = 900; // milliseconds of all epochs; limits for one epoch

class Replay extends Playing {
  glides = 250;
  waits = 320;

  constructor(root) {
    super();
    Object.assign(this, { root, at: 0 });
    this.style = getComputedStyle(root);
    this.listenTo(this.button('back', 'One epoch back'), this.button('play', 'Play the training'), this.button('on', 'One epoch forward'),
      el('input', { type: 'range', min: '0', 'aria-label': 'Epoch: arrow keys step, Space plays' }));
    this.text = el('p', { class: 'says', role: 'status' });
    this.curves = el('div', { class: 'curves' });
    this.grid = new AttentionGrid(el('div', { class: 'map' }));
    this.map = new MovingMap();
    this.keys = el('p', { class: 'keys' });
    this.sentences = Object.fromEntries(['curves', 'attention', 'map'].map((name) => [name, el('p', { class: 'sentence' })]));
    const panel = (css, head, name, ...inner) => el('section', { class: css }, head, ...inner, this.sentences[name]);
    this.place = el('h2');
    root.replaceChildren(
      el('div', { class: 'player' }, el('div', {}, this.back, this.play, this.on, this.range), this.text),
      el('div', { class: 'panels' },
        panel('left', el('h2', {}, 'Training curves'), 'curves', this.curves),
        panel('middle', el('h2', {}, 'Attention matrix'), 'attention', this.grid.root),
        panel('right', this.place, 'map', this.map.stage, this.keys)));
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
    // Movement in the browser continues; at rest the page's epoch is shown.
    const moving = this.playing || this.frame || this.telling || (this.told ?? data.step) !== data.step;
    if (another || !moving) Object.assign(this, { at: data.step, told: undefined });
    this.draw();
  }

  /** Takes the data of another user, map or run. */
  take(data) {
    this.halt();
    this.map.take({ ...data.map, ids: data.attention.ids }, data.epochs.length);
    // The server drew both sets of curves; they hold no foreign text.
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
    const at = calmly.matches ? Math.round(this.at) : this.at, step = Math.round(at), says = this.data.sentences[step].player;
    this.range.value = this.goal ?? step; // so that the next key continues from there
    this.range.setAttribute('aria-valuetext', says);
    this.back.disabled = step <= 0;
    this.on.disabled = step >= this.last;
    this.offer('Play the training');
    this.text.setAttribute('aria-live', this.playing ? 'off' : 'polite');
    if (this.text.textContent !== says) this.text.textContent = says;
    this.moveLine(at);
    if (this.shown !== step) this.look(step);
    this.map.paint(at, this.data.selected, this.style);
    this.map.canvas.setAttribute('aria-label', `${this.data.place}. ${says}. “Show data” below lists the positions.`);
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
    for (const [name, node] of Object.entries(this.sentences)) node.textContent = this.data.sentences[step][name];
    this.shown = step;
  }

  end() {
    this.halt();
    this.sizing.disconnect();
    this.grid.end();
  }
}

export default mount('.replay', Replay);
