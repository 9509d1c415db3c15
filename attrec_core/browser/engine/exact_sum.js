// The contribution of each part to the distance of an item, an exact sum where m is a mean or a sum of the rows:
// explain/exact_sum.py. With w_j the column weights, m = Σ_j w_j x_j, and ρ = 1 − Σ_j w_j, for every item i
//
//   ‖X_i − m‖² = Σ_j w_j ‖X_i − x_j‖² + ρ ‖X_i‖² − (Σ_j w_j ‖x_j‖² − ‖m‖²)
//
// The bracket is the same for all items. A taste from items splits the long-term part in the same way.

/** One term of an exact sum, or the difference of two items' terms. kind: "long", "earlier" (an item before the window,
 * in a taste from items), "item", "origin" or "constant". usual: the mean of the part over the catalogue; long: what of
 * an item's part is long-term; share: c of an item that the taste is made of; age: how many items are newer. */
function sumPart(kind, value, fields = {}) {
  const nothing = { weight: null, item: null, place: null, usual: 0, long: 0, long_usual: 0, share: null, age: null };
  return { kind, value, ...nothing, ...fields };
}

const ROUNDING = 1e-6; // float32 weights that sum to 1 do so within this

/** y of one item, candidate or not, as a sum of parts: long (with a taste), earlier items, one for each place, origin
 * (where the mask takes attention, or m is a sum), constant. Its attraction is how far each item part lies below its mean
 * over the catalogue. */
function exactSum(moment, item) {
  const distance = moment.ranking.distance(item);
  if (!hasSum(moment)) {
    const kind = { max: 'largest', min: 'smallest' }[moment.config.aggregation];
    const sentence = `m takes the ${kind} value of each dimension, so no exact sum over the items exists; removing `
      + 'items shows what each one does.';
    return { item, distance, exists: false, parts: [], residual: 0, attraction: [], sentence };
  }
  const parts = partsOf(moment, item), pull = attraction(moment, item);
  const residual = Math.abs(total(parts.map((part) => part.value)) - distance), best = largest(pull);
  const start = `The distance of ${quoted(moment.run, item)}, ${number(distance, 3)}, is the exact sum of its parts.`;
  const sentence = pull[best] <= 0
    ? `${start} No recent item lowers it, compared with the average item.`
    : `${start} By contribution, ${quotedAt(moment.run, moment.window, best + 1)} lowers it most: its part is `
      + `${amount(pull[best], 3)} less than the average item's.`; // the long-term part may lower it more
  return { item, distance, exists: true, parts, residual, attraction: pull, sentence };
}

/** Why one item ranks above another: the parts of `above` minus those of `below`; the constant cancels. A negative part
 * favours `above`. Where no exact sum exists, only the long-term parts are given. */
function whyAbove(moment, above, below) {
  const gap = moment.ranking.distance(above) - moment.ranking.distance(below), exists = hasSum(moment);
  const [ours, theirs] = [above, below].map((item) => partsOf(moment, item, exists));
  const parts = ours.map((part, place) => minus(part, theirs[place])).filter(({ kind }) => kind !== 'constant');
  const sum = total(parts.map((part) => part.value));
  const complete = exists ? parts : [...parts, sumPart('short', gap - sum)];
  const sentence = differenceSentence(moment, above, below, gap, complete);
  return { above, below, total: gap, exists, parts, residual: exists ? Math.abs(sum - gap) : 0, sentence };
}

function minus(above, below) {
  return { ...above, value: above.value - below.value, usual: 0, long: above.long - below.long, long_usual: 0 };
}

const hasSum = (moment) => !EXTREMES[moment.config.aggregation];

/** The parts of y of one item. Where no exact sum exists, only the long-term parts are meant. */
function partsOf(moment, item, exists = true) {
  const { run, window, ranking } = moment, { values, column_weights: weights } = moment.trace;
  const { own, remembered, same } = longParts(moment, item);
  if (!exists) return [...own, ...remembered.values()];
  const point = rowOf(run.weights.item_short, item, run.config.dim), rho = 1 - total(weights);
  const shortWeight = 1 - ranking.long_weight, norm = meanItem(run, 'item_short').norm;
  const gaps = gapsOf(run, 'item_short', item, values);
  const items = window.map((attended, j) => {
    const age = window.length - 1 - j, taste = remembered.get(age), scale = shortWeight * weights[j];
    const part = sumPart('item', scale * gaps[j][0], { weight: weights[j], item: attended, place: j + 1 });
    part.usual = scale * gaps[j][1];
    if (!taste) return part;
    remembered.delete(age);
    const both = { value: part.value + taste.value, usual: part.usual + taste.usual };
    return { ...part, ...both, long: taste.value, long_usual: taste.usual, share: taste.share };
  });
  const lost = shortWeight * rho, term = { weight: rho, usual: lost * norm };
  const origin = Math.abs(rho) > ROUNDING ? [sumPart('origin', lost * dot(point, point), term)] : [];
  // −(1 − ω)(Σ_j w_j ‖x_j‖² − ‖m‖²), and the same of the taste: equal for all items, so it never changes a ranking.
  const constant = same - shortWeight * spread(weights, values);
  return [...own, ...remembered.values(), ...items, ...origin, sumPart('constant', constant, { usual: constant })];
}

