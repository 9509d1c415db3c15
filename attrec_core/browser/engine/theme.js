// Colours with a meaning, and titles and numbers in drawings: views/drawing/theme.py, where each is explained. Texts are
// plain; characters are counted as Python does, one for each code point.

const SHORT = '#0072B2', LONG = '#C07F00', TARGET = '#009E73', SELECTED = '#D55E00';
const CALM = '#8A94A0'; // views/drawing/plot.py
const INK = '#1B2733'; // views/drawing/svg.py
const CATEGORIES = ['#5B8DB8', '#B97F3F', '#5F985C', '#B279A2', '#4C96A2', '#B55D60', '#878C2E', '#8F82C9', '#9C755F', '#8A8A8A'];
const WIDER = 1.2; // how much wider than `lettersWidth` a text may be in another font
const THIN = new Set("iljtfrI.,:;'’!|()[]- "), WIDE_LETTERS = new Set('mwMW@%&—…');
const END_OF_NAME = /[ :,;.\-–]+$/; // what does not stand before an ellipsis

/** Whether the value is written as 0 with so many digits: then no sentence says that it is above or below 0. */
const readsZero = (value, digits) => Number(fixed(Math.abs(value), digits)) === 0;

/** The first characters of a text. */
const cut = (text, count) => (text.length <= count ? text : [...text].slice(0, count).join(''));

/** The words of a title; a very long one is cut. */
const wordsOf = (title) => cut(title, 300).split(SPACES).filter(Boolean);

/** The approximate width of a text in the pages' font; rather too large than too small. In whole hundredths of the size, as
 * in Python, so that both break a line at the same word. */
function lettersWidth(content, size) {
  let hundredths = 0;
  for (const c of content) {
    if (THIN.has(c)) hundredths += 30;
    else if (WIDE_LETTERS.has(c) || c.codePointAt(0) > 0x2E80) hundredths += 90;
    else hundredths += /\p{Uppercase}/u.test(c) ? 62 : 52;
  }
  return (size * hundredths) / 100;
}

/** Breaks a title into lines of `room` pixels; a title of more than `most` lines ends with an ellipsis. */
function wrapped(title, size, room, most) {
  const lines = [''];
  for (const word of wordsOf(title)) {
    const joined = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lettersWidth(joined, size) <= room) {
      lines[lines.length - 1] = joined;
      continue;
    }
    if (lines.at(-1)) lines.push('');
    for (const character of word) { // a word that is longer than a line is broken
      if (lettersWidth(lines.at(-1) + character, size) > room) lines.push('');
      lines[lines.length - 1] += character;
    }
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${[...lines[most - 1]].slice(0, -1).join('').replace(END_OF_NAME, '')}…`];
}

/** Compares a weight, in words, with the weight under uniform attention. States a factor only if a reader who divides the
 * two percentages gets the same factor. */
function againstEven(weight, even) {
  const ratio = weight / even, share = `uniform (${percent(even)})`;
  const [weightRead, evenRead] = [weight, even].map((value) => Number((100 * value).toFixed(0)) / 100);
  const ratioRead = weightRead / (evenRead || even);
  if (ratio < 0.95) {
    const factor = amount(ratio, 1);
    return ratioRead && readsAs(ratioRead, factor) ? `${factor} times ${share}` : `below ${share}`;
  }
  if (ratio < 1.05) return `about ${share}`;
  if (readsAs(ratioRead, fixed(ratio, 1))) return `${fixed(ratio, 1)} times ${share}`;
  if (ratio >= 2 && readsAs(ratioRead, fixed(ratio, 0))) return `about ${fixed(ratio, 0)} times ${share}`;
  return `${ratio >= 10 ? 'far ' : ''}above ${share}`;
}

/** Whether the value reads as `written` when it is rounded, up or down at a half. */
function readsAs(value, written) {
  const digits = (written.split('.')[1] ?? '').length;
  return Math.abs(value - Number(written)) <= 0.5 * 10 ** -digits + 1e-9;
}
