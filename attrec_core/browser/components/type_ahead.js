// A combobox over a catalogue: type, arrows, Enter, Escape. Joined in front of the component that uses it.

const MATCHES = 12;
const catalogues = new Map(); // URL -> promise of the prepared entries, fetched once

const LETTERS = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i' };
const folded = (text) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  .replace(/[ßæœøłđı]/g, (letter) => LETTERS[letter]).trim();
const bounded = (title) => (title.length > 300 ? `${title.slice(0, 299)}…` : title); // as the server cuts it
const prepared = (items) => items.map(([id, title, subtitle]) =>
  ({ id, title: bounded(title), subtitle: bounded(subtitle), text: folded(bounded(title)) }));

async function entriesAt(url) {
  const answer = await fetch(new URL(url, document.baseURI));
  if (!answer.ok) throw new Error(answer.statusText);
  return prepared((await answer.json()).items);
}

async function entriesOf(source) {
  if (Array.isArray(source)) return prepared(source);
  if (!catalogues.has(source)) {
    const loading = entriesAt(source);
    loading.catch(() => catalogues.delete(source)); // so that the next try asks again
    catalogues.set(source, loading);
  }
  return catalogues.get(source);
}

/** Finds the query at the start of a title, then at the start of a word, then anywhere. The entries are sorted by popularity,
 * so the first matches of each kind are the best. */
function bestMatches(entries, query) {
  const wanted = folded(query), start = [], word = [], inside = [];
  if (!wanted) return entries.slice(0, MATCHES);
  for (const entry of entries) {
    const at = entry.text.indexOf(wanted);
    if (at === 0) start.push(entry);
    else if (at > 0) {
      const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const bucket = new RegExp(`[^\\p{L}\\p{N}]${escaped}`, 'u').test(entry.text) ? word : inside;
      if (bucket.length < MATCHES) bucket.push(entry);
    }
    if (start.length === MATCHES) break;
  }
  return [...start, ...word, ...inside].slice(0, MATCHES);
}

/** The server searches a very large catalogue, whose URL ends where the query is appended. */
async function matchesIn(source, query) {
  const asks = typeof source === 'string' && source.endsWith('&q=');
  return asks ? entriesAt(source + encodeURIComponent(query)) : bestMatches(await entriesOf(source), query);
}

let named = 0;
class TypeAhead {
  constructor(label, { source, onPick, onLeave }) {
    Object.assign(this, { source, onPick, onLeave, matches: [], active: -1, asked: 0, searching: false, entered: false });
    const id = `matches-${named += 1}`;
    this.input = el('input', { type: 'text', role: 'combobox', 'aria-label': label, placeholder: label,
      'aria-controls': id, 'aria-expanded': 'false', 'aria-autocomplete': 'list',
      autocomplete: 'off', spellcheck: 'false', maxlength: '100' });
    this.list = el('ul', { id, role: 'listbox', 'aria-label': 'matches' });
    this.note = el('p', { class: 'note', role: 'status' });
    this.popup = el('div', { class: 'popup', hidden: '' }, this.list, this.note);
    this.box = el('div', { class: 'typeahead' }, this.input, this.popup);
    this.input.oninput = () => this.open();
    this.input.onclick = () => this.open();
    this.input.onblur = () => { this.input.value = ''; this.close(); };
    this.input.onkeydown = (event) => this.onKey(event);
    this.list.onmousedown = (event) => event.preventDefault(); // the input keeps the focus
    this.list.onclick = (event) => this.pick([...this.list.children].indexOf(event.target.closest('li')));
  }

  async open() {
    const asked = this.asked += 1, query = this.input.value;
    this.searching = true;
    let note = '';
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.show([], 'loading the catalogue…'), 150);
    let matches = [];
    try {
      matches = await matchesIn(this.source(), query);
      if (!matches.length) note = `nothing matches “${brief(query.trim())}”`;
    } catch {
      note = 'The catalogue could not be loaded. Everything else works; type to try again.';
    }
    if (asked !== this.asked) return;
    clearTimeout(this.slow);
    this.searching = false;
    this.show(matches, note);
    if (this.entered) this.pick(this.active); // Enter came before the matches did
    this.entered = false;
  }

  show(matches, note) {
    this.matches = matches;
    this.note.textContent = note;
    this.list.replaceChildren(...matches.map(({ title, subtitle }, i) => el('li',
      { role: 'option', id: `${this.list.id}-${i}`, title }, el('bdi', {}, title), el('small', {}, subtitle))));
    this.popup.hidden = false;
    this.popup.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-expanded', String(matches.length > 0));
    this.activate(this.input.value.trim() && matches.length ? 0 : -1);
  }

  activate(i) {
    this.active = i;
    [...this.list.children].forEach((option, k) => option.setAttribute('aria-selected', String(k === i)));
    if (i >= 0) this.list.children[i].scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', i >= 0 ? `${this.list.id}-${i}` : '');
  }

  close() {
    clearTimeout(this.slow); // it would open the list again
    this.asked += 1;
    this.searching = this.entered = false;
    this.popup.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.setAttribute('aria-activedescendant', '');
  }

  pick(i) {
    if (!this.matches[i] || this.popup.hidden) return;
    const { id, title, subtitle } = this.matches[i];
    this.input.value = '';
    this.close();
    this.onPick([id, title, subtitle]);
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], n = this.matches.length;
    if (step && this.popup.hidden) this.open();
    else if (step && n) this.activate(this.active < 0 && step < 0 ? n - 1 : (this.active + step + n) % n);
    else if (event.key === 'Enter' && this.searching) this.entered = true;
    else if (event.key === 'Enter') this.pick(this.active);
    else if (event.key === 'Escape' && (this.input.value || !this.popup.hidden)) { this.input.value = ''; this.close(); }
    else if (event.key === 'Escape' && this.onLeave) this.onLeave();
    else return;
    event.preventDefault();
  }
}
