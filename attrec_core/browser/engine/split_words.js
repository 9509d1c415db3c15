// Short or long? The distances of a list split into their two parts, and the rank of each item for every ω:
// views/moment/split.py, views/score_split/rank_curves.py and the sentence of views/score_split/panels.py.

const ONLY_SHORT = 'Only the short-term distance counts, because there is no long-term taste.';
const SPLIT_LABEL = 'distance of each item, split into its short-term and its long-term part';
const FAR = 50, JUMP = 1.03; // beyond rank FAR, only changes of at least 3 % are drawn
const FIRST = 5; // number of top items at the chosen ω that are in colour
const SHAPES = ['circle', 'square', 'diamond', 'triangle-up', 'triangle-down'];
const DECIMALS = 12; // to which ω is rounded, so that the same ω compares as equal however it was computed

/** The distances of the top k and of other items that a page names: rows, k, beside (of another run; none here). */
const scoreSplit = (scene, k = scene.view.top ?? 10) => ({ rows: splitRows(scene, k), k });

function splitRows(scene, k) {
  const { ranking } = scene, [intentOnly, tasteOnly] = [0, 1].map((omega) => ranking.at(omega));
  const items = listedItems(scene, k), named = [[scene.target, 'actual'], [scene.selected, 'selected']];
  return rankingRows(scene, k).map((row, index) => {
    const item = items[index], names = named.filter(([marked]) => marked === item).map(([, name]) => name);
    return {
      ...row,
      item,
      rank_short: intentOnly.rank(item),
      rank_long: ranking.taste ? tasteOnly.rank(item) : null,
      mark: [...names, ...whyNoCandidate(scene, item)].join(', '),
    };
  });
}

/** The rows of the top k, without those that show the actual or the selected item. */
const rankedRows = (record) => record.rows.slice(0, record.k).filter((row) => row.is_candidate);

/** The share of the long-term part in the top k, on average; null without a taste or without a list. */
function longShare(record) {
  const shares = rankedRows(record).map(({ short: near, long }) => (near + long ? long / (near + long) : 0));
  return shares.length && record.rows[0].rank_long !== null ? total(shares) / shares.length : null;
}

/** Which part weighs more in the top k. */
function splitSentence(record) {
  const count = rankedRows(record).length, share = longShare(record);
  if (!count) return 'There is no candidate left, so there is no list to split.';
  if (share === null) return 'Without a user, the distance is the short-term part alone.';
  const [larger, part] = share > 0.5 ? ['long-term', share] : ['short-term', 1 - share];
  return `In the top ${count}, the ${larger} part is ${percent(part)} of the distance on average.`;
}

