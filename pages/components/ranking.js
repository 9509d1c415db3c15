// The recommendations as a table: rank, title, the distance as one bar of two parts. Redrawn in place.

const rankings = new WeakMap(); // root element -> Ranking

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes, never markup
  return node;
}

const number = (value) => value.toFixed(3).replace(/^(-?)0\./, '$1.');

class Ranking {
  constructor(root) {
    Object.assign(this, { root, here: 0 });
    this.body = el('tbody');
    const key = (part, words) => el('span', { class: 'key' }, el('i', { class: part }), words);
    root.replaceChildren(
      el('table', {},
        el('colgroup', {}, ...['rank', 'item', 'parts', 'number'].map((name) => el('col', { class: name }))),
        el('thead', {}, el('tr', {},
          el('th', { scope: 'col', class: 'rank' }, 'rank'), el('th', { scope: 'col' }, 'item'),
          el('th', { scope: 'col', colspan: '2', class: 'distance' }, 'distance — lower is better'))), this.body),
      el('p', { class: 'legend' }, key('short', 'short-term part'), key('long', 'long-term part')));
    this.body.onclick = (event) => this.select(event.target.closest('tr'));
    this.body.onkeydown = (event) => this.onKey(event);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { rows: data.rows, selected: data.selected, setTriggerValue });
    this.render();
  }

  render() {
    const focused = this.body.contains(this.body.getRootNode().activeElement);
    const farthest = Math.max(...this.rows.map((row) => row.distance), Number.MIN_VALUE), lines = [];
    this.here = Math.max(0, Math.min(this.here, this.rows.length - 1));
    this.rows.forEach((row, k) => {
      const before = this.rows[k - 1];
      if (k && row.competes && row.rank - before.rank >= 2) lines.push(this.gap(`between ranks ${before.rank} and ${row.rank}`));
      if (k && !row.competes && before.competes) lines.push(this.gap('between the list and what does not compete'));
      lines.push(this.line(row, k, farthest));
    });
    this.body.replaceChildren(...lines);
    if (focused) this.focus(this.here);
  }

  gap(where) {
    const cell = el('td', { colspan: '4' }, el('span', { 'aria-hidden': 'true' }, '…'),
      el('span', { class: 'heard' }, `${where} nothing is shown`));
    return el('tr', { class: 'gap' }, cell);
  }

  line(row, k, farthest) {
    const chosen = row.id === this.selected, part = (name) => el('i', { class: name,
      style: `width: ${(100 * Math.max(0, row[name])) / farthest}%` });
    const marks = row.marks.map((mark) => el('span', { class: mark === 'true next' ? 'mark true' : 'mark' }, mark));
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen),
      tabindex: k === this.here ? '0' : '-1', title: row.subtitle ? `${row.title} · ${row.subtitle}` : row.title },
    el('bdi', {}, row.title));
    const second = row.subtitle || marks.length
      ? [el('div', { class: 'second' }, ...marks, ...(row.subtitle ? [el('small', {}, row.subtitle)] : []))] : [];
    const bar = el('div', { class: 'bar', role: 'img', title: `short ${number(row.short)} + long ${number(row.long)}`,
      'aria-label': `short-term part ${number(row.short)}, long-term part ${number(row.long)}` },
    part('short'), part('long'));
    const up = row.move?.startsWith('▲') || row.move === 'NEW';
    const move = row.move ? [el('small', { class: up ? 'move up' : 'move', title: 'since A' }, row.move)] : [];
    const change = row.change ? [el('small', { class: 'move', title: 'change of the distance since A' }, row.change)] : [];
    return el('tr', { 'data-k': k, 'data-testid': row.competes ? `rank-${row.rank}` : `unranked-${k}`, class: chosen ? 'chosen' : '' },
      el('td', { class: 'rank' }, row.competes ? String(row.rank) : '–', ...move), el('td', { class: 'item' }, button, ...second),
      el('td', { class: 'parts' }, bar), el('td', { class: 'number' }, number(row.distance), ...change));
  }

  select(line) {
    if (!line?.dataset.k) return;
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
  const root = component.parentElement.querySelector('.ranking');
  if (!rankings.has(root)) rankings.set(root, new Ranking(root));
  rankings.get(root).receive(component);
}
