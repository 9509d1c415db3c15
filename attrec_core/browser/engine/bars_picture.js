// The terms of a sum as bars: columns, or rows where columns would be too narrow for their names. See BarsRecord in
// views/drawing/bars.py.

const BARS_AXIS = 40, BARS_WORDS = 20, BARS_ROOM = 21; // pixels: left of columns, of the lines above and below the bars, of a number
const BARS_NARROW = 80, BARS_HIGH = 290, BARS_NAMES = 110; // the narrowest column; the height of all columns, of their names
const BARS_WIDE = 0.7, BARS_WIDEST = 58; // of a bar: share of its column; pixels
const BARS_ON_PAPER = { wide: 880, row: 38, key: 24 }; // pixels: width; of a row; of the line that explains the dashes
const STRIPES = 'attrec-bars-stripes';

/** The bars without names, notes and keys. row: the height of a row; most: the height that there is room for; selected: an
 * id. Returns what the names beside them need: lying (whether they are rows), names (the room left of the bars), size (of a
 * column or row), long (of the axis), head (the room above), at (value → pixel), and the drawing, of wide × tall pixels. */
function barsPlot(record, width, { row, most = Infinity, selected = null }) {
  const { columns, title, notes } = record, count = columns.length;
  const lying = (width - BARS_AXIS) / count < BARS_NARROW;
  const names = lying ? Math.round(Math.min(190, Math.max(112, width * 0.36))) : BARS_AXIS;
  const size = lying ? row : (width - BARS_AXIS) / count, across = count * size;
  const long = lying ? width - names : Math.min(BARS_HIGH, most - BARS_NAMES);
  const plot = { lying, names, size, long, head: notes.length && lying ? BARS_WORDS : 0, ...barsScale(record, long, lying) };
  plot.wide = lying ? long : width;
  plot.tall = lying ? across + BARS_WORDS : long;
  const ticks = roundTicks(plot.low, plot.high, lying ? Math.max(2, long / 48) : long / 44);
  const quiet = { quiet: true, look: HALO };
  plot.parts = [
    `<defs><pattern id="${STRIPES}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`
      + '<rect width="2" height="6" fill="var(--st-background-color)" fill-opacity=".55"/></pattern></defs>',
    ...ticks.flatMap((tick) => barsTick(plot, tick, across)),
    lying ? svgText(long, across + 30, title, 12, { ...quiet, anchor: 'end' }) : svgText(0, 10, title, 12, quiet),
    ...columns.flatMap((column, k) => barsColumn(plot, record, k, column.id !== null && column.id === selected)),
    svgLine(barsAcross(plot, 0, 0, across), LINED, 1.5),
    ...columns.map((column, k) => barsNumber(plot, column, k)),
  ];
  return plot;
}

/** The lowest and the highest value of bars and dashes; 0 is between them. */
function extentOf(columns) {
  const ends = columns.flatMap(({ bars, dash }) => [dash ?? 0, ...bars.flatMap(({ start, value }) => [start, start + value])]);
  return [Math.min(0, ...ends), Math.max(0, ...ends)];
}

/** at(value): its pixel, so that the numbers at the ends of the bars have room; low, high: the ends of the axis. */
function barsScale({ columns, notes }, long, lying) {
  const [low, high] = extentOf(columns), room = high - low || 1;
  const widest = Math.max(...columns.map(({ text, strong }) => numberWidth(text, strong))) + 10;
  const corner = notes.length && !lying ? BARS_WORDS : 0;
  const before = lying ? (low < 0 ? widest : 0) : (low < 0 ? BARS_ROOM + corner : 2);
  const scale = (long - before - (lying ? widest : BARS_ROOM + 14 + corner * 0.4)) / room;
  const at = lying ? (value) => before + (value - low) * scale : (value) => long - before - (value - low) * scale;
  return { at, low: low < 0 ? low - before * 0.6 / scale : low, high: high + (long - before - room * scale) * 0.5 / scale };
}

/** The path across a range of columns at a value. */
function barsAcross({ lying, names, at }, value, from, to) {
  const [a, b] = [from, to].map((along) => tenth(along + (lying ? 0 : names))), level = tenth(at(value));
  return lying ? `M${level} ${a}V${b}` : `M${a} ${level}H${b}`;
}

function barsTick(plot, { value, text }, across) {
  const at = plot.at(value), quiet = { quiet: true, look: HALO };
  const words = plot.lying ? svgText(at, across + 14, text, 12, { ...quiet, anchor: value === 0 && at < 8 ? 'start' : 'middle' })
    : svgText(plot.names - 8, at + 4, text, 12, { ...quiet, anchor: 'end' });
  return [svgGridLine(barsAcross(plot, value, 0, across)), words];
}

const levelOf = ({ bars }) => bars.at(-1).start + bars.at(-1).value;

