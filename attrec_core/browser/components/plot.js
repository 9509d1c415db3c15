// A Plotly chart that stays mounted: `Plotly.react` updates it, so zoom and pan survive new data.

const queue = []; // charts that wait to be drawn for the first time: their box, and what begins the drawing
let isDrawing = false; // whether one of them is being drawn
const NEAR = '300px'; // margin around the visible part of the page
const HOVERS = window.matchMedia('(hover: hover)');
const FINGER = 16; // pixels that a finger may lie beside what it means
const CLOSER = 1.5; // of one button: how much larger the map becomes
const SMALL = 480; // pixels of width; a narrower figure is drawn in its version for phones

/** Resolves when the browser has shown what is drawn: in the next frame, and not before the veil over the page is lifted. */
const shown = () => new Promise((done) => {
  const look = () => {
    if (document.querySelector('.attrec-veiled')) { setTimeout(look, 30); return; }
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 500); // a tab in the background has no frames
  };
  look();
});
/** Resolves when a new chart may be drawn. */
const turn = (box) => new Promise((begin) => {
  queue.push({ box, begin });
  if (!isDrawing) setTimeout(next); // after all charts of the page have asked
  isDrawing = true;
});
/** Begins the highest chart on the page of those that wait. */
function next() {
  const tops = queue.map(({ box }) => box.getBoundingClientRect().top), first = tops.indexOf(Math.min(...tops));
  isDrawing = first >= 0;
  if (isDrawing) queue.splice(first, 1)[0].begin();
}

class Chart {
  drawsLater = true;

  constructor(box) {
    this.box = box;
    this.say = box.querySelector('.attrec-plot-say');
    this.stage = el('div', { class: 'attrec-plot-stage' });
    box.append(this.stage);
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(box);
    // A chart far from the visible part is not drawn until it comes near, or an export needs it (`drawNow`).
    this.near = undefined; // not yet known
    this.watching = new IntersectionObserver((seen) => {
      this.near = seen.at(-1).isIntersecting;
      if (this.near) this.catchUp(); else this.rest();
    }, { root: box.closest(box.dataset.within), rootMargin: NEAR });
    this.watching.observe(box);
    box.drawNow = () => this.catchUp();
  }

  /** After a resize, Plotly puts the legend where it belonged before; a second drawing puts the legend in its place. */
  async resize() {
    if (this.newest && this.fit()) {
      this.waiting = true;
      if (this.near) this.catchUp();
    }
    if (!this.drawn || !this.box.offsetWidth) return;
    const last = (this.resized = Symbol('resize'));
    this.box.setAttribute('aria-busy', 'true');
    await this.Plotly.Plots.resize(this.stage);
    if (this.resized !== last) return;
    if (this.drawn) await this.Plotly.redraw(this.stage);
    if (this.resized === last) this.rest();
  }

  /** Sets the height of the figure for its width. Returns whether the size has changed. */
  fit() {
    const { height, phone } = this.newest, { offsetWidth: width } = this.box, before = [this.small, this.height].join();
    if (width) this.small = Boolean(phone) && width < SMALL;
    const most = parseFloat(getComputedStyle(this.box).getPropertyValue('--chart-most')) || Infinity; // set in a presenter's scene
    this.height = Math.min(most, this.small ? phone.height : height);
    this.box.style.height = `${this.height}px`;
    this.box.classList.toggle('attrec-small', this.height !== height);
    return [this.small, this.height].join() !== before;
  }

  /** Draws the newest data, unless it is drawn already. New charts take turns, from the top of the page: the browser shows each
   * before the next. */
  async catchUp() {
    const isFirst = !this.drawing;
    this.drawing ??= turn(this.box);
    const last = (this.drawing = this.drawing.then(() => this.update()));
    if (isFirst) last.then(shown).then(next);
    await last;
    if (this.drawing === last) this.rest();
  }

  rest() {
    this.box.removeAttribute('aria-busy');
  }

