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
 * item; rank of the explained item; even: the mean of the weights; high: the weight above which attention is called high. */
function truthTable(scene, why = explained(scene)) {
  const { exact, misleading } = why.influence, effects = why.leave_one_out;
  const rows = scene.window.map((item, place) => ({
    place: place + 1,
    id: idOf(item),
    item,
    title: scene.title(item),
    colour: itemColour(scene.hue(item)),
    weight: scene.moment.average_attention[place],
    exact: exact[place] ?? null,
    delete: effects.delete[place] ?? null,
    mask: effects.mask[place] ?? null,
    verdict: verdictOf(why, place),
    misleading: misleading.includes(place + 1),
  }));
  const even = total(rows.map((row) => row.weight)) / rows.length;
  return { rank: why.rank, even, high: HIGH * even, rows, selected: idOf(scene.selected) };
}

/** Whether an item has high attention, and how its removal changes the distance. place: from 0. */
function verdictOf(why, place) {
  const { delete: effects, favoured } = why.influence;
  if (!effects.length) return '';
  const effect = effects[place], felt = visible(effects)[place], isVisible = felt !== 0;
  const isStrongest = felt > 0 && effect === Math.max(...effects);
  let action = `removing it ${effect > 0 ? 'raises' : 'lowers'} the distance${isStrongest ? ' most' : ''}`;
  if (!isVisible) action = `removing it ${Math.abs(effect) > SAME ? 'hardly changes' : 'does not change'} the distance`;
  if (favoured.includes(place + 1)) return `high attention, ${isVisible && effect > 0 ? 'and' : 'yet'} ${action}`;
  const { weights } = why.influence, isLow = weights[place] < (LOW * total(weights)) / weights.length;
  return isStrongest && isLow ? `low attention, yet ${action}` : action;
}

/** The record of the component `bars`: the change of the distance when each item is removed, both ways; for a model without
 * an exact sum. */
function removalBars(scene, record) {
  const columns = record.rows.filter((row) => row.delete && row.mask).map((row) => {
    const [deleted, masked] = [row.delete.delta_distance, row.mask.delta_distance];
    const bars = [barPart(0, deleted, row.colour, false, 'left'), barPart(0, masked, row.colour, true, 'right')];
    const term = new Term('item', 0, { title: row.title, item: row.item, place: row.place, item_colour: row.colour });
    const hover = `positions shift: ${signed(deleted, 4)}\npositions kept: ${signed(masked, 4)}`;
    const column = barColumn(scene, term, bars, `${signed(deleted, 3)} | ${signed(masked, 3)}`, hover);
    return { ...column, end: Math.max(0, deleted, masked) };
  });
  return {
    label: `change of the distance of ${scene.title(scene.explained)} when an item is removed`,
    title: 'change of the distance when removed',
    columns,
    connected: false,
    dashes: '',
    notes: [{ text: 'plain: positions shift · hatched: positions kept', top: true }],
  };
}
