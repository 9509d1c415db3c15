// Why this item? What is said of the explained item, of attention beside influence, and of an edit: views/why/panels.py and
// views/why/influence.py. The explanation itself is `explained(scene)`.

const NO_CANDIDATES = 'There is no candidate left to recommend, so there is nothing to explain. Choose an earlier step.';
const LETTERS_OF_EDIT = 30; // of a title in a button

/** The rank among how many candidates, and the distance. */
function headline(scene, why = explained(scene)) {
  let place = `${ordinal(why.rank)} of the ${candidatesNamed(scene, why.item)}`;
  if (!why.is_candidate) place = `Not a candidate: ${outOfIt(scene, why.item)}`;
  return `${place}; distance ${number(why.distance, 3)}.`;
}

/** The button that removes the main reason: {label, window}; null if no removal changes the rank. */
function removalOf(scene, why = explained(scene)) {
  if (!why.reason.places.length) return null;
  const [place] = why.reason.places, name = (item) => short(scene.title(item), LETTERS_OF_EDIT);
  return {
    label: `Remove ${titleAt(scene.window, place, name)}`,
    window: scene.window.filter((_, index) => index !== place - 1),
  };
}

/** What the explained and the compared item are called in the list: a Map. */
function rolesOf(scene) {
  const named = [[scene.explained, 'explained'], [rival(scene), 'compared']];
  return new Map(named.filter(([item]) => item !== null));
}

/** The record of the component `influence`: each item of the window, its attention and its influence on the explained
 * item; rank of the explained item; even: the mean of the weights. */
function truthTable(scene, why = explained(scene)) {
  const effects = why.leave_one_out;
  const rows = scene.window.map((item, place) => ({
    place: place + 1,
    id: idOf(item),
    item,
    title: scene.title(item),
    colour: itemColour(scene.hue(item)),
    weight: scene.moment.average_attention[place],
    delete: effects.delete[place] ?? null,
    mask: effects.mask[place] ?? null,
  }));
  const even = total(rows.map((row) => row.weight)) / rows.length;
  return { rank: why.rank, even, rows, selected: idOf(scene.selected) };
}
