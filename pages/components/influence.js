// The truth test as a table: how much each item is looked at, and what it does. A row selects its item.

const tables = new WeakMap(); // root element -> TruthTable

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes, never markup
  return node;
}

const bare = (text) => text.replace(/^0\./, '.');
const number = (value, digits) => bare(value.toFixed(digits));
/** The sign in the text, never by colour or side alone. */
function signed(value, digits = 3) {
  const text = bare(Math.abs(value).toFixed(digits));
  return Number(value.toFixed(digits)) === 0 ? text : (value > 0 ? '+' : '−') + text;
}

const COLUMNS = [
  ['weight', 'attention w', 'how much it is looked at'],
  ['exact', 'pull by the exact sum', 'against the average item'],
  ['delete', 'left out: deleted', 'Δ distance, Δ rank'],
  ['mask', 'left out: in place', 'Δ distance, Δ rank'],
  ['words', 'in words', 'by what deleting does'],
];

class TruthTable {
  constructor(root) {
    Object.assign(this, { root, here: 0 });
    this.body = el('tbody');
    this.heads = COLUMNS.map(([name, head, more]) => el('th', { scope: 'col', class: name },
      el('span', {}, head), ...(more ? [el('small', {}, more)] : [])));
    this.table = el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'item' }, 'item, oldest first'),
      ...this.heads)), this.body);
    this.legend = el('p', { class: 'legend' });
    root.replaceChildren(this.table, this.legend);
    this.body.onclick = (event) => this.select(event.target.closest('tr'));
    this.body.onkeydown = (event) => this.onKey(event);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { rows: data.rows, even: data.even, selected: data.selected, setTriggerValue });
    this.render();
  }

  render() {
    const focused = this.body.contains(this.body.getRootNode().activeElement);
    const effects = this.rows.flatMap((row) => [row.exact, row.delete?.distance, row.mask?.distance]);
    this.most = Math.max(...effects.map((value) => Math.abs(value ?? 0)), Number.MIN_VALUE);
    this.heaviest = Math.max(...this.rows.map((row) => row.weight), this.even, Number.MIN_VALUE);
    this.here = Math.max(0, Math.min(this.here, this.rows.length - 1));
    const given = { exact: (row) => row.exact !== null, delete: (row) => row.delete, mask: (row) => row.mask };
    this.shown = COLUMNS.map(([name]) => name).filter((name) => !given[name] || this.rows.some(given[name]));
    this.legend.textContent = 'Bars to the right (+): it pulls nearer. To the left (−): it pushes away. '
      + `The line at w is the mean of these w, ${number(this.even, 2)}; an item beyond it is favoured.`;
    this.heads.forEach((head, k) => { head.hidden = !this.shown.includes(COLUMNS[k][0]); });
    this.body.replaceChildren(...this.rows.map((row, k) => this.line(row, k)));
    if (focused) this.focus(this.here);
  }

  line(row, k) {
    const chosen = row.id === this.selected;
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen), tabindex: k === this.here ? '0' : '-1',
      title: row.title }, paint(el('small', { class: 'place' }, String(row.place)), row.colour), el('bdi', {}, row.title));
    const cells = {
      weight: () => [this.track(row.weight / this.heaviest, 'weight', this.even / this.heaviest), el('span', {}, number(row.weight, 3))],
      exact: () => [this.diverging(row.exact), el('span', {}, signed(row.exact))],
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

  effect({ distance, rank }) {
    const moved = Math.round(rank * 10) / 10;
    return [this.diverging(distance), el('span', {}, signed(distance), ' ',
      el('small', {}, `rank ${moved > 0 ? '+' : moved < 0 ? '−' : '±'}${Math.abs(moved)}`))];
  }

  select(line) {
    if (!line) return;
    this.here = Number(line.dataset.k);
    const { id } = this.rows[this.here];
    this.selected = id === this.selected ? null : id;
    this.render();
    this.setTriggerValue('select', { id: this.selected });
  }

  focus(k) {
    const buttons = [...this.body.querySelectorAll('button')];
    this.here = Math.max(0, Math.min(k, buttons.length - 1));
    buttons.forEach((button, i) => { button.tabIndex = i === this.here ? 0 : -1; });
    buttons[this.here]?.focus();
  }

  onKey(event) {
    const to = { ArrowUp: this.here - 1, ArrowDown: this.here + 1, Home: 0, End: this.rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.focus(to);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector('.truth');
  if (!tables.has(root)) tables.set(root, new TruthTable(root));
  tables.get(root).receive(component);
}