  async update() {
    if (!this.waiting) return;
    try {
      this.Plotly = await plotlyFrom(this.newest.source);
      this.waiting = false;
      await this.draw(this.newest);
    } catch (fault) {
      this.say.hidden = false;
      this.say.textContent = fault.message === 'not found' || fault.message === 'not Plotly'
        ? 'The chart cannot be drawn: its Plotly file did not load. Reload the page; the table holds the same numbers.'
        : `The chart cannot be drawn: ${fault.message}`;
    }
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { newest: data, setTriggerValue });
    this.waiting = true; // also for the same data: the theme may have changed
    this.fit();
    this.box.dataset.chart = this.newest.name; // an export finds the chart by this name
    this.stage.setAttribute('role', 'group');
    this.stage.setAttribute('aria-label', this.newest.label);
    if (this.near === false) return;
    this.box.setAttribute('aria-busy', 'true');
    if (!this.near) return;
    // If one run of the page changes several charts, the chart with the moving path is drawn first.
    if (this.newest.path) this.catchUp(); else setTimeout(() => this.catchUp());
  }

  async draw(newest) {
    const { figure, ground, revision_key: uirevision, path, phone } = newest;
    const { data, layout } = JSON.parse(figure);
    if (this.small) {
      data.splice(data.length - phone.replaces, phone.replaces, ...phone.data);
      Object.assign(layout, phone.layout);
    }
    layout.height = this.height - (path ? PATH_BAR : 0);
    // The traces beneath seldom change. They are parsed only when they change, so that Plotly finds the same arrays.
    if (ground !== this.groundText) [this.groundText, this.ground] = [ground, JSON.parse(ground)];
    const traces = [...this.ground, ...data];
    if (path) this.path ??= new MovingPath(this.box, this.stage); // before the chart, which fills the remaining room
    else { this.path?.end(); this.path = undefined; }
    // The configuration is given only once: with a new configuration, `react` starts afresh and loses the zoom. Plotly's own
    // buttons are left out: “Export” saves a figure, and a map has buttons of its own.
    const config = this.drawn ? undefined : { displayModeBar: false, plotlyServerURL: '' }, theme = template(this.box);
    if (layout.dragmode === 'pan') this.zoom ??= this.zoomButtons();
    const looks = [figure, this.small, this.height, uirevision, JSON.stringify(theme, (key, value) => (key === 'labelalias' ? undefined : value))].join();
    // Most reruns of a page leave most of its charts unchanged.
    if (looks !== this.looks || this.ground !== this.under) {
      await this.Plotly.react(this.stage, traces, { uirevision, ...layout, template: theme }, config);
    }
    const shows = layout.meta?.shows;
    if (this.drawn && shows && shows.join() !== this.shows?.join()) await this.bring(shows);
    this.shows = shows;
    this.looks = looks;
    this.under = this.ground;
    this.say.hidden = true;
    if (!this.drawn) {
      this.stage.on('plotly_click', ({ points: [point] }) => {
        const { customdata = null } = this.covering(point) ?? point;
        if (customdata !== null) this.setTriggerValue('click', { customdata });
      });
    }
    this.drawn = true;
    this.path?.receive(path, (step) => this.setTriggerValue('step', step));
  }

  /** Brings the selected item into view if the map was zoomed away from it: the map moves and keeps its scale. */
  async bring([x, y]) {
    const { xaxis, yaxis } = this.stage._fullLayout, moved = {};
    for (const [name, { range: [low, high] }, at] of [['xaxis', xaxis, x], ['yaxis', yaxis, y]]) {
      const half = (high - low) / 2;
      if (at < low || at > high) moved[`${name}.range`] = [at - half, at + half];
    }
    if (Object.keys(moved).length) await this.Plotly.relayout(this.stage, moved);
  }

  /** Returns the mark that covers a point. Of two marks at one place, Plotly reports the smaller mark, which may be hidden.
    * A finger that meets a point that means nothing, such as one of the many users, means the nearest that does beneath it. */
  covering({ curveNumber: curve, x, y, xaxis, yaxis, customdata: met = null }) {
    const traces = this.stage._fullData, over = [];
    for (let above = traces.length - 1; above > curve; above -= 1) {
      const { x: xs, y: ys, marker, customdata } = traces[above];
      for (let k = 0; k < (xs && customdata ? xs.length : 0); k += 1) {
        const away = Math.hypot(xaxis.d2p(xs[k]) - xaxis.d2p(x), yaxis.d2p(ys[k]) - yaxis.d2p(y));
        const half = (marker?.size?.[k] ?? marker?.size ?? 0) / 2;
        if (customdata[k] != null) over.push({ away, half, curveNumber: above, pointIndex: k, customdata: customdata[k] });
      }
    }
    const mark = over.find(({ away, half }) => away < half);
    if (mark || met !== null || HOVERS.matches) return mark;
    return over.filter(({ away }) => away < FINGER).sort((a, b) => a.away - b.away)[0];
  }

  /** Buttons that zoom a map, since dragging moves it. */
  zoomButtons() {
    const button = (words, label, act) => {
      const node = el('button', { type: 'button', 'aria-label': label, title: label }, words);
      node.onclick = act;
      return node;
    };
    const magnify = (by) => {
      const { xaxis, yaxis } = this.stage._fullLayout, moved = {};
      for (const [name, { range: [low, high] }] of [['xaxis', xaxis], ['yaxis', yaxis]]) {
        const middle = (low + high) / 2, half = (high - low) / 2 / by;
        moved[`${name}.range`] = [middle - half, middle + half];
      }
      this.Plotly.relayout(this.stage, moved);
    };
    const whole = () => this.Plotly.relayout(this.stage, { 'xaxis.autorange': true, 'yaxis.autorange': true });
    const buttons = el('div', { class: 'attrec-plot-zoom' }, button('+', 'Zoom in', () => magnify(CLOSER)),
      button('−', 'Zoom out', () => magnify(1 / CLOSER)), button('⤢', 'Show the whole map', whole));
    this.box.append(buttons);
    return buttons;
  }

  end() {
    this.waiting = false;
    this.resizing.disconnect();
    this.watching.disconnect();
    this.path?.end();
    if (this.drawn) this.Plotly.purge(this.stage);
    this.drawn = false;
  }
}

export default mount('.attrec-plot', Chart);
