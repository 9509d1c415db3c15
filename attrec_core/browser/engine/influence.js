// Leave-one-out: removes each item of the window, in two ways, and measures one item's new distance and rank; and does
// attention mean influence? explain/influence.py.

const SAME = 1e-6; // weights and distances that differ by less count as equal: float32 is no more precise
const TIES = 0.05; // effects below this share of the window's largest effect count as equal in every τ
const HIGH = 1.25; // times the mean weight: more is high attention
const SHOWS = 0.0005; // the smallest distance that is not 0 in three digits

/** The effects of deleting and of masking each place on one item, candidate or not. delete: the item is removed and the
 * items before it move up one place; mask: it keeps its place, but neither attends, is attended to, nor counts in m.
 * After a deletion the candidates are those of the shorter window.
 *
 * An effect: place, item, delta_distance, delta_rank; of the change of y, direct is the part where the attention to the
 * other items is only scaled up to the old total, long the change of the long-term part, reweighting the rest. */
function leaveOneOut(moment, item) {
  const { ranking, window } = moment, distance = ranking.distance(item), rankNow = ranking.rank(item);
  if (window.length === 1) {
    const sentence = 'The window holds a single item, so no item can be removed.';
    return { item, distance, rank: rankNow, delete: [], mask: [], sentence };
  }
  const without = window.map((_, place) => moment.withWindow(window.filter((__, other) => other !== place)));
  const direct = directPart(moment, item), [, [long]] = ranking.parts([item]);
  const effect = (after, place) => {
    const change = after.distance(item) - distance, own = direct && direct[place];
    const ofTaste = after.parts([item])[1][0] - long;
    return {
      place: place + 1,
      item: window[place],
      delta_distance: change,
      delta_rank: after.rank(item) - rankNow,
      direct: own,
      reweighting: direct && change - own - ofTaste,
      long: ofTaste,
    };
  };
  const likeThis = (intents, excluded, tastes) => rankings(ranking, intents, excluded, tastes).map(effect);
  const deleted = likeThis(
    without.map((shorter) => shorter.trace.intent),
    without.map((shorter) => shorter.excluded),
    without.map((shorter) => shorter.taste),
  );
  const masked = likeThis(
    maskedOut(moment.own_trace, moment.config),
    window.map(() => moment.excluded),
    window.map((_, place) => tasteWithout(moment, place)),
  );
  const sentence = removalSentence(moment, item, deleted);
  return { item, distance, rank: rankNow, delete: deleted, mask: masked, sentence };
}

/** U without the item at a place of the window (from 0), where the other items keep their places. */
function tasteWithout(moment, place) {
  if (!remembers(moment.config)) return moment.taste;
  return moment.memory.without(moment.window.length - 1 - place).point(moment.run);
}

/** (n,) the change of y when w_j falls to 0 and the other w keep their proportions and the old Σ w. If the item had all
 * the weight, the others share it equally. null for max, min. */
function directPart(moment, item) {
  if (!hasSum(moment)) return null;
  const { values, column_weights: weights } = moment.trace, { dim } = moment.config, sum = total(weights);
  const point = rowOf(moment.run.weights.item_short, item, dim);
  const now = squaredDistance(point, combined(weights, values, dim));
  return weights.map((_, removed) => {
    const remaining = weights.map((weight, j) => (j === removed ? 0 : weight)), rest = total(remaining);
    const shares = remaining.map((weight, j) => (rest > 0 ? weight / rest : (j !== removed) / (weights.length - 1)));
    const moved = combined(shares.map((share) => sum * share), values, dim);
    return (1 - moment.ranking.long_weight) * (squaredDistance(point, moved) - now);
  });
}

/** Names the deletion that changes the distance most. */
function removalSentence(moment, item, effects) {
  const main = effects[largest(effects.map((effect) => Math.abs(effect.delta_distance)))];
  const name = quoted(moment.run, item), removed = quotedAt(moment.run, moment.window, main.place);
  if (Math.abs(main.delta_distance) <= SAME) return `No removal changes the distance of ${name}.`;
  const raises = main.delta_distance > 0 ? 'raises' : 'lowers', drop = main.delta_rank, size = Math.abs(drop);
  const step = `${number(size, 1).replace(/\.0$/, '')} rank${size === 1 ? '' : 's'}`;
  const ranks = drop === 0 ? 'the rank stays' : `${name} ${drop > 0 ? 'drops' : 'rises'} by ${step}`;
  const by = `by ${amount(Math.abs(main.delta_distance), 3)}`, changes = effects.map((effect) => effect.delta_distance);
  if (Math.max(...changes) - Math.min(...changes) <= SAME) { // such as of two items: no attention is left
    const sameRank = effects.every((effect) => effect.delta_rank === drop) ? `; ${ranks}` : '';
    return `Removing any one item ${raises} the distance of ${name} ${by}${sameRank}.`;
  }
  return `Removing ${removed} ${raises} the distance of ${name} most, ${by}; ${ranks}.`;
}

