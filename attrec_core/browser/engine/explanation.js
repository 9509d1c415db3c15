// One item at one moment: why it has its rank, where its distance comes from, and whether attention agrees:
// explain/explanation.py.

const MOST_NAMED = 2; // items, where several change the rank equally

/** The explanation of one item, candidate or not: exact sum, leave-one-out in both ways, attention compared with
 * influence. */
function explanation(moment, item) {
  const { ranking } = moment, without = leaveOneOut(moment, item), measured = influence(moment, item, without);
  const reason = mainReason(moment, without);
  return {
    item,
    window: [...moment.window],
    distance: without.distance,
    short: (1 - ranking.long_weight) * ranking.shortOf(item),
    long: ranking.long_weight * ranking.longOf(item),
    long_weight: ranking.long_weight,
    rank: without.rank,
    is_candidate: Boolean(ranking.candidates[item]),
    sum: exactSum(moment, item),
    leave_one_out: without,
    influence: measured,
    reason,
    sentence: `${reason.sentence} ${measured.sentence}`,
  };
}

/** The items of the window whose removal, each alone, changes the rank most: places, from 1; several where they change
 * it equally, the one that changes the distance most first; none where no removal changes it. without: the
 * leave-one-out. */
function mainReason(moment, without) {
  const size = (effect, field) => Math.abs(effect[field]);
  const effects = [...without.delete].sort((a, b) =>
    size(b, 'delta_rank') - size(a, 'delta_rank') || size(b, 'delta_distance') - size(a, 'delta_distance'));
  const change = effects.length ? effects[0].delta_rank : 0;
  const named = effects.filter((effect) => change && effect.delta_rank === change);
  const places = named.map((effect) => effect.place), new_rank = without.rank + change;
  const felt = visible(without.delete.map((effect) => effect.delta_distance));
  const opposed = named.every((effect) => felt[effect.place - 1] * change < 0);
  return { places, new_rank, sentence: reasonSentence(moment, without.item, without.rank, places, new_rank, opposed) };
}

/** “Rocky II” is 1st. “Rocky” (59 % of the attention) helps its rank most: without “Rocky”, it drops to 56th. opposed:
 * whether the rank drops although the distance falls, or rises although it grows: other items move more. */
function reasonSentence(moment, item, rankNow, places, newRank, opposed = false) {
  const { run, window, ranking, average_attention: shares } = moment, candidate = Boolean(ranking.candidates[item]);
  const start = `${quoted(run, item)} ${candidate ? 'is' : 'would be'} ${ordinal(rankNow)}`;
  if (window.length === 1) {
    return `${start}. ${quoted(run, window[0])} is the only item of the window, so it cannot be removed.`;
  }
  if (!places.length) {
    const onlyTaste = moment.taste && ranking.long_weight === 1 && !remembers(moment.config);
    const why = onlyTaste ? 'only the long-term taste counts' : 'no single recent item decides its rank';
    return `${start}, whichever recent item is removed: ${why}.`;
  }
  const names = places.map((place) => quotedAt(run, window, place));
  const causes = listed(
    names.map((title, k) => `${title} (${percent(shares[places[k] - 1])} of the attention)`),
    MOST_NAMED,
  );
  const [helps, holds] = names.length === 1 ? ['helps', 'holds'] : ['help', 'hold'];
  const drops = newRank > rankNow;
  const [effect, moves] = drops ? [`${helps} its rank`, 'drops'] : [`${holds} its rank back`, 'rises'];
  const although = opposed ? `, although its distance ${drops ? 'falls' : 'grows'}` : '';
  const removed = { 1: `without ${names[0]}`, 2: 'if either is removed' }[names.length] ?? 'if any one of them is removed';
  return `${start}. ${causes} ${effect} most: ${removed}, it ${candidate ? moves : 'would move'} to `
    + `${ordinal(newRank)}${although}.`;
}
