// All layers and heads of a model: a small matrix for each, a row for each layer. See HeadsRecord in views/attention/heads.py.

const HEADS_GAP = 14, HEADS_NAME = 18, HEADS_LARGEST = 84; // pixels: between matrices, of the name above each, of a side
const HEADS_ON_PAPER = 640; // pixels of width

/** Where each matrix stands, with its side in pixels, and the drawing of all of wide × tall pixels. */
function headsPlot(record, width) {
  const { matrices, columns, causal, chosen } = record, count = matrices[0].weights.length;
  const side = Math.min(HEADS_LARGEST, Math.floor((width - (columns - 1) * HEADS_GAP) / columns)), cell = side / count;
  const high = HEADS_NAME + side + HEADS_GAP;
  const places = matrices.map((matrix, k) => ({ matrix, x: (k % columns) * (side + HEADS_GAP), y: HEADS_NAME + matrix.row * high }));
  const parts = places.flatMap(({ matrix: { id, name, weights }, x, y }) => {
    const look = id === chosen ? ` stroke="${SELECTED}" stroke-width="3"` : ` stroke="${LINED}" stroke-width="1"`;
    const title = wrapped(name.replace('mean of the heads', 'mean'), 12, side + HEADS_GAP, 1)[0];
    const cells = weights.flatMap((row, i) => row.slice(0, causal ? i + 1 : count).map((weight, j) =>
      svgBox(x + j * cell, y + i * cell, cell, cell, `rgb(${sequential(weight / record.top)})`)));
    return [svgText(x, y - 5, title, 12, id === chosen ? { look: ' font-weight="700"' } : { quiet: true }), ...cells,
      svgBox(x, y, side, side, 'none', look)];
  });
  return { side, places, parts, wide: columns * (side + HEADS_GAP), tall: (matrices.at(-1).row + 1) * high };
}

/** The whole figure on white paper. */
function headsOnPaper(record) {
  const { parts, wide, tall } = headsPlot(record, HEADS_ON_PAPER);
  return svgPicture(wide + 4, tall, record.label, [svgAt(2, 0, parts)]);
}
