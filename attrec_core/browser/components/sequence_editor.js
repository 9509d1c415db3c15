// The window as a list. The server owns the order and its revision. An edit shows at once; edits.js sends it.

const ICONS = {
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01', earlier: 'M8 13V3M4 7l4-4 4 4',
  later: 'M8 3v10M4 9l4 4 4-4', replace: 'M3 5.5h9.5M10 3l2.5 2.5L10 8M13 10.5H3.5M6 8l-2.5 2.5L6 13', repeat: 'M6 6h7v7H6zM3 10V3h7',
  remove: 'M4 4l8 8M12 4l-8 8',
};
const ACTIONS = [['earlier', 'Move earlier', 'Alt+↑'], ['later', 'Move later', 'Alt+↓'],
  ['replace', 'Replace', ''], ['repeat', 'Repeat', 'R'], ['remove', 'Remove', 'Delete']];
const HINT = 'Arrow keys go from row to row. Enter selects. Alt with an arrow moves the item. Delete removes. R repeats.';

function icon(name) {
  const box = el('span', { class: 'icon', 'aria-hidden': 'true' });
  box.innerHTML = `<svg viewBox="0 0 16 16"><path d="${ICONS[name]}"/></svg>`; // a constant of this file
  return box;
}

class Editor {
  constructor(root) {
    Object.assign(this, { items: [], edits: new Edits(this), drawn: '', gone: new AbortController() });
    Object.assign(this, { row: 0, control: null, replacing: null }); // the focused row and button, the row with an open search
    this.list = el('ul', { class: 'rows', role: 'grid', 'aria-label': 'Recent items, oldest first',
      'aria-describedby': 'hint' });
    this.list.onclick = (event) => this.onClick(event);
    this.list.onkeydown = (event) => this.onKey(event);
    this.list.onpointerdown = (event) => this.onPointerDown(event);
    const point = (event) => this.point(event.target.closest('li.row'));
    this.list.addEventListener('pointerover', point);
    this.list.addEventListener('focusin', point);
    for (const end of ['pointerleave', 'focusout']) this.list.addEventListener(end, () => this.point(null));
    // The attention matrix sends the attention of the item that is highlighted here or in the matrix.
    window.addEventListener('attrec-item', ({ detail }) => {
      if (detail.links && detail.ids === this.items.map(([id]) => id).join()) this.showLinks(detail.links);
    }, { signal: this.gone.signal });
    this.adder = new TypeAhead('Add an item', { source: () => this.data.catalogue, onPick: (item) => this.add(item) });
    this.status = el('p', { class: 'say', role: 'status', 'aria-live': 'polite' });
    const foot = el('div', { class: 'foot' }, this.status, el('p', { id: 'hint' }, HINT));
    root.replaceChildren(this.list, this.adder.box, foot);
  }

  end() { this.gone.abort(); this.edits.end(); }

  receive({ data, setStateValue, setTriggerValue }) {
    Object.assign(this, { data, setStateValue, setTriggerValue, selected: data.selected });
    // The order does not answer an edit made here (undo, another user): the message about the old order is out of date.
    if (data.revision > this.edits.revision && this.edits.revision >= 0) this.say('');
    if (this.edits.takes(data.revision)) this.items = data.items;
    this.adder.input.placeholder = this.items.length < data.limit
      ? 'Add an item' : 'Add an item (replaces the oldest)';
    this.render();
  }

  /** Shows the new order at once, says what happened, and sends the order. Beyond the limit, the oldest items are removed. */
  edit(items, did, said, row) {
    const fallen = items.slice(0, Math.max(0, items.length - this.data.limit));
    this.point(null); // another item will be under the pointer
    this.items = items.slice(fallen.length);
    this.replacing = null;
    this.row = Math.max(0, Math.min(row - fallen.length, this.items.length - 1));
    const titles = fallen.map(([, title]) => brief(title)).join(', ');
    const say = fallen.length ? `${said}. Removed ${titles}, the oldest: the window holds ${this.data.limit}.` : `${said}.`;
    this.status.textContent = say;
    this.render();
    const ids = this.items.map(([id]) => id);
    this.edits.send({ ids, did, say });
    const detail = { ids, revision: this.edits.revision };
    window.dispatchEvent(new CustomEvent('attrec-edit', { detail })); // so that the matrix need not wait
  }

  refuse() {
    this.receive(this);
    this.say(NOT_APPLIED);
  }

  point(row) {
    const place = row ? Number(row.dataset.place) - 1 : null;
    if (place === this.pointed) return;
    this.pointed = place;
    const ids = this.items.map(([id]) => id).join();
    window.dispatchEvent(new CustomEvent('attrec-item', { detail: { place, from: this, ids } }));
  }

