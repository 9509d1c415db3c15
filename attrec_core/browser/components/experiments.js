// The effect of each single change. Each row is an experiment with a button that applies the change; a second click reverts it.
// Beside the rows is what one of them does: the row under the pointer or with the focus, else the row that the page names.
// Redrawn in place; the list stays where it is on the screen while the page above and below it changes.

const REST = 80; // ms that the pointer rests on a row before the server is asked for its effect

/** The matrix after one experiment. The items are selected in the matrix at the top of the page. */
class AttentionAfter extends AttentionGrid {
  get selects() { return false; }
}

/** The matrix and the list after one experiment. */
class Effect {
  constructor() {
    this.heading = el('h3');
    this.sentences = [el('p'), el('p')];
    this.items = el('tbody');
    this.map = el('div', { class: 'map' });
    this.grid = new AttentionAfter(this.map);
    const head = (text) => el('th', { scope: 'col' }, text);
    this.root = el('section', { class: 'effect', 'aria-label': 'Effect of an experiment', 'data-testid': 'effect' }, this.heading,
      el('div', { 'aria-live': 'polite' }, ...this.sentences), this.map,
      el('table', {}, el('thead', {}, el('tr', {}, head('rank'), head('recommendation after the change'), head('moved'))), this.items));
    this.known = new Map();
  }

  /** Shows the effect of a row, from the address, once the pointer rests on it. */
  async ask(key, address) {
    this.wanted = key;
    clearTimeout(this.rest);
    if (!address) return;
    const url = `${address}&key=${encodeURIComponent(key)}`;
    if (!this.known.has(url)) {
      await new Promise((resolve) => { this.rest = setTimeout(resolve, REST); });
      const effect = await fetch(url).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
      if (effect) this.known.set(url, effect);
    }
    if (this.wanted === key && this.known.has(url)) this.draw(this.known.get(url), '');
  }

  draw(effect, why) {
    this.wanted = null; // an answer that is still on its way comes too late
    this.root.dataset.key = effect.key;
    this.heading.replaceChildren(effect.name, ...(why ? [el('small', {}, why)] : []));
    this.sentences[0].textContent = effect.attention;
    this.sentences[1].textContent = effect.moves;
    this.grid.receive({ data: effect.matrix });
    this.items.replaceChildren(...effect.items.map((item) => this.line(item)));
    // The panel keeps the height of the tallest effect, so that the page below does not move up and down.
    const { minHeight } = this.root.style;
    this.root.style.minHeight = `${Math.max(parseInt(minHeight || 0, 10), this.root.offsetHeight)}px`;
  }

  line(item) {
    const mark = item.is_next ? [' ', el('span', { class: 'next' }, 'actual')] : [];
    return el('tr', {}, el('td', {}, item.rank === null ? '–' : String(item.rank)),
      el('td', { class: 'title' }, el('bdi', {}, item.title), ...mark), el('td', {}, item.move ?? ''));
  }
}

class Experiments {
  constructor(root) {
    this.body = el('tbody');
    this.heads = ['experiment', 'still in the top 10', 'm moved by', 'rank'].map((text) => el('th', { scope: 'col' }, text));
    this.panel = new Effect();
    this.below = el('tr', { class: 'opened' }, el('td', { colspan: '4' })); // on a narrow page: the effect below its row
    this.both = el('div', { class: 'both' }, el('div', { class: 'list' },
      el('table', {}, el('thead', {}, el('tr', {}, ...this.heads)), this.body)), this.panel.root);
    this.root = root;
    root.replaceChildren(this.both);
    const key = ({ target }) => target.closest('tr[data-key]')?.dataset.key;
    this.body.addEventListener('pointerover', (event) => { if (event.pointerType === 'mouse') this.point(key(event)); });
    this.both.addEventListener('pointerleave', () => this.point(null));
    this.body.addEventListener('focusin', (event) => { if (event.target.matches(':focus-visible')) this.point(key(event)); });
    this.body.onclick = (event) => this.choose(event.target.closest('button'));
    this.both.addEventListener('focusout', ({ relatedTarget }) => {
      if (!this.panel.root.contains(relatedTarget)) this.point(null); // else somebody goes from a row into its effect
    });
    new ResizeObserver(() => this.data && this.place()).observe(root);
  }