/** Kendall's τ-b of two rows (n,); null where one is constant, or n < 2. */
function agreement(weights, effects) {
  let agreeing = 0, rises = 0, others = 0;
  for (let first = 0; first < effects.length; first += 1) {
    for (let second = first + 1; second < effects.length; second += 1) {
      const rise = Math.sign(weights[second] - weights[first]), other = Math.sign(effects[second] - effects[first]);
      agreeing += rise * other;
      rises += Math.abs(rise);
      others += Math.abs(other);
    }
  }
  return rises && others ? agreeing / Math.sqrt(rises * others) : null;
}

/** (n,) → (n,): the effects, with 0 for each one below TIES of the largest. Only rounding and chance order such
 * effects. */
function notable(effects) {
  const most = Math.max(0, ...effects.map(Math.abs));
  return effects.map((effect) => (Math.abs(effect) < TIES * most ? 0 : effect));
}

/** (n,) → (n,): the effects, with 0 for each one of which every sentence says that it hardly changes the distance. */
const visible = (effects) => notable(effects).map((effect) => (Math.abs(effect) < SHOWS ? 0 : effect));

/** Whether more than one of (n,) effects is notable. Else there is no order to compare, and no text gives τ. */
const severalMatter = (effects) => notable(effects).filter((effect) => effect !== 0).length > 1;

/** Compares attention with influence, which is how much the distance grows without an item. without: the leave-one-out
 * of this moment and item. favoured: the places, from 1, whose weight is more than HIGH times the mean of w; misleading: those of them
 * whose removal lowers the distance. */
function influence(moment, item, without = leaveOneOut(moment, item)) {
  const weights = [...moment.trace.column_weights], mean = total(weights) / weights.length;
  const [deleted, masked] = [without.delete, without.mask].map((effects) => effects.map((one) => one.delta_distance));
  const exact = hasSum(moment) ? attraction(moment, item) : [];
  const favoured = weights.flatMap((weight, place) => (weight > HIGH * mean + SAME ? [place + 1] : []));
  const felt = visible(deleted), misleading = favoured.filter((place) => felt[place - 1] < 0);
  return {
    item,
    weights,
    delete: deleted,
    mask: masked,
    exact,
    tau_delete: agreement(weights, notable(deleted)),
    tau_mask: agreement(weights, notable(masked)),
    tau_exact: agreement(weights, notable(exact)),
    favoured,
    misleading,
    sentence: influenceSentence(moment, item, weights, deleted, misleading),
  };
}

/** Says whether the most attended item is the most influential one, then τ if several items matter, then the items for
 * which attention misleads. */
function influenceSentence(moment, item, weights, effects, misleading) {
  if (!effects.length) return 'The window holds a single item, so there is nothing to compare.';
  const measured = notable(effects), tau = agreement(weights, measured);
  if (tau === null) {
    const same = measured.every((effect) => effect === measured[0])
      ? 'Removing any one item has the same effect' : 'All items have the same attention';
    return `${same}, so attention can neither agree nor disagree with influence.`;
  }
  const name = quoted(moment.run, item), attended = largest(weights), strongest = largest(effects);
  const [top, cause] = [attended, strongest].map((place) => quotedAt(moment.run, moment.window, place + 1));
  let text;
  if (visible(effects)[strongest] <= 0) {
    const raises = effects[strongest] > 0 ? 'hardly raises' : 'does not raise';
    text = `${top} has the most attention, but removing any single item ${raises} the distance of ${name}.`;
  } else if (effects[strongest] - effects[attended] <= SAME) { // also of two that leave the same window
    text = `${top} has the most attention, and removing it raises the distance of ${name} most.`;
  } else {
    text = `${top} has the most attention, but removing ${cause} raises the distance of ${name} most.`;
  }
  if (severalMatter(effects)) {
    text += ` Over all items, attention ${verdict(tau)} influence (Kendall’s τ = ${number(tau)}).`;
  } else if (measured[strongest] >= SHOWS) {
    text += ` Removing any other item changes it by less than ${percent(TIES)} of that.`;
  }
  if (misleading.length) {
    const titles = listed(misleading.map((place) => quotedAt(moment.run, moment.window, place)), 3);
    text += ` Attention misleads about the distance for ${titles}: high attention, yet removal lowers it.`;
  }
  return text;
}

function verdict(tau) {
  if (tau >= 0.6) return 'agrees with';
  if (tau >= 0.2) return 'partly agrees with';
  return tau > -0.2 ? 'says little about' : 'contradicts';
}
