// How much attention each item receives, and how removing it changes the distance of the explained item: to the right (+)
// it is farther, to the left (−) nearer. A click on a row selects its item.

const COLUMNS = [
  ['weight', 'Average attention', 'that the item receives'],
  ['delete', 'Removed', 'change of the distance; rank'],
];

class TruthTable extends SelectableRows {
  constructor(root) {
    super();
    const heads = COLUMNS.map(([name, head, more]) => el('th', { scope: 'col', class: name },
      el('span', {}, head), el('small', {}, more)));
    this.legend = el('p', { class: 'legend' });
    root.replaceChildren(el('table', {}, el('thead', {}, el('tr', {},
      el('th', { scope: 'col', class: 'item' }, 'Item, oldest first'), ...heads)), this.body), this.legend);
  }

  draw() {
    const { even } = this.data;
    this.most = Math.max(...this.rows.map((row) => Math.abs(row.delete?.delta_distance ?? 0)), Number.MIN_VALUE);
    this.heaviest = Math.max(...this.rows.map((row) => row.weight), even, Number.MIN_VALUE);
    this.legend.textContent = 'Removed: + farther (lower is better), − nearer. '
      + `The line across each attention bar is the mean, ${percent(even)}.`;
    this.body.replaceChildren(...this.rows.map((row, k) => this.line(row, k)));
  }

  line(row, k) {
    const chosen = row.id === this.selected;
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen), tabindex: k === this.here ? '0' : '-1',
      title: row.title }, paint(el('small', { class: 'place' }, letter(row.place - 1)), row.colour), el('bdi', { class: 'lines' }, row.title));
    const cells = [
      [this.track(row.weight / this.heaviest, this.data.even / this.heaviest), el('span', {}, percent(row.weight))],
      row.delete ? this.effect(row.delete) : [],
    ];
    return el('tr', { 'data-k': k, 'data-testid': `truth-${row.place}`, class: chosen ? 'chosen' : '' },
      el('th', { scope: 'row', class: 'item' }, button),
      ...COLUMNS.map(([name, head], c) => el('td', { class: name, 'data-head': head }, el('div', {}, ...cells[c]))));
  }

  track(share, level) {
    return el('span', { class: 'track', 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }),
      el('b', { style: `left: ${100 * level}%` }));
  }

  effect({ delta_distance: change, delta_rank: rank }) {
    const half = (50 * Math.abs(change)) / this.most, side = change < 0 ? 50 - half : 50;
    const [before, after] = [this.data.rank, this.data.rank + rank].map((value) => Math.round(value * 10) / 10);
    return [
      el('span', { class: 'track', 'aria-hidden': 'true' },
        el('i', { class: change < 0 ? 'nearer' : 'farther', style: `left: ${side}%; width: ${half}%` }), el('b', { style: 'left: 50%' })),
      el('span', {}, signed(change, 3), ' ',
        el('small', {}, before === after ? `rank stays ${before}` : `rank ${before} → ${after}`)),
    ];
  }
}

export default mount('.truth', TruthTable);
