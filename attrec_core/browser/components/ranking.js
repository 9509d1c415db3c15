// The table of recommendations: rank, title, and the measure that ranks them. AttRec's distance is a bar of two parts. Redrawn in place.

class Ranking extends SelectableRows {
  constructor(root) {
    super();
    const key = (part, words) => el('span', { class: 'key' }, el('i', { class: part }), words);
    this.measure = el('th', { scope: 'col', colspan: '2', class: 'measure' });
    root.replaceChildren(
      el('table', {},
        el('colgroup', {}, ...['rank', 'item', 'parts', 'number'].map((name) => el('col', { class: name }))),
        el('thead', {}, el('tr', {},
          el('th', { scope: 'col', class: 'rank' }, 'rank'), el('th', { scope: 'col' }, 'item'), this.measure)),
        this.body),
      el('p', { class: 'legend' }, key('short', 'short-term part'), key('long', 'long-term part')));
  }

  draw() {
    const farthest = Math.max(...this.rows.map((row) => row.value), Number.MIN_VALUE), lines = [];
    const { name, better } = this.data.measure;
    this.digits = this.rows.every(({ value }) => Number.isInteger(value)) ? 0 : 3; // a count has no decimals
    this.measure.textContent = `${name} (${better} is better)`;
    this.rows.forEach((row, k) => {
      const before = this.rows[k - 1];
      if (k && row.is_candidate && row.after_gap) lines.push(this.gap(`between ranks ${before.rank} and ${row.rank}`));
      if (k && !row.is_candidate && before.is_candidate) lines.push(this.gap('between the list and items that are not candidates'));
      lines.push(this.line(row, k, farthest));
    });
    this.body.replaceChildren(...lines);
    // Systems other than AttRec have no distance with parts.
    this.body.parentNode.parentNode.classList.toggle('whole', !this.rows.some((row) => row.short || row.long));
  }

  gap(where) {
    const cell = el('td', { colspan: '4' }, el('span', { 'aria-hidden': 'true' }, '…'),
      el('span', { class: 'heard' }, `${where} no items are shown`));
    return el('tr', { class: 'gap' }, cell);
  }

  line(row, k, farthest) {
    const chosen = row.id === this.selected, part = (name) => el('i', { class: name,
      style: `width: ${(100 * Math.max(0, row[name])) / farthest}%` });
    const marks = row.marks.map((mark) => el('span', { class: mark === 'actual' ? 'mark actual' : 'mark' }, mark));
    const button = el('button', { type: 'button', 'aria-pressed': String(chosen),
      tabindex: k === this.here ? '0' : '-1', title: row.subtitle ? `${row.title} · ${row.subtitle}` : row.title },
    el('bdi', { class: 'lines' }, row.title));
    const second = row.subtitle || marks.length
      ? [el('div', { class: 'second' }, ...marks, ...(row.subtitle ? [el('small', {}, row.subtitle)] : []))] : [];
    const parts = `short-term part ${number(row.short, 3)}, long-term part ${number(row.long, 3)}`;
    const bar = el('div', { class: 'bar', role: 'img', title: parts, 'aria-label': parts },
    part('short'), part('long'));
    const up = row.move?.startsWith('▲') || row.move === 'NEW';
    const move = row.move ? [el('small', { class: up ? 'move up' : 'move', title: 'Moved since the baseline' }, row.move)] : [];
    const change = row.change ? [el('small', { class: 'move', title: `Change of the ${this.data.measure.name} since the baseline` }, row.change)] : [];
    return el('tr', { 'data-k': k, 'data-testid': row.is_candidate ? `rank-${row.rank}` : `unranked-${k}`, class: chosen ? 'chosen' : '' },
      el('td', { class: 'rank' }, row.is_candidate ? String(row.rank) : '–', ...move), el('td', { class: 'item' }, button, ...second),
      el('td', { class: 'parts' }, bar), el('td', { class: 'number' }, number(row.value, this.digits), ...change));
  }
}

export default mount('.ranking', Ranking);
