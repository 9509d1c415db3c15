// The rank of each item for every ω, drawn by engine/curves_picture.js. A click on a line selects its item; a click on a
// change of the first place tells its ω.

const HIT = 14, NEAR = 5; // pixels from a line in which it is hit; half the width in which a rise is hit

class Curves extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' });
    super(root, keys);
    this.legend = keys;
    this.stage.addEventListener('pointermove', (event) => this.follow(event));
  }

  get keys() { return 'Arrows up and down move between items, left and right between changes of the first place. Enter selects.'; }

  chosenIn({ curves }) { return curves.find(({ chosen }) => chosen)?.id ?? null; }

  draw(width) {
    const { curves, changes, k } = this.data;
    this.plot = curvesPlot(this.data, width, { most: this.most, selected: this.selected });
    const { beside, right, tall, parts } = this.plot, drawing = pictured(width, tall, parts);
    this.parts = [...curves.map((curve, place) => this.name(curve, place, drawing)), ...changes.map((change, place) => this.change(change, place))];
    const names = el('div', { class: 'names' }, ...this.parts.slice(0, curves.length).map(({ node }) => node));
    this.stage.className = beside ? 'stage beside' : 'stage';
    this.stage.style.setProperty('--high', `${tall}px`);
    this.stage.style.setProperty('--names', `${right - 18}px`);
    this.stage.replaceChildren(drawing, names, ...this.parts.slice(curves.length).map(({ node }) => node));
    this.legend.replaceChildren(this.key(el('i', { class: 'cut' }), `end of the top ${k}`),
      ...(changes.length ? [this.key(this.mark(20, 10, CHANGE), 'the first place changes')] : []));
    if (beside) this.arrange();
  }

  mark(size, half, drawing) {
    const mark = icon(size, half);
    mark.innerHTML = drawing;
    return mark;
  }

  /** The title of a line is a button; the title of a grey line is only heard. */
  name(curve, place, drawing) {
    const { id, title } = curve, { x, y } = this.plot, { omega } = this.data, style = curveStyle(curve, this.selected);
    const rank = rankAt(curve, omega), says = `rank ${number(rank, rank % 1 ? 1 : 0)} at ω = ${number(omega)}`, chosen = id === this.selected;
    const node = el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-testid': `curve-${place}`, title,
      class: style ? '' : 'heard', 'aria-label': `${title}: ${says}` });
    if (style) node.append(this.mark(16, 8, curveShape(style)), el('bdi', { class: 'lines' }, title));
    node.classList.toggle('chosen', chosen);
    return { node, id, curve, line: drawing.querySelector(`[data-curve="${place}"]`), tip: [title, says], at: [x(omega), y(rank)] };
  }

  change({ omega, text }, place) {
    const at = [this.plot.x(omega), this.plot.y(Math.SQRT2)];
    const node = el('button', { type: 'button', class: 'change', style: `left: ${at[0]}px; top: ${at[1]}px`,
      'data-testid': `change-${place}`, 'aria-label': `${text}: set ω just past it` }, this.mark(20, 10, CHANGE));
    return { node, id: null, omega, tip: [`ω = ${number(omega, 3)}`, text, 'Click: set ω just past it.'], at };
  }

  /** The titles are beside the ends of their lines, from top to bottom without overlap. */
  arrange() {
    const titles = this.parts.filter(({ curve }) => curve && curveStyle(curve, this.selected)).map(({ node, curve }) =>
      ({ node, end: this.plot.y(rankAt(curve, 1)), high: node.offsetHeight }));
    this.stage.style.minHeight = `max(var(--high), ${placeTitles(titles)}px)`;
    for (const { node, top } of titles) node.style.top = `${top}px`;
  }

  /** Up and down within the lines, left and right within the changes of the first place. */
  walk(key) {
    const lines = this.data.curves.length, all = this.parts.length, onLine = this.here < lines;
    const within = (k, from, to) => Math.max(from, Math.min(k, to));
    const vertical = { ArrowUp: -1, ArrowDown: 1 }[key], across = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (vertical) return onLine ? within(this.here + vertical, 0, lines - 1) : 0;
    if (across && all === lines) return this.here;
    if (across) return onLine ? within(across < 0 ? all : lines, lines, all - 1) : within(this.here + across, lines, all - 1);
    return { Home: onLine ? 0 : lines, End: onLine ? lines - 1 : all - 1 }[key];
  }

  point(k) {
    super.point(k);
    this.parts.forEach(({ line }, place) => line?.classList.toggle('lit', place === k));
    this.stage.classList.toggle('pointed', Boolean(this.parts[k]?.line));
  }

  /** The line under the pointer: the nearest, among equally near ones the line on top. */
  under({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect(), zoom = box.width / this.stage.offsetWidth;
    const [x, y] = [(clientX - box.left) / zoom, (clientY - box.top) / zoom], { plot } = this, long = plot.x(1) - plot.x(0);
    const omega = (x - plot.x(0)) / long;
    if (omega < 0 || omega > 1) return [-1];
    const wide = NEAR / long, found = this.data.curves.map((curve) => {
      const ys = curve.ranks.filter((_, k) => curve.edges[k] <= omega + wide && curve.edges[k + 1] >= omega - wide).map(plot.y);
      return Math.max(0, Math.min(...ys) - y, y - Math.max(...ys));
    });
    const best = [...found.keys()].sort((a, b) => found[a] - found[b] || this.layer(b) - this.layer(a))[0];
    return found[best] <= HIT ? [best, omega] : [-1];
  }

  layer(place) { return curveLayer(this.data.curves[place], this.selected); }

  follow(event) {
    if (event.target.closest('button')) return;
    const [k, omega] = this.under(event);
    this.point(k);
    if (k < 0) return;
    const { curve } = this.parts[k], rank = rankAt(curve, omega);
    this.tell([curve.title, `rank ${number(rank, rank % 1 ? 1 : 0)} at ω = ${number(omega, 3)}`], this.plot.x(omega), this.plot.y(rank));
  }

  choose(k, event) {
    const place = k < 0 && event ? this.under(event)[0] : k;
    if (this.parts[place]?.omega === undefined) super.choose(place);
    else this.setTriggerValue('omega', { omega: this.parts[place].omega });
  }
}

export default mount('.curves', Curves);
