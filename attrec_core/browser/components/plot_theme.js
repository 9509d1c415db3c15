// How a Plotly chart looks in the app's theme. Joined in front of the components that draw such a chart.

/** Numbers on an axis are written as everywhere else: .2, not 0.2. */
const TICKS = Object.fromEntries(['', '−'].flatMap((sign) => [...Array(1000).keys()].slice(1).map((thousandth) => {
  const digits = String(thousandth).padStart(3, '0').replace(/0+$/, '');
  return [`${sign}0.${digits}`, `${sign}.${digits}`];
}).concat([...Array(10).keys()].slice(1).map((tenth) => [`${sign}0.${tenth}0`, `${sign}.${tenth}0`]))));

/** The template only fills in what the figure's own layout does not set. `paper`: values that replace the theme's values. */
function template(box, paper = {}) {
  const style = getComputedStyle(box), css = (name) => paper[name] ?? style.getPropertyValue(`--st-${name}`).trim();
  const [text, back, soft, line] = ['text', 'background', 'secondary-background', 'border']
    .map((part) => css(`${part}-color`));
  const list = (name) => css(name).split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, tickcolor: line,
    labelalias: TICKS };
  const sequential = STOPS.map((rgb, k) => [k / (STOPS.length - 1), `rgb(${rgb})`]);
  return { layout: {
    paper_bgcolor: back, plot_bgcolor: back, xaxis: axis, yaxis: axis, colorway: list('chart-categorical-colors'),
    font: { family: css('font'), color: text, size: 12 }, margin: { l: 48, r: 16, t: 28, b: 40 },
    colorscale: { sequential }, coloraxis: { colorbar: { outlinewidth: 0 } },
    hoverlabel: { bgcolor: soft, bordercolor: line, font: { color: text, family: css('font') } },
    legend: { bgcolor: 'rgba(0,0,0,0)' },
  } };
}
