// Plays a history over a map: controls, and a drawing of the window and of m or U that moves without asking the server for each frame.
// Joined in front of the chart. When the reader stops, `tell` sends the step to the page.

const PATH_BAR = 44; // height of the controls above the map, in pixels
const TRAIL = 12; // number of the last steps, which are drawn thicker
const SHAPES = { m: 'M-6-6L6 6M-6 6L6-6', U: 'M0-10L3-5H9L6 0L9 5H3L0 10L-3 5H-9L-6 0L-9-5H-3Z' }; // as the marks on the map

class MovingPath extends Playing {
  first = 1;

  constructor(box, stage) {
    super();
    this.stage = stage;
    this.listenTo(this.button('back', 'One step back'), this.button('play', 'Play the history'), this.button('on', 'One step on'));
    this.text = el('p');
    this.bar = el('div', { class: 'attrec-path' }, this.back, this.play, this.on, this.text);
    this.drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.drawing.setAttribute('class', 'attrec-path-drawing');
    this.drawing.setAttribute('aria-hidden', 'true');
    box.prepend(this.bar);
    box.append(this.drawing);
  }

  /** Called after the chart was drawn. A movement in the browser continues; otherwise the page's step is shown. */
  receive(path, tell) {
    const another = path.whose !== this.path?.whose;
    Object.assign(this, { path, tell, last: path.items.length });
    this.listen();
    const moving = this.playing || this.frame || this.telling || (this.told && this.told !== path.step);
    if (another || !moving) this.rest(); else this.draw();
  }

  listen() {
    if (this.listening) return;
    this.listening = true;
    for (const event of ['plotly_relayouting', 'plotly_relayout', 'plotly_afterplot']) {
      this.stage.on(event, () => this.away && this.draw());
    }
  }

  /** Shows the chart's own marks again and removes the drawing over the chart. */
  rest() {
    this.halt();
    this.told = undefined;
    this.at = this.path.step;
    this.away = false;
    this.markStep();
    this.stage.classList.remove('attrec-away');
    this.drawing.replaceChildren();
    this.write();
  }

  /** While another step is shown, hides the marks of the page's step, which belong to no other step. The legend keeps their
   * symbols. What the page says about its step is hidden or faded, too. */
  markStep() {
    for (const { meta, uid } of this.stage._fullData ?? []) {
      this.stage.querySelector(`.scatterlayer .trace${uid}`)?.classList.toggle('attrec-of-page', this.away && meta === this.path.hides);
    }
    const { classList, style } = document.documentElement;
    classList.toggle('attrec-moves', this.away);
    classList.toggle('attrec-m-moves', this.away && Boolean(this.path.points));
    if (!this.away) return;
    style.setProperty('--attrec-item', JSON.stringify(`item ${this.shown} of ${this.last}`));
    style.setProperty('--attrec-near', JSON.stringify(`Nearest to ${this.path.name} after ${this.shown} item${this.shown === 1 ? '' : 's'}`));
  }

  leave() {
    if (this.away) return;
    this.away = true;
    this.stage.classList.add('attrec-away'); // fades the chart's points
  }

  tempo() { return Math.min(600, Math.max(120, 20000 / this.last)); }

  settle(goal) {
    if (goal === this.path.step) { this.rest(); return; }
    this.told = goal;
    this.tell(goal);
  }

  write() {
    const step = this.shown = Math.min(this.last, Math.max(1, Math.round(this.at)));
    this.back.disabled = step <= 1;
    this.on.disabled = step >= this.last;
    this.offer('Play the history');
    this.text.setAttribute('aria-live', this.playing ? 'off' : 'polite');
    const said = `Item ${step} of ${this.last}: ${this.path.about} “${this.path.near[step - 1]}”`;
    if (this.text.textContent !== said) this.text.textContent = this.text.title = said;
  }

  draw() {
    this.write();
    this.markStep();
    const { xaxis: x, yaxis: y } = this.stage._fullLayout, { points, items, letters, colours, colour, edge, mark } = this.path;
    const at = calmly.matches ? Math.round(this.at) : this.at;
    const place = ([a, b]) => [x.l2p(a), y.l2p(b)];
    const step = Math.ceil(at), share = at === step ? 1 : at - Math.floor(at);
    Object.assign(this.drawing.style, { left: `${x._offset}px`, top: `${PATH_BAR + y._offset}px`,
      width: `${x._length}px`, height: `${y._length}px` });
    const text = (points) => points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(' ');
    const line = (points, width) => `<polyline points="${text(points)}" stroke-width="${width}"/>`;
    const window_ = items.slice(Math.max(0, step - letters.length), step).map(place), newest = window_.length - 1;
    const squares = window_.map(([a, b], k) => `<g opacity="${k === newest ? share.toFixed(2) : 1}"><rect x="${a - 9}" y="${b - 9}"
      width="18" height="18" fill="${colours[k]}"/><text x="${a}" y="${b + 4}" fill="${inkOn(rgbOf(colours[k]))}">${letters[k]}</text></g>`);
    let lines = [line(window_, 1.2)], moving = '';
    if (points) {
      const before = place(points[Math.floor(at) - 1]), goal = place(points[step - 1]);
      const now = [0, 1].map((k) => before[k] + (goal[k] - before[k]) * (at === step ? 0 : share));
      const been = [...points.slice(0, Math.floor(at)).map(place), now], recent = been.slice(-TRAIL - 1);
      lines = [line(been.slice(0, Math.max(0, been.length - TRAIL)), 0.8), // older steps are thinner, never fainter
        ...recent.slice(1).map((end, k) => line([recent[k], end], (1 + 2.5 * ((k + 1) / (recent.length - 1)) ** 2).toFixed(1)))];
      moving = ['halo', mark].map((name) => `<path transform="translate(${now[0].toFixed(1)} ${now[1].toFixed(1)})"
        d="${SHAPES[mark]}" class="${name}" fill="${colour}" stroke="${colour}"/>`).join('');
    }
    // This markup holds only the app's own numbers, letters and colours, no foreign text.
    this.drawing.innerHTML = `<g fill="none" stroke="${colour}">${lines.join('')}</g><g class="window"
      stroke="${edge}">${squares.join('')}</g>${moving}`;
  }

  end() {
    this.away = false;
    this.markStep();
    this.halt();
    this.bar.remove();
    this.drawing.remove();
  }
}
