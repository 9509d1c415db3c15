// The exact sum of a distance as bars, and why one item is ranked above another: views/why/exact_sum.py, with the columns of
// views/why/term_bars.py.

const EARLIER = 3; // earlier items that have a bar of their own, in a taste from items; the others share one
const CLOSE = 0.07; // room of a number at the end of a bar, as a share of the height
const DIFFERING = ['long', 'earlier', 'item', 'rest']; // kinds of terms that differ between items
const DASHES = 'the same part for the average item';
const SIDES = { text: 'of an item, plain: short-term part · hatched: long-term part', top: true };
// The name, the sign and the colour of a bar that does not belong to an item, and a sentence of the details.
const KINDS = {
  average: { name: 'the average item', sign: 'ø', colour: CALM },
  long: { name: 'long-term part', sign: 'U', colour: LONG },
  earlier: { name: 'earlier item', sign: 'U', colour: LONG },
  short: { name: 'short-term part', sign: 'm', colour: SHORT },
  origin: {
    name: 'origin',
    sign: '0',
    colour: CALM,
    about: 'attention lost to the mask (ρ) acts as if it attended to the origin, the point where all numbers are 0',
  },
  constant: {
    name: 'constant', sign: 'c', colour: CALM, about: 'the same for every item, so it never changes the order',
  },
  rest: { name: 'other terms', sign: '…', colour: CALM },
  total: { name: 'total', sign: '=', colour: CALM },
};

/** Everything about the explained item, computed once for each moment. */
const explained = (scene) => explanationOf(scene.moment, scene.explained);
const explanationOf = cached((moment, item) => explanation(moment, item));

/** One bar: a term of an exact sum or of a difference. */
class Term {
  constructor(kind, value, fields = {}) {
    const nothing = { start: 0, usual: 0, title: null, item: null, place: null, mark: '', item_colour: null, long: 0 };
    Object.assign(this, { kind, value }, nothing, fields);
  }

  with(changes) { return new Term(this.kind, this.value, { ...this, ...changes }); }

  get end() { return this.start + this.value; }

  get name() { return this.title || KINDS[this.kind].name; }

  get sign() { return this.mark || (this.place ? letter(this.place - 1) : KINDS[this.kind].sign); }

  get colour() { return this.item_colour || KINDS[this.kind].colour; }
}

/** The parts of the exact sum as consecutive bars: terms, distance, long, sentence; null where m is a max or min, which has
 * no exact sum. */
function waterfallOf(scene, why = explained(scene), fromAverage = scene.view.terms !== 'whole') {
  const { parts, exists, sentence } = why.sum;
  if (!exists) return null;
  const start = new Term('average', total(parts.map((part) => part.usual)));
  // The constant is the same for every item.
  const terms = parts.filter((part) => !fromAverage || part.kind !== 'constant').map((part) => termOf(scene, part, fromAverage));
  const bars = inARow(fromAverage ? [start, ...terms] : terms);
  const end = new Term('total', bars.at(-1).end, { title: scene.title(why.item) });
  const [, [long]] = scene.ranking.parts([why.item]);
  return { terms: [...bars, end], distance: why.distance, long, sentence };
}

/** Whether the bars are terms minus their catalogue means, and begin at the mean distance. */
const isFromAverage = (record) => record.terms[0].kind === 'average';

/** What a term adds to the distance, whether it is compared with the average item or not. */
const adds = (record, term) => (isFromAverage(record) ? term.value + term.usual : term.value);

/** The value of each term that belongs to neither an item nor the user, and how well the bars add up. */
function waterfallDetails(record) {
  const others = record.terms.filter(isOther);
  const lines = others.map((term) => {
    const { name, about } = KINDS[term.kind];
    const both = isFromAverage(record)
      ? `, from ${signed(term.usual, 4)} of the average item to ${signed(adds(record, term), 4)}` : '';
    return `${name[0].toUpperCase()}${name.slice(1)} ${signed(term.value, 4)}${both}: ${about}.`;
  });
  if (others.length) lines.unshift(`Other terms: ${listed(others.map((term) => term.name))}.`);
  const start = isFromAverage(record)
    ? `The bars lead from the average item's ${number(record.terms[0].value, 4)} to` : 'The bars add up to';
  const sum = record.terms.at(-1).value;
  const values = `${number(sum, 4)}; the model value is ${number(record.distance, 4)}`;
  return [...lines, `${start} ${values}: ${gapInWords(Math.abs(sum - record.distance))}.`].join(' ');
}