  /** Shows in each row the attention of the highlighted item to the row's item, and the attention in the other direction. */
  showLinks(links) {
    [...this.list.children].forEach((row, i) => {
      row.querySelector('.links')?.remove();
      const shares = links[i];
      if (!shares) return;
      const [to, from] = shares.map((share) => (share === null ? '–' : percent(share)));
      row.append(el('span', { class: 'links', 'aria-hidden': 'true' },
        el('b', { class: 'to', title: 'of its attention goes to this item' }, `→ ${to}`),
        el('b', { class: 'from', title: 'of the attention of this item goes to it' }, `← ${from}`)));
    });
  }

  say(text) { this.status.textContent = text; }

  move(from, to) {
    const title = brief(this.items[from][1]);
    if (to < 0) return this.edits.explain(`${title} is already the oldest.`);
    if (to >= this.items.length) return this.edits.explain(`${title} is already the latest.`);
    const items = this.items.filter((_, k) => k !== from);
    items.splice(to, 0, this.items[from]);
    return this.edit(items, 'move', `${title} moved to position ${letter(to)}`, to);
  }

  remove(i) {
    if (this.items.length === 1) return this.edits.explain('The last item cannot be removed: the model needs at least one.');
    this.control = null; // a second Enter must not remove the next item
    return this.edit(this.items.filter((_, k) => k !== i), 'remove', `${brief(this.items[i][1])} removed`, i);
  }

  repeat(i) {
    const title = brief(this.items[i][1]);
    if (i === 0 && this.items.length === this.data.limit) {
      return this.edits.explain(`Nothing changes: the list is full, and the repeat would push the oldest ${title} out.`);
    }
    return this.edit(this.items.toSpliced(i + 1, 0, this.items[i]), 'repeat', `${title} repeated`, i + 1);
  }

  add(item) {
    const n = this.items.length;
    this.edit([...this.items, item], 'add', `${brief(item[1])} added as the latest`, n);
  }

  replace(i, item) {
    const old = brief(this.items[i][1]);
    this.control = null;
    this.edit(this.items.with(i, item), 'replace', `${old} replaced by ${brief(item[1])}`, i);
    this.focus();
  }

  select(i) {
    const id = this.items[i][0];
    this.selected = id === this.selected ? null : id;
    this.render();
    this.setTriggerValue('select', { id: this.selected });
  }

  render() {
    const now = JSON.stringify([this.items, this.selected, this.data.limit, this.replacing, this.row, this.data.colours]);
    if (now === this.drawn) return; // the server's answer is the list that is shown already
    const focused = this.list.contains(this.list.getRootNode().activeElement);
    this.drawn = now;
    this.row = Math.min(this.row, this.items.length - 1);
    this.list.replaceChildren(...this.items.map((item, i) => this.rowOf(item, i)));
    if (focused) this.focus();
  }

  rowOf([id, title, subtitle], i) {
    const here = i === this.row, chosen = id === this.selected, stop = here ? '0' : '-1';
    const words = el('span', { class: 'words', role: 'gridcell', title: subtitle ? `${title} · ${subtitle}` : title },
      el('bdi', { class: 'title lines' }, title), ...(subtitle ? [el('small', {}, subtitle)] : []));
    const buttons = ACTIONS.map(([action, label, keys]) => {
      const idle = (action === 'earlier' && i === 0) || (action === 'later' && i === this.items.length - 1)
        || (action === 'remove' && this.items.length === 1);
      return el('button', { type: 'button', 'data-action': action, tabindex: stop,
        title: keys ? `${label} (${keys})` : label, 'aria-label': `${label}: ${brief(title)}`,
        'aria-disabled': idle ? 'true' : null }, icon(action));
    });
    const row = el('li', { class: 'row', role: 'row', tabindex: stop, 'data-place': i + 1, 'data-testid': `row-${i}`,
      'aria-selected': String(chosen), 'aria-label': `${letter(i)}. ${brief(title)}${chosen ? ', selected' : ''}` },
    el('span', { class: 'grip', title: 'Drag to move', 'aria-hidden': 'true' }, icon('grip')),
    paint(el('span', { class: 'place', 'aria-hidden': 'true' }, letter(i)), this.data.colours?.[id]), words,
    el('span', { class: 'actions', role: 'gridcell' }, ...buttons));
    if (this.replacing === i) row.append(this.replacer(i, title));
    return row;
  }

