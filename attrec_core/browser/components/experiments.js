// The effect of each single change. Each row is an experiment with a button that applies the change; a second click reverts it.
// Redrawn in place; the list stays where it is on the screen while the page above and below it changes.

class Experiments {
  constructor(root) {
    this.body = el('tbody');
    this.heads = ['experiment', 'still in the top 10', 'm moved by', 'rank'].map((text) => el('th', { scope: 'col' }, text));
    this.more = el('button', { type: 'button', class: 'more' });
    root.replaceChildren(el('table', {}, el('thead', {}, el('tr', {}, ...this.heads)), this.body), this.more);
    this.more.onclick = () => this.open();
    this.body.onclick = (event) => this.choose(event.target.closest('button'));
  }

  open() {
    this.isOpen = true;
    this.place();
    this.body.children[this.data.first].querySelector('button').focus();
  }

  choose(button) {
    if (!button || button.ariaDisabled === 'true') return;
    const { key } = button.dataset;
    stay(() => this.body.querySelector(`[data-key="${CSS.escape(key)}"]`));
    this.setTriggerValue('apply', { key });
  }

  /** Hides the rows after the first ones until they are asked for, or until one of them is applied. */
  place() {
    const rows = [...this.body.children], { first, applied } = this.data;
    this.isOpen ||= rows.findIndex((row) => row.dataset.key === applied) >= first;
    rows.forEach((row, place) => { row.hidden = place >= first && !this.isOpen; });
    this.more.hidden = this.isOpen || rows.length <= first;
    this.more.textContent = `${rows.length - first} more`;
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    this.heads[3].textContent = `rank of ${data.whose}`;
    // Unchanged rows keep their elements, so that a click ends on the element where it began.
    const drawn = JSON.stringify(data.rows);
    if (drawn !== this.drawn) {
      const focused = this.body.getRootNode().activeElement?.dataset.key;
      const farthest = Math.max(...data.rows.map((one) => one.shift), Number.MIN_VALUE);
      this.body.replaceChildren(...data.rows.map((one) => this.line(one, farthest)));
      if (focused) this.body.querySelector(`button[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
    this.drawn = drawn;
    for (const button of this.body.querySelectorAll('button')) this.mark(button, button.dataset.key === data.applied);
    this.place();
  }

  mark(button, applied) {
    if (button.ariaDisabled === 'true') return;
    button.closest('tr').classList.toggle('applied', applied);
    button.setAttribute('aria-pressed', String(applied));
    button.title = applied ? 'Revert this change' : 'Apply this change; click again to revert it';
  }

  line(one, farthest) {
    const bar = (share) => el('span', { class: 'length', 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }));
    const fixed = { 'aria-disabled': 'true', title: 'Cannot be applied: no edit and no setting makes this change' };
    const name = el('button', { type: 'button', 'data-key': one.key, ...(one.can_apply ? {} : fixed) }, one.name);
    const why = one.can_apply ? [] : [el('small', { class: 'why' }, 'only measured: no setting makes it')];
    const moved = one.rank < one.rank_before ? '▲' : one.rank > one.rank_before ? '▼' : '=';
    return el('tr', { 'data-testid': `experiment-${one.key}`, 'data-key': one.key }, el('th', { scope: 'row' }, name, ...why),
      el('td', {}, bar(one.overlap / Math.max(one.of, 1)), `${one.overlap} of ${one.of}`),
      el('td', {}, bar(one.shift / farthest), number(one.shift, 3)),
      el('td', { class: 'rank' }, `${one.rank_before} → ${one.rank} `, el('small', {}, moved)));
  }
}

export default mount('.experiments', Experiments);