  end() { this.panel.grid.end(); }

  choose(button) {
    if (!button) return;
    const { key } = button.dataset;
    this.chosen = this.chosen === key ? null : key;
    this.point(key);
    this.place();
    if (button.ariaDisabled === 'true') return;
    stay(() => this.body.querySelector(`[data-key="${CSS.escape(key)}"]`));
    this.setTriggerValue('apply', { key });
  }

  /** key: of the row under the pointer or with the focus; null: of no row, so that an opened row keeps its effect. */
  point(key) {
    if (!this.data.effect || key === undefined) return;
    const shown = key ?? (this.narrow ? this.chosen : null);
    if (shown && shown !== this.data.effect.key) this.panel.ask(shown, this.data.effects);
    else this.panel.draw(this.data.effect, this.data.why);
  }

  /** Beside the list, or, where the page is narrow, below the row that was chosen last. */
  place() {
    const { root } = this.panel, narrow = this.root.offsetWidth < 760;
    if (narrow !== this.narrow) root.style.minHeight = '';
    this.narrow = narrow;
    const opened = narrow && this.chosen && this.body.querySelector(`tr[data-key="${CSS.escape(this.chosen)}"]`);
    if (opened) {
      this.below.firstChild.append(root);
      opened.after(this.below);
    } else {
      this.below.remove();
      this.both.append(root);
    }
  }

  receive({ data, setTriggerValue }) {
    const another = data.applied !== this.data?.applied && data.applied !== this.chosen;
    if (another || !data.rows.some((row) => row.key === this.chosen)) this.chosen = null;
    Object.assign(this, { data, setTriggerValue });
    this.heads[3].textContent = `rank of ${data.whose}`;
    // Unchanged rows keep their elements, so that a click ends on the element where it began.
    const drawn = JSON.stringify(data.rows);
    if (drawn !== this.drawn) {
      const root = this.body.getRootNode(), focused = root.activeElement?.dataset.key;
      const farthest = Math.max(...data.rows.map((row) => row.shift), Number.MIN_VALUE);
      this.body.replaceChildren(...data.rows.map((row) => this.line(row, farthest)));
      if (focused) this.body.querySelector(`button[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
    this.drawn = drawn;
    for (const button of this.body.querySelectorAll('button')) this.mark(button, button.dataset.key === data.applied);
    this.panel.root.hidden = !data.effect;
    this.place();
    this.point(null);
  }

  mark(button, applied) {
    if (button.ariaDisabled === 'true') return;
    button.closest('tr').classList.toggle('applied', applied);
    button.setAttribute('aria-pressed', String(applied));
    button.title = applied ? 'Revert this change' : 'Apply this change; click again to revert it';
  }

  line(row, farthest) {
    const bar = (share) => el('span', { class: 'length', 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }));
    const fixed = { 'aria-disabled': 'true', title: 'Cannot be applied: no edit and no setting makes this change' };
    const name = el('button', { type: 'button', 'data-key': row.key, ...(row.can_apply ? {} : fixed) }, row.name);
    const why = row.can_apply ? [] : [el('small', { class: 'why' }, 'only shown: no setting makes it')];
    const moved = row.rank < row.rank_before ? '▲' : row.rank > row.rank_before ? '▼' : '=';
    return el('tr', { 'data-testid': `experiment-${row.key}`, 'data-key': row.key }, el('th', { scope: 'row' }, name, ...why),
      el('td', {}, bar(row.overlap / Math.max(row.of, 1)), `${row.overlap} of ${row.of}`),
      el('td', {}, bar(row.shift / farthest), number(row.shift, 3)),
      el('td', { class: 'rank' }, `${row.rank_before} → ${row.rank} `, el('small', {}, moved)));
  }
}

export default mount('.experiments', Experiments);