  replacer(i, title) {
    const leave = () => { this.replacing = null; this.render(); this.focus(); };
    const search = new TypeAhead(`Replace ${brief(title)} with…`,
      { source: () => this.data.catalogue, onPick: (item) => this.replace(i, item), onLeave: leave });
    search.box.setAttribute('role', 'gridcell');
    this.control = 'input';
    queueMicrotask(() => { search.input.focus(); search.open(); });
    return search.box;
  }

  focus() {
    const row = this.list.children[this.row];
    (row?.querySelector(this.control === 'input' ? 'input' : `[data-action="${this.control}"]`) ?? row)?.focus();
  }

  goTo(row) {
    this.control = null;
    this.row = Math.max(0, Math.min(row, this.items.length - 1));
    [...this.list.children].forEach((li, k) => {
      for (const node of [li, ...li.querySelectorAll('button')]) node.tabIndex = k === this.row ? 0 : -1;
    });
    this.focus();
  }

  act(action, i) {
    if (action === 'earlier') this.move(i, i - 1);
    else if (action === 'later') this.move(i, i + 1);
    else if (action === 'remove') this.remove(i);
    else if (action === 'repeat') this.repeat(i);
    else {
      this.row = i;
      this.replacing = this.replacing === i ? null : i;
      this.render();
    }
  }

  onClick(event) {
    const row = event.target.closest('li.row'), button = event.target.closest('button');
    if (!row || event.target.closest('.typeahead, .grip')) return;
    // The second click of a double click does not count: another row or button is under the pointer by then.
    if (button && event.detail > 1) return;
    const i = [...this.list.children].indexOf(row);
    this.control = button?.dataset.action ?? null;
    if (button) this.act(button.dataset.action, i);
    else { this.goTo(i); this.select(i); }
  }

  onKey(event) {
    if (event.target.closest('.typeahead')) return;
    const onRow = event.target.classList.contains('row'), key = event.key;
    const i = this.row = [...this.list.children].indexOf(event.target.closest('li'));
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (step && event.altKey) this.move(i, i + step);
    else if (step) this.goTo(i + step);
    else if (key === 'Home' || key === 'End') this.goTo(key === 'Home' ? 0 : this.items.length - 1);
    else if (onRow && (key === 'Delete' || key === 'Backspace')) this.remove(i);
    else if (onRow && (key === 'Enter' || key === ' ')) this.select(i);
    else if (onRow && key.toLowerCase() === 'r' && !event.ctrlKey && !event.metaKey) {
      event.stopPropagation(); // R may also be a key of the page around it
      this.repeat(i);
    } else return;
    event.preventDefault();
  }

  onPointerDown(event) {
    const grip = event.target.closest('.grip');
    if (!grip || event.button) return;
    event.preventDefault();
    const rows = [...this.list.children], from = rows.indexOf(grip.closest('li'));
    this.control = null;
    drag(grip, rows, from, event, (to) => { if (to !== from) this.move(from, to); });
  }
}

/** Moves one row with the pointer, makes room among the others, scrolls at the edges; calls `done(place)` at the end. */
function drag(grip, rows, from, start, done) {
  const list = rows[from].parentElement, zoom = list.getBoundingClientRect().height / list.offsetHeight; // of presenter mode
  const within = (y) => (y - list.getBoundingClientRect().top) / zoom;
  const origin = within(start.clientY), middles = rows.map((row) => row.offsetTop + row.offsetHeight / 2);
  const room = rows[from].offsetHeight + parseFloat(getComputedStyle(list).rowGap || 0);
  let y = start.clientY, to = from;
  const place = () => {
    const shift = within(y) - origin, middle = middles[from] + shift;
    to = middles.filter((m, k) => k !== from && m < middle).length;
    rows.forEach((row, k) => {
      const aside = k > from && k <= to ? -room : k < from && k >= to ? room : 0;
      row.style.transform = `translateY(${k === from ? shift : aside}px)`;
    });
  };
  const scroller = scrolling(list);
  const timer = setInterval(() => {
    const edge = y < 48 ? -8 : y > window.innerHeight - 48 ? 8 : 0;
    if (edge) { scroller.scrollTop += edge; place(); }
  }, 16);
  const end = (dropped) => {
    clearInterval(timer);
    grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
    rows.forEach((row) => { row.style.transform = ''; row.classList.remove('dragged', 'aside'); });
    if (dropped && rows[from].isConnected) done(to); // a new list from the server ends a drag without a move
  };
  rows.forEach((row, k) => row.classList.add(k === from ? 'dragged' : 'aside'));
  grip.setPointerCapture(start.pointerId);
  grip.onpointermove = (event) => { y = event.clientY; place(); };
  grip.onpointerup = () => end(true);
  grip.onpointercancel = () => end(false);
}

export default mount('.editor', Editor);
