// The runs as a table, and where there is little room as cards under each other. A name chooses, a head sorts.

const HEADS = [['name', 'run'], ['data', 'data'], ['hr@50', 'HR@50'], ['mrr', 'MRR'], ['epochs', 'best epoch'],
  ['size', 'size'], ['created', 'when']];
const BEFORE_MORE = 5; // columns

class RunList {
  constructor(root) {
    this.root = root;
    this.body = el('tbody', { role: 'rowgroup' });
    this.head = el('tr', { role: 'row' });
    // Shown as blocks, a table is none any more to who cannot see it: so each part says what it is.
    root.replaceChildren(el('table', { role: 'table', 'aria-label': 'Runs' },
      el('thead', { role: 'rowgroup' }, this.head), this.body));
    root.onclick = (event) => this.onClick(event);
    root.onkeydown = (event) => this.onKey(event);
  }

  // What the list is sorted by has a column, be it one that there mostly is none of.
  drawHeads() {
    const { by, more } = this.data;
    if (this.heads && this.more === more) return;
    this.more = more;
    this.looks = undefined;
    const all = more ? [...HEADS.slice(0, BEFORE_MORE), [by, more], ...HEADS.slice(BEFORE_MORE)] : HEADS;
    this.heads = all.map(([name, words]) => {
      const button = el('button', { type: 'button', 'data-by': name }, words);
      const css = words === more ? 'more' : name.replace('@', '');
      return el('th', { scope: 'col', role: 'columnheader', class: css }, button);
    });
    this.head.replaceChildren(...this.heads);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    const { name: focused, by: focusedHead } = this.root.getRootNode().activeElement?.dataset ?? {};
    this.drawHeads();
    this.heads.forEach((head) => {
      const { by } = head.firstChild.dataset, sorted = by === data.by;
      head.setAttribute('aria-sort', sorted ? (data.rising ? 'ascending' : 'descending') : 'none');
      head.firstChild.title = sorted ? 'Turn the order round' : `Sort by ${head.textContent}`;
    });
    this.show(data.rows);
    const again = focused && [...this.buttons()].find((button) => button.dataset.name === focused);
    if (again) again.focus({ preventScroll: true });
    else if (focusedHead) this.heads.find((head) => head.firstChild.dataset.by === focusedHead)?.firstChild.focus();
  }

  // Rows that stay as they are stay in place: a click on one counts though a note was saved while the finger was down.
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
    const marks = [...(row.belongs ? [el('span', { class: 'mark' }, row.belongs)] : []),
      ...(row.name === this.data.here ? [el('span', { class: 'mark' }, 'open')] : []),
      ...row.tags.map((tag) => el('span', { class: 'mark tag' }, tag))];
    const name = el('td', { role: 'cell', class: 'name' },
      el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-name': row.name, title: row.name },
        el('bdi', {}, row.name)),
      ...(marks.length ? [el('div', { class: 'marks' }, ...marks)] : []),
      ...(row.fault ? [el('small', { class: 'fault' }, `⚠ ${row.fault}`)] : []),
      ...(row.note ? [el('small', {}, row.note)] : []));
    const cell = (css, label, text, ...more) => el('td', { role: 'cell', class: css, 'data-label': label }, text, ...more);
    const line = el('tr', { role: 'row', class: chosen ? 'chosen' : '' }, name);
    if (row.fault) line.append(el('td', { role: 'cell', colspan: this.heads.length - 3, class: 'none' }));
    else {
      line.append(cell('data', 'data', row.data, el('small', { title: 'users × items' }, row.sizes)),
        cell('hr50', 'HR@50', row.hr50), cell('mrr', 'MRR', row.mrr), cell('epochs', 'best epoch', row.epochs));
      if (this.more) line.append(cell('more', this.more, row.more));
    }
    line.append(cell('size', 'size', row.size), cell('created', 'when', row.when, ...(row.of_files
      ? [el('small', { title: 'When it was trained is not written in this run' }, 'time of its files')] : [])));
    return line;
  }

  onClick({ target }) {
    const by = target.closest('[data-by]')?.dataset.by;
    const name = target.closest('tbody tr')?.querySelector('[data-name]').dataset.name;
    if (by) this.setTriggerValue('sort', { by });
    else if (name !== undefined) this.setTriggerValue('choose', { name });
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
