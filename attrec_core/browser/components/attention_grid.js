// The attention matrix: rows are query items, columns are key items, the average attention is below. Redrawn in place.
// Joined in front of the components that draw it: the matrix itself, the difference of two matrices, and the replay.

const NUMBERS_UP_TO = 12; // items; the cells of a larger matrix are too small for numbers
// Column widths in pixels. From FLAT_FROM on, titles are flat if every word fits; below UPRIGHT_BELOW, upright; else slanted.
const FLAT_FROM = 64, UPRIGHT_BELOW = 20, LETTER = 7.3; // LETTER: width of a letter in the bold type of a selected title
// Column widths for “59 %” and for “59”. A row is as high as a column is wide, up to 40; from LOW_BELOW on it has two lines.
const TIGHT_BELOW = 36, BARE_BELOW = 19, LOW_BELOW = 28;
const DENSE_BELOW = 12; // cells without gaps and lines; every fifth column shows its mark

// For each value of `counts` (which rows count): the words for a sentence, and the name of the bars.
const COUNTS = { average: ['on average', 'average attention'], total: ['in total', 'total attention'],
  last: ['from the last item', 'last row'] };

/** A box at a grid area: "row / column / end row / end column". */
const box = (css, area, attributes, ...children) =>
  el('div', { class: css, style: `grid-area: ${area}`, ...attributes }, ...children);

function beside(value, uniform) {
  const ratio = value / uniform;
  const words = [[0.4, 'far below'], [0.6, 'about half of'], [0.95, 'below'], [1.05, 'about'], [1.35, 'a little above'],
    [1.7, 'about one and a half times'], [1.95, 'almost twice'], [2.1, 'twice'], [2.5, 'more than twice']]
    .find(([limit]) => ratio < limit);
  return `${words ? words[1] : `${ratio.toFixed(1)} times`} uniform (${percent(uniform)})`;
}

/** “59 %”; a narrow column shows only “59”. */
const inPercent = (text) => el('span', {}, text.replace('\u00a0%', ''),
  ...(text.endsWith('%') ? [el('i', { class: 'unit' }, '\u00a0%')] : []));

