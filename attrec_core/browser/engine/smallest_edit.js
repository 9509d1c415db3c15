// The fewest changes to the window that bring an item into the top k, or out of it: explain/smallest_edit.py.

const LONGEST = 40; // pairs are removed from windows of up to this many items: 780 pairs

/** The edit that moves an item out of the top k if it is there (its rank is k or less), else into the top k: one
 * removal, one swap of two neighbours, or two removals. All edits of one size are tried before larger ones; of the same
 * size, the one with the best rank (into) or the worst (out of) is taken. The item must be a candidate before and
 * after. */
function smallestEdit(moment, item, k) {
  const { ranking, window } = moment, rankNow = ranking.rank(item), direction = rankNow <= k ? 'out of' : 'into';
  const sign = direction === 'into' ? 1 : -1;
  let tried = 0, best = { kind: 'none', places: [], window }, newRank = rankNow;
  for (const edits of ranking.candidates[item] ? sizes(window) : []) {
    tried += edits.length;
    let first = null;
    for (const edit of edits) {
      const after = moment.withWindow(edit.window);
      if (after.excluded.includes(item)) continue;
      const rankAfter = after.ranking.rank(item);
      if (!first || sign * (rankAfter - first.rank) < 0) first = { rank: rankAfter, edit };
    }
    if (first && (first.rank <= k) === (direction === 'into')) {
      [best, newRank] = [first.edit, first.rank];
      break;
    }
  }
  const edit = {
    item,
    k,
    direction,
    rank: rankNow,
    kind: best.kind,
    places: best.places.map((place) => place + 1),
    items: best.places.map((place) => window[place]),
    window: best.window,
    new_rank: newRank,
    tried,
  };
  return { ...edit, sentence: editSentence(moment, edit) };
}

/** All single edits, then all pairs of removals. At least one item stays. Of edits with the same window, only the first
 * is given; an edit that leaves the given window the same is omitted. */
function* sizes(window) {
  const seen = new Set([window.join()]);
  for (const size of window.length <= LONGEST ? [1, 2] : [1]) {
    yield [...removals(window, size), ...(size === 1 ? swaps(window) : [])].filter((edit) => {
      const key = edit.window.join(), isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
  }
}

/** Edits without one item, or without two. Places from 0. */
function removals(window, count) {
  if (window.length <= count) return [];
  const places = window.flatMap((_, first) =>
    (count === 1 ? [[first]] : window.slice(first + 1).map((__, more) => [first, first + 1 + more])));
  return places.map((removed) =>
    ({ kind: 'remove', places: removed, window: window.filter((_, place) => !removed.includes(place)) }));
}

function swaps(window) {
  return window.slice(1).map((later, place) => {
    const swapped = [...window];
    [swapped[place], swapped[place + 1]] = [later, window[place]];
    return { kind: 'swap', places: [place, place + 1], window: swapped };
  });
}

function editSentence(moment, edit) {
  const { run, window } = moment, name = quoted(run, edit.item), where = `${edit.direction} the top ${edit.k}`;
  if (!moment.ranking.candidates[edit.item]) {
    return `${name} is not a candidate, so it has no rank that an edit could change.`;
  }
  if (!edit.tried) return 'An edit needs at least two items in the window, so none was tried.';
  const moves = edit.direction === 'out of' ? 'drops' : 'brings';
  if (edit.kind === 'none') {
    const pairs = window.length <= LONGEST ? 'or two items' : 'item';
    return `No removal of one ${pairs} and no swap of two neighbours ${moves} ${name} ${where}.`;
  }
  const titles = listed(edit.places.map((place) => quotedAt(run, window, place)));
  const doing = `${edit.kind === 'remove' ? 'Removing' : 'Swapping'} ${titles}`;
  return `${doing} ${moves} ${name} ${where}: from ${ordinal(edit.rank)} to ${ordinal(edit.new_rank)}.`;
}
