// The terms of a sum as bars: columns, or rows where columns would be too narrow for their names. A click selects an item.

const AXIS = 40, WORDS = 20, ROOM = 21; // pixels: left of columns, of the lines above and below the bars, of a number
const NARROW = 80, HIGH = 290, NAMES = 110; // the narrowest column; the height of all columns, of their names
const ROW = matchMedia('(hover: none)').matches ? 44 : 38; // the height of a row, for a finger or a mouse
const WIDE = 0.7, WIDEST = 58; // of a bar: share of its column; pixels

class Bars extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' });
    super(root, keys);
    this.legend = keys;
    this.hatch = `hatch-${Math.random().toString(36).slice(2)}`; // unique where a page has several figures
  }

  chosenIn({ columns }) { return columns.find(({ chosen }) => chosen)?.id ?? null; }

  get ends() { return this.data.columns.map(({ bars }) => bars.at(-1).start + bars.at(-1).value); }

  draw(width) {
    const { columns, title, notes, dashes } = this.data, n = columns.length;
    this.lying = (width - AXIS) / n < NARROW;
    this.names = this.lying ? Math.round(Math.min(190, Math.max(112, width * 0.36))) : AXIS;
    this.size = this.lying ? ROW : (width - AXIS) / n;
    const long = this.lying ? width - this.names : Math.min(HIGH, this.most - NAMES), across = n * this.size;
    this.head = notes.length && this.lying ? WORDS : 0;
    this.setScale(long);
    const ticks = roundTicks(this.low, this.high, this.lying ? Math.max(2, long / 48) : long / 44);
    const figure = svg('svg', { 'aria-hidden': 'true', width: this.lying ? long : width, height: this.lying ? across + WORDS : long });
    figure.append(this.hatching(), ...ticks.flatMap((tick) => this.tick(tick, across)));
    if (!this.lying) figure.append(svg('text', { x: 0, y: 10, class: 'quiet' }, title));
    else figure.append(svg('text', { x: long, y: across + 30, class: 'quiet', 'text-anchor': 'end' }, title));
    columns.forEach((column, k) => figure.append(...this.column(column, k)));
    figure.append(this.line(0, 0, across, 'zero'), ...columns.map((column, k) => this.number(column, k)));
    this.parts = columns.map((column, k) => this.part(column, k));
    this.stage.replaceChildren(figure, ...this.parts.map(({ node }) => node), ...notes.map((note) => this.note(note)));
    this.stage.className = this.lying ? 'stage lying' : 'stage upright';
    const { style } = this.stage;
    style.setProperty('--names', `${this.names}px`);
    style.setProperty('--plot', `${long}px`);
    style.setProperty('--count', n);
    style.setProperty('--row', `${ROW}px`);
    style.setProperty('--head', `${this.head}px`);
    this.legend.replaceChildren(...(dashes ? [this.key(el('i', { class: 'dash' }), dashes)] : []));
    this.legend.hidden = !dashes;
  }

  /** Sets `at(value)`, the pixel of a value; the numbers at the ends of the bars have room. */
  setScale(long) {
    const { columns, notes } = this.data, { lying } = this;
    const values = columns.flatMap(({ bars, dash }) => [dash ?? 0, ...bars.flatMap(({ start, value }) => [start, start + value])]);
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)], room = high - low || 1;
    const widest = Math.max(...columns.map(({ text, strong }) => this.measure(text, strong ? 700 : 400))) + 10;
    const corner = notes.length && !lying ? WORDS : 0;
    const before = lying ? (low < 0 ? widest : 0) : (low < 0 ? ROOM : 2) + (low < 0 ? corner : 0);
    const after = lying ? widest : ROOM + 14 + corner * 0.4;
    const scale = (long - before - after) / room;
    this.at = lying ? (value) => before + (value - low) * scale : (value) => long - before - (value - low) * scale;
    [this.low, this.high, this.last] = [low - before * 0.6 / scale * (low < 0), high + after * 0.5 / scale, long];
  }

  hatching() {
    const look = { id: this.hatch, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' };
    return svg('defs', {}, svg('pattern', look, svg('rect', { width: 2, height: 6, class: 'stripe' })));
  }

  /** A line across a range of columns at a value. */
  line(value, from, to, css) {
    const at = this.at(value), [a, b] = [from, to].map((along) => along + (this.lying ? 0 : this.names));
    return svg('path', { class: css, d: this.lying ? `M${at} ${a}V${b}` : `M${a} ${at}H${b}` });
  }

  tick({ value, text }, across) {
    const at = this.at(value), words = this.lying ? { x: at, y: across + 14, 'text-anchor': value === 0 && at < 8 ? 'start' : 'middle' }
      : { x: this.names - 8, y: at + 4, 'text-anchor': 'end' };
    return [this.line(value, 0, across, 'grid'), svg('text', { ...words, class: 'quiet' }, text)];
  }

  column({ id, bars, dash }, k) {
    const { size } = this, thick = Math.min(WIDEST, size * WIDE), from = k * size + (size - thick) / 2, drawn = [];
    const chosen = id !== null && id === this.selected ? ' chosen' : '', next = this.ends[k];
    for (const { start, value, colour, hatched, side } of bars) {
      const [a, b] = [this.at(start), this.at(start + value)], half = side ? thick / 2 : thick;
      const along = from + (side === 'right' ? thick / 2 : 0), long = Math.max(1, Math.abs(b - a)), first = Math.min(a, b);
      const rect = this.lying ? { x: first, y: along, width: long, height: half }
        : { x: along + this.names, y: first, width: half, height: long };
      drawn.push(svg('rect', { ...rect, rx: 1.5, fill: colour, class: `bar${chosen}` }));
      if (hatched) drawn.push(svg('rect', { ...rect, rx: 1.5, fill: `url(#${this.hatch})` }));
    }
    if (this.data.connected && k + 1 < this.data.columns.length) drawn.push(this.line(next, from + thick, from + size, 'dots'));
    if (dash !== null && dash !== undefined) {
      const [a, b] = [this.at(next), this.at(dash)], middle = from + thick / 2 + (this.lying ? 0 : this.names);
      drawn.push(svg('path', { class: 'dots', d: this.lying ? `M${a} ${middle}H${b}` : `M${middle} ${a}V${b}` }),
        this.line(dash, from + thick * 0.15, from + thick * 0.85, 'usual'));
    }
    return drawn;
  }

  /** A number is beyond all bars of its column, and beyond the dash if that would strike it through. */
  number({ bars, text, end, strong, dash }, k) {
    const down = end < bars[0].start, middle = (k + 0.5) * this.size, css = strong ? 'strong' : '', most = down ? Math.min : Math.max;
    let at = this.at(most(end, ...bars.map(({ start, value }) => start + value)));
    const gap = (this.at(dash ?? 0) - at) * (down === this.lying ? -1 : 1);
    if (typeof dash === 'number' && gap > 0 && gap < (this.lying ? this.measure(text, 700) + 10 : ROOM)) at = this.at(dash);
    if (!this.lying) return svg('text', { x: middle + this.names, y: at + (down ? 15 : -6), 'text-anchor': 'middle', class: css }, text);
    const wide = this.measure(text, strong ? 700 : 400) + 8, left = down && at - wide > 0;
    const x = left || !down ? at : this.at(bars[0].start); // left of the axis there is no room: beyond the bar's start
    return svg('text', { x: x + (left ? -6 : 6), y: middle + 4, 'text-anchor': left ? 'end' : 'start', class: css }, text);
  }

  part({ id, sign, name, colour, hover, end, bars }, k) {
    const chosen = id !== null && id === this.selected;
    const plate = paint(el('small', { class: 'plate' }), colour);
    plate.textContent = sign;
    const says = hover.split('\n');
    const node = el('button', { type: 'button', 'data-testid': `column-${k}`,
      ...(id === null ? { 'aria-disabled': 'true' } : { 'aria-pressed': String(chosen) }) },
    ...this.worded(`${sign}: ${says.join('; ')}`, plate, el('bdi', { class: 'lines' }, name)));
    node.classList.toggle('chosen', chosen);
    const ends = [this.at(end), this.at(bars[0].start)], along = k * this.size;
    const at = this.lying ? [Math.max(...ends), this.head + along + 4] : [along + this.size / 2, Math.min(...ends) - 14];
    at[0] += this.names;
    return { node, id, tip: says, at };
  }

  /** A note at the end to which larger values lie, or at the other. */
  note({ text, top }) {
    const turned = this.lying ? text.replace(/^▼ /, '◀ ').replace(/^▲ (.*)/, '$1 ▶') : text;
    return el('p', { class: top ? 'note top' : 'note', title: text }, turned);
  }
}

export default mount('.bars', Bars);