class AttentionGrid extends WalkedGrid {
  constructor(root) {
    super();
    Object.assign(this, { root, n: 0, firstRow: -1, gone: new AbortController() }); // row −1: the heads of the columns
    this.board = el('div', { class: 'board', role: 'grid',
      'aria-label': 'Attention matrix. Rows are query items, columns key items, oldest first. Arrow keys move, Enter selects.' });
    this.legend = el('div', { class: 'legend' });
    this.tip = el('p', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
    root.replaceChildren(this.board, this.legend, this.tip);
    const spot = (event) => event.target.closest('[data-column]');
    this.board.onpointerover = (event) => this.point(spot(event));
    this.board.onpointerleave = () => this.point(null);
    this.board.addEventListener('focusin', (event) => {
      if (event.target.matches(':focus-visible')) this.point(spot(event));
    });
    this.board.addEventListener('focusout', () => this.point(null));
    this.board.onclick = (event) => this.choose(spot(event));
    this.board.onkeydown = (event) => this.onKey(event);
    // The sequence editor or another matrix tells which item is under the pointer or has the focus.
    window.addEventListener('attrec-item', ({ detail }) => {
      if (detail.from === this || detail.ids !== this.data?.ids.join()) return;
      this.showItem(detail.place);
      // A finger touches the list, and no pointer leaves it: the tip would stay over the page.
      if (matchMedia('(hover: none)').matches) this.tip.hidden = true;
    }, { signal: this.gone.signal });
    this.widths = new Map(); // of a column, by the number of items, as last measured
    new ResizeObserver(() => this.n && this.fit()).observe(root);
  }

  end() { this.gone.abort(); }

  receive({ data, setTriggerValue }) {
    const isOther = data.ids.join() !== this.data?.ids.join();
    Object.assign(this, { data, setTriggerValue, selected: data.selected, cell: data.cell ?? null });
    if (data.ids.length !== this.n) this.build(data.ids.length);
    if (isOther) this.point(null); // the tip is about an item that may be gone
    this.drawTitles();
    this.drawCells();
    this.drawAverages();
    this.drawLegend();
    this.drawSelection();
    this.root.dataset.revision = data.revision;
  }

  /** Creates the nodes for n items. Grid rows: axis, titles, n items, bars, the numbers of the bars, a note. */
  build(n) {
    this.n = n;
    this.root.style.setProperty('--n', n);
    this.root.style.setProperty('--gap', n > NUMBERS_UP_TO ? '1px' : '3px');
    this.root.style.setProperty('--place', n > 26 ? '24px' : '16px'); // width of the letters: A, or AA
    const row = (...children) => el('div', { class: 'line', role: 'row' }, ...children);
    this.ends = Array.from({ length: n }, (_, k) => ({
      column: box('column', `2 / ${k + 3}`, { role: 'columnheader', 'data-column': k, 'data-row': -1, 'data-title': '',
        tabindex: '-1', 'data-testid': `head-${k}` }, el('bdi', { class: 'lines to-the-right' }), el('small')),
      row: box('name', `${k + 3} / 1 / auto / 3`, { role: 'rowheader', 'data-column': k, 'data-title': '' },
        el('bdi', { class: 'lines to-the-right' }), el('small')),
      sum: box('sum', `${k + 3} / ${n + 3}`, { role: 'gridcell' }),
    }));
    this.cells = this.ends.map((_, i) => this.ends.map((__, j) => box('cell', `${i + 3} / ${j + 3}`, {
      role: 'gridcell', tabindex: '-1', 'data-row': i, 'data-column': j, 'data-testid': `cell-${i}-${j}` })));
    this.sumHead = box('sum head', `2 / ${n + 3}`, { role: 'columnheader' });
    this.board.replaceChildren(
      box('axis keys', '1 / 3 / auto / -1', { 'aria-hidden': 'true' }, 'key item (attended to) →'),
      row(box('axis corner', '2 / 1 / auto / 3', { role: 'columnheader' }, 'query item ↓'),
        ...this.ends.map((end) => end.column), this.sumHead),
      ...this.ends.map((end, i) => row(end.row, ...this.cells[i], end.sum)),
      row(...this.averagesOf(n)), this.level, this.note,
      box('stamp', `3 / 3 / ${n + 3} / ${n + 3}`, { 'aria-hidden': 'true' }, 'set by hand'));
    this.walk(...this.here, false);
    this.fitted = null;
  }

  averagesOf(n) {
    const average = (css, column, attributes) => box(`average ${css}`, `${n + 3} / ${column} / span 2`,
      { role: 'gridcell', ...attributes }, el('div', { class: 'track' }, el('div', { class: 'bar' }), el('i', { class: 'own' })), el('span'));
    this.bars = this.ends.map((_, j) => average('', j + 3,
      { tabindex: '-1', 'data-row': n, 'data-column': j, 'data-testid': `bar-${j}` }));
    this.lost = average('lost', n + 3, {});
    this.level = box('level', `${n + 3} / 1 / auto / ${n + 3}`, { 'aria-hidden': 'true' }, el('i', {}, el('span')));
    this.note = box('lostnote', `${n + 5} / 1 / auto / -1`, {});
    this.barsHead = box('axis averages', `${n + 4} / 1 / auto / 3`, { role: 'rowheader' });
    return [this.barsHead, ...this.bars, this.lost];
  }

  /** Asking for the width lays out the whole page; the observer asks when that has happened anyway. */
  fit(width = this.ends[0].column.offsetWidth) {
    this.widths.set(this.n, width);
    this.board.classList.toggle('flat', width >= FLAT_FROM && width > LETTER * this.longestWord());
    this.board.classList.toggle('upright', width < UPRIGHT_BELOW);
    this.board.classList.toggle('low', width < LOW_BELOW);
    this.board.classList.toggle('tight', width < TIGHT_BELOW);
    this.board.classList.toggle('bare', width < BARE_BELOW);
    this.board.classList.toggle('dense', width < (this.n > 26 ? BARE_BELOW : DENSE_BELOW)); // AA is wider than A
  }

  longestWord() { return Math.max(...this.data.titles.flatMap((title) => title.split(/\s/)).map((word) => word.length)); }

  drawTitles() {
    const { ids, titles } = this.data; // the name of a repeated item includes its letter
    const place = (k) => this.data.places?.[k] ?? letter(k);
    const once = (id) => ids.indexOf(id) === ids.lastIndexOf(id);
    this.called = titles.map((title, k) => (once(ids[k]) ? brief(title) : `${brief(title)} (${place(k)})`));
    this.ends.forEach(({ column, row }, k) => [column, row]
      .forEach((head) => this.name(head, titles[k], place(k), itemColour(this.data.hues?.[k]))));
    const words = [...titles].sort().join('\n');
    if (words !== this.fitted) this.fit(this.widths.get(this.n) || undefined);
    this.fitted = words;
  }

  sentence(i, j) {
    const { weights, masked, mask, column_weights: averages, uniform_column: level } = this.data;
    const key = this.called[j], value = i === this.n ? averages[j] : weights[i][j];
    if (value === null && !masked[i]?.[j]) return `attention to ${key}: hidden until the lesson asks for it`;
    if (i === this.n && this.data.own?.length) {
      const keys = this.data.drags ? '; drag it, or press arrow up and down' : '';
      return `${key} receives ${percent(averages[j])}, set by hand; the model's own is ${percent(this.data.own[j])}${keys}`;
    }
    if (i === this.n) return `${key} receives ${percent(averages[j])} ${this.onAverage()}, ${beside(averages[j], level)}`;
    const query = this.called[i];
    if (!masked[i][j]) return `${query} attends to ${key}: ${percent(weights[i][j])}`;
    const lost = mask !== 'after' ? '' : this.isVeiled(i) ? '; the rest of the row is hidden until the lesson asks for it'
      : `; its weight is lost, so the row sums to ${percent(this.rowSum(i))}`;
    return `${query} cannot attend to ${i === j ? 'itself' : key}: masked${lost}`;
  }

  onAverage() { return COUNTS[this.data.counts][0]; }

  rowSum(i) { return this.data.weights[i].reduce((sum, w, j) => (this.data.masked[i][j] ? sum : sum + w), 0); }

  isVeiled(i) { return this.data.weights[i].every((weight) => weight === null); }

  drawCells() {
    const { weights } = this.data;
    this.findScale();
    this.cells.forEach((cells, i) => cells.forEach((cell, j) => {
      const masked = this.blank(i, j), veiled = !masked && weights[i][j] === null, blank = masked || veiled;
      this.fill(cell, blank ? null : this.shade(weights[i][j]), masked, veiled);
      cell.replaceChildren(...(veiled ? ['?'] : blank || this.n > NUMBERS_UP_TO ? [] : [inPercent(this.text(weights[i][j]))]));
      cell.setAttribute('aria-label', this.sentence(i, j));
    }));
    this.drawSums();
  }

  findScale() {
    const { weights, most, uniform } = this.data;
    this.top = most ?? Math.min(1, Math.max(2 * uniform, ...weights.flat())); // `most`: the end of a scale that several matrices share
  }

  blank(i, j) { return this.data.masked[i][j]; }

  shade(weight) { return sequential(weight / this.top); }

  text(weight) { return percent(weight); }

  drawSums() {
    const lossy = this.data.mask === 'after', padding = this.data.padding?.length ? this.data.padding : null;
    this.board.classList.toggle('whole', !lossy && this.data.missing < 0.0005);
    this.ends.forEach((end, i) => { end.sum.textContent = padding ? percent(padding[i]) : lossy && !this.isVeiled(i) ? percent(this.rowSum(i)) : ''; });
    this.sumHead.textContent = padding ? 'padding' : lossy ? 'sum' : '';
    this.sumHead.title = padding ? 'Attention to the empty places before the items' : lossy ? 'Sum of the row after the mask' : '';
  }

  drawAverages() {
    const { column_weights: averages, uniform_column: level, missing, counts, own } = this.data;
    this.board.classList.toggle('byhand', Boolean(own?.length));
    this.board.classList.toggle('drags', Boolean(this.data.drags));
    const highest = this.highest = this.data.most_column ?? Math.min(counts === 'total' ? this.n : 1, Math.max(2 * level, missing, ...averages));
    this.barsHead.textContent = COUNTS[counts][1];
    const draw = (node, value) => {
      node.querySelector('.bar').style.height = `${(100 * value) / highest}%`;
      node.lastChild.replaceWith(value === null ? '?' : inPercent(percent(value)));
    };
    this.bars.forEach((bar, j) => {
      draw(bar, averages[j]);
      bar.querySelector('.own').style.bottom = `${(100 * (own?.[j] ?? 0)) / highest}%`;
      bar.setAttribute('aria-label', this.sentence(this.n, j));
    });
    draw(this.lost, missing);
    this.lost.hidden = this.note.hidden = missing < 0.0005;
    this.note.textContent = this.data.padding?.length ? `on padding: ${percent(missing)}` : `lost to the mask: ${percent(missing)}${counts === 'total' ? ' in total' : ''}`;
    this.lost.setAttribute('aria-label', this.note.textContent);
    this.level.firstChild.style.bottom = `${(100 * level) / highest}%`;
    this.level.firstChild.firstChild.textContent = `uniform: ${percent(level)}`;
  }

  drawLegend() {
    const { scale } = this.data;
    const beyond = this.data.weights.flat().some((weight) => weight > this.top + 1e-4);
    this.drawScale(`Attention of one cell; colours: ${SCALE}`, [percent(0), percent(this.top) + (beyond ? ' and more' : '') + (scale ? `, ${scale}` : '')], STOPS,
      this.data.masked.flat().some(Boolean) && 'masked');
  }

  /** hatched: what the hatching means, in words, if a cell is hatched. */
  drawScale(title, [low, high], stops, hatched) {
    const key = el('span', { class: 'key' }, el('span', { class: 'masked' }), hatched || '');
    this.legend.replaceChildren(el('span', { class: 'scale', title }, el('span', {}, low),
      el('span', { class: 'ramp', style: ramp(stops) }), el('span', {}, high)), ...(hatched ? [key] : []));
  }

  drawSelection() {
    const { ids } = this.data, n = this.n;
    this.board.querySelectorAll('.mark').forEach((mark) => mark.remove());
    ids.forEach((id, k) => {
      const chosen = id === this.selected, { column, row } = this.ends[k];
      [column, row, ...this.cells.map((cells) => cells[k]), this.bars[k]]
        .forEach((node) => { node.ariaSelected = String(chosen); });
      const areas = chosen ? [`3 / ${k + 3} / ${n + 3}`, `${k + 3} / 3 / auto / ${n + 3}`] : [];
      this.board.append(...areas.map((area) => box('mark', area)));
    });
    this.cells.forEach((cells, i) => cells.forEach((cell, j) => {
      cell.classList.toggle('followed', this.cell?.[0] === i + 1 && this.cell[1] === j + 1);
    }));
  }

  /** Highlights the row and the column of the cell, bar or title under the pointer or the focus, and describes it in the tip. */
  point(node) {
    const head = node?.matches('.column, .name');
    this.showItem(head ? Number(node.dataset.column) : null);
    if (head) return;
    const i = Number(node?.dataset.row ?? -1), j = Number(node?.dataset.column ?? -1);
    this.cells.forEach((cells, r) => cells.forEach((cell, c) =>
      cell.classList.toggle('aside', i >= 0 && r !== i && c !== j)));
    this.ends.forEach(({ column, row }, k) => {
      column.classList.toggle('lit', i >= 0 && k === j);
      row.classList.toggle('lit', k === i);
    });
    this.tip.hidden = i < 0;
    if (i < 0) return;
    this.tip.replaceChildren(`${this.sentence(i, j)}.`);
    this.placeTip(node);
  }

  /** Highlights what the item attends to (its row) and, in a second colour, the items that attend to it (its column). */
  showItem(k) {
    const of = k ?? -1, { weights } = this.data;
    this.cells.forEach((cells, i) => cells.forEach((cell, j) => {
      cell.classList.toggle('to', i === of && !this.blank(i, j));
      cell.classList.toggle('from', j === of && !this.blank(i, j));
      cell.classList.toggle('aside', of >= 0 && i !== of && j !== of);
    }));
    this.ends.forEach(({ column, row }, i) => [column, row].forEach((head) => head.classList.toggle('lit', i === of)));
    this.tip.hidden = of < 0;
    if (of < 0) return;
    const line = (kind, start, values, blank) => {
      const free = values.map((value, i) => [value, i]).filter(([, i]) => !blank(i)), known = free.filter(([value]) => value !== null);
      if (free.length && !known.length) return []; // all of them are veiled
      const most = known.sort(([a], [b]) => b - a).slice(0, 3).map(([value, i]) => `${this.called[i]} ${this.text(value)}`);
      return [el('span', { class: kind }, `${start}: ${most.join(', ') || 'nothing'}`)];
    };
    this.tip.replaceChildren(
      ...line('to', `${this.called[of]} attends to`, weights[of], (j) => this.blank(of, j)),
      ...line('from', 'It is attended to by', weights.map((row) => row[of]), (i) => this.blank(i, of)));
    this.tip.hidden = !this.tip.childElementCount;
    if (!this.tip.hidden) this.placeTip(this.ends[of].column);
  }

  placeTip(node) {
    const room = this.root.getBoundingClientRect(), cell = node.getBoundingClientRect();
    const zoom = room.width / this.root.offsetWidth; // the zoom of presenter mode; lengths in a style are without it
    const centre = (cell.left + cell.width / 2 - room.left) / zoom, half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.max(half, Math.min(centre, room.width / zoom - half))}px`;
    this.tip.style.top = `${(cell.top - room.top) / zoom}px`;
  }

  /** A cell; in row −1 the head of a column, in the last row its bar. */
  at(i, j) { return i < 0 ? this.ends[j]?.column : i >= this.n ? this.bars[j] : this.cells[i]?.[j]; }

  last() { return [this.n, this.n - 1]; }

  leave() { this.point(null); }

  choose(node) {
    if (!node || (this.data.drags && node.matches('.average'))) return;
    const { row, column } = node.dataset;
    if (row) this.walk(Number(row), Number(column), false);
    const sent = this.mark(this.data.ids[column], node);
    this.drawSelection();
    this.setTriggerValue('select', sent);
  }

  mark(id) {
    this.selected = id === this.selected ? null : id;
    return { id: this.selected };
  }
}
