// The distance and the rank of every item for one user at one moment: explain/ranking.py. Equation 7.
//
// A rank is 1 + the number of candidates strictly nearer + half the number exactly as near. Equal vectors have equal
// distances to the last bit, since each row is summed in the same order.

/** Squared distances of all N items; lower is better. intent: m (d,); taste: U (d,), or null without a long-term part,
 * whose long_weight ω is 0; exclude: indices of the items that are not candidates. */
class Ranking {
  constructor(run, intent, taste, long_weight, exclude) {
    Object.assign(this, { run, intent, taste, long_weight, exclude });
  }

  /** The same ranking under another ω. */
  at(long_weight) {
    return new Ranking(this.run, this.intent, this.taste, long_weight, this.exclude);
  }

  /** (N,) ‖m − X_i‖² */
  get short() {
    return distancesTo(this.intent, this.run.weights.item_short);
  }

  /** (N,) ‖U − V_i‖² */
  get long() {
    return this.taste && distancesTo(this.taste, this.run.weights.item_long);
  }

  /** (N,) y = ω long + (1 − ω) short */
  get blended() {
    return blend(this.short, this.long, this.long_weight);
  }

  /** (N,) whether the item is a candidate: 1 or 0 */
  get candidates() {
    const result = new Uint8Array(this.run.titles.length).fill(1);
    for (const item of this.exclude) result[item] = 0;
    return result;
  }

  /** The distances of the candidates, the smallest first. */
  get ordered() {
    return this.blended.filter((_, item) => this.candidates[item]).sort();
  }

  /** (k,) items, or all → the weighted short part and the weighted long part (k,), which sum to y. */
  parts(items = this.blended.map((_, item) => item)) {
    const short = Array.from(items, (item) => (1 - this.long_weight) * this.shortOf(item));
    return [short, Array.from(items, (item) => (this.taste ? this.long_weight * this.longOf(item) : 0))];
  }

  /** ‖m − X_i‖² of one item: exactly its number in `short`. */
  shortOf(item) {
    return squaredDistance(rowOf(this.run.weights.item_short, item, this.intent.length), this.intent);
  }

  /** ‖U − V_i‖² of one item; null without a taste. */
  longOf(item) {
    return this.taste && squaredDistance(rowOf(this.run.weights.item_long, item, this.taste.length), this.taste);
  }

  /** y of one item: exactly its number in `blended`. */
  distance(item) {
    const short = (1 - this.long_weight) * this.shortOf(item);
    return this.taste ? this.long_weight * this.longOf(item) + short : short;
  }

  /** From 1, among the candidates; an item that is not a candidate gets the rank it would have. */
  rank(item) {
    const { blended, candidates } = this, own = blended[item];
    let twice = 2;
    for (let other = 0; other < blended.length; other += 1) {
      if (candidates[other] && other !== item) twice += (blended[other] < own) + (blended[other] <= own);
    }
    return twice / 2;
  }

  /** The indices of the k nearest candidates, nearest first; ties in the order of the items. */
  top(k) {
    return firstOf(this.blended, this.ordered, k, (item) => this.candidates[item]);
  }
}
lazy(Ranking);

/** A ranking for each m, its taste and its excluded items, with the ω of `like`. */
const rankings = (like, intents, excluded, tastes) =>
  intents.map((intent, row) => new Ranking(like.run, intent, tastes[row], like.long_weight, excluded[row]));

/** Short-term and long-term distances (N,) → y. Eq. 7. */
function blend(short, long, omega) {
  return short.map((value, item) => (long ? omega * long[item] + (1 - omega) * value : (1 - omega) * value));
}

/** distances (N,), and those that count in order → the indices of the k smallest that count; ties in order of index. */
function firstOf(distances, ordered, k, counts) {
  const size = Math.min(k, ordered.length), items = [];
  for (let item = 0; size > 0 && item < distances.length; item += 1) {
    if (distances[item] <= ordered[size - 1] && counts(item)) items.push(item);
  }
  return items.sort((a, b) => distances[a] - distances[b] || a - b).slice(0, size);
}

/** How many of the sorted values are below a value, or with `equal` not above it. */
function countBelow(sorted, value, equal) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value || (equal && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** table (N·d,) and point (d,) → (N,) ‖row − point‖² */
function squaredDistances(table, point) {
  const dim = point.length, result = new Float64Array(table.length / dim);
  for (let item = 0, start = 0; item < result.length; item += 1, start += dim) {
    let sum = 0;
    for (let k = 0; k < dim; k += 1) {
      const gap = table[start + k] - point[k];
      sum += gap * gap;
    }
    result[item] = sum;
  }
  return result;
}

/** The same, computed once for a point: an edit of the window does not move a user's own vector. */
const distancesTo = cached((point, table) => squaredDistances(table, point));

/** ‖a − b‖² */
function squaredDistance(a, b) {
  let sum = 0;
  for (let k = 0; k < b.length; k += 1) {
    const gap = a[k] - b[k];
    sum += gap * gap;
  }
  return sum;
}
