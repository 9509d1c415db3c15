// A grid in which one cell has the Tab stop: arrows, Home and End move the stop, Enter chooses the cell, Escape leaves. A subclass
// has `at(row, column)`, the node there; `last()`, the row and the column of the last node; `choose(node)`; and `leave()`.

class WalkedGrid {
  here = [0, 0]; // row, column
  firstRow = 0;

  walk(row, column, focus = true) {
    const [lastRow, lastColumn] = this.last();
    this.at(...this.here)?.setAttribute('tabindex', '-1');
    this.here = [Math.max(this.firstRow, Math.min(row, lastRow)), Math.max(0, Math.min(column, lastColumn))];
    this.at(...this.here).setAttribute('tabindex', '0');
    if (focus) this.at(...this.here).focus();
  }

  /** Fills the head of a row or column: a title, and the mark of its item in the item's colour. */
  name(head, title, mark, colour) {
    head.title = head.firstChild.textContent = title;
    paint(head.lastChild, colour).textContent = mark;
  }

  /** Gives a cell its colour, or hatching if it is masked, or neither if a lesson hides it. */
  fill(cell, rgb, masked, veiled) {
    cell.classList.toggle('masked', masked);
    cell.classList.toggle('veiled', veiled);
    cell.style.backgroundColor = masked || veiled ? '' : `rgb(${rgb})`;
    cell.style.color = masked || veiled ? '' : inkOn(rgb);
  }

  onKey(event) {
    if (!event.target.dataset.row) return;
    const row = Number(event.target.dataset.row), column = Number(event.target.dataset.column);
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1], Home: [row, 0], End: [row, this.last()[1]] }[event.key];
    if (event.key === 'Enter' || event.key === ' ') this.choose(event.target);
    else if (event.key === 'Escape') this.leave();
    else if (to) this.walk(...to);
    else return;
    event.preventDefault();
  }
}
