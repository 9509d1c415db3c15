// The rank of each item for every ω, as step lines. Lines in colour have a shape at the chosen ω and at their right end. See
// CurvesRecord in views/score_split/rank_curves.py.

const RANKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
const CURVES_LEFT = 38, CURVES_ABOVE = 42, CURVES_BELOW = 38, CURVES_HIGH = 440; // pixels: around the plot; of plot and margins
const CURVES_BESIDE = 560; // the narrowest figure with its titles beside the lines; in a narrower one they are below
const CURVES_ON_PAPER = { wide: 880, key: 24 }; // pixels: width; of the line that explains the marks
const CURVE_SHAPES = { circle: 'M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0', square: 'M-4.5-4.5H4.5V4.5H-4.5Z', diamond: 'M0-6L6 0L0 6L-6 0Z',
  'triangle-up': 'M0-6L6 5H-6Z', 'triangle-down': 'M0 6L6-5H-6Z', star: 'M0-8L2-2.5L8-2.5L3.2 1.2L5 7L0 3.5L-5 7L-3.2 1.2L-8-2.5L-2-2.5Z',
  hexagon: 'M6 0L3 5.2H-3L-6 0L-3-5.2H3Z' };
const CHANGE = '<path d="M0-7L7 0L0 7L-7 0Z" fill="var(--st-background-color)" stroke="currentColor" stroke-width="2"/>';

/** The lines with their axes, without titles and without the marks of the changes. selected: an id. Returns what these need:
 * x(ω), y(rank), beside (whether there is room for titles beside the lines), right (that room), and the drawing. */
function curvesPlot(record, width, { most = Infinity, selected = null }) {
  const { curves, changes, k, omega, trained } = record, beside = width >= CURVES_BESIDE;
  const right = beside ? Math.min(190, width * 0.22) : 12, tall = Math.min(CURVES_HIGH, most), floor = tall - CURVES_BELOW;
  const bottom = Math.max(...curves.flatMap(({ ranks }) => ranks), k + 1), [low, top] = [Math.log10(bottom) + 0.08, Math.log10(0.85)];
  const x = (value) => CURVES_LEFT + value * (width - CURVES_LEFT - right), end = x(1);
  const y = (rank) => CURVES_ABOVE + ((Math.log10(rank) - top) / (low - top)) * (floor - CURVES_ABOVE);
  const plot = { x, y, beside, right, tall, width, floor }, text = (...at) => (words, anchor) => svgText(...at, words, 12, { anchor, quiet: true, look: HALO });
  const order = [...curves.keys()].sort((a, b) => curveLayer(curves[a], selected) - curveLayer(curves[b], selected));
  plot.parts = [
    ...RANKS.filter((rank) => rank <= bottom).flatMap((rank) => [svgGridLine(`M${CURVES_LEFT} ${tenth(y(rank))}H${tenth(end)}`),
      text(CURVES_LEFT - 8, y(rank) + 4)(String(rank), 'end')]),
    ...roundTicks(0, 1, beside ? 5 : 2).map(({ value, text: words }) => text(x(value), floor + 16)(words, 'middle')),
    text(0, 12)('rank (1 is best)', 'start'), text(end, tall - 4)('ω, the weight of the long-term distance', 'end'),
    svgLine(`M${CURVES_LEFT} ${tenth(y(k + 0.5))}H${tenth(end)}`, LINED, 1, DOTTED),
    ...curvesOmega(plot, trained, 'trained'), ...(omega === trained ? [] : curvesOmega(plot, omega, 'what-if')),
    ...order.map((place) => curveLine(plot, curves[place], place, curveStyle(curves[place], selected))),
    ...order.map((place) => [curves[place], curveStyle(curves[place], selected)]).filter(([, style]) => style)
      .flatMap(([curve, style]) => [omega, 1].map((at) => svgAt(x(at), y(rankAt(curve, at)), [curveShape(style)]))),
    ...changeNumbers(plot, changes),
  ];
  return plot;
}

/** The look of a line: in the colour of the selection from the click on. */
const curveStyle = ({ id, style }, selected) => (id === selected ? { shape: 'hexagon', ...style, colour: SELECTED, width: 4.5 } : style);

const curveLayer = (curve, selected) => curveStyle(curve, selected)?.width ?? 0;

