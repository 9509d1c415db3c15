// The whole model in one record: the window with its attention, and the recommendations. views/start/words.py.

const STORY_LISTED = 5; // number of recommendations; the actual next item is added if it is not among them

/** Attention gives m, and the items closest to m and U are recommended: heading; window [{id, title, attention}], oldest
 * first; recommended [{id, title, rank, short, long, actual}], closest first; omega; sentence. */
function storyRecord(scene) {
  const { ranking, window, target } = scene;
  const items = ranking.top(STORY_LISTED);
  if (target !== null && !items.includes(target) && ranking.candidates[target]) items.push(target);
  const [short, long] = ranking.parts(items);
  return {
    heading: storyHeading(scene),
    window: window.map((item, place) =>
      ({ id: idOf(item), title: scene.title(item), attention: scene.moment.average_attention[place] })),
    recommended: items.map((item, index) => ({
      id: idOf(item),
      title: scene.title(item),
      rank: ranking.rank(item),
      short: short[index],
      long: long[index],
      actual: item === target,
    })),
    omega: scene.has_taste ? ranking.long_weight : null,
    sentence: storySentence(scene),
  };
}

function storyHeading(scene) {
  const { length } = scene.window, { noun } = scene.run, item = noun.slice(0, -1);
  const whose = scene.edited ? 'Edited:' : `${scene.who}: last`;
  if (length > 1) return `${whose} ${length} ${noun}, oldest first`;
  if (scene.step === 1 && !scene.edited) return `${scene.who}: the only ${item} so far`;
  return `${whose} ${scene.edited ? '1 ' : ''}${item}`;
}

function storySentence(scene) {
  const { window, target } = scene, weights = scene.moment.average_attention;
  if (scene.trace.intent.every((value) => value === 0)) return NOTHING_TO_LOOK_AT;
  const best = largest(weights), lost = 1 - total(weights), share = percent(weights[best]);
  let start = `“${scene.title(window[best])}” gets the most attention (${share})`;
  if (window.length > 1 && weights[best] - Math.min(...weights) <= SAME) {
    start = `Every ${scene.run.noun.slice(0, -1)} gets the same attention (${share})`;
  }
  // Else the percentages of the picture already sum to 100.
  if (lost > 0.005) start += `; ${percent(lost)} is lost to the mask`;
  const [first] = scene.ranking.top(1).filter((item) => item !== target);
  const named = first === undefined ? '' : `, and “${scene.title(first)}” is recommended first`;
  return `${start}${named}. ${rankingSentence(scene)}`;
}
