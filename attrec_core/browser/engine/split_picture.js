// Distances as rows of two parts: the weighted short-term part and, hatched, the weighted long-term part. See SplitRecord in
// views/moment/split.py.

const SPLIT_UNDER = 460, SPLIT_SUM = 50, SPLIT_AROUND = 72; // pixels: below this width a title stands above its bar; the room of the sum, of legend and axis
const SPLIT_ROW = 34, SPLIT_LOW = 26; // the height of a row; the lowest row, of a presenter's scene, where a title is always beside its bar
const SPLIT_TALL = 46; // of a row with its title above its bar
const SPLIT_AXIS = 40; // below the rows
const SPLIT_FITS = 34; // the narrowest part, in pixels, that holds its number
const SPLIT_ON_PAPER = { wide: 760, head: 28 }; // pixels: width; of the line that explains the colours
const SPLIT_HATCH = 'attrec-split-long';

const sumOfParts = ({ short, long }) => short + long;

/** The bars of the rows with their axis. most: the height that there is room for. Returns what the titles beside them need:
 * under (whether a title is above its bar), low (whether the rows are low), names (the room left of the bars), row (the height
 * of a row), scale (pixels of a distance), and the drawing. */
function splitPlot({ rows }, width, { most = Infinity }) {
  const low = most < Infinity, under = width < SPLIT_UNDER && !low;
  const names = under ? 0 : Math.round(Math.min(270, width * (low ? 0.46 : 0.3))), room = width - names - SPLIT_SUM;
  const longest = Math.max(...rows.map(sumOfParts), Number.MIN_VALUE), scale = room / longest;
  const row = under ? SPLIT_TALL : Math.max(SPLIT_LOW, Math.min(SPLIT_ROW, (most - SPLIT_AROUND) / rows.length));
  const end = row * rows.length, quiet = { quiet: true };
  const ticks = roundTicks(0, longest, Math.max(3, room / 80)).flatMap(({ value, text }) => {
    const x = names + value * scale;
    return [svgGridLine(`M${tenth(x)} 0V${tenth(end + 4)}`), svgText(x, end + 18, text, 12, { ...quiet, anchor: x < 8 ? 'start' : 'middle' })];
  });
  const bars = rows.flatMap((one, k) => splitBar(one, { x: names, scale, y: k * row + (under ? 21 : row / 2 - 11), high: under ? 18 : 22, end: width - 2 }));
  const axis = svgText(width - SPLIT_SUM, end + 36, 'distance (lower is better)', 12, { ...quiet, anchor: 'end' });
  return { under, low, names, row, scale, tall: end + SPLIT_AXIS, parts: [`<defs>${svgHatch(SPLIT_HATCH, '#9C6500', LONG)}</defs>`, ...ticks, ...bars, axis] };
}

/** The two parts of one distance, each with its number if there is room, and their sum at the right end. */
function splitBar(row, { x, y, high, scale, end }) {
  const [short, long] = [row.short, row.long].map((value) => Math.max(0, value) * scale), middle = y + high / 2 + 4;
  const text = (at, value, look) => svgText(at, middle, number(value, 3), 12, { anchor: 'middle', look });
  return [
    svgBox(x, y, short, high, SHORT, ' class="part"'),
    svgBox(x + short, y, long, high, `url(#${SPLIT_HATCH})`, ' class="part"'),
    ...(short >= SPLIT_FITS ? [text(x + short / 2, row.short, ' fill="#fff"')] : []),
    // On a plate, so that no line of the hatching crosses the number.
    ...(long >= SPLIT_FITS ? [svgBox(x + short + long / 2 - 16, y + 3, 32, high - 6, LONG, ' rx="3"'), text(x + short + long / 2, row.long, ' fill="#000"')] : []),
    svgText(end, middle, number(sumOfParts(row), 3), 12, { anchor: 'end', look: ' font-weight="600"' }),
  ];
}

/** What the two parts are, in words. */
const splitKeys = (record) => [`short-term distance × ${number(1 - record.omega)}`, `long-term distance × ${number(record.omega)}`];

/** The whole figure on white paper. */
function splitOnPaper(record) {
  const { wide, head } = SPLIT_ON_PAPER, { names, row, tall, parts } = splitPlot(record, wide, {});
  const titles = record.rows.flatMap(({ rank, title, mark }, k) => {
    const lines = wrapped(mark ? `${title} (${mark})` : title, 12, names - 56, 2), y = head + (k + 0.5) * row + 11 - 7 * lines.length;
    return [svgText(34, y, rank, 12, { anchor: 'end', quiet: true }), ...svgLines(42, y, lines, 12)];
  });
  const keys = splitKeys(record).flatMap((words, k) => [svgBox(k * 240, 3, 16, 10, k ? `url(#${SPLIT_HATCH})` : SHORT), svgText(k * 240 + 22, 12, words, 12)]);
  return svgPicture(wide, head + tall, record.label, [...keys, svgAt(0, head, parts), ...titles]);
}
