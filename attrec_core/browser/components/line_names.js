// The names of lines are annotations called `line:ITEM`. Each name is at the end of the visible part of its line, also after a zoom.

const NAME_LINE = 16; // height in pixels of a text line of a name

const rangesOf = ({ xaxis, yaxis }) => JSON.stringify([xaxis?.range, yaxis?.range]);

/** Returns the end [x, y] of the visible part of a step line; undefined if no part is visible. */
function lastSeen({ x, y }, [left, right], [low, high]) {
  for (let k = x.length - 1; k >= 0; k -= 1) {
    const until = Math.min(right, y[k + 1] === y[k] ? x[k + 1] : x[k]);
    if (x[k] <= right && until >= left && y[k] >= low && y[k] <= high) return [until, y[k]];
  }
  return undefined;
}

async function nameLines(Plotly, stage) {
  const { xaxis, yaxis } = stage._fullLayout, moved = {}, atBorder = [];
  const data = (at) => (yaxis.type === 'log' ? 10 ** at : at), seen = yaxis.range.map(data).sort((a, b) => a - b);
  const put = (at, note) => Object.entries(note).forEach(([key, value]) => { moved[`annotations[${at}].${key}`] = value; });
  stage.layout.annotations.forEach(({ name }, at) => {
    if (!name?.startsWith('line:')) return;
    const line = stage.data.find(({ mode, customdata }) => mode === 'lines' && `line:${customdata?.[0]}` === name);
    const end = line && lastSeen(line, xaxis.range, seen);
    put(at, { visible: Boolean(end) });
    if (!end) return;
    put(at, { x: end[0], y: yaxis.type === 'log' ? Math.log10(end[1]) : end[1] });
    if (end[0] >= xaxis.range[1]) atBorder.push([yaxis.d2p(end[1]), at, NAME_LINE * stage.layout.annotations[at].text.split('<br>').length]);
    else put(at, { xanchor: 'right', xshift: 0, yshift: -10 }); // the line leaves the plot at the top or bottom
  });
  let free = -Infinity;
  atBorder.sort(([a], [b]) => a - b).forEach(([own, at, high]) => {
    const middle = Math.max(own, free + high / 2);
    free = middle + high / 2;
    put(at, { xanchor: 'left', xshift: 10, yshift: own - middle });
  });
  if (Object.keys(moved).length) await Plotly.relayout(stage, moved);
}
