// The rank of items as a function of ω, exactly: explain/rank_curves.py. Every distance is linear in ω, so two items
// cross at one ω:  y_i(ω) = s_i + ω (l_i − s_i), with s the short-term distance and l the long-term one.

const DEEP = 10_000, PARTS = 4096;
const SMALLEST = Number.MIN_VALUE, BELOW_ONE = 1 - Number.EPSILON / 2; // the numbers next to 0 and to 1

/** The rank of one item among all candidates, for every ω: edges (e + 1,), rising from 0 to 1, and ranks (e,) between
 * them; exact ties as half. In a part of length 1 / 4096 in which the rank stays above 10,000, it is exact at both ends
 * and constant in between. */
class RankCurve {
  constructor(item, edges, ranks) {
    Object.assign(this, { item, edges, ranks });
  }

  /** The rank at ω; at an edge, the rank to its right (at 1, to its left). */
  at(omega) {
    const interval = countBelow(this.edges, omega, true) - 1;
    return this.ranks[Math.min(Math.max(interval, 0), this.ranks.length - 1)];
  }
}

/** The rank of every item that is in the top k on some interval of ω: curves, by rank at the current ω; crossings
 * {omega, above, below, rank} of two of these items, within the top k or at its border, by ω. */
function rankCurves(moment, k) {
  const { ranking, run, window, config, shares, excluded } = moment, trained = run.config.long_weight;
  if (!ranking.taste) {
    const curves = ranking.top(k).map((item) => new RankCurve(item, [0, 1], [ranking.rank(item)]));
    const sentence = 'Without a user, ω has no effect on the ranking.';
    return { k, trained, long_weight: 0, curves, crossings: [], sentence };
  }
  // Everything except ω that decides the distances and the candidates.
  const key = JSON.stringify([window, [...ranking.taste], config, shares, excluded, k]);
  const { curves, crossings } = cachedLatest(run, key, () => curvesAndCrossings(ranking, k));
  const omega = ranking.long_weight, inOrder = [...curves].sort((a, b) => a.at(omega) - b.at(omega));
  const sentence = curvesSentence(curves, crossings, omega, k);
  return { k, trained, long_weight: omega, curves: inOrder, crossings, sentence };
}

/** The curves and crossings, which do not depend on the current ω. */
function curvesAndCrossings(ranking, k) {
  const isRival = (_, item) => ranking.candidates[item];
  const rivals = Array.from(ranking.candidates, (_, item) => item).filter((item) => ranking.candidates[item]);
  const lines = { short: ranking.short.filter(isRival), long: ranking.long.filter(isRival) };
  const contenders = perhapsFirst(lines, k), among = linesOf(lines, contenders);
  // An item is in the top k of the contenders exactly where it is in the top k of all. A rank between k and k + 1 is a
  // tie for the last place.
  const rows = contenders.filter((row) => Math.min(...intervals(among, lines, row).ranks) < k + 1);
  const curves = rows.map((row) => {
    const { edges, ranks } = intervals(lines, lines, row);
    return new RankCurve(rivals[row], edges, ranks);
  });
  return { curves, crossings: crossingsOf(curves, linesOf(lines, rows), k) };
}

const linesOf = ({ short, long }, rows) => ({
  short: Float64Array.from(rows, (row) => short[row]),
  long: Float64Array.from(rows, (row) => long[row]),
});

/** Short and long distances (N,) → the rows of the items that fewer than k others beat for every ω in (0, 1], by short
 * distance. No other item can be in the top k on an interval. */
function perhapsFirst({ short, long }, k) {
  const order = Array.from(short, (_, row) => row).sort((a, b) => short[a] - short[b] || long[a] - long[b] || a - b);
  const nearest = []; // the k smallest long distances so far, the smallest first
  return order.filter((row) => {
    const value = long[row], enters = nearest.length < k || value <= nearest.at(-1);
    if (enters) nearest.splice(countBelow(nearest, value, true), 0, value);
    if (nearest.length > k) nearest.pop();
    return enters;
  });
}

/** The rank of row `row` of `own` among `lines`, of which it is one, as edges (e + 1,) from 0 to 1 and the ranks (e,)
 * between them. */
