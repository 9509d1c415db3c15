// The attention matrix: its record and sentences. views/moment/attention.py.

// `counts` → how a sentence says it.
const RECEIVED = { average: 'on average', total: 'in total' };
const OWN_SCALE = 'own scale', BASELINES_SCALE = 'the baseline\'s scale';
const NEARLY_ALL = 0.95; // attention
const GREY = 0.6; // of a colour scale: below it, all colours are blue or grey
const NOTHING_TO_LOOK_AT = 'A single item can only attend to itself, and the mask removes that. No attention is left, so m '
  + 'is the origin, whichever item it is.';
const NO_SHIFT = 0.0005; // smaller shifts of m are written .000
const NOT_DRAGGED = 'Nothing has changed yet: drag a bar.';

/** The attention at the end of the colour scale of a record. A scale that would end near 100 % ends there. */
function topOf(record) {
  const end = record.most || Math.max(2 * record.uniform, largestOf(record));
  return end > NEARLY_ALL ? 1 : end;
}

/** The largest attention of a cell. */
const largestOf = (record) => Math.max(...record.weights.flat());

/** The records with shared scales, so that a colour means the same weight in every matrix. */
function onOneScale(records, scale = '') {
  const cells = Math.max(...records.map(topOf));
  const bars = Math.max(...records.flatMap((each) => [2 * each.uniform_column, each.missing, ...each.column_weights]));
  return records.map((record) => ({ ...record, most: cells, most_column: bars, scale }));
}

/** The record with null for every number but those of the first rows. */
function veiled(record, rows) {
  const weights = record.weights.map((row, place) => (place < rows ? row : row.map(() => null)));
  return { ...record, weights, column_weights: record.column_weights.map(() => null), missing: 0, own: [] };
}

/** The record with the scales that it shares with the matrix before a change. Where all its cells would be dark or grey on
 * that colour scale, or some beyond its end, it has its own. */
function onScaleOf(record, before, scale) {
  const [shared] = onOneScale([record, before], scale);
  const fits = topOf(record) <= topOf(before) + 1e-4 && largestOf(record) >= GREY * topOf(before);
  return fits ? shared : { ...shared, most: topOf(record), scale: OWN_SCALE };
}

/** The record of the attention matrix; it shares its scale with the baseline's, if there is a baseline. */
function attentionRecord(scene) {
  const record = attentionOf(scene, scene.moment);
  // Set by hand, any bar can be dragged up to the total.
  if (scene.by_hand) return { ...record, most_column: total(record.column_weights) };
  return scene.compared ? onScaleOf(record, attentionOf(scene, scene.compared), BASELINES_SCALE) : record;
}

/** The record of the attention matrix at one moment of the person, such as the baseline. */
function attentionOf(scene, moment) {
  const record = {
    ...moment.attention,
    ids: moment.window.map(idOf),
    titles: moment.window.map((item) => scene.title(item)),
    hues: moment.window.map((item) => scene.hue(item)),
    most: null,
    most_column: null,
    places: [],
    own: moment.shares ? moment.own_trace.column_weights : [],
    selected: idOf(scene.selected),
    cell: null,
    scale: '',
  };
  return { ...record, most: topOf(record) };
}

/** Which item receives the most attention, and how much the mask removes. moment: another moment of the person, such as the
 * baseline. */
function attentionSentence(scene, moment = scene.moment) {
  const { window, attention: shown } = moment, weights = shown.column_weights, count = window.length;
  if (!shown.weights.some((row, i) => row.some((weight, j) => weight && !shown.masked[i][j]))) return NOTHING_TO_LOOK_AT;
  if (moment.shares) return byHandSentence(scene, moment);
  if (count === 1) {
    const frees = freesLoneItem(moment.config) ? ' whatever the mask, and m is its vector; in the paper, m = 0' : '';
    return `The window holds a single item, so it attends to itself${frees}.`;
  }
  const best = largest(weights);
  const which = best === count - 1 ? ', the latest item' : best === 0 ? ', the oldest item' : '';
  const lost = `${percent(shown.missing)} ${shown.counts === 'total' ? 'in total' : 'of the total'}`;
  const loss = shown.mask === 'after' && shown.missing > 0.005 ? ` The mask removes self-attention: ${lost}.` : '';
  const share = `${percent(weights[best])} ${RECEIVED[shown.counts]}`, repeated = repeatedSentence(scene, moment);
  if (weights[best] - Math.min(...weights) <= SAME) return `Every item receives the same attention: ${share}.${repeated}${loss}`;
  return `“${scene.title(window[best])}” (${letter(best)}${which}) receives the most attention: ${share}, `
    + `${againstEven(weights[best], shown.uniform_column)}.${repeated}${loss}`;
}

/** The attention of an item at all its places, if that is at least what any single place receives. */
function repeatedSentence(scene, moment) {
  const { window } = moment, weights = moment.attention.column_weights, sums = new Map();
  for (const item of new Set(window)) {
    const at = [...window.keys()].filter((place) => window[place] === item);
    if (at.length > 1) sums.set(item, [total(at.map((place) => weights[place])), at]);
  }
  const most = Math.max(0, ...[...sums.values()].map(([sum]) => sum));
  if (most < Math.max(Math.max(...weights) - SAME, SAME)) return '';
  const [item, [, at]] = [...sums].find(([, [sum]]) => sum >= most - SAME); // of equal sums the first, whatever the rounding
  return ` “${scene.title(item)}” is in the window ${times(at.length)} (${listed(at.map(letter))}): ${percent(most)} together.`;
}

/** Which item's attention differs most from the model's own, and how far m moves. */
function byHandSentence(scene, moment) {
  const own = moment.own_trace, set = moment.trace;
  const changed = set.column_weights.map((weight, j) => Math.abs(weight - own.column_weights[j])), most = Math.max(...changed);
  const index = changed.findIndex((change) => change >= most - SAME); // of equal changes the first, whatever the rounding
  const before = percent(own.column_weights[index]), after = percent(set.column_weights[index]);
  const change = before === after ? 'the same as in the model' : `${after} instead of ${before}`;
  const shift = Math.sqrt(squaredDistance(set.intent, own.intent));
  if (before === after && shift < NO_SHIFT) return NOT_DRAGGED;
  return `Set by hand: “${scene.title(moment.window[index])}” (${letter(index)}) receives ${change}. m moved by `
    + `${number(shift, 3)}; the distances and ranks follow. The matrix is the model's own and is not used.`;
}

/** Why the attention of this window cannot be set by hand; empty if it can. */
function noHand(scene) {
  const pooling = scene.moment.config.aggregation;
  if (EXTREMES[pooling]) {
    const which = { max: 'largest', min: 'smallest' }[pooling];
    return `Not with ${pooling} pooling: m takes the ${which} value of any row, so it is not a weighted average.`;
  }
  return scene.window.length > 1 ? '' : 'A single item has no other to share its attention with.';
}
