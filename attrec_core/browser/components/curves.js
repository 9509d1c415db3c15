// The rank of each item for every ω, as step lines. A click on a line selects its item; a click on a change of the first
// place tells its ω. Lines in colour have a shape at the chosen ω and at their right end, where their titles are.

const RANKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
const LEFT = 38, ABOVE = 42, BELOW = 38, HIGH = 440; // pixels: around the plot; of plot and margins
const BESIDE = 560; // the narrowest figure with its titles beside the lines; in a narrower one they are below
const HIT = 14, NEAR = 5; // pixels from a line in which it is hit; half the width in which a rise is hit
const SHAPES = { circle: 'M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0', square: 'M-4.5-4.5H4.5V4.5H-4.5Z', diamond: 'M0-6L6 0L0 6L-6 0Z',
  'triangle-up': 'M0-6L6 5H-6Z', 'triangle-down': 'M0 6L6-5H-6Z', star: 'M0-8L2-2.5L8-2.5L3.2 1.2L5 7L0 3.5L-5 7L-3.2 1.2L-8-2.5L-2-2.5Z',
  hexagon: 'M6 0L3 5.2H-3L-6 0L-3-5.2H3Z' };

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
    const { curves, changes, k, omega, trained } = this.data, beside = width >= BESIDE;
    const right = beside ? Math.min(190, width * 0.22) : 12, high = Math.min(HIGH, this.most);
    const bottom = Math.max(...curves.flatMap(({ ranks }) => ranks), k + 1), [low, top] = [Math.log10(bottom) + 0.08, Math.log10(0.85)];
    this.x = (value) => LEFT + value * (width - LEFT - right);
    this.y = (rank) => ABOVE + ((Math.log10(rank) - top) / (low - top)) * (high - ABOVE - BELOW);
    const [floor, end] = [high - BELOW, this.x(1)];
    const text = (x, y, words, anchor, css = 'quiet') => svg('text', { x, y, 'text-anchor': anchor, class: css }, words);
    const figure = svg('svg', { 'aria-hidden': 'true', width, height: high },
      ...RANKS.filter((rank) => rank <= bottom).flatMap((rank) => [svg('path', { class: 'grid', d: `M${LEFT} ${this.y(rank)}H${end}` }),
        text(LEFT - 8, this.y(rank) + 4, String(rank), 'end')]),
      ...roundTicks(0, 1, beside ? 5 : 2).map(({ value, text: words }) => text(this.x(value), floor + 16, words, 'middle')),
      text(0, 12, 'rank (1 is best)', 'start'), text(end, high - 4, 'ω, the weight of the long-term distance', 'end'),
      svg('path', { class: 'cut', d: `M${LEFT} ${this.y(k + 0.5)}H${end}` }));
    this.lines = curves.map((curve) => this.line(curve));
    const order = [...curves.keys()].sort((a, b) => this.layer(curves[a]) - this.layer(curves[b]));
    figure.append(...this.omega(trained, 'trained', floor), ...(omega === trained ? [] : this.omega(omega, 'what-if', floor)));
    figure.append(...order.map((place) => this.lines[place]), ...order.filter((place) => this.styleOf(curves[place]))
      .flatMap((place) => [omega, 1].map((at) => this.mark(curves[place], at))));
    figure.append(...this.numbers(changes));
    this.parts = [...curves.map((curve, place) => this.name(curve, place)), ...changes.map((change, place) => this.change(change, place))];
    const names = el('div', { class: 'names' }, ...this.parts.slice(0, curves.length).map(({ node }) => node));
    this.stage.className = beside ? 'stage beside' : 'stage';
    this.stage.style.setProperty('--high', `${high}px`);
    this.stage.style.setProperty('--names', `${right - 18}px`);
    this.stage.replaceChildren(figure, names, ...this.parts.slice(curves.length).map(({ node }) => node));
    this.legend.replaceChildren(this.key(el('i', { class: 'cut' }), `end of the top ${k}`),
      ...(changes.length ? [this.key(this.diamond(), 'the first place changes')] : []));
    if (beside) this.arrange();
  }

  styleOf({ id, style }) {
    if (id !== this.selected) return style;
    return { shape: 'hexagon', ...style, colour: SELECTED, width: 4.5 };
  }

  layer(curve) { return this.styleOf(curve)?.width ?? 0; }

  rankAt({ edges, ranks }, omega) {
    const place = edges.findIndex((edge, k) => k > 0 && omega < edge);
    return ranks[place < 0 ? ranks.length - 1 : place - 1];
  }

  line(curve) {
    const style = this.styleOf(curve), steps = curve.ranks.map((rank, k) => `V${this.y(rank).toFixed(1)}H${this.x(curve.edges[k + 1]).toFixed(1)}`);
    return svg('path', { class: style ? 'curve' : 'curve other', d: `M${LEFT} ${this.y(curve.ranks[0]).toFixed(1)}${steps.join('')}`,
      ...(style && { stroke: style.colour, 'stroke-width': style.width }) });
  }

  shape({ shape, colour }, at = '') {
    return svg('path', { class: 'shape', d: SHAPES[shape] ?? SHAPES.circle, fill: colour, transform: at });
  }

  mark(curve, omega) {
    return this.shape(this.styleOf(curve), `translate(${this.x(omega)} ${this.y(this.rankAt(curve, omega))})`);
  }

  omega(value, name, floor) {
    const x = this.x(value), words = `${name}: ${number(value)}`, half = this.measure(words, 600) / 2 + 2;
    const y = name === 'trained' ? ABOVE - 4 : ABOVE - 18, middle = Math.max(half, Math.min(x, this.width - half));
    return [svg('path', { class: `omega ${name}`, d: `M${x} ${ABOVE - 2}V${floor}` }),
      svg('text', { x: middle, y, 'text-anchor': 'middle', class: 'strong' }, words)];
  }

  /** The title of a line is a button; the title of a grey line is only heard. */
  name(curve, place) {
    const { id, title } = curve, style = this.styleOf(curve), rank = this.rankAt(curve, this.data.omega);
    const says = `rank ${number(rank, rank % 1 ? 1 : 0)} at ω = ${number(this.data.omega)}`, chosen = id === this.selected;
    const node = el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-testid': `curve-${place}`, title,
      class: style ? '' : 'heard', 'aria-label': `${title}: ${says}` });
    if (style) node.append(icon(16, 8, this.shape(style)), el('bdi', { class: 'lines' }, title));
    node.classList.toggle('chosen', chosen);
    return { node, id, curve, line: this.lines[place], tip: [title, says], at: [this.x(this.data.omega), this.y(rank)] };
  }

  diamond() { return icon(20, 10, svg('path', { d: 'M0-7L7 0L0 7L-7 0Z' })); }

  change({ omega, text }, place) {
    const at = [this.x(omega), this.y(Math.SQRT2)];
    const node = el('button', { type: 'button', class: 'change', style: `left: ${at[0]}px; top: ${at[1]}px`,
      'data-testid': `change-${place}`, 'aria-label': `${text}: set ω just past it` }, this.diamond());
    return { node, id: null, omega, tip: [`ω = ${number(omega, 3)}`, text, 'Click: set ω just past it.'], at };
  }

  /** ω of each change at the side of its mark that has room; without room it stands only in the tip. */
  numbers(changes) {
    let free = LEFT;
    return changes.flatMap(({ omega }, place) => {
      const words = number(omega, 3), x = this.x(omega), wide = this.measure(words) + 13, following = changes[place + 1];
      const right = x + wide <= (following ? this.x(following.omega) - 10 : this.x(1)), left = x - wide >= free;
      free = right ? x + wide : x + 10;
      const look = { x: right ? x + 12 : x - 12, y: this.y(Math.SQRT2) + 4, 'text-anchor': right ? 'start' : 'end', class: 'quiet' };
      return right || left ? [svg('text', look, words)] : [];
    });
  }

  /** The titles are beside the ends of their lines, from top to bottom without overlap. */
  arrange() {
    const named = this.parts.filter(({ curve }) => curve && this.styleOf(curve)), end = ({ curve }) => this.y(this.rankAt(curve, 1));
    let free = 0;
    for (const part of named.sort((a, b) => end(a) - end(b))) {
      const high = part.node.offsetHeight, top = Math.max(free, end(part) - high / 2);
      part.node.style.top = `${top}px`;
      free = top + high;
    }
    this.stage.style.minHeight = `max(var(--high), ${free}px)`;
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
    const [x, y] = [(clientX - box.left) / zoom, (clientY - box.top) / zoom], omega = (x - LEFT) / (this.x(1) - LEFT);
    if (omega < 0 || omega > 1) return [-1];
    const wide = NEAR / (this.x(1) - LEFT), found = this.data.curves.map((curve) => {
      const ys = curve.ranks.filter((_, k) => curve.edges[k] <= omega + wide && curve.edges[k + 1] >= omega - wide).map(this.y);
      return Math.max(0, Math.min(...ys) - y, y - Math.max(...ys));
    });
    const best = [...found.keys()].sort((a, b) => found[a] - found[b] || this.layer(this.data.curves[b]) - this.layer(this.data.curves[a]))[0];
    return found[best] <= HIT ? [best, omega] : [-1];
  }

  follow(event) {
    if (event.target.closest('button')) return;
    const [k, omega] = this.under(event);
    this.point(k);
    if (k < 0) return;
    const { curve } = this.parts[k], rank = this.rankAt(curve, omega);
    this.tell([curve.title, `rank ${number(rank, rank % 1 ? 1 : 0)} at ω = ${number(omega, 3)}`], this.x(omega), this.y(rank));
  }

  choose(k, event) {
    const place = k < 0 && event ? this.under(event)[0] : k;
    if (this.parts[place]?.omega === undefined) super.choose(place);
    else this.setTriggerValue('omega', { omega: this.parts[place].omega });
  }
}

export default mount('.curves', Curves);
