// The forward pass, from a window of items to the short-term intent m: explain/forward.py. Equations 1 to 6, for a
// single window, oldest item first, without padding. Beside it: models/attrec.py, which trains.
//
// A vector (d,) is a Float64Array or a row of a table; n × d and n × n are arrays of rows. All sums are in doubles.

const EXTREMES = { max: Math.max, min: Math.min };

// Of ModelConfig (config.py):
/** Whether the diagonal of a window of `count` items is masked. With `before`, a single item attends to itself. */
const masks = (config, count) =>
  config.mask !== 'none' && (count > 1 || (config.mask === 'after' && !freesLoneItem(config)));
/** Whether a single item attends to itself although the mask acts after the softmax; not the paper's. */
const freesLoneItem = (config) => config.mask === 'after' && config.lone_item === 'itself';
/** Whether the taste U is made of the user's own items; not the paper's. */
const remembers = (config) => config.taste !== 'vector';

const rowOf = (table, item, dim) => table.subarray(item * dim, (item + 1) * dim);

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k] * b[k];
  return sum;
}

/** Σ_j w_j v_j of weights (n,) and vectors (n, d) → (d,) */
function combined(weights, vectors, dim) {
  const point = new Float64Array(dim);
  vectors.forEach((vector, j) => {
    for (let k = 0; k < dim; k += 1) point[k] += weights[j] * vector[k];
  });
  return point;
}

/** Every stage from a window of n items, 1 to L, at the right end of the L positions, to m. Rows are query items, columns key
 * items. Eq. 1-6. config: the run's settings, or with another mask, time signal or pooling. */
function forward(weights, config, window) {
  const count = window.length, places = window.map((_, j) => config.window - count + j);
  const values = window.map((item) => rowOf(weights.item_short, item, config.dim)); // x. Eq. 1
  const [query, key] = projected(weights, config, window, places);
  const later = afterScores(scoresOf(query, key), values, config);
  return { config, window, places, values, query, key, masked: maskedCells(count, config), ...later };
}

/** scores (n, n), values (n, d) → the stages from the scores to m. Eq. 4-6. */
function afterScores(scores, values, config) {
  const { softmax, weights } = attention(scores, config), columns = columnWeights(weights, config);
  // ρ = 1 − Σ w: the attention lost to the mask (for a sum: n − Σ w).
  const missing = (config.aggregation === 'sum' ? scores.length : 1) - total(columns);
  return { scores, softmax, weights, column_weights: columns, missing, intent: pooled(weights, values, config) };
}

/** A position in the window, the oldest of L at 0 → TE (d,): sine and cosine of the position at falling frequencies;
 * 0 when the model has none. Eq. 2. */
function signalOf(config, place) {
  return Float64Array.from({ length: config.dim }, (_, column) => {
    if (!config.time_signal) return 0;
    const angle = place / 10000 ** ((2 * Math.floor(column / 2)) / config.dim);
    return column % 2 ? Math.cos(angle) : Math.sin(angle);
  });
}

/** window (n,) at places (n,) → query and key (n, d), ReLU((x + TE) W) = ReLU(x W + TE W). Eq. 3. */
function projected(weights, config, window, places) {
  const sides = (config.shared_projection ? ['projection'] : ['projection', 'key_projection']).map((name) =>
    window.map((item, j) => {
      const x = itemProjected(weights, name, item, config.dim), te = signalProjected(weights, name, places[j], config);
      return x.map((value, k) => Math.max(value + te[k], 0));
    }));
  return [sides[0], sides.at(-1)];
}

/** x W of an item, which no edit changes. */
const itemProjected = cached((weights, name, item, dim) =>
  timesMatrix(rowOf(weights.item_short, item, dim), weights[name]));

/** TE W of a position. */
const signalProjected = (weights, name, place, config) =>
  placeProjected(weights, name, place, config.window, config.dim, config.time_signal);
const placeProjected = cached((weights, name, place, window, dim, time_signal) =>
  timesMatrix(signalOf({ window, dim, time_signal }, place), weights[name]));

/** A row (d,) times a matrix (d, d), row by row. */
function timesMatrix(row, matrix) {
  return combined(row, Array.from(row, (_, k) => rowOf(matrix, k, row.length)), row.length);
}

/** (n, d) each → (n, n) Q K^T / √d. Eq. 4. */
const scoresOf = (query, key) => query.map((q) => key.map((k) => dot(q, k) / Math.sqrt(q.length)));

/** (n, n): whether the cell is masked: the diagonal, or no cell. */
function maskedCells(count, config) {
  const masked = masks(config, count);
  return Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => masked && i === j));
}

/** scores (n, n) → the softmax of each row, and the weights. Eq. 4. Mask `after`: rows are not renormalised. */
function attention(scores, config) {
  const masked = masks(config, scores.length);
  const without = (rows, value) => rows.map((row, i) => row.map((cell, j) => (masked && i === j ? value : cell)));
  const shares = (config.mask === 'before' ? without(scores, -Infinity) : scores).map(softmaxOf);
  return { softmax: shares, weights: config.mask === 'after' ? without(shares, 0) : shares };
}

/** (n,) → shares that sum to 1; the share of −∞ is 0. */
function softmaxOf(scores) {
  const highest = Math.max(...scores), powers = scores.map((score) => Math.exp(score - highest)), sum = total(powers);
  return powers.map((power) => power / sum);
}

/** (n, n) → (n,) w: the average of each column, or its sum when m is a sum. */
const columnWeights = (weights, config) =>
  weights[0].map((_, j) => total(weights.map((row) => row[j])) / (config.aggregation === 'sum' ? 1 : weights.length));

/** (n, n) weights, (n, d) values → m (d,). A mean or sum is Σ_j w_j x_j, computed without a. Eq. 5-6. */
function pooled(weights, values, config) {
  const extreme = EXTREMES[config.aggregation];
  if (!extreme) return combined(columnWeights(weights, config), values, config.dim);
  const attended = weights.map((row) => combined(row, values, config.dim));
  return attended.reduce((m, a) => m.map((value, k) => extreme(value, a[k])));
}

/** Replaces the average attention by shares (n,) ≥ 0 set by hand, scaled to the sum of the model's own, 1 − ρ. m =
 * Σ_j w_j x_j is linear in the shares, so distances and ranks follow exactly. Eq. 5-6. */
function byHand(own, shares, config) {
  const columns = shares.map((share) => share * (total(own.column_weights) / total(shares)));
  return { ...own, column_weights: columns, intent: combined(columns, own.values, config.dim) };
}

/** window (n,) → m without each item, masked: the item keeps its position, but neither attends, is attended to, nor
 * counts in m. NaN for n = 1. (`deleted` of explain/forward.py is `forward` of the shorter window.) */
function maskedOut(own, config) {
  return own.window.map((_, removed) => {
    const others = (rows) => rows.filter((__, place) => place !== removed);
    const { weights } = attention(others(own.scores).map(others), config);
    return weights.length ? pooled(weights, others(own.values), config) : new Float64Array(config.dim).fill(NaN);
  });
}
