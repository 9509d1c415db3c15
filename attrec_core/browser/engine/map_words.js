// The metric space: true neighbours, and what is said of an item. views/metric_space/words.py and panels.py.

/** The true nearest items in the space "long" or "short"; the selected item is not its own neighbour. vector (d,). */
function neighboursOf(scene, space, vector, k) {
  const [rows, distances] = nearest(scene.run.weights[`item_${space}`], vector, k, scene.selected);
  return rows.map((item, place) => ({
    item,
    id: idOf(item),
    title: scene.title(item),
    about: scene.subtitle(item),
    nearness: distances[place],
    rank: scene.ranking.rank(item),
    no_candidate: whyNoCandidate(scene, item),
  }));
}

/** The name of the point of the moment: m, or the person; the moment follows it where the point moves. */
function nameOfPoint(scene, space) {
  const when = scene.history.length < 2 ? '' : ` after ${countOf(scene.step, 'item')}`;
  if (space === 'short') return `m${when}`;
  return `${scene.who}${remembers(scene.run.config) ? when : ''}`;
}

/** Short sentences about an item: its rank, its attention, and the distances that it lowers or that lower its own. */
function itemSentences(scene, item) {
  const places = scene.window.flatMap((other, place) => (other === item ? [place] : []));
  const lines = [standing(scene, item)];
  if (places.length) lines.push(attentionLine(scene, places), ...lowers(scene, item, places));
  else if (scene.ranking.candidates[item] && hasSum(scene.moment) && scene.ranking.long_weight < 1) {
    const pull = attraction(scene.moment, item), best = largest(pull);
    const nearer = `Of the window, “${scene.title(scene.window[best])}” lowers its distance most.`;
    lines.push(pull[best] > 0 ? nearer : 'No item of the window lowers its distance.');
  }
  return lines;
}

function standing(scene, item) {
  const { ranking } = scene, letters = scene.letters.get(item);
  if (letters) return `Item${letters.includes(',') ? 's' : ''} ${letters} of the window.`;
  if (!ranking.candidates[item]) return `${scene.who} has already seen it.`;
  const actual = item === scene.target ? ' The actual next item.' : '', count = countOf(total(ranking.candidates), 'candidate');
  const distance = number(ranking.distance(item), 3);
  return `${ordinal(ranking.rank(item))} of ${count}, ${DISTANCE.total} ${distance}.${actual}`;
}

/** The item's average or total attention, the item that attends to it most, and the one that it attends to most. */
function attentionLine(scene, places) {
  const { window, trace: own } = scene, rest = window.map((_, place) => place).filter((place) => !places.includes(place));
  const share = total(places.map((place) => own.column_weights[place]));
  const isSum = scene.moment.config.aggregation === 'sum';
  const mean = isSum ? `Total attention ${number(share)}` : `Average attention ${percent(share)}`;
  if (!rest.length) return `${mean}.`;
  const place = places.at(-1); // the latest, if the item occurs twice
  const row = rest.map((other) => own.weights[place][other]), column = rest.map((other) => own.weights[other][place]);
  const to = largest(row), by = largest(column), title = (k) => `“${scene.title(window[rest[k]])}”`;
  return `${mean}. ${title(by)} attends to it most (${percent(column[by])}); it attends most to ${title(to)} `
    + `(${percent(row[to])}).`;
}

/** The candidate whose distance this item of the window lowers most by the exact sum: the one nearest to it in the item
 * space. Nothing where no exact sum exists, or with a taste from items. */
function lowers(scene, item, places) {
  const { candidates } = scene.ranking, { dim } = scene.run.config, table = scene.run.weights.item_short;
  if (!hasSum(scene.moment) || remembers(scene.run.config)) return [];
  const away = squaredDistances(table, rowOf(table, item, dim)).map((gap, other) => (candidates[other] ? gap : Infinity));
  const closest = away.indexOf(Math.min(...away)), pull = attraction(scene.moment, closest);
  if (away[closest] === Infinity || !(total(places.map((place) => pull[place])) > 0)) return [];
  return [`Of all candidates, it lowers the distance of “${scene.title(closest)}” most.`];
}

/** The item nearest to a point, in the space and not on the map. near: of `neighboursOf`. */
const nearestSentence = (name, [first]) =>
  `Nearest to ${name}: “${first.title}”, at a squared distance of ${number(first.nearness, 3)}.`;
