// The attention matrix of one window: a cell can be followed, and the average attention can be set by hand.

class AttentionMap extends AttentionGrid {
  constructor(root) {
    super(root);
    this.board.onpointerdown = (event) => this.drag(event, event.target.closest('.average:not(.lost)'));
    // Weights set with the keyboard are sent before a click elsewhere: if they came after the click, they would undo it.
    this.board.addEventListener('focusout', () => { if (this.sending) this.send(); });
    window.addEventListener('attrec-edit', ({ detail }) => this.goAhead(detail), { signal: this.gone.signal });
  }

  /** Draws the matrix of an edit before the page has run. The page's answer is the same, comes later and replaces it. */
  async goAhead({ ids, revision }) {
    const { ahead } = this.data;
    if (!ahead || !this.root.isConnected) return;
    const query = new URLSearchParams([['view', location.search], ...ids.map((id) => ['id', id])]);
    const record = await fetch(`${ahead}?${query}`).then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null); // then the page's answer is drawn when it comes
    if (!record || !this.data.ahead || this.sending || revision <= Math.max(this.data.revision, this.drawnAhead ?? -1)) return;
    this.drawnAhead = revision;
    super.receive({ data: { ...this.data, ...record, revision }, setTriggerValue: this.setTriggerValue });
  }

  receive(component) {
    if (component.data.revision < this.drawnAhead) return; // an answer to an earlier edit than the drawn one
    this.drawnAhead = undefined;
    if (this.dragging || this.sending) { // weights that are not sent yet are kept, if they are of this window
      if (component.data.ids.join() === this.data.ids.join()) component.data.column_weights = this.data.column_weights;
      else this.sending = clearTimeout(this.sending);
    }
    super.receive(component);
  }

  /** A click on a cell selects its column's item and follows the cell; a second click on the cell clears both. */
  mark(id, node) {
    if (!this.data.follows || !node.matches('.cell')) return super.mark(id);
    const cell = [Number(node.dataset.row) + 1, Number(node.dataset.column) + 1];
    const again = id === this.selected && this.cell?.join() === cell.join();
    Object.assign(this, again ? { selected: null, cell: null } : { selected: id, cell });
    return { id: this.selected, cell: this.cell };
  }

  /** The page's main matrix also tells the sequence editor and the other matrices which item is highlighted. */
  showItem(k) {
    const before = this.pointed, of = this.pointed = k ?? -1; // set before the event: another matrix may send it back
    const { follows, ids, weights, masked } = this.data;
    if (follows && before !== of) {
      const links = of < 0 ? [] : weights.map((row, i) => (i === of ? null
        : [masked[of][i] ? null : weights[of][i], masked[i][of] ? null : row[of]]));
      window.dispatchEvent(new CustomEvent('attrec-item', { detail: { place: k, from: this, ids: ids.join(), links } }));
    }
    super.showItem(k);
  }

  /** Sets one bar and scales the other bars, so that the sum stays the same. */
  setShare(j, value) {
    const old = this.data.column_weights, total = old.reduce((sum, share) => sum + share, 0), rest = total - old[j];
    const share = Math.max(0, Math.min(total, value));
    this.data.column_weights = old.map((other, k) => (k === j ? share
      : rest > 1e-6 ? (other * (total - share)) / rest : (total - share) / (this.n - 1)));
    this.drawAverages();
    this.point(this.bars[j]);
  }

  send() {
    this.sending = clearTimeout(this.sending);
    this.setTriggerValue('weights', { weights: this.data.column_weights });
  }

  drag(event, bar) {
    if (!bar || !this.data.drags || event.button) return;
    event.preventDefault();
    const j = Number(bar.dataset.column), track = bar.querySelector('.track').getBoundingClientRect();
    const move = ({ clientY }) => this.setShare(j, (this.highest * (track.bottom - clientY)) / track.height);
    this.walk(this.n, j);
    this.dragging = true;
    bar.setPointerCapture(event.pointerId);
    bar.onpointermove = move;
    bar.onpointerup = bar.onpointercancel = (end) => {
      bar.onpointermove = bar.onpointerup = bar.onpointercancel = null;
      this.dragging = false;
      if (end.type === 'pointerup') { move(end); this.send(); }
    };
  }

  onKey(event) {
    const step = { ArrowUp: 0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 }[event.key];
    const bar = event.target.closest('.average');
    if (!step || !bar || !this.data.drags) return super.onKey(event);
    event.preventDefault();
    const j = Number(bar.dataset.column);
    this.setShare(j, this.data.column_weights[j] + step * (this.data.counts === 'total' ? this.n : 1));
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send(), 250);
    return undefined;
  }
}

export default mount('.map', AttentionMap);
