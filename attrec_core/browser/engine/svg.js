// What drawings as SVG texts are made of. All foreign text is escaped.

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };
const escaped = (text) => text.replace(/[&<>"']/g, (character) => ESCAPES[character]);

/** f"{value:.1f}" of Python. */
const tenth = (value) => `${value < 0 || Object.is(value, -0) ? '-' : ''}${fixed(Math.abs(value), 1)}`;

function svgText(x, y, content, size, { anchor = 'start', quiet = false, look = '' } = {}) {
  return `<text x="${tenth(x)}" y="${tenth(y)}" font-size="${general(size)}" text-anchor="${anchor}"`
    + `${quiet ? ' opacity=".8"' : ''}${look}>${escaped(content)}</text>`;
}

const svgBox = (x, y, width, height, fill, rest = '') =>
  `<rect x="${tenth(x)}" y="${tenth(y)}" width="${tenth(width)}" height="${tenth(height)}" fill="${fill}"${rest}/>`;

const svgHatch = (name, colour, back) =>
  `<pattern id="${name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`
  + `<rect width="5" height="5" fill="${back}"/><rect width="1.6" height="5" fill="${colour}"/></pattern>`;

const LINED = '#858D97'; // lines and frames without a meaning of their own
// A border in the colour of the page: a text stays readable over anything beneath it.
const HALO = ' paint-order="stroke" stroke="var(--st-background-color)" stroke-width="4" stroke-linejoin="round"';
const DOTTED = ' stroke-dasharray="1 3"';

/** A line along a path such as “M0 4H20”. */
const svgLine = (path, colour, width = 1, rest = '') =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${general(width)}"${rest}/>`;

const svgGridLine = (path) => svgLine(path, 'var(--st-border-color)');

/** Parts in one drawing on white paper. */
const svgPicture = (wide, tall, label, parts) => `<svg viewBox="0 0 ${general(wide)} ${general(tall)}" role="img" `
  + `aria-label="${escaped(label)}" style="width:100%;height:auto;display:block" fill="currentColor">${parts.join('')}</svg>`;

const svgAt = (x, y, parts) => `<g transform="translate(${tenth(x)} ${tenth(y)})">${parts.join('')}</g>`;

/** The lines of a text below each other, the first at y. */
const svgLines = (x, y, lines, size, more = {}) => lines.map((line, k) => svgText(x, y + k * size * 1.2, line, size, more));

/** The width of a number of size 12, in pixels. */
const numberWidth = (text, strong = false) => lettersWidth(text, 12) * (strong ? 1.1 : 1) * WIDER;

/** Round numbers from low to high, about so many, all with the same number of digits; like `round_ticks` in theme.py. */
function roundTicks(low, high, about) {
  const rough = (high - low) / about, power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((f) => f * 10 ** power >= rough) ?? 10, step = factor * 10 ** power;
  const digits = Math.max(0, -power - (factor === 10 ? 1 : 0)), first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => (first + k) * step)
    .map((value) => ({ value, text: Math.abs(value) < step / 2 ? '0' : number(value, digits) }));
}
