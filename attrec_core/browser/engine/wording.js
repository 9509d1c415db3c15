// Titles, ranks and counts in generated sentences: errors.py (`ordinal`, `count_of`) and explain/wording.py. Numbers and letters are formatted by components/shared.js.

const LETTERS = 60; // characters of a title in a sentence
const FINEST = 4; // digits that are tried before a number is called too small
// What Python's `split` takes for white space; `\s` has U+FEFF besides, and lacks U+001C to U+001F and U+0085.
const SPACES = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** 1003 → "1,003"; "1003.5" → "1,003.5" */
const thousands = (value) => String(value).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));

/** A rank: 1st, 2nd, 1,003rd; “tied 1st” for the half rank of a tie. */
function ordinal(rank) {
  const whole = Math.trunc(rank), tied = whole === rank ? '' : 'tied ';
  const ending = [11, 12, 13].includes(whole % 100) ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' })[whole % 10] ?? 'th';
  return `${tied}${thousands(whole)}${ending}`;
}

/** 1 item, 2,000 items. name: in the singular. */
const countOf = (count, name) => `${thousands(count)} ${name}${count === 1 ? '' : 's'}`;

/** The title on one line, cut to `limit` characters. */
function short(title, limit = LETTERS) {
  const line = [...title].slice(0, 10 * limit).join('').split(SPACES).filter(Boolean).join(' ');
  const characters = [...line];
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
}

/** The title of an item in quotation marks. It is foreign text: a page shows it as text, never as markup. */
const quoted = (run, item, limit = LETTERS) => `“${short(run.titles[item], limit)}”`;

/** The title of the item at a place (from 1), with its letter where the window (n,) holds the item twice. */
function titleAt(window, place, name) {
  const item = window[place - 1], twice = window.filter((other) => other === item).length > 1;
  return name(item) + (twice ? ` (${letter(place - 1)})` : '');
}

/** The same as `titleAt`, in quotation marks. */
const quotedAt = (run, window, place) => titleAt(window, place, (item) => quoted(run, item));

/** A number from 0 up, with more digits where `digits` would all be 0: .41, .004, “less than .0001”. only: a word
 * before the number, omitted before “less than”. */
function amount(value, digits = 2, only = '') {
  if (value === 0) return `${only}${number(0, digits)}`;
  for (let precision = digits; precision <= FINEST; precision += 1) {
    if (Number(fixed(value, precision))) return `${only}${number(value, precision)}`;
  }
  return `less than ${number(10 ** -FINEST, FINEST)}`;
}

/** How far a sum and the model's own value, each written with 4 digits, are apart. */
const gapInWords = (value) => (value < 0.00005 ? 'equal up to rounding' : `apart by ${number(value, 4)}`);

/** a, b and c. Of more than `most`, the first ones and the number of the rest. */
function listed(texts, most = null) {
  const named = most !== null && texts.length > most ? [...texts.slice(0, most), `${texts.length - most} more`] : texts;
  return named.length === 1 ? named[0] : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}

const times = (count) => (count === 1 ? 'once' : `${thousands(count)} times`);

/** f"{value:g}" of Python: six digits, without zeros at the end. */
function general(value) {
  const [digits, exponent] = value.toExponential(5).split('e').map(Number);
  if (value === 0 || (exponent >= -4 && exponent < 6)) return String(Number(value.toPrecision(6)));
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
