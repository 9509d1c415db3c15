// The recommendations: the rows of the list, what it says, and how they moved. views/moment/ranking.py, and of
// views/attention/panels.py the record of the list.

const DISTANCE = { name: 'distance', better: 'lower', sign: 1, total: 'total distance' }; // runs/systems.py

/** The top k, and other items that a panel is about. roles: item → what it is there, such as "explained"; a Map. */
function rankingRecord(scene, k = scene.view.top ?? 10, roles = new Map()) {
  const items = listedItems(scene, k, [...roles.keys()]);
  const rows = rankingRows(scene, k, [...roles.keys()]).map((row, index) =>
    (roles.has(items[index]) ? { ...row, marks: [...row.marks, roles.get(items[index])] } : row));
  return { rows, measure: DISTANCE, selected: idOf(scene.selected) };
}

/** The top k, then the actual next item, the selected item and `also`, if not in the top k, by rank. */
function listedItems(scene, k, also = []) {
  const top = scene.ranking.top(k), { ranking } = scene;
  const extra = [...new Set([scene.target, scene.selected, ...also])].filter((item) => item !== null && !top.includes(item));
  return [...top, ...extra.sort((a, b) => ranking.rank(a) - ranking.rank(b) || a - b)];
}

/** A row for each listed item, with its changes since the baseline. */
function rankingRows(scene, k, also = []) {
  const { ranking } = scene, items = listedItems(scene, k, also);
  const [short, long] = ranking.parts(items), omits = gaps(ranking, items);
  const before = scene.compared && scene.compared.ranking;
  return items.map((item, index) => ({
    rank: ranking.rank(item),
    id: idOf(item),
    title: scene.title(item),
    subtitle: scene.subtitle(item),
    value: ranking.distance(item),
    short: short[index],
    long: long[index],
    is_candidate: Boolean(ranking.candidates[item]),
    marks: [...(item === scene.target ? ['actual'] : []), ...whyNoCandidate(scene, item)],
    ...(before ? rankChange(before, ranking, item, k) : { move: null, change: null }),
    after_gap: omits[index],
  }));
}

/** Whether candidates between the item before and this one are not listed. Ranks alone cannot tell: three items that tie
 * for 8th, 9th and 10th all have the rank 9. */
function gaps(ranking, items) {
  const order = new Map(ranking.top(2 * items.length).map((item, place) => [item, place]));
  return items.map((item, index) => {
    if (!index) return false;
    const above = items[index - 1];
    if (order.has(above) && order.has(item)) return order.get(item) - order.get(above) > 1;
    return Boolean(ranking.candidates[above]) && ranking.rank(item) - ranking.rank(above) >= 2;
  });
}

/** How an item's rank and distance changed since the baseline. NEW marks a candidate that enters the top k, or that was not
 * a candidate before. What is no candidate now has no rank that could have moved. */
function rankChange(before, now, item, k) {
  const oldRank = before.rank(item), newRank = now.rank(item), rise = oldRank - newRank;
  const move = rise === 0 ? '=' : `${rise > 0 ? '▲' : '▼'}${general(Math.abs(rise))}`;
  const isNew = (oldRank > k && k >= newRank) || !before.candidates[item];
  const change = signed(now.distance(item) - before.distance(item), 3);
  return { move: now.candidates[item] ? (isNew ? 'NEW' : move) : null, change };
}

/** Why an item is not a candidate; empty for a candidate. */
function whyNoCandidate(scene, item) {
  if (scene.ranking.candidates[item]) return [];
  return [scene.window.includes(item) ? 'in the window' : 'seen before'];
}

/** Why an item is not a candidate, as the end of a sentence. */
const outOfIt = (scene, item) =>
  (scene.window.includes(item) ? 'it is in the window' : `${scene.who} has seen it before`);

/** Where the actual next item is ranked. */
function rankingSentence(scene) {
  const { target } = scene;
  if (scene.concealed) return listSentence(scene); // the page of a classroom file may hide the actual next item
  if (target === null) {
    return `This is the end of the history, so there is no actual next item. ${listSentence(scene)}`;
  }
  const title = scene.title(target);
  if (!scene.ranking.candidates[target]) {
    return `The actual next item, “${title}”, is in the edited window, so it is not ranked.`;
  }
  return `The actual next item, “${title}”, is ${rankPhrase(scene, target)} of the ${candidatesNamed(scene, target)}.`;
}

/** The rank of a candidate in words that follow “is”. */
function rankPhrase(scene, item) {
  const place = scene.ranking.rank(item);
  return Number.isInteger(place) ? `ranked ${ordinal(place)}` : `tied for ${ordinal(Math.trunc(place))}`;
}

const listSentence = (scene) => `The list ranks ${candidatesNamed(scene)}.`;

/** The number of candidates with the data set's own noun: “345 films Kim has not seen”. item: the item that the
 * sentence is about. The actual next item is a candidate also where the person has seen it before. */
function candidatesNamed(scene, item = null) {
  const { noun } = scene.run, { target } = scene;
  const repeated = target !== null && Boolean(scene.ranking.candidates[target]) && scene.moment.seen.includes(target);
  const count = total(scene.ranking.candidates), counted = countOf(count - (repeated ? 1 : 0), noun.slice(0, -1));
  let unseen = `${counted} ${scene.who} has not seen`;
  // The items of the actual window are in the history; those of an edited window may be, too.
  const past = new Set(scene.history.slice(0, scene.step));
  if (scene.edited && !scene.window.every((one) => past.has(one))) {
    unseen += `, not counting the ${noun} in the window`;
  }
  if (!repeated) return unseen;
  const other = item === target ? 'this one' : `the actual next ${noun.slice(0, -1)}`;
  return `${countOf(count, 'candidate')} (${unseen}, and ${other}, seen before)`;
}
