// A moment: one user at one step, with everything that decides a ranking: explain/moment.py. All explanations are about
// a moment.

/** A window and a long-term taste under a model's settings, which may be what-if settings. Items are indices.
 *
 * Seen items and the items of the window are not candidates. The actual next item is always a candidate, as in the
 * evaluation, even if the user has seen it; except when an edit has put it into the window, where it did not stand. */
class Moment {
  /** run; window (n,), oldest first; user: an index of the run's people, or null; vector: U (d,), or null; config;
   * long_weight ω; seen: items of the history; target: the actual next item, or null; real_window: without edits;
   * shares (n,): average attention set by hand, or null; earlier: items before the window, for a taste from items;
   * pushed: items of the window, out of which an edit has pushed them; hidden: the actual next item, where it is to be
   * guessed and `target` is null: a list with an item that the user has seen would tell it. */
  constructor(fields) {
    const nothing = { seen: [], target: null, real_window: [], shares: null, earlier: [], pushed: [], hidden: null };
    Object.assign(this, nothing, fields);
  }

  /** The same moment with other fields. */
  with(changes) {
    return new Moment({ ...this, ...changes });
  }

  /** What the long-term taste is made of; null where there is none. An edit of the window is an edit of the history. */
  get memory() {
    if (remembers(this.config)) {
      return memoryOf(this.run, this.config, this.user, [...this.earlier, ...this.pushed, ...this.window]);
    }
    return this.vector && new Memory({ items: [], ages: [], shares: [], own_share: 1, own: this.vector });
  }

  /** U (d,); null: short term only. */
  get taste() {
    return this.memory && this.memory.point(this.run);
  }

  /** All stages with the model's own attention, whatever was set by hand. */
  get own_trace() {
    return forward(this.run.weights, this.config, this.window);
  }

  get trace() {
    return this.shares ? byHand(this.own_trace, this.shares, this.config) : this.own_trace;
  }

  /** (n,) the attention to each item as a mean over the rows, also where m is their sum. */
  get average_attention() {
    const rows = this.config.aggregation === 'sum' ? this.window.length : 1;
    return [...this.trace.column_weights].map((weight) => weight / rows);
  }

  /** The attention matrix that is shown: weights (n, n), masked (n, n), column_weights (n,), missing ρ, and
   * `levels`. */
  get attention() {
    const { weights, column_weights, missing } = this.trace;
    return { weights, column_weights, missing: Math.max(missing, 0), ...levels(this.config, weights.length) };
  }

  get ranking() {
    const omega = this.taste ? this.long_weight : 0;
    return new Ranking(this.run, this.trace.intent, this.taste, omega, this.excluded);
  }

  get edited() {
    return !sameItems(this.window, this.real_window);
  }

  /** The sorted indices of the items that are not candidates. */
  get excluded() {
    const items = [...new Set([...this.seen, ...this.window])].sort((a, b) => a - b);
    const inserted = this.window.includes(this.target) && !this.real_window.includes(this.target);
    return inserted ? items : items.filter((item) => item !== this.target);
  }

  /** The moment with another window, with the model's own attention. Oldest items that newer ones push out of the full
   * actual window stay in the history. Edits in between change nothing. */
  withWindow(window) {
    const count = pushedOut(this.real_window, window, this.config.window);
    return this.with({ window, pushed: this.real_window.slice(0, count), shares: null });
  }

  /** The moment with the actual window. */
  unedited() {
    return this.with({ window: this.real_window, pushed: [], shares: null });
  }
}
lazy(Moment);

const sameItems = (a, b) => a.length === b.length && a.every((item, place) => item === b[place]);

/** How many of the oldest items of a window an edit pushes out by adding others at the end, so that the window is full;
 * 0 for any other edit. */
function pushedOut(before, after, length) {
  const sorted = (items) => [...items].sort((a, b) => a - b);
  if (after.length !== length || sameItems(sorted(before), sorted(after))) return 0;
  for (let count = 1; count < before.length; count += 1) {
    if (sameItems(after.slice(0, before.length - count), before.slice(count))) return count;
  }
  return 0;
}

/** The moment after `step` items of a user's history (null: all of it). window: an edited window instead. Without a
 * user, a window is needed. */
function momentOf(run, user, window = null, step = null) {
  const history = user === null ? [] : run.people[user].history, config = run.config;
  const count = step ?? history.length;
  const actual = user === null ? [] : windowAt(run, user, count);
  const vector = user !== null && config.taste === 'vector' ? run.people[user].vector : null;
  const before = history.slice(0, count - actual.length);
  const moment = new Moment({
    run,
    window: actual,
    user,
    vector,
    config,
    long_weight: vector || remembers(config) ? config.long_weight : 0,
    seen: history.slice(0, count),
    target: count < history.length ? history[count] : null,
    real_window: actual,
    earlier: remembers(config) ? before.slice(-config.history) : [], // as many as count after any edit of the window
  });
  return window ? moment.withWindow(window) : moment;
}

/** The last L of the first `step` items of a user's history, oldest first. */
function windowAt(run, user, step) {
  return run.people[user].history.slice(Math.max(0, step - run.config.window), step);
}
