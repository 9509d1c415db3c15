// A table with one row per item. A click on a row selects its item; keys move from one row's button to the next.

class SelectableRows {
  constructor() {
    this.here = 0;
    this.body = el('tbody');
    this.body.onclick = (event) => this.select(event.target.closest('tr'));
    this.body.onkeydown = (event) => this.onKey(event);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, rows: data.rows, selected: data.selected, setTriggerValue });
    this.render();
  }

  render() {
    const focused = this.body.contains(this.body.getRootNode().activeElement);
    this.here = Math.max(0, Math.min(this.here, this.rows.length - 1));
    this.draw();
    if (focused) this.focus(this.here);
  }

  select(line) {
    if (!line?.dataset.k) return;
    this.here = Number(line.dataset.k);
    const { id } = this.rows[this.here];
    this.selected = id === this.selected ? null : id;
    this.render();
    this.setTriggerValue('select', { id: this.selected });
  }

  focus(k) {
    const buttons = [...this.body.querySelectorAll('button')];
    this.here = Math.max(0, Math.min(k, buttons.length - 1));
    buttons.forEach((button, i) => { button.tabIndex = i === this.here ? 0 : -1; });
    buttons[this.here]?.focus();
  }

  onKey(event) {
    const to = { ArrowUp: this.here - 1, ArrowDown: this.here + 1, Home: 0, End: this.rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.focus(to);
  }
}