/** Each bar begins where the previous one ends; the average item's is only a level. */
function inARow(terms) {
  const bars = [];
  for (const bar of terms) {
    const last = bars.at(-1), level = !last ? 0 : last.kind === 'average' ? last.value : last.end;
    bars.push(bar.with({ start: ['average', 'total'].includes(bar.kind) ? 0 : level }));
  }
  return bars;
}

/** The bar of a part, or, with `fromAverage`, of its difference to the mean of the part over the catalogue. */
function termOf(scene, part, fromAverage = false) {
  const value = fromAverage ? part.value - part.usual : part.value;
  const bar = new Term(part.kind, value, { usual: part.usual, long: fromAverage ? part.long - part.long_usual : part.long });
  if (part.kind === 'long' && remembers(scene.moment.config)) return bar.with({ title: "the user's own vector" });
  if (part.item === null) return bar;
  const named = bar.with({ title: scene.title(part.item), item: part.item });
  if (part.age !== null) return named.with({ mark: String(placeInHistory(scene, part.age)) });
  return named.with({ place: part.place, item_colour: itemColour(scene.hue(part.item)) });
}

/** The place in the history, from 1, of the item that this many items are newer than: `place_of` of views/why/taste.py. */
const placeInHistory = (scene, age) =>
  scene.step - scene.real_window.length + scene.moment.pushed.length + scene.window.length - age;

/** The record of the component `bars`: each bar begins where the previous bar ends; a dash marks where it would end with the
 * average item's term. */
function waterfallBars(scene, record) {
  const terms = folded(withRest(record.terms), isFromAverage(record)), sum = terms.at(-1).value;
  const isDashed = (term) => !isFromAverage(record) && DIFFERING.includes(term.kind);
  // As in the recommendations: the long part hatched, the short part over it.
  const ofTotal = [barPart(0, record.long, LONG, true), barPart(record.long, sum - record.long, SHORT)];
  const columns = terms.map((term) => {
    // A term carries its sign, a distance does not.
    const text = (['average', 'total'].includes(term.kind) ? number : signed)(term.value, 3);
    const bars = term.kind === 'total' ? ofTotal : partsOfTerm(term);
    return barColumn(scene, term, bars, text, termHover(term, record), isDashed(term) ? term.start + term.usual : null);
  });
  const [low, high] = extentOf(columns), isClose = (gap) => gap > 0 && gap < CLOSE * (high - low);
  return {
    label: `contribution of each item to the distance of ${scene.title(scene.explained)}`,
    title: 'distance',
    // A number is at the end of its bar, or at the dash if the dash would strike it through.
    columns: columns.map((column) => (isClose(beyondOf(column)) ? { ...column, end: column.dash } : column)),
    connected: true,
    dashes: terms.some(isDashed) ? DASHES : '',
    notes: remembers(scene.moment.config) ? [SIDES] : [],
  };
}

/** One bar of a column. side: the half of the column that it fills; null: the whole width. */
const barPart = (start, value, colour, hatched = false, side = null) => ({ start, value, colour, hatched, side });

/** The bars of a term; the long part is hatched. An item of the window that has a long part, too, has a bar for each, side
 * by side: one may go up and the other down. */
function partsOfTerm(term) {
  const isLong = term.kind === 'long' || term.kind === 'earlier';
  if (isLong || !term.long) return [barPart(term.start, term.value, term.colour, isLong)];
  const near = term.value - term.long;
  return [barPart(term.start, near, term.colour, false, 'left'), barPart(term.start + near, term.long, LONG, true, 'right')];
}

/** The column of a term. text: its number; hover: the lines below its name. */
function barColumn(scene, term, bars, text, hover, dash = null) {
  return {
    id: idOf(term.item),
    sign: term.sign,
    name: term.name,
    colour: term.colour,
    bars,
    text,
    end: term.end,
    hover: `${term.place ? `${term.sign}. ` : ''}${term.name}\n${hover}`,
    dash,
    strong: term.kind === 'total',
    chosen: term.item !== null && term.item === scene.selected,
  };
}

/** How far the dash is beyond the end of the column, in the direction of the column. */
function beyondOf({ bars, dash, end }) {
  const last = bars.at(-1);
  return dash === null ? 0 : (dash - last.start - last.value) * (end < bars[0].start ? -1 : 1);
}

const isOther = (term) => term.kind === 'origin' || term.kind === 'constant';

/** Joins the origin and the constant into one bar; the details list them separately. */
function withRest(terms) {
  const rest = terms.filter(isOther);
  return [...terms.slice(0, -1).filter((term) => !isOther(term)), ...(rest.length ? [sumOf('rest', rest)] : []), terms.at(-1)];
}

/** Joins all but a few earlier items into one bar. fromAverage: whether the terms are differences already, so that their
 * size is their effect. */
