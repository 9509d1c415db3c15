// A view resolved against its run: person, moment, window, and everything the model computes from them. Of
// views/page_context.py what concerns a user.

/** user: an index of the run's people; step: how many items of the history have happened; moment: everything that decides
 * the ranking. Items are indices. */
class Scene {
  constructor(run, view, user, step, moment) {
    Object.assign(this, { run, view, user, step, moment });
  }

  /** (n,) items, oldest first. */
  get window() { return this.moment.window; }

  /** The window without edits. */
  get real_window() { return this.moment.real_window; }

  /** The actual next item, or null. */
  get target() { return this.moment.target; }

  /** The what-if ω, else the trained ω. */
  get omega() { return this.view.omega ?? this.run.config.long_weight; }

  /** Whether the actual next item is to be guessed. */
  get concealed() { return this.moment.hidden !== null; }

  get has_taste() { return this.moment.taste !== null; }

  get selected() { return this.view.selected ?? null; }

  /** The explained item: the view's, else the selected one if it is a candidate, else the first recommendation. */
  get explained() {
    if ((this.view.item ?? null) !== null) return this.view.item;
    if (this.selected !== null && this.ranking.candidates[this.selected]) return this.selected;
    return this.ranking.top(1)[0] ?? null;
  }

  get against() { return this.view.against ?? null; }

  get edited() { return this.moment.edited; }

  get by_hand() { return this.moment.shares !== null; }

  /** The baseline: the actual window with the trained settings. */
  get pinned() {
    const omega = this.has_taste ? this.run.config.long_weight : 0;
    return this.moment.unedited().with({ config: this.run.config, long_weight: omega });
  }

  /** The baseline, if this scene has another window or attention set by hand; else null. A change of ω alone is shown where
   * the two parts of a distance are. */
  get compared() { return this.edited || this.by_hand ? this.pinned : null; }

  /** All items of the person, oldest first. */
  get history() { return this.run.people[this.user].history; }

  get trace() { return this.moment.trace; }

  get ranking() { return this.moment.ranking; }

  title(item) { return this.run.titles[item]; }

  /** Year and genres, if known. */
  subtitle(item) { return this.run.subtitles[item]; }

  get who() { return this.run.people[this.user].name; }

  /** The index of an item's colour; null if the item is neither in the actual window nor in the edited one. */
  hue(item) { return this.hues.get(item) ?? null; }

  /** Item of the window → its letter, or several letters if it occurs several times: "A, C". */
  get letters() {
    const letters = new Map();
    this.window.forEach((item, place) => {
      letters.set(item, letters.has(item) ? `${letters.get(item)}, ${letter(place)}` : letter(place));
    });
    return letters;
  }

  // Items of the actual window come first, so that an edit changes no other item's colour.
  get hues() {
    return new Map([...new Set([...this.real_window, ...this.window])].map((item, index) => [item, index]));
  }
}
lazy(Scene);

/** The id of an item in the records of components; null for no item. */
const idOf = (item) => (item === null ? null : String(item));

/** The scene of a view that fits the run. By default the last item, the test item, has not happened yet. */
function sceneOf(run, view) {
  const { user } = view, step = view.step || Math.max(1, run.people[user].history.length - 1);
  const moment = momentOf(run, user, view.window ?? null, step);
  const omega = moment.taste === null ? 0 : view.omega ?? run.config.long_weight;
  return new Scene(run, view, user, step, moment.with({ long_weight: omega }));
}

/** The scene with the average attention that its view sets by hand. Only for panels that show just what follows from it:
 * what removing an item does, for instance, concerns the model's own attention. */
function setByHand(scene) {
  const { run, view, user, step, moment } = scene, shares = view.by_hand ?? null;
  if (shares === null || EXTREMES[moment.config.aggregation] || shares.length !== moment.window.length) return scene;
  // An address rounds the shares; bars that nobody has dragged must not change a distance by that.
  const own = sameItems(shares, ownShares(moment)) ? [...moment.own_trace.column_weights] : shares;
  return new Scene(run, view, user, step, moment.with({ shares: own }));
}

/** The model's own average attention as it is in an address. */
const ownShares = (moment) => moment.own_trace.column_weights.map((share) => Math.round(10000 * share));
