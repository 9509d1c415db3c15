// What the page shows is behind the # of its address, so that a link leads to it and Back undoes. Items and people are
// numbers of this file.

const WHOLE = /^\d{1,9}$/;
const LISTS = ['window', 'by_hand'];
const NUMBERS = ['user', 'step', 'item', 'against', 'selected', 'question'];

/** The view of an address, and the names of its parts that do not fit this file. */
function readView(run, hash) {
  const view = { ...EMPTY_VIEW }, wrong = [];
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const value = readPart(name, text);
    if (value === undefined) wrong.push(name);
    else view[name] = value;
  }
  return { view: fitted(run, view, wrong), wrong };
}

function readPart(name, text) {
  if (NUMBERS.includes(name)) return WHOLE.test(text) ? Number(text) : undefined;
  if (LISTS.includes(name)) return text.split(',').every((part) => WHOLE.test(part)) ? text.split(',').map(Number) : undefined;
  if (name === 'omega') return text && Number(text) >= 0 && Number(text) <= 1 ? Number(text) : undefined;
  if (name === 'projection' || name === 'space' || name === 'terms') return text;
  return name === 'shown' && text === '1' ? true : undefined;
}

const EMPTY_VIEW = { user: 0, step: null, window: null, omega: null, item: null, against: null, selected: null, by_hand: null,
  projection: null, space: null, terms: null, shown: false, question: null };

/** The view without what this run does not have; adds its names to `wrong`. */
function fitted(run, view, wrong) {
  const drop = (name, value = null) => { wrong.push(name); view[name] = value; };
  const { length } = run.people, known = (item) => item < run.n_items;
  if (!(view.user < length)) drop('user', 0);
  const steps = run.people[view.user].history.length;
  if (view.step !== null && !(view.step >= 1 && view.step <= steps)) drop('step');
  if (view.window && !(view.window.length <= run.config.window && view.window.every(known))) drop('window');
  for (const name of ['item', 'against', 'selected']) if (view[name] !== null && !known(view[name])) drop(name);
  const count = view.window?.length ?? Math.min(view.step ?? Math.max(1, steps - 1), run.config.window);
  if (view.by_hand && !(view.by_hand.some(Boolean) && view.by_hand.length === count)) drop('by_hand');
  if (view.projection !== null && !run.maps?.projections.includes(view.projection)) drop('projection');
  if (view.space !== null && !['short', 'long'].includes(view.space)) drop('space');
  if (view.terms !== null && !['average', 'whole'].includes(view.terms)) drop('terms');
  if (view.question !== null && !(view.question >= 1 && view.question <= QUESTIONS.length)) drop('question');
  return view;
}

function writeView(view) {
  const parts = Object.entries(view).filter(([name, value]) => value !== null && value !== false);
  return `#${parts.map(([name, value]) => `${name}=${value === true ? 1 : Array.isArray(value) ? value.join(',') : value}`).join('&')}`;
}
