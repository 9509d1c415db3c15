// The table of runs; on a narrow page, cards. A click on a row chooses the run, a click on a heading sorts.

const NUMBER = 'number';

class RunList {
  constructor(root) {
    this.root = root;
    this.body = el('tbody', { role: 'rowgroup' });
    this.head = el('tr', { role: 'row' });
    // As cards, the parts of the table are blocks and lose their roles for a screen reader, so each part names its role.
    root.replaceChildren(el('table', { role: 'table', 'aria-label': 'Runs' },
      el('thead', { role: 'rowgroup' }, this.head), this.body));
    root.onclick = (event) => this.onClick(event);
    root.onkeydown = (event) => this.onKey(event);
  }

  // The list always has a column for the value that sorts it.
  drawHeads() {
    const { by, more, metrics } = this.data, first = metrics[0][0];
    if (this.heads && this.more === more && this.first === first) return;
    Object.assign(this, { more, first, looks: undefined });
    const all = [['name', 'Run', 'name'], ['data', 'Data set', 'data'], ...metrics, ['epochs', 'Best epoch'],
      ...(more ? [[by, more]] : []), ['size', 'Size'], ['created', 'Date']];
    this.heads = all.map(([name, label, css = NUMBER]) => el('th', { scope: 'col', role: 'columnheader', class: css },
      el('button', { type: 'button', 'data-by': name }, label)));
    this.head.replaceChildren(...this.heads);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    const { name: focused, by: focusedHead } = this.root.getRootNode().activeElement?.dataset ?? {};
    this.drawHeads();
    this.heads.forEach((head) => {
      const { by } = head.firstChild.dataset, sorted = by === data.by;
      head.setAttribute('aria-sort', sorted ? (data.rising ? 'ascending' : 'descending') : 'none');
      head.firstChild.title = sorted ? 'Reverse order' : `Sort by ${head.textContent}`;
    });
    this.show(data.rows);
    const again = focused && [...this.buttons()].find((button) => button.dataset.name === focused);
    if (again) again.focus({ preventScroll: true });
    else if (focusedHead) this.heads.find((head) => head.firstChild.dataset.by === focusedHead)?.firstChild.focus();
    this.reveal();
  }

  // Unchanged rows keep their elements, so that a click counts even if a note was saved while the pointer was down.
  show(rows) {
    const looks = rows.map((row) => JSON.stringify([row, row.name === this.data.chosen, row.name === this.data.here]));
    const lines = [...this.body.children], before = this.looks;
    this.looks = looks;
    const same = before?.length === rows.length && rows.every((row, k) => row.name === this.names[k]);
    this.names = rows.map((row) => row.name);
    if (same) looks.forEach((look, k) => { if (look !== before[k]) lines[k].replaceWith(this.line(rows[k])); });
    else this.body.replaceChildren(...rows.map((row) => this.line(row)));
  }

  buttons() { return this.body.querySelectorAll('button'); }

  line(row) {
    const chosen = row.name === this.data.chosen;
    const marks = [...(row.system ? [el('span', { class: 'mark' }, row.system)] : []),
      ...(row.belongs ? [el('span', { class: 'mark' }, row.belongs)] : []),
      ...(row.name === this.data.here ? [el('span', { class: 'mark' }, 'open')] : []),
      ...row.tags.map((tag) => el('span', { class: 'mark tag' }, tag))];
    const name = el('td', { role: 'cell', class: 'name' },
      el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-name': row.name, title: row.name },
        el('bdi', {}, row.name)),
      ...(marks.length ? [el('div', { class: 'marks' }, ...marks)] : []),
      ...(row.fault ? [el('small', { class: 'fault' }, `⚠ ${row.fault}`)] : []),
      ...(row.differs ? [el('small', {}, row.differs)] : []), ...(row.note ? [el('small', {}, row.note)] : []));
    const cell = (css, label, text, ...more) => el('td', { role: 'cell', class: css, 'data-label': label }, text, ...more);
    const line = el('tr', { role: 'row', class: chosen ? 'chosen' : '' }, name);
    if (row.fault) line.append(el('td', { role: 'cell', colspan: this.heads.length - 3, class: 'none' }));
    else {
      line.append(cell('data', 'Data set', row.data, el('small', { title: 'users × items' }, row.sizes)),
        ...this.data.metrics.map(([, label], at) => cell(NUMBER, label, row.metrics[at])),
        cell(NUMBER, 'Best epoch', row.epochs));
      if (this.more) line.append(cell(NUMBER, this.more, row.more));
    }
    line.append(cell(NUMBER, 'Size', row.size), cell(NUMBER, 'Date', row.when, ...(row.of_files
      ? [el('small', { title: 'Training date unknown' }, 'date of its files')] : [])));
    return line;
  }

  onClick({ target }) {
    const by = target.closest('[data-by]')?.dataset.by;
    const name = target.closest('tbody tr')?.querySelector('[data-name]').dataset.name;
    if (by) this.setTriggerValue('sort', { by });
    else if (name !== undefined) {
      this.clicked = name;
      this.setTriggerValue('choose', { name });
    }
  }

  /** Scrolls the details into view after a click if they are below the list, as on a narrow page. */
  reveal() {
    const details = document.querySelector(this.root.dataset.details);
    if (this.clicked !== this.data.chosen || !details) return;
    this.clicked = undefined;
    if (details.getBoundingClientRect().top >= this.root.getBoundingClientRect().bottom) details.scrollIntoView();
  }

  onKey(event) {
    const all = [...this.buttons()], at = all.indexOf(event.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))].focus();
  }
}

export default mount('.runs', RunList);
