// The map of a metric space: the run's own coordinates, and the place of any other point on them (explain/maps.py).

/** The coordinates [x, y] of a row of a map's array. */
const at = (points, row) => [points[2 * row], points[2 * row + 1]];

/** The place of a vector (d,): exact on PCA; on UMAP the medoid of its true neighbours among the items. */
function placeOf(run, space, projection, vector) {
  const { maps } = run, { dim } = run.config;
  if (projection === 'pca') {
    const mean = maps[`${space}_mean`], axes = maps[`${space}_axes`];
    return [0, 1].map((axis) => {
      let sum = 0;
      for (let i = 0; i < dim; i += 1) sum += (vector[i] - mean[i]) * axes[axis * dim + i];
      return sum;
    });
  }
  const [rows] = nearest(run.weights[`item_${space}`], vector, NEIGHBOURS);
  const points = [...rows].map((row) => at(maps[`${space}_${projection}_items`], row));
  const spread = points.map(([x, y]) => points.reduce((sum, [u, v]) => sum + Math.hypot(x - u, y - v), 0));
  return points[spread.indexOf(Math.min(...spread))];
}

/** The item that seems nearest to m on the map. */
function nearestOnMap(scene, space, projection) {
  const [x, y] = placeOf(scene.run, space, projection, scene.trace.intent), points = scene.run.maps[`${space}_${projection}_items`];
  let best = 0, least = Infinity;
  for (let row = 0; row < scene.run.n_items; row += 1) {
    const away = (points[2 * row] - x) ** 2 + (points[2 * row + 1] - y) ** 2;
    if (away < least) [best, least] = [row, away];
  }
  return best;
}

/** The point of the moment in a space: m, or U; null where there is no taste. Its place is null for a taste from items on
 * UMAP: the app finds it among all users, whom this file does not have. */
function ownPoint(scene, space, projection) {
  const { run, moment } = scene;
  if (space === 'short') {
    const vector = scene.trace.intent;
    return { name: nameOfPoint(scene, space), vector, place: placeOf(run, space, projection, vector) };
  }
  if (!moment.taste) return null;
  // A taste from items moves on with the history; a vector has its own place on the map.
  let place = null;
  if (!remembers(run.config)) place = at(run.maps[`long_${projection}_people`], moment.user);
  else if (projection === 'pca') place = placeOf(run, space, projection, moment.taste);
  return { name: nameOfPoint(scene, space), vector: moment.taste, place };
}

/** All items of a map, the same object each time, so that the component draws them once. */
function cloudOf(run, space, projection) {
  return cachedLatest(run, `cloud ${space} ${projection}`, () => {
    const points = run.maps[`${space}_${projection}_items`];
    const axis = (offset) => Float32Array.from({ length: run.n_items }, (_, row) => points[2 * row + offset]);
    return { x: axis(0), y: axis(1), ids: run.ids, titles: run.titles, colours: run.maps.colours };
  });
}

/** The record of the component space_map, with the true neighbours of the selected item, or else of the moment's point. */
function mapRecord(scene, space, projection, k) {
  const { run } = scene, { maps } = run, points = maps[`${space}_${projection}_items`];
  const place = (item) => ({ id: String(item), title: run.titles[item], x: points[2 * item], y: points[2 * item + 1] });
  const own = ownPoint(scene, space, projection), { selected, target } = scene;
  const origin = selected === null ? own && { ...own } : { name: `“${run.titles[selected]}”`, place: at(points, selected),
    vector: rowOf(run.weights[`item_${space}`], selected, run.config.dim) };
  const near = origin ? neighboursOf(scene, space, origin.vector, k) : [];
  const isPlaced = Boolean(own?.place), [x, y] = own?.place ?? [];
  return {
    label: `Map of the ${space === 'short' ? 'item' : 'user'} space`,
    projection,
    points: cloudOf(run, space, projection),
    legend: maps.legend,
    marks: {
      window: scene.window.map((item, row) => ({ ...place(item), letter: letter(row), hue: scene.hue(item) })),
      m: space === 'short' ? { x, y } : null,
      user: space === 'long' && isPlaced ? { x, y, name: scene.who } : null,
      near: near.length ? place(near[0].item) : null,
      top: [...scene.ranking.top(k)].map((item, row) => ({ ...place(item), rank: ordinal(row + 1) })),
      target: target === null ? null : place(target),
      selected: selected === null ? null : place(selected),
    },
    origin: origin && { name: origin.name },
    lines: origin?.place ? near.map(({ item }) => place(item)) : [],
    regions: maps.regions[`${space}_${projection}`],
    near,
  };
}

/** The item nearest to the moment's point, or the selected item; what is known of the selected one; what the map keeps. */
function mapSentence(scene, space, record) {
  const near = record.near.length ? nearestSentence(record.origin.name, record.near) : 'Select an item to see its nearest neighbours.';
  const about = scene.selected === null ? [] : itemSentences(scene, scene.selected);
  const shares = scene.run.maps[`${space}_share`];
  const missing = space === 'long' && scene.has_taste && !record.marks.user
    ? [`UMAP cannot place ${scene.who}, because the taste moves with the history; PCA can.`] : [];
  const limits = record.projection === 'pca' ? `PCA keeps ${percent(shares[0] + shares[1])} of the variance.`
    : 'UMAP preserves neighbourhoods; large distances are not meaningful.';
  return [near, ...about, ...missing, limits].join(' ');
}
