// Distances as rows of two parts, drawn by engine/split_picture.js, with a button for each row. A click selects.

class Split extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' });
    super(root);
    root.prepend(keys);
    this.legend = keys;
  }

  chosenIn({ rows }) { return rows.find(({ chosen }) => chosen)?.id ?? null; }

  draw(width) {
    const { under, low, names, row, scale, tall, parts } = splitPlot(this.data, width, { most: this.most });
    this.legend.replaceChildren(...splitKeys(this.data).map((words, k) => this.key(el('i', { class: k ? 'hatched' : 'plain' }), words)));
    this.parts = this.data.rows.map((one, k) => this.row(one, k, [names + sumOfParts(one) * scale / 2, k * row + (under ? 14 : 0)]));
    this.stage.className = under ? 'stage under' : low ? 'stage low' : 'stage';
    this.stage.style.setProperty('--names', `${names}px`);
    this.stage.style.setProperty('--row', `${row}px`);
    this.stage.replaceChildren(pictured(width, tall, parts), ...this.parts.map(({ node }) => node));
  }

  row({ id, rank, title, mark, short, long }, k, at) {
    const chosen = id === this.selected, [near, far, sum] = [short, long, short + long].map((value) => number(value, 3));
    const name = el('span', { class: 'name', title }, el('small', {}, rank), el('bdi', { class: 'lines' }, title),
      ...(mark ? [el('small', { class: 'mark' }, mark)] : []));
    const said = `${rank} ${title}${mark ? `, ${mark}` : ''}: short-term part ${near}, long-term part ${far}, distance ${sum}`;
    const node = el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-testid': `split-${k}` }, ...this.worded(said, name));
    node.classList.toggle('chosen', chosen);
    const tip = [title, `short-term part: ${number(short, 4)}`, `long-term part: ${number(long, 4)}`, `distance: ${number(short + long, 4)}`];
    return { node, id, tip, at };
  }
}

export default mount('.split', Split);
