// The table of the truth test: how much attention each item receives, and how the item changes the distance. A click on a row
// selects its item.

const COLUMNS = [
  ['weight', 'Average attention', 'that the item receives'],
  ['exact', 'Contribution', 'compared with average item'],
  ['delete', 'Removed, positions shift', 'change of distance, rank'],
  ['mask', 'Removed, positions kept', 'change of distance, rank'],
  ['words', 'In words', 'by removal (positions shift)'],
];

class TruthTable extends SelectableRows {
  constructor(root) {
    super();
    this.heads = COLUMNS.map(([name, head, more]) => el('th', { scope: 'col', class: name },
      el('span', {}, head), ...(more ? [el('small', {}, more)] : [])));
    this.table = el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'item' }, 'Item, oldest first'),
      ...this.heads)), this.body);
    this.legend = el('p', { class: 'legend' });
    root.replaceChildren(this.table, this.legend);
  }

  draw() {
    const { even } = this.data;
    const effects = this.rows.flatMap((row) => [row.exact, row.delete?.delta_distance, row.mask?.delta_distance]);
    this.most = Math.max(...effects.map((value) => Math.abs(value ?? 0)), Number.MIN_VALUE);
    this.heaviest = Math.max(...this.rows.map((row) => row.weight), even, Number.MIN_VALUE);
    const given = { exact: (row) => row.exact !== null, delete: (row) => row.delete, mask: (row) => row.mask };
    this.shown = COLUMNS.map(([name]) => name).filter((name) => !given[name] || this.rows.some(given[name]));
    this.legend.textContent = 'Bars to the right (+): the item lowers the distance. To the left (−): it raises the distance. '
      + `The line in each bar of attention marks the mean, ${percent(even)}; more is high attention.`;
    this.heads.forEach((head, k) => { head.hidden = !this.shown.includes(COLUMNS[k][0]); });
    this.body.replaceChildren(...this.rows.map((row, k) => this.line(row, k)));
  }

  line(row, k) {
    const chosen = row.id === this.selected;
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen), tabindex: k === this.here ? '0' : '-1',
      title: row.title }, paint(el('small', { class: 'place' }, letter(row.place - 1)), row.colour), el('bdi', { class: 'lines' }, row.title));
    const cells = {
      weight: () => [this.track(row.weight / this.heaviest, 'weight', this.data.even / this.heaviest), el('span', {}, percent(row.weight))],
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

  track(share, kind, level) {
    return el('span', { class: `track ${kind}`, 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }),
      el('b', { style: `left: ${100 * level}%` }));
  }

  diverging(value) {
    const half = (50 * Math.abs(value)) / this.most, side = value < 0 ? 50 - half : 50;
    return el('span', { class: 'track both', 'aria-hidden': 'true' },
      el('i', { class: value < 0 ? 'away' : 'near', style: `left: ${side}%; width: ${half}%` }), el('b', { style: 'left: 50%' }));
  }

  effect({ delta_distance: change, delta_rank: rank }) {
    const moved = Math.round(rank * 10) / 10;
    return [this.diverging(change), el('span', {}, signed(change, 3), ' ',
      el('small', {}, `rank ${moved > 0 ? '+' : moved < 0 ? '−' : '±'}${Math.abs(moved)}`))];
  }
}

export default mount('.truth', TruthTable);