function rankAt({ edges, ranks }, omega) {
  const place = edges.findIndex((edge, k) => k > 0 && omega < edge);
  return ranks[place < 0 ? ranks.length - 1 : place - 1];
}

function curveLine({ x, y }, { edges, ranks }, place, style) {
  const steps = ranks.map((rank, k) => `V${tenth(y(rank))}H${tenth(x(edges[k + 1]))}`);
  const path = `M${CURVES_LEFT} ${tenth(y(ranks[0]))}${steps.join('')}`, named = ` data-curve="${place}" stroke-linejoin="round"`;
  return style ? svgLine(path, style.colour, style.width, named) : svgLine(path, LINED, 1, `${named} stroke-opacity=".7"`);
}

const curveShape = ({ shape, colour }) =>
  `<path d="${CURVE_SHAPES[shape] ?? CURVE_SHAPES.circle}" fill="${colour}" stroke="var(--st-background-color)" stroke-width="1.5"/>`;

/** The line at an ω: dashed for the trained one, solid for another one. */
function curvesOmega({ x, width, floor }, value, name) {
  const at = x(value), isTrained = name === 'trained', words = `${name}: ${number(value)}`, half = numberWidth(words, true) / 2 + 2;
  const line = svgLine(`M${tenth(at)} ${CURVES_ABOVE - 2}V${floor}`, isTrained ? LINED : 'currentColor', 2, isTrained ? ' stroke-dasharray="7 5"' : '');
  return [line, svgText(Math.max(half, Math.min(at, width - half)), CURVES_ABOVE - (isTrained ? 4 : 18), words, 12,
    { anchor: 'middle', look: `${HALO} font-weight="600"` })];
}

/** ω of each change at the side of its mark that has room; without room it stands only in the tip. */
function changeNumbers({ x, y }, changes) {
  let free = CURVES_LEFT;
  return changes.flatMap(({ omega }, place) => {
    const words = number(omega, 3), at = x(omega), wide = numberWidth(words) + 13, following = changes[place + 1];
    const right = at + wide <= (following ? x(following.omega) - 10 : x(1)), left = at - wide >= free;
    free = right ? at + wide : at + 10;
    const look = { quiet: true, look: HALO, anchor: right ? 'start' : 'end' };
    return right || left ? [svgText(right ? at + 12 : at - 12, y(Math.SQRT2) + 4, words, 12, look)] : [];
  });
}

/** The tops of titles beside the right ends of their lines, from top to bottom without overlap. titles: { end (the y of the
 * line), high }, which get `top`. Returns where the last one ends. */
function placeTitles(titles) {
  let free = 0;
  for (const title of titles.sort((a, b) => a.end - b.end)) {
    title.top = Math.max(free, title.end - title.high / 2);
    free = title.top + title.high;
  }
  return free;
}

/** The whole figure on white paper. */
function curvesOnPaper(record) {
  const { curves, changes, k, label } = record, { wide, key } = CURVES_ON_PAPER, selected = curves.find(({ chosen }) => chosen)?.id ?? null;
  const { x, y, right, tall, parts } = curvesPlot(record, wide, { selected }), start = x(1) + 16;
  const titles = curves.filter((curve) => curveStyle(curve, selected)).map((curve) => {
    const lines = wrapped(curve.title, 12, right - 44, 2);
    return { curve, lines, end: y(rankAt(curve, 1)), high: 15 * lines.length + 4 };
  });
  const under = Math.max(tall, placeTitles(titles));
  const named = titles.flatMap(({ curve, lines, top, high }) => [svgAt(start, top + high / 2, [curveShape(curveStyle(curve, selected))]),
    ...svgLines(start + 14, top + 13, lines, 12, { look: curve.chosen ? ' font-weight="700"' : '' })]);
  const keys = [svgLine(`M${CURVES_LEFT} ${under + 12}h20`, LINED, 1, DOTTED), svgText(CURVES_LEFT + 28, under + 16, `end of the top ${k}`, 12, { quiet: true }),
    ...(changes.length ? [svgAt(CURVES_LEFT + 160, under + 12, [CHANGE]), svgText(CURVES_LEFT + 174, under + 16, 'the first place changes', 12, { quiet: true })] : [])];
  return svgPicture(wide, under + key, label,
    [...parts, ...changes.map(({ omega }) => svgAt(x(omega), y(Math.SQRT2), [CHANGE])), ...named, ...keys]);
}