function barsColumn(plot, record, k, chosen) {
  const { columns, connected } = record;
  const { size, lying, names, at } = plot, { bars, dash } = columns[k], level = levelOf(columns[k]);
  const thick = Math.min(BARS_WIDEST, size * BARS_WIDE), from = k * size + (size - thick) / 2, drawn = [];
  const frame = chosen ? ` class="bar" rx="1.5" stroke="${SELECTED}" stroke-width="3"` : ` class="bar" rx="1.5" stroke="${LINED}" stroke-width=".75"`;
  for (const { start, value, colour, hatched, side } of bars) {
    const [a, b] = [at(start), at(start + value)], half = side ? thick / 2 : thick;
    const along = from + (side === 'right' ? thick / 2 : 0), long = Math.max(1, Math.abs(b - a)), first = Math.min(a, b);
    const box = lying ? [first, along, long, half] : [along + names, first, half, long];
    drawn.push(svgBox(...box, colour, frame));
    if (hatched) drawn.push(svgBox(...box, `url(#${STRIPES})`, ' rx="1.5"'));
  }
  const dots = ' stroke-dasharray="2 3"';
  if (connected && k + 1 < columns.length) drawn.push(svgLine(barsAcross(plot, level, from + thick, from + size), LINED, 1, dots));
  if (typeof dash === 'number') {
    const [a, b] = [at(level), at(dash)].map(tenth), middle = tenth(from + thick / 2 + (lying ? 0 : names));
    drawn.push(svgLine(lying ? `M${a} ${middle}H${b}` : `M${middle} ${a}V${b}`, LINED, 1, dots),
      svgLine(barsAcross(plot, dash, from + thick * 0.15, from + thick * 0.85), 'currentColor', 2.5, ' class="usual"'));
  }
  return drawn;
}

/** A number is beyond all bars of its column, and beyond the dash if that would strike it through. */
function barsNumber({ lying, size, names, at: pixel }, { bars, text, end, strong, dash }, k) {
  const down = end < bars[0].start, middle = (k + 0.5) * size, most = down ? Math.min : Math.max;
  const wide = numberWidth(text, strong) + 8, look = `${HALO}${strong ? ' font-weight="700"' : ''}`;
  let at = pixel(most(end, ...bars.map(({ start, value }) => start + value)));
  const gap = (pixel(dash ?? 0) - at) * (down === lying ? -1 : 1);
  if (typeof dash === 'number' && gap > 0 && gap < (lying ? wide + 2 : BARS_ROOM)) at = pixel(dash);
  if (!lying) return svgText(middle + names, at + (down ? 15 : -6), text, 12, { anchor: 'middle', look });
  const left = down && at - wide > 0;
  const x = left || !down ? at : pixel(bars[0].start); // left of the axis there is no room: beyond the bar's start
  return svgText(x + (left ? -6 : 6), middle + 4, text, 12, { anchor: left ? 'end' : 'start', look });
}

/** A note as it stands beside rows: what is up beside columns is to the right there. */
const noteTurned = (text, lying) => (lying ? text.replace(/^▼ /, '◀ ').replace(/^▲ (.*)/, '$1 ▶') : text);

/** The whole figure on white paper. */
function barsOnPaper(record) {
  const { columns, notes, dashes, label } = record, { wide } = BARS_ON_PAPER, plot = barsPlot(record, wide, BARS_ON_PAPER);
  const { lying, names, size, long, head, tall } = plot, room = lying ? names - 44 : size - 6;
  const titles = columns.map(({ name }) => wrapped(name, 12, room, lying ? 2 : 4));
  const below = lying ? BARS_WORDS : 36 + 15 * Math.max(...titles.map((lines) => lines.length)), end = head + tall + below;
  const plates = columns.flatMap(({ sign, colour, chosen }, k) => {
    const [x, y] = lying ? [4, head + (k + 0.5) * size - 10] : [names + (k + 0.5) * size - 11, long + 7];
    const plate = svgBox(x, y, 22, 20, colour, ` rx="4"${chosen ? ` stroke="${SELECTED}" stroke-width="2"` : ''}`);
    const look = ` font-weight="700" fill="${inkOn(rgbOf(colour))}"`, lines = titles[k];
    const name = lying ? svgLines(34, y + 22 - 7 * lines.length, lines, 12) : svgLines(x + 11, long + 44, lines, 12, { anchor: 'middle' });
    return [plate, svgText(x + 11, y + 14, sign, 12, { anchor: 'middle', look }), ...name];
  });
  const words = notes.map(({ text, top }) => (lying ? svgText(top ? wide : 0, 12, noteTurned(text, true), 12, { quiet: true, anchor: top ? 'end' : 'start' })
    : svgText(wide, top ? 12 : long - 6, text, 12, { quiet: true, anchor: 'end', look: HALO })));
  const key = dashes ? [svgLine(`M${names} ${tenth(end + 12)}h18`, 'currentColor', 2.5), svgText(names + 26, end + 16, dashes, 12, { quiet: true })] : [];
  return svgPicture(wide, end + (dashes ? BARS_ON_PAPER.key : 0), label,
    [svgAt(lying ? names : 0, head, plot.parts), ...plates, ...words, ...key]);
}
