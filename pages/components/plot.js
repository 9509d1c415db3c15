// Plotly in place: one mounted chart that `Plotly.react` brings up to date, so zoom and pan survive new data.

let loading; // the bundle, asked for once a document
const charts = new WeakMap(); // box -> Chart

function bundle(source) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(source, document.baseURI);
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error('not Plotly')));
    script.onerror = () => reject(new Error('not found'));
    document.head.append(script);
  });
  loading.catch(() => { loading = undefined; }); // so that the next figure tries again
  return loading;
}

/** What the app's theme says about a chart. A figure's own layout wins over a template, so this only fills in. */
function template(box) {
  const style = getComputedStyle(box), css = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const [text, back, soft, line] = ['text', 'background', 'secondary-background', 'border']
    .map((part) => css(`${part}-color`));
  const list = (name) => css(name).split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, tickcolor: line };
  const steps = list('chart-sequential-colors');
  const sequential = steps.map((colour, k) => [k / (steps.length - 1), colour]);
  return { layout: {
    paper_bgcolor: back, plot_bgcolor: back, xaxis: axis, yaxis: axis, colorway: list('chart-categorical-colors'),
    font: { family: css('font'), color: text, size: 12 }, margin: { l: 48, r: 16, t: 28, b: 40 },
    colorscale: { sequential }, coloraxis: { colorbar: { outlinewidth: 0 } },
    hoverlabel: { bgcolor: soft, bordercolor: line, font: { color: text, family: css('font') } },
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: line, activecolor: text },
    legend: { bgcolor: 'rgba(0,0,0,0)' },
  } };
}

const saveSvg = (Plotly) => ({
  name: 'Download plot as an SVG', icon: Plotly.Icons.disk,
  click: (chart) => Plotly.downloadImage(chart, { format: 'svg', filename: 'chart' }),
});

class Chart {
  constructor(box) {
    this.box = box;
    this.say = box.querySelector('.attrec-plot-say');
    this.stage = document.createElement('div');
    this.stage.className = 'attrec-plot-stage';
    box.append(this.stage);
    this.resizing = new ResizeObserver(() => this.drawn && this.Plotly.Plots.resize(this.stage));
    this.resizing.observe(box);
  }

  async receive({ data, setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    this.newest = data;
    this.box.style.height = `${data.height}px`;
    this.stage.setAttribute('role', 'group');
    this.stage.setAttribute('aria-label', data.label);
    try {
      this.Plotly = await bundle(data.source);
      if (this.newest === data) await this.draw(data);
    } catch (fault) {
      this.say.hidden = false;
      this.say.textContent = fault.message === 'not found' || fault.message === 'not Plotly'
        ? 'The chart cannot be drawn: its Plotly file did not come. Reload the page; the table holds the same numbers.'
        : `The chart cannot be drawn: ${fault.message}`;
    }
  }

  async draw({ figure, height, revision_key: uirevision }) {
    const { data, layout } = JSON.parse(figure);
    // Only once: a configuration that looks new makes `react` begin afresh, without the zoom.
    const config = this.drawn ? undefined
      : { responsive: true, displaylogo: false, modeBarButtonsToAdd: [saveSvg(this.Plotly)],
        // Nothing leaves this machine: no sharing in a cloud. And nothing here listens to a box or a lasso.
        modeBarButtonsToRemove: ['sendChartToCloud', 'sendDataToCloud', 'select2d', 'lasso2d'], plotlyServerURL: '' };
    await this.Plotly.react(this.stage, data, { uirevision, ...layout, height, template: template(this.box) }, config);
    this.say.hidden = true;
    if (!this.drawn) this.stage.on('plotly_click', (event) => this.click(event.points[0]));
    this.drawn = true;
  }

  click({ curveNumber: curve, pointIndex, pointNumber, customdata = null }) {
    this.setTriggerValue('click', { curve, index: pointIndex ?? pointNumber, customdata });
  }

  end() {
    this.newest = null;
    this.resizing.disconnect();
    if (this.drawn) this.Plotly.purge(this.stage);
  }
}

export default function (component) {
  const box = component.parentElement.querySelector('.attrec-plot');
  if (!charts.has(box)) charts.set(box, new Chart(box));
  const chart = charts.get(box);
  chart.receive(component);
  return () => { chart.end(); charts.delete(box); };
}