function intervals({ short, long }, own, row) {
  const ownShort = own.short[row], ownLong = own.long[row];
  const falling = [], rising = []; // ω at which the rank becomes smaller, or larger, by 1
  let twice = 1; // twice the rank just above ω = 0, where for equal short distances the long one decides
  for (let other = 0; other < short.length; other += 1) {
    const s = short[other] - ownShort, l = long[other] - ownLong;
    if (s < 0) twice += 2;
    else if (s === 0) twice += (l < 0) + (l <= 0);
    if (s < 0 && l > 0) falling.push(meeting(s, l)); // a nearer item falls behind
    else if (s > 0 && l < 0) rising.push(meeting(s, l));
  }
  return changes(twice / 2, Float64Array.from(falling).sort(), Float64Array.from(rising).sort());
}

/** The rank just above ω = 0 and the ω, in order, at which it becomes smaller or larger by 1 → edges and ranks. */
function changes(start, falling, rising) {
  const shown = shownAt(start, falling, rising), edges = [0], ranks = [start];
  for (let f = 0, r = 0; f < falling.length || r < rising.length;) {
    const omega = shown(Math.min(falling[f] ?? 1, rising[r] ?? 1));
    while (f < falling.length && shown(falling[f]) === omega) f += 1;
    while (r < rising.length && shown(rising[r]) === omega) r += 1;
    const now = start - f + r; // of several rivals that meet it at the same ω, all count
    if (now !== ranks.at(-1)) {
      edges.push(omega);
      ranks.push(now);
    }
  }
  return { edges: [...edges, 1], ranks };
}

/** Where a change at ω is shown: at ω; but where the rank stays above DEEP in one of PARTS equal parts of [0, 1], at
 * the end of the part. */
function shownAt(start, falling, rising) {
  if (start + falling.length + rising.length <= DEEP) return (omega) => omega;
  const counted = (values) => values.reduce((counts, omega) => {
    counts[Math.floor(omega * PARTS)] += 1;
    return counts;
  }, new Int32Array(PARTS));
  const falls = counted(falling), rises = counted(rising);
  let before = start;
  const isDeep = falls.map((fall, part) => {
    const lowest = before - fall;
    before += rises[part] - fall;
    return lowest > DEEP ? 1 : 0;
  });
  return (omega) => {
    const part = Math.floor(omega * PARTS);
    return isDeep[part] ? Math.min((part + 1) / PARTS, BELOW_ONE) : omega;
  };
}

/** Differences of two items' distances, of opposite signs → the ω, inside (0, 1), at which both are equally near. */
const meeting = (short, long) => Math.min(Math.max(short / (short - long), SMALLEST), BELOW_ONE);

/** lines (c,), one per curve → all pairs of curves that change places while one of the two is in the top k. */
function crossingsOf(curves, { short, long }, k) {
  const crossings = [];
  curves.forEach((upper, i) => curves.forEach((lower, j) => {
    const s = short[j] - short[i], l = long[j] - long[i];
    if (!(s > 0 && l < 0)) return;
    const omega = meeting(s, l), before = upper.ranks[countBelow(upper.edges, omega, false) - 1];
    if (before <= k) crossings.push({ omega, above: upper.item, below: lower.item, rank: before });
  }));
  return crossings.sort((a, b) => a.omega - b.omega || a.rank - b.rank);
}

/** Says how many items can be in the top k, and for which ω the order stays the same. */
function curvesSentence(curves, crossings, omega, k) {
  const start = `${curves.length} item${curves.length === 1 ? ' is' : 's are'} in the top ${k} for some ω`;
  if (!crossings.length) return `${start}; their order is the same for every ω.`;
  const lower = crossings.filter((crossing) => crossing.omega <= omega).at(-1)?.omega ?? 0;
  const upper = crossings.find((crossing) => crossing.omega > omega)?.omega ?? 1;
  return `${start}; they change places ${times(crossings.length)}. Near ω = ${number(omega)}, the order stays the same `
    + `from ${number(lower, 3)} to ${number(upper, 3)}.`;
}