/** How many of the top k would be there by each part alone; a part that alone decides is not counted. */
function staysSentence(scene, k) {
  const { ranking } = scene, top = ranking.top(k);
  if (!ranking.taste) return ONLY_SHORT;
  const stays = [['short', 0], ['long', 1]].filter(([, omega]) => omega !== ranking.long_weight).map(([name, omega]) => {
    const alone = new Set(ranking.at(omega).top(k)), kept = top.filter((item) => alone.has(item)).length;
    return `by the ${name}-term distance alone, ${kept} of the top ${top.length} would stay`;
  });
  const text = stays.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** The record of the component `split`: one bar of two parts for each item. */
function splitRecord(scene, record) {
  const rows = record.rows.map((row) => ({
    id: row.id,
    rank: row.is_candidate ? ordinal(row.rank) : '–',
    title: row.title,
    mark: row.mark,
    short: row.short,
    long: row.long,
    chosen: row.item === scene.selected,
  }));
  return { label: SPLIT_LABEL, omega: scene.ranking.long_weight, rows };
}

/** The record of the component `curves`, from the answer of `rankCurves`. */
function curvesRecord(scene, record) {
  const named = styles(scene, record);
  const curves = record.curves.map((curve) => ({
    id: idOf(curve.item),
    title: scene.title(curve.item),
    style: named.get(curve.item) ?? null,
    ...visibleSteps(curve),
    chosen: curve.item === scene.selected,
  }));
  const lead = leadChanges(record).map((change) => ({ omega: change.omega, text: overtakes(scene, change) }));
  return {
    label: curvesLabel(record), k: record.k, omega: record.long_weight, trained: record.trained, curves, changes: lead,
  };
}

/** A change of places in words, without the full stop. */
const overtakes = (scene, { omega, above, below }) =>
  `at ω = ${number(omega, 4)} ${scene.title(below)} overtakes ${scene.title(above)}`;

/** The style of each item in colour: top items, items that rank 1st for some ω, the actual next item and the selected one. */
function styles(scene, record) {
  // Without the last colour, which is as grey as the other lines.
  const looks = new Map([...slots(record, FIRST, CATEGORIES.length - 1)].map(([item, slot]) =>
    [item, { colour: CATEGORIES[slot], width: 2.5, shape: SHAPES[slot % SHAPES.length] }]));
  const drawn = new Set(record.curves.map((curve) => curve.item)), { target, selected } = scene;
  if (drawn.has(target)) looks.set(target, { colour: TARGET, width: 3, shape: 'star' });
  if (drawn.has(selected)) {
    looks.set(selected, { colour: SELECTED, width: 4.5, shape: looks.get(selected)?.shape ?? 'hexagon' });
  }
  return looks;
}

/** The edges (e + 1,) and the ranks (e,) of a curve that are drawn: beyond rank FAR, only changes of at least 3 %. */
function visibleSteps(curve) {
  const edges = [0], ranks = [curve.ranks[0]];
  curve.ranks.slice(1).forEach((next, index) => {
    const low = Math.min(next, ranks.at(-1)), high = Math.max(next, ranks.at(-1));
    if (low > FAR && high / low < JUMP) return;
    edges.push(curve.edges[index + 1]);
    ranks.push(next);
  });
  return { edges: [...edges, 1], ranks };
}

function curvesLabel(record) {
  const count = new Set(leads(record).map(({ low }) => low).filter((low) => low !== 0)).size;
  return `rank of ${countOf(record.curves.length, 'item')} for every ω; the first place `
    + `${count ? `changes ${times(count)}` : 'never changes'}`;
}

/** The intervals {low, high, item} of ω on which an item ranks first, by ω. Two items at the same distance lead together:
 * items with identical curves have equal distances for every ω, and t items that tie for 1st have the rank (t + 1) / 2. */
const leads = cached(({ curves }) => {
  const isLike = (a) => (b) => sameItems(a.edges, b.edges) && sameItems(a.ranks, b.ranks);
  const spans = curves.flatMap((curve) => {
    const { edges, ranks, item } = curve, first = (curves.filter(isLike(curve)).length + 1) / 2;
    return ranks.flatMap((place, k) => (place === first ? [{ low: edges[k], high: edges[k + 1], item }] : []));
  });
  return spans.sort(bySpan);
});

const bySpan = (a, b) => a.low - b.low || a.high - b.high || a.item - b.item;

/** The crossings at which the first place changes. */
function leadChanges(record) {
  const key = (item, omega) => `${item} ${omega.toFixed(DECIMALS)}`, spans = leads(record);
  const begin = new Set(spans.map(({ item, low }) => key(item, low)));
  const end = new Set(spans.map(({ item, high }) => key(item, high)));
  return record.crossings.filter(({ above, below, omega }) => begin.has(key(below, omega)) && end.has(key(above, omega)));
}

function leadsSentence(scene, record) {
  const spans = leads(record), together = [];
  if (!record.crossings.length && spans.length < 2) return record.sentence;
  for (const { low, high, item } of spans) {
    const last = together.at(-1), title = quoted(scene.run, item);
    if (last && last.low === low && last.high === high) last.titles.push(title);
    else together.push({ low, high, titles: [title] });
  }
  const leaders = new Set(spans.map(({ item }) => item)).size;
  if (together.length === 1) return `${listed(together[0].titles, 3)} ${leaders === 1 ? 'ranks' : 'tie for'} 1st for every ω.`;
  const parts = together.map(({ low, high, titles }) => `${listed(titles, 3)} ${between(low, high)}`);
  return `${leaders} items rank first, depending on ω: ${parts.join(', ')}.`;
}

function between(low, high) {
  if (low <= 0) return high >= 1 ? 'for every ω' : `for ω < ${number(high, 3)}`;
  return high >= 1 ? `for ω > ${number(low, 3)}` : `from ${number(low, 3)} to ${number(high, 3)}`;
}

/** A number below `numbers` for each item that is in the top `first` at the chosen ω or ranks 1st at any ω; a Map.
 *
 * An item keeps its number while ω changes: one that ranks 1st anywhere holds it for every ω, another one from where it
 * first enters the top `first` to where it last leaves it. Two items share a number only if more hold one. */
function slots(record, first, numbers) {
  const leaders = new Set(leads(record).map(({ item }) => item)), coloured = new Set(leaders), omega = record.long_weight;
  const spans = record.curves.flatMap((curve) => {
    const stays = staysWithin(curve, first), { item } = curve;
    if (stays.some(({ low, high }) => (low <= omega && omega < high) || (omega === 1 && high === 1))) coloured.add(item);
    if (!stays.length) return [];
    return [leaders.has(item) ? { low: 0, high: 1, item } : { low: stays[0].low, high: stays.at(-1).high, item }];
  });
  const ends = new Array(numbers).fill(-1), slotOf = new Map(); // the ω from which each number is free again
  for (const { high, item } of spans.sort(bySpan)) {
    const slot = ends.indexOf(Math.min(...ends));
    slotOf.set(item, slot);
    ends[slot] = Math.max(ends[slot], high);
  }
  return new Map([...slotOf].filter(([item]) => coloured.has(item)));
}

/** The intervals of ω on which the item is in the top `first`. */
function staysWithin({ item, edges, ranks }, first) {
  const stays = [];
  ranks.forEach((place, k) => {
    if (place > first) return;
    if (k && ranks[k - 1] <= first) stays.at(-1).high = edges[k + 1];
    else stays.push({ low: edges[k], high: edges[k + 1], item });
  });
  return stays;
}
