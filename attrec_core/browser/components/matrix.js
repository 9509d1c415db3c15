// One stage as a small matrix. Redrawn in place.

class Matrix extends WalkedGrid {
  constructor(root) {
    super();
    Object.assign(this, { root, shape: '' });
    this.board = el('div', { class: 'board', role: 'grid' });
    this.frame = el('div', { class: 'frame' }, this.board);
    this.legend = el('div', { class: 'legend' });
    root.replaceChildren(this.frame, this.legend);
    this.board.onclick = (event) => this.click(event.target);
    this.board.onkeydown = (event) => this.onKey(event);
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.frame);
  }

  end() { this.sizes.disconnect(); }

  /** Notes whether the matrix has to scroll. `show` reads the places of columns only in that case: reading costs a layout. */
  fit() {
    this.scrolls = this.frame.scrollWidth > this.frame.clientWidth;
    this.show();
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    // Another followed cell does not change the matrix, only its mark, which the browser sets before the server answers.
    const { cell, ...matrix } = data, looks = JSON.stringify(matrix);
    if (looks !== this.looks) this.draw();
    this.looks = looks;
    this.mark(cell);
    this.root.dataset.stage = data.stage;
    this.root.dataset.revision = JSON.stringify(cell);
  }

  draw() {
    const { rows, columns, end_texts: ends, label } = this.data, shape = [rows.length, columns.length, ends.length].join();
    if (shape !== this.shape) this.build(shape);
    this.board.setAttribute('aria-label', label);
    this.drawHeads();
    this.drawCells();
    this.drawLegend();
  }

  /** Grid rows: the axis, the titles of the columns, then the rows. */
  build(shape) {
    const { rows, columns, end_texts: ends } = this.data;
    this.shape = shape;
    this.board.style.setProperty('--n', columns.length);
    const row = (...children) => el('div', { class: 'line', role: 'row' }, ...children);
    const head = (area, role, k) => el('div', { class: role, role, style: `grid-area: ${area}`, [`data-${role}`]: k },
      el('bdi', { class: role === 'rowheader' ? 'lines to-the-right' : 'lines' }), el('small'));
    this.axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
    this.corner = el('div', { class: 'axis corner', role: 'columnheader' });
    this.columns = columns.map((_, c) => head(`2 / ${c + 2}`, 'columnheader', c));
    this.rows = rows.map((_, r) => head(`${r + 3} / 1`, 'rowheader', r));
    this.cells = rows.map((_, r) => columns.map((__, c) => el('div', { class: 'cell', role: 'gridcell', tabindex: '-1',
      style: `grid-area: ${r + 3} / ${c + 2}`, 'data-row': r, 'data-column': c, 'data-testid': `cell-${r}-${c}` })));
    const end = (r, role) => el('div', { class: 'end', role, style: `grid-area: ${r} / ${columns.length + 2}` });
    this.endHead = ends.length ? [end(2, 'columnheader')] : [];
    this.ends = ends.map((_, r) => end(r + 3, 'gridcell'));
    this.board.replaceChildren(this.axis, row(this.corner, ...this.columns, ...this.endHead),
      ...this.rows.map((title, r) => row(title, ...this.cells[r], ...(ends.length ? [this.ends[r]] : []))));
    this.walk(...this.here, false);
  }

  drawHeads() {
    const { rows, columns, across, rows_are: looks, columns_are: seen, end_name: name } = this.data;
    this.axis.textContent = across;
    this.corner.textContent = looks && seen === 'column' ? 'query item i ↓' : '';
    const draw = (node, { title, mark, colour, id }, short) => {
      this.name(node, title, mark, colour);
      if (short) node.firstChild.textContent = '';
      node.classList.toggle('item', id !== null);
      node.classList.toggle('selected', id !== null && id === this.data.selected);
    };
    this.rows.forEach((node, r) => draw(node, rows[r], false));
    this.columns.forEach((node, c) => draw(node, columns[c], columns[c].at !== null));
    this.columns.forEach((node, c) => node.setAttribute('aria-label', columns[c].title));
    if (this.endHead.length) this.endHead[0].textContent = name;
  }

  text(value, digits = this.data.digits) {
    if (value === null) return '−∞';
    const plain = number(Math.abs(value), digits);
    if (Number(plain) === 0) return value === 0 ? '0' : plain;
    return value < 0 ? `−${plain}` : this.data.signed ? `+${plain}` : plain;
  }

  drawCells() {
    const { values, masked, signed, top, low, alike, end_texts: ends, rows, columns } = this.data;
    this.cells.forEach((cells, r) => cells.forEach((cell, c) => {
      const value = values[r][c], hidden = masked[r][c], veiled = value === null && !hidden;
      const rgb = alike ? GROUND : signed ? diverging(value / top) : sequential((value - low) / (top - low));
      this.fill(cell, rgb, hidden, veiled);
      cell.textContent = veiled ? '?' : hidden && value !== null ? '' : this.text(value);
      const said = veiled ? 'hidden until the lesson asks for it'
        : hidden ? `masked${value === null ? ', minus infinity' : ''}` : this.text(value);
      cell.setAttribute('aria-label', `${rows[r].title}, ${columns[c].title}: ${said}`);
      cell.title = cell.getAttribute('aria-label');
    }));
    this.ends.forEach((end, r) => { end.textContent = ends[r]; });
  }

  drawLegend() {
    const { signed, top, low: least, masked, alike, cut, level, level_name: name } = this.data, low = this.text(signed ? -top : least);
    const colours = el('span', { class: 'ramp', style: ramp(signed ? [LESS, GROUND, MORE] : STOPS) });
    if (level !== null) colours.append(el('i', { style: `left: ${(100 * level) / top}%` }));
    const even = level === null ? [] : [el('span', {}, `| ${name} ${this.text(level)}`)];
    const scale = alike ? el('span', {}, 'no colours: all values are equal')
      : el('span', { class: 'scale' }, low, colours, this.text(top), ...even);
    const hatch = el('span', { class: 'scale' }, el('span', { class: 'masked key' }), 'masked');
    this.legend.replaceChildren(scale, ...(masked.flat().some(Boolean) ? [hatch] : []), ...(cut ? [el('span', {}, cut)] : []));
  }

  /** Returns the index of the row or column that the followed cell belongs to; −1 if there is none. */
  find(heads, axis, cell) { return axis ? heads.findIndex(({ at }) => at === cell[axis] + 1) : -1; }

  mark(cell) {
    const { rows, columns, rows_are: looks, columns_are: seen, both } = this.data;
    this.cell = cell;
    const at = this.find(rows, looks, cell), other = both ? this.find(rows, 'column', cell) : -1;
    const across = this.find(columns, seen, cell);
    this.cells.forEach((cells, r) => cells.forEach((node, c) => {
      const here = (looks === null || r === at) && c === across;
      node.classList.toggle('here', here);
      node.classList.toggle('along', !here && (r === at || c === across));
      node.classList.toggle('also', r === other && r !== at);
      const chosen = String(here && cell.chosen);
      if (node.getAttribute('aria-selected') !== chosen) node.setAttribute('aria-selected', chosen);
    }));
    this.rows.forEach((node, r) => {
      node.classList.toggle('lit', r === at);
      node.classList.toggle('lit-too', r === other && r !== at);
    });
    this.columns.forEach((node, c) => node.classList.toggle('lit', c === across));
    this.across = across;
    this.show();
  }

  /** Scrolls the followed column into view on a narrow page, so that the first visible column is whole. */
  show() {
    const { frame, across } = this;
    if (!this.scrolls || across === undefined || across < 0) return;
    const room = frame.clientWidth - (this.ends[0]?.offsetWidth ?? 0);
    const { offsetLeft: left, offsetWidth: width } = this.cells[0][across], names = this.rows[0].offsetWidth;
    const needed = left + width - room + 8, first = this.cells[0][0].offsetLeft;
    const starts = this.cells[0].map(({ offsetLeft: start }) => (start > first ? start - first + 4 : 0)); // the names move by 4
    if (needed - 8 > frame.scrollLeft) frame.scrollLeft = starts.find((start, c) => start >= needed || c === across);
    else if (left - names < frame.scrollLeft) frame.scrollLeft = starts[across];
  }

  click(target) {
    const cell = target.closest('.cell'), title = target.closest('.item');
    if (cell) return this.choose(cell);
    if (!title) return undefined;
    const { rowheader: r, columnheader: c } = title.dataset;
    return this.setTriggerValue('select', { id: (r === undefined ? this.data.columns[c] : this.data.rows[r]).id });
  }

  at(r, c) { return this.cells[r]?.[c]; }

  last() { return [this.cells.length - 1, this.cells[0].length - 1]; }

  choose(node) {
    const r = Number(node.dataset.row), c = Number(node.dataset.column);
    this.walk(r, c, false);
    const { rows, columns, rows_are: looks, columns_are: seen } = this.data, cell = { ...this.cell, chosen: true };
    if (!looks && !seen) {
      if (rows[r].id !== null) this.setTriggerValue('select', { id: rows[r].id });
      return;
    }
    if (this.cell.chosen && this.cells[r][c].classList.contains('here')) return this.leave();
    if (looks) cell[looks] = rows[r].at - 1;
    cell[seen] = columns[c].at - 1;
    this.mark(cell); // at once; the formula follows
    this.setTriggerValue('cell', { row: cell.row + 1, column: cell.column + 1, dim: seen === 'dim' ? cell.dim + 1 : null });
  }

  leave() {
    if (this.cell.chosen) this.setTriggerValue('cell', { row: null });
  }
}

export default mount('.attrec-matrix', Matrix);
