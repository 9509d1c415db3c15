// The effect of each single change. Each row is an experiment with a button that applies the change; a second click reverts it.
// Redrawn in place; the list stays where it is on the screen while the page above and below it changes.

class Experiments {
  constructor(root) {
    this.body = el('tbody');
    this.heads = ['experiment', 'of the top 10 unchanged', 'm moved by', 'rank'].map((text) => el('th', { scope: 'col' }, text));
    root.replaceChildren(el('table', {}, el('thead', {}, el('tr', {}, ...this.heads)), this.body));
    this.body.onclick = (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      const { key } = button.dataset;
      stay(() => this.body.querySelector(`[data-key="${CSS.escape(key)}"]`));
      this.setTriggerValue('apply', { key });
    };
  }

  receive({ data, setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    this.heads[3].textContent = `rank of ${data.whose}`;
    // Unchanged rows keep their elements, so that a click ends on the element where it began.
    const drawn = JSON.stringify(data.rows);
    if (drawn !== this.drawn) {
      const root = this.body.getRootNode(), focused = root.activeElement?.dataset.key;
      const farthest = Math.max(...data.rows.map((row) => row.shift), Number.MIN_VALUE);
      this.body.replaceChildren(...data.rows.map((row) => this.line(row, farthest)));
      if (focused) this.body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
    this.drawn = drawn;
    for (const button of this.body.querySelectorAll('button')) this.mark(button, button.dataset.key === data.applied);
  }

  mark(button, applied) {
    button.closest('tr').classList.toggle('applied', applied);
    button.setAttribute('aria-pressed', String(applied));
    button.title = applied ? 'Revert this change' : 'Apply this change; click again to revert it';
  }

  line(row, farthest) {
    const bar = (share) => el('span', { class: 'track', 'aria-hidden': 'true' }, el('i', { style: `width: ${100 * share}%` }));
    const name = row.can_apply ? el('button', { type: 'button', 'data-key': row.key }, row.name)
      : el('span', { class: 'name', title: 'Cannot be applied: no edit and no setting makes this change' }, row.name);
    const moved = row.rank < row.rank_before ? '▲' : row.rank > row.rank_before ? '▼' : '=';
    return el('tr', { 'data-testid': `experiment-${row.key}` }, el('th', { scope: 'row' }, name),
      el('td', {}, bar(row.overlap / Math.max(row.of, 1)), `${row.overlap} of ${row.of}`),
      el('td', {}, bar(row.shift / farthest), number(row.shift, 3)),
      el('td', { class: 'rank' }, `${row.rank_before} → ${row.rank} `, el('small', {}, moved)));
  }
}

export default mount('.experiments', Experiments);
