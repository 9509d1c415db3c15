// The terms of a sum as bars, drawn by engine/bars_picture.js, with a button for each. A click selects an item.

const ROW = matchMedia('(hover: none)').matches ? 44 : 38; // the height of a row, for a finger or a mouse

class Bars extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' });
    super(root, keys);
    this.legend = keys;
  }

  chosenIn({ columns }) { return columns.find(({ chosen }) => chosen)?.id ?? null; }

  draw(width) {
    const { columns, notes, dashes } = this.data;
    this.plot = barsPlot(this.data, width, { row: ROW, most: this.most, selected: this.selected });
    const { lying, names, long, head, wide, tall, parts } = this.plot;
    this.parts = columns.map((column, k) => this.part(column, k));
    this.stage.replaceChildren(pictured(wide, tall, parts), ...this.parts.map(({ node }) => node), ...notes.map((note) => this.note(note)));
    this.stage.className = lying ? 'stage lying' : 'stage upright';
    const { style } = this.stage;
    style.setProperty('--names', `${names}px`);
    style.setProperty('--plot', `${long}px`);
    style.setProperty('--count', columns.length);
    style.setProperty('--row', `${ROW}px`);
    style.setProperty('--head', `${head}px`);
    this.legend.replaceChildren(...(dashes ? [this.key(el('i', { class: 'dash' }), dashes)] : []));
    this.legend.hidden = !dashes;
  }

  part({ id, sign, name, colour, hover, end, bars }, k) {
    const { lying, names, size, head, at: pixel } = this.plot, chosen = id !== null && id === this.selected;
    const plate = paint(el('small', { class: 'plate' }), colour);
    plate.textContent = sign;
    const says = hover.split('\n');
    const node = el('button', { type: 'button', 'data-testid': `column-${k}`,
      ...(id === null ? { 'aria-disabled': 'true' } : { 'aria-pressed': String(chosen) }) },
    ...this.worded(`${sign}: ${says.join('; ')}`, plate, el('bdi', { class: 'lines' }, name)));
    node.classList.toggle('chosen', chosen);
    const ends = [pixel(end), pixel(bars[0].start)], along = k * size;
    const at = lying ? [Math.max(...ends), head + along + 4] : [along + size / 2, Math.min(...ends) - 14];
    at[0] += names;
    return { node, id, tip: says, at };
  }

  /** A note at the end to which larger values lie, or at the other. */
  note({ text, top }) { return el('p', { class: top ? 'note top' : 'note', title: text }, noteTurned(text, this.plot.lying)); }
}

export default mount('.bars', Bars);