/** The long-term parts of y: of the user's own vector; of each item that the taste is made of, by its age, oldest
 * first; and what is the same for all items. Nothing without a taste. */
function longParts(moment, item) {
  const { memory, run } = moment, omega = moment.ranking.long_weight, remembered = new Map();
  if (!memory) return { own: [], remembered, same: 0 };
  const vectors = memory.items.map((other) => rowOf(run.weights.item_long, other, run.config.dim));
  const shares = [...memory.shares];
  if (memory.own) {
    vectors.push(memory.own);
    shares.push(memory.own_share);
  }
  const own = [];
  gapsOf(run, 'item_long', item, vectors).forEach(([gap, mean], k) => {
    const value = omega * shares[k] * gap, usual = omega * shares[k] * mean, age = memory.ages[k];
    if (k === memory.items.length) own.push(sumPart('long', value, { weight: omega * shares[k], usual }));
    else {
      const terms = { item: memory.items[k], usual, long: value, long_usual: usual, share: shares[k], age };
      remembered.set(age, sumPart('earlier', value, terms));
    }
  });
  return { own, remembered, same: -omega * spread(shares, vectors) };
}

/** weights (k,) and vectors (k, d) → Σ_k w_k ‖v_k‖² − ‖Σ_k w_k v_k‖² */
function spread(weights, vectors) {
  if (!vectors.length) return 0;
  const point = combined(weights, vectors, vectors[0].length);
  return total(vectors.map((vector, k) => weights[k] * dot(vector, vector))) - dot(point, point);
}

/** points (k, d) → of each, the squared distance of the item, and its mean over the catalogue. */
function gapsOf(run, table, item, points) {
  const point = rowOf(run.weights[table], item, run.config.dim), { mean, norm } = meanItem(run, table);
  return points.map((p) => [squaredDistance(point, p), norm - 2 * dot(p, mean) + dot(p, p)]);
}

/** (n,) how far each item part lies below its mean over the catalogue. */
const attraction = (moment, item) =>
  partsOf(moment, item).filter(({ kind }) => kind === 'item').map((part) => part.usual - part.value);

/** The means over the catalogue of X_i (d,) and of ‖X_i‖², or of V_i. */
const meanItem = cached((run, table) => {
  const dim = run.config.dim, rows = run.weights[table], count = rows.length / dim, mean = new Float64Array(dim);
  let norm = 0;
  rows.forEach((value, cell) => {
    mean[cell % dim] += value / count;
    norm += (value * value) / count;
  });
  return { mean, norm };
});

/** The place (from 0) of the largest value; of several, the first. */
function largest(values) {
  return values.reduce((best, value, place) => (value > values[best] ? place : best), 0);
}

/** Says which of two items is nearer, and which part favours it most. */
function differenceSentence(moment, above, below, gap, parts) {
  const { run } = moment;
  if (gap === 0) return `${quoted(run, above)} and ${quoted(run, below)} have exactly the same distance.`;
  const [nearer, farther, sign] = gap < 0 ? [above, below, 1] : [below, above, -1];
  const main = parts[largest(parts.map((part) => -sign * part.value))];
  const kinds = {
    long: remembers(moment.config) ? "the user's own vector" : 'the long-term taste',
    short: 'the short-term intent',
    origin: 'the origin',
  };
  const { place, kind, item } = main;
  const name = place === null ? kinds[kind] ?? quoted(run, item) : quotedAt(run, moment.window, place);
  return `${quoted(run, nearer)} is nearer than ${quoted(run, farther)} by ${amount(Math.abs(gap), 3)}; its largest `
    + `advantage is ${name}: ${amount(Math.abs(main.value), 3)}.`;
}
