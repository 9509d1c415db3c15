// The edits of the window that the server has not answered. Each is sent with the next revision; answers older than the sent
// revision are ignored, so fast edits neither get lost nor flicker back. A server that was away gets the last edit again.

class Edits {
  /** view: has `data` (the server's last), `setStateValue`, `status`, and `refuse()`, which returns to the server's window. */
  constructor(view) {
    Object.assign(this, { view, revision: -1, unanswered: null, gone: new AbortController() });
    window.addEventListener('attrec-back', () => this.again(), { signal: this.gone.signal });
  }

  /** Whether the data answer what was sent. If so, takes over their revision. */
  takes(revision) {
    if (this.unanswered !== null && revision < this.unanswered) return false;
    Object.assign(this, { revision, unanswered: null });
    return true;
  }

  send(edit) {
    if (this.unanswered === null) this.of = idsOf(this.view.data);
    this.unanswered = this.revision += 1;
    this.last = edit;
    this.view.setStateValue('order', { ...edit, revision: this.revision });
  }

  /** Sends the last edit again, unless the server shows another window by now: Back may have been pressed meanwhile. */
  again() {
    if (this.unanswered === null) return;
    if (idsOf(this.view.data) === this.of) { this.send(this.last); return; }
    this.unanswered = null;
    this.view.refuse();
  }

  /** Says why an action changes nothing, until the next click, drag or key. */
  explain(text) {
    const { status } = this.view, clear = () => { if (status.textContent === text) status.textContent = ''; };
    status.textContent = text;
    const once = { once: true, capture: true, signal: this.gone.signal };
    for (const kind of ['pointerup', 'keydown']) window.addEventListener(kind, clear, once);
  }

  end() { this.gone.abort(); }
}

const idsOf = ({ ids, items }) => JSON.stringify(ids ?? items.map(([id]) => id));
const NOT_APPLIED = 'The last edit was not applied: the server was away. This is its window.';