function folded(terms, fromAverage = false) {
  const earlier = terms.filter((term) => term.kind === 'earlier');
  const effect = (term) => Math.abs(term.value - (fromAverage ? 0 : term.usual));
  const count = earlier.length > EARLIER + 1 ? EARLIER : EARLIER + 1;
  const alone = [...earlier].sort((a, b) => effect(b) - effect(a)).slice(0, count);
  const small = earlier.filter((term) => !alone.includes(term));
  const others = small.length ? [sumOf('earlier', small, { title: `${small.length} other earlier items`, mark: '+' })] : [];
  const first = Math.max(0, terms.indexOf(earlier[0]));
  const kept = terms.slice(first, -1).filter((term) => !small.includes(term));
  return [...inARow([...terms.slice(0, first), ...others, ...kept]), terms.at(-1)];
}

function sumOf(kind, terms, fields = {}) {
  const [value, usual, long] = ['value', 'usual', 'long'].map((name) => total(terms.map((term) => term[name])));
  return new Term(kind, value, { usual, long, ...fields });
}

function termHover(term, record) {
  if (['average', 'total'].includes(term.kind)) return `distance ${number(term.value, 4)}`;
  const value = adds(record, term), gap = value - term.usual;
  const effect = `${gap < 0 ? 'lowers' : 'raises'} the distance by ${number(Math.abs(gap), 4)}`;
  return `adds ${signed(value, 4)}; for the average item ${signed(term.usual, 4)}\n${readsZero(gap, 4) ? 'no difference' : effect}`;
}

/** The item to compare with the explained item: the chosen one, else the next candidate in the ranking, else the one before
 * the explained item; null if there is none. */
function rival(scene) {
  const { explained: item, against, ranking: { blended, candidates } } = scene;
  if (item === null) return null;
  if (against !== null && against !== item) return against;
  const others = Array.from(candidates, (_, other) => other).filter((other) => candidates[other] && other !== item);
  const after = others.filter((other) => blended[other] >= blended[item]);
  if (after.length) return after.reduce((best, other) => (blended[other] < blended[best] ? other : best));
  return others.length ? others.reduce((best, other) => (blended[other] >= blended[best] ? other : best)) : null;
}

/** Why the nearer of two items is ranked above the other: above and below (titles), terms, difference, comparable. A term
 * below 0 favours `above`; the last term is the total. */
function versus(scene, item, other) {
  const { ranking } = scene, swapped = ranking.distance(item) > ranking.distance(other);
  const [above, below] = swapped ? [other, item] : [item, other], difference = whyAbove(scene.moment, above, below);
  const terms = difference.parts.map((part) => termOf(scene, part));
  if (!difference.exists) terms.push(new Term('short', difference.total - total(difference.parts.map((part) => part.value))));
  terms.push(new Term('total', difference.total));
  const comparable = Boolean(ranking.candidates[above] && ranking.candidates[below]);
  return { above: scene.title(above), below: scene.title(below), terms, difference, comparable };
}

const versusHeading = (record) =>
  `Why is “${record.above}” ${record.comparable ? 'ranked above' : 'nearer than'} “${record.below}”?`;

/** How well the differences add up; before that, if the chosen item is the explained item, that another one is compared. */
function versusDetails(scene, { difference }) {
  const isSame = scene.against !== null && scene.against === scene.explained;
  const start = isSame
    ? `${quoted(scene.run, scene.against)} is the explained item itself, so the next recommendation is compared. ` : '';
  const gap = signed(difference.total, 4);
  if (!difference.exists) return `${start}The distances differ by ${gap}, in their long-term and their short-term part.`;
  const parts = signed(total(difference.parts.map((part) => part.value)), 4);
  return `${start}The bars add up to ${parts}; the distances differ by ${gap}: ${gapInWords(difference.residual)}. `
    + 'The constant cancels.';
}

/** The record of the component `bars`: terms below 0 favour the nearer item, terms above 0 the other one. */
function versusBars(scene, record) {
  const favours = (value) => (readsZero(value, 4) ? 'the same for both' : `favours ${value < 0 ? record.above : record.below}`);
  const columns = folded(withRest(record.terms)).map((term) => term.with({ start: 0 })).map((term) =>
    barColumn(scene, term, partsOfTerm(term), signed(term.value, 3), `${signed(term.value, 4)}: ${favours(term.value)}`));
  return {
    label: `difference of the distances of ${record.above} and ${record.below}, part by part`,
    title: 'difference in distance',
    columns,
    connected: false,
    dashes: '',
    notes: [{ text: `▼ favours ${record.above}`, top: false }, { text: `▲ favours ${record.below}`, top: true }],
  };
}
