// The table of the truth test: how much attention each item receives, and how much the item helps. All effects have one
// direction: to the right, the distance grows without the item. A click on a row selects its item.

const COLUMNS = [
  ['weight', 'Average attention', 'that the item receives'],
  ['exact', 'Contribution', 'nearer than the average item by'],
  ['delete', 'Removed', 'distance grows by; rank'],
  ['mask', 'Removed, positions kept', 'distance grows by; rank'],
  ['words', 'In words', 'what removing it does'],
];

class TruthTable extends SelectableRows {
  constructor(root) {
    super();
    this.heads = COLUMNS.map(([name, head, more]) => el('th', { scope: 'col', class: name },
      el('span', {}, head), el('small', {}, more)));
    this.table = el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'item' }, 'Item, oldest first'),
      ...this.heads)), this.body);
    this.legend = el('p', { class: 'legend' });
    this.more = el('button', { type: 'button', class: 'more' });
    this.more.onclick = () => {
      this.both = !this.both;
      this.draw();
    };
    this.both = false; // whether the second way of removing has its column, too
    root.replaceChildren(this.table, this.more, this.legend);
  }

  draw() {
    const { even, high } = this.data;
    const effects = this.rows.flatMap((row) => [row.exact, row.delete?.delta_distance, row.mask?.delta_distance]);
    this.most = Math.max(...effects.map((value) => Math.abs(value ?? 0)), Number.MIN_VALUE);
    this.heaviest = Math.max(...this.rows.map((row) => row.weight), even, Number.MIN_VALUE);
    const given = { exact: (row) => row.exact !== null, delete: (row) => row.delete, mask: (row) => this.both && row.mask };
    this.shown = COLUMNS.map(([name]) => name).filter((name) => !given[name] || this.rows.some(given[name]));
    this.more.hidden = !this.rows.some((row) => row.mask);
    this.more.textContent = this.both ? 'Hide “positions kept”' : 'Compare with “positions kept”';
    this.more.setAttribute('aria-expanded', String(this.both));
    this.legend.textContent = 'Bars to the right (+): the item helps, without it the distance grows. To the left (−): the '
      + `opposite. The line across each attention bar is the mean, ${percent(even)}; above ${percent(high)}, attention is high.`;
    this.heads.forEach((head, k) => { head.hidden = !this.shown.includes(COLUMNS[k][0]); });
    this.body.replaceChildren(...this.rows.map((row, k) => this.line(row, k)));
  }

  line(row, k) {
    const chosen = row.id === this.selected;
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen), tabindex: k === this.here ? '0' : '-1',
      title: row.title }, paint(el('small', { class: 'place' }, letter(row.place - 1)), row.colour), el('bdi', { class: 'lines' }, row.title));
    const cells = {
      weight: () => [this.track(row.weight / this.heaviest, this.data.even / this.heaviest), el('span', {}, percent(row.weight))],
      exact: () => [this.diverging(row.exact), el('span', {}, signed(row.exact, 3))],
      delete: () => this.effect(row.delete),
      mask: () => this.effect(row.mask),
      words: () => [el('span', {}, row.verdict)],
    };
    return el('tr', { 'data-k': k, 'data-testid': `truth-${row.place}`, class: (chosen ? 'chosen ' : '') + (row.misleading ? 'misleading' : '') },
      el('th', { scope: 'row', class: 'item' }, button),
      ...this.shown.map((name) => el('td', { class: name, 'data-head': COLUMNS.find(([known]) => known === name)[1] },
        el('div', {}, ...cells[name]()))));
  }

  track(share, level) {
    return el('span', { class: 'track', 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }),
      el('b', { style: `left: ${100 * level}%` }));
  }

  diverging(value) {
    const half = (50 * Math.abs(value)) / this.most, side = value < 0 ? 50 - half : 50;
    return el('span', { class: 'track', 'aria-hidden': 'true' },
      el('i', { class: value < 0 ? 'away' : 'near', style: `left: ${side}%; width: ${half}%` }), el('b', { style: 'left: 50%' }));
  }

  effect({ delta_distance: change, delta_rank: rank }) {
    const [before, after] = [this.data.rank, this.data.rank + rank].map((value) => Math.round(value * 10) / 10);
    return [this.diverging(change), el('span', {}, signed(change, 3), ' ',
      el('small', {}, before === after ? `rank stays ${before}` : `rank ${before} → ${after}`))];
  }
}

export default mount('.truth', TruthTable);
