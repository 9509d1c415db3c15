// A map of a metric space: the cloud of all items on a canvas, and over it the marks: the window, m, the user, the top 10.
// Wheel, pinch and buttons zoom, dragging moves, a double click shows the whole map. A click selects the nearest item.

const HIGHEST = 560, LOWEST = 320, EDGE = 24; // pixels: of the map's height; between its points and its border
const MANY = 2000, REACH = 16; // with more points, they are smaller; pixels within which a point is hit
const DEEPEST = 40, STEP = 1.5, CLICK = 5; // the largest zoom; of one button; pixels that the pointer may move in a click
const PAUSE = 250; // milliseconds: a page that was scrolled less long ago is still being scrolled, also over the map
const LINE = 16, LABELLED = 3; // pixels of a line of a label; recommendations with a label

/** A polygon with corners on a circle of radius 1, or alternately on two circles; the first corner is at the top. */
const ring = (corners, turn = 0, inner = 1) => Array.from({ length: corners }, (_, k) => {
  const angle = turn + (2 * Math.PI * k) / corners, radius = k % 2 ? inner : 1;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
});
const plus = [[-1, -3], [1, -3], [1, -1], [3, -1], [3, 1], [1, 1], [1, 3], [-1, 3], [-1, 1], [-3, 1], [-3, -1], [-1, -1]]
  .map(([x, y]) => [x / 3, y / 3]);
const turned = plus.map(([x, y]) => [(x - y) * 0.75, (x + y) * 0.75]);
// The shapes of the categories in the order of theme.py, so that colour alone carries no meaning; [] is a circle.
const CATEGORY_SHAPES = [[], ring(4, Math.PI / 4), ring(4), ring(3), ring(3, Math.PI), plus, ring(5), ring(6), turned, ring(6, Math.PI, 0.35)];
const shapeOf = (k) => CATEGORY_SHAPES[k % CATEGORY_SHAPES.length];
const outline = (corners, r) => (corners.length ? `M${corners.map((corner) => corner.map((c) => (c * r).toFixed(2)).join(' ')).join('L')}Z`
  : `M${r} 0A${r} ${r} 0 1 1${-r} 0A${r} ${r} 0 1 1${r} 0`);

// The marks, in the order in which their labels choose a place; STACK: from the lowest to the one on top.
const MARKS = [
  ['selected', 'selected', { d: outline([], 14), class: 'selected' }],
  ['target', 'actual next item', { d: outline(ring(10, 0, 0.42), 11), class: 'target' }],
  ['m', 'm, short-term intent', { d: 'M-6-6L6 6M-6 6L6-6', class: 'm' }],
  ['user', 'the user', { d: outline(ring(12, 0, 0.58), 11), class: 'user' }],
  ['near', 'nearest', { d: outline([], 11), class: 'nearest' }],
  ['top', 'recommended', { d: outline([], 8), class: 'top' }],
  ['window', 'window (A: oldest)', { d: outline(ring(4, Math.PI / 4), 12.5), class: 'window' }],
];

const STACK = ['top', 'target', 'window', 'near', 'm', 'user', 'selected'];

class SpaceMap extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' }), said = el('p', { class: 'heard', role: 'status' });
    super(root, keys, said);
    Object.assign(this, { legend: keys, said, fingers: new Map(), zoom: 1, middle: null, scrolled: 0, gone: new AbortController() });
    this.canvas = el('canvas', { 'aria-hidden': 'true' });
    this.over = svg('svg', { 'aria-hidden': 'true' });
    const button = (words, label, act) => {
      const node = el('button', { type: 'button', 'aria-label': label, title: label }, words);
      node.onclick = act;
      return node;
    };
    this.stage.append(this.canvas, this.over);
    Object.assign(this.stage, { tabIndex: 0, ondblclick: () => this.undoClick(), onpointerover: null });
    this.stage.setAttribute('role', 'application');
    root.insertBefore(el('div', { class: 'buttons' },
      button('+', 'Zoom in', () => this.magnify(STEP)), button('−', 'Zoom out', () => this.magnify(1 / STEP)),
      button('⤢', 'Show the whole map', () => this.reset())), keys);
    this.stage.onpointerdown = (event) => this.press(event);
    this.stage.onpointermove = (event) => this.move(event);
    this.stage.onpointerup = this.stage.onpointercancel = ({ pointerId }) => this.fingers.delete(pointerId);
    this.stage.addEventListener('focusout', () => this.look(-1));
    this.stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    // Of a part of the page that scrolls by itself, the event does not bubble, but can be captured.
    document.addEventListener('scroll', () => { this.scrolled = performance.now(); }, { capture: true, passive: true, signal: this.gone.signal });
  }

  get keys() { return 'Arrow keys move to the next item in their direction, Enter selects, plus and minus zoom, 0 shows the whole map.'; }

  end() {
    super.end();
    this.gone.abort();
  }

  chosenIn({ marks }) { return marks.selected?.id ?? null; }

  receive(component) {
    const of = ({ label, projection, points }) => JSON.stringify([label, projection, points.ids.length]);
    const same = this.data && of(component.data) === of(this.data); // else the part that was shown is of another map
    if (!same) Object.assign(this, { zoom: 1, middle: null, at: -1 });
    super.receive(component);
  }

  stop() {} // the map itself has the Tab stop

  draw(width) {
    const { points, marks, lines } = this.data, own = [marks.m, marks.user].filter(Boolean);
    const ends = [points, ...own.map(({ x, y }) => ({ x: [x], y: [y] }))];
    const span = (axis) => { // the arrays are too long for the arguments of Math.min
      let [low, high] = [Infinity, -Infinity];
      for (const { [axis]: values } of ends) for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
      return low < high ? [low, high] : [low - 1, low + 1];
    };
    const [[left, right], [low, high]] = [span('x'), span('y')];
    this.high = Math.max(Math.min(LOWEST, width), Math.min(HIGHEST, this.most, width * 0.72));
    this.fit = Math.min((width - 2 * EDGE) / (right - left), (this.high - 2 * EDGE) / (high - low)); // pixels per unit, without zoom
    this.centre = [(left + right) / 2, (low + high) / 2];
    this.middle ??= this.centre;
    this.stage.style.height = `${this.high}px`;
    this.near = lines.length ? marks.selected ?? marks.m ?? marks.user : null;
    this.drawLegend();
    this.paint();
  }

  /** A point of a category, drawn once and copied to each of its places. */
  sprite(colour, corners, dots) {
    const radius = this.data.points.ids.length > MANY ? 2.2 : 3.8, size = Math.ceil((2 * radius + 2) * dots);
    const canvas = el('canvas', { width: size, height: size }), pen = canvas.getContext('2d');
    pen.setTransform(dots, 0, 0, dots, size / 2, size / 2);
    pen.fillStyle = colour;
    pen.fill(new Path2D(outline(corners, radius * (corners.length ? 1.15 : 1))));
    return canvas;
  }

  drawLegend() {
    const { legend, marks, lines } = this.data, named = (look, words) => this.key(icon(16, 15, svg('path', look)), words);
    const kinds = MARKS.filter(([name]) => (Array.isArray(marks[name]) ? marks[name].length : marks[name]));
    const look = ({ name, colour, drawn }, k) => (drawn ? [named({ d: outline(shapeOf(k), 10), fill: colour }, name)] : []);
    this.legend.replaceChildren(...legend.flatMap(look),
      ...kinds.reverse().map(([, words, look]) => named(look, words)),
      ...(lines.length ? [this.key(el('i', { class: 'near' }), 'nearest neighbours')] : []));
  }

  on(x, y) {
    const scale = this.fit * this.zoom;
    return [this.width / 2 + (x - this.middle[0]) * scale, this.high / 2 - (y - this.middle[1]) * scale];
  }

  /** Draws in the next frame, however many events ask for it. */
  soon() { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); }); }

  paint() {
    const { regions, marks, lines } = this.data, { width, high } = this;
    this.cloud();
    this.over.setAttribute('viewBox', `0 0 ${width} ${high}`);
    const near = this.near && this.on(this.near.x, this.near.y);
    this.taken = [];
    const drawn = this.marks(marks), labels = this.labels(drawn);
    const stacked = STACK.flatMap((kind) => drawn.filter(({ name }) => name === kind));
    this.over.replaceChildren(
      ...(near ? lines.map(({ x, y }) => svg('path', { class: 'near', d: `M${near.join(' ')}L${this.on(x, y).join(' ')}` })) : []),
      ...this.regions(regions), ...stacked.map(({ node }) => node), ...labels);
    this.stage.style.touchAction = this.zoom > 1 ? 'none' : 'pan-y'; // the whole map lets a finger scroll the page
    if (this.at >= 0) this.look(this.at);
  }

  /** Draws all items, unless they lie there already: a selection or an edit only moves the marks. */
  cloud() {
    const { points, legend } = this.data, { canvas, width, high } = this, dots = devicePixelRatio || 1;
    const drawn = [points, width, high, this.zoom, dots, ...this.middle];
    if (drawn.every((value, k) => value === this.drawn?.[k])) return;
    this.drawn = drawn;
    [canvas.width, canvas.height] = [width, high].map((side) => Math.round(side * dots));
    const pen = canvas.getContext('2d'), scale = this.fit * this.zoom * dots, [left, top] = this.on(0, 0).map((side) => side * dots);
    const sprites = legend.map(({ colour }, k) => this.sprite(colour, shapeOf(k), dots));
    pen.globalAlpha = 0.8;
    for (let k = 0; k < points.x.length; k += 1) {
      const sprite = sprites[points.colours[k]], half = sprite.width / 2;
      const x = Math.round(left + points.x[k] * scale - half), y = Math.round(top - points.y[k] * scale - half);
      if (x > -sprite.width && y > -sprite.width && x < canvas.width && y < canvas.height) pen.drawImage(sprite, x, y);
    }
  }

  marks(marks) {
    return MARKS.flatMap(([name, , look]) => [marks[name] ?? []].flat().map((mark, k) => {
      const [x, y] = this.on(mark.x, mark.y), node = svg('g', { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
      const colour = name === 'window' ? itemColour(mark.hue) ?? QUIET : null;
      if (name === 'm') node.append(svg('path', { ...look, class: 'halo' }));
      node.append(svg('path', { ...look, ...(colour && { fill: colour }) }));
      const ink = colour && { class: 'letter', y: 4, 'text-anchor': 'middle', style: `fill: ${inkOn(rgbOf(colour))}` };
      if (colour) node.append(svg('text', ink, mark.letter));
      const title = mark.title ?? mark.name ?? 'm', hasLabel = name !== 'window' && (name !== 'top' || k < LABELLED);
      const rank = mark.id && marks.top.find(({ id }) => id === mark.id)?.rank;
      return { name, mark, node, x, y, size: name === 'top' ? 8 : 11, label: hasLabel ? [rank, title].filter(Boolean).join(' ') : '' };
    }));
  }

  /** Each label beside its mark where it hides nothing; a label that finds no such place is left out. */
  labels(drawn) {
    const taken = this.taken = drawn.map(({ x, y, size }) => [x - size, y - size, x + size, y + size]), named = new Set();
    return drawn.flatMap(({ name, mark, x, y, size, label }) => {
      if (!label || x < 0 || y < 0 || x > this.width || y > this.high || (mark.id && named.has(mark.id))) return [];
      const room = this.width < 480 ? 110 : 190, text = this.cut(label, room), wide = this.measure(text, 700) + 4;
      const places = [[x + size + 4, y], [x - size - 4 - wide, y], [x - wide / 2, y - size - 10], [x - wide / 2, y + size + 10]];
      const free = ([a, b]) => a >= 0 && a + wide <= this.width && b > 8 && b < this.high - 8
        && !taken.some(([l, t, r, u]) => a < r && a + wide > l && b - LINE / 2 < u && b + LINE / 2 > t && !(l === x - size && t === y - size));
      const place = places.find(free);
      if (!place) return [];
      taken.push([place[0], place[1] - LINE / 2, place[0] + wide, place[1] + LINE / 2]);
      named.add(mark.id);
      return [svg('text', { class: `label ${name}`, x: place[0] + 2, y: place[1] + 4 }, text)];
    });
  }

  /** A text in so many pixels, cut with an ellipsis. */
  cut(text, room) {
    if (this.measure(text, 700) <= room) return text;
    let end = Math.min(text.length, 80);
    while (end > 1 && this.measure(`${text.slice(0, end)}…`, 700) > room) end -= 1;
    return `${text.slice(0, end).trimEnd()}…`;
  }

  /** The names of regions, below the marks; a name that would lie under a label is left out. */
  regions(regions) {
    return regions.flatMap(({ name, x, y, colour }) => {
      const [left, top] = this.on(x, y), half = this.measure(name, 700) * 0.72;
      if (this.taken.some(([l, t, r, u]) => left - half < r && left + half > l && top - 10 < u && top + 10 > t)) return [];
      this.taken.push([left - half, top - 10, left + half, top + 10]);
      return [svg('text', { class: 'region', x: left, y: top + 5, 'text-anchor': 'middle', style: `fill: ${colour}` }, name)];
    });
  }

  /** The pointer's place on the stage in pixels. */
  spot({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect(), zoom = box.width / this.stage.offsetWidth;
    return [(clientX - box.left) / zoom, (clientY - box.top) / zoom];
  }

  /** The nearest point to a place within `reach` pixels, or −1. A mark is nearer than a point under it. */
  nearest([x, y], reach = REACH, allowed = () => true) {
    const { points, marks } = this.data, marked = new Set([marks.window, marks.top, marks.target, marks.selected].flat().map((mark) => mark?.id));
    let [best, least] = [-1, reach];
    for (let k = 0; k < points.x.length; k += 1) {
      const [a, b] = this.on(points.x[k], points.y[k]), away = Math.hypot(a - x, b - y) - (marked.has(points.ids[k]) ? 4 : 0);
      if (away < least && allowed(a - x, b - y)) [best, least] = [k, away];
    }
    return best;
  }

  /** Shows the name of a point, and marks the point. */
  look(k, says = false) {
    const { points, marks } = this.data, of = (name) => [marks[name] ?? []].flat().find(({ id }) => id === points.ids[k]);
    this.at = k;
    this.over.querySelector('.lit')?.remove();
    this.stage.classList.toggle('over', k >= 0);
    if (k < 0) { this.tip.hidden = true; return; }
    const [x, y] = this.on(points.x[k], points.y[k]), place = of('window'), { legend } = this.data;
    const more = [of('top')?.rank, place && `window: ${place.letter}`, of('target') && 'actual next item',
      legend.length > 1 && legend[points.colours[k]].name];
    this.over.append(svg('circle', { class: 'lit', cx: x, cy: y, r: 7 }));
    const lines = [points.titles[k], more.filter(Boolean).join(' · ')].filter(Boolean);
    this.tell(lines, x, y - 6);
    if (says) this.said.textContent = lines.join(', ');
  }

  magnify(by, [x, y] = [this.width / 2, this.high / 2]) {
    const zoom = Math.max(1, Math.min(DEEPEST, this.zoom * by)), scale = this.fit * this.zoom, after = this.fit * zoom;
    const held = [this.middle[0] + (x - this.width / 2) / scale, this.middle[1] - (y - this.high / 2) / scale]; // stays at its place
    this.zoom = zoom;
    this.go([held[0] - (x - this.width / 2) / after, held[1] + (y - this.high / 2) / after]);
  }

  /** Brings a place of the map to the middle; the whole map stays in the middle, a part of it within the map. */
  go(middle) {
    const room = [this.width, this.high].map((side) => (side / 2 / this.fit) * (1 - 1 / this.zoom));
    this.middle = middle.map((value, axis) => Math.max(this.centre[axis] - room[axis], Math.min(value, this.centre[axis] + room[axis])));
    this.soon();
  }

  reset() {
    this.zoom = 1;
    this.go(this.centre);
  }

  /** A double click resets, and takes back what its first click has selected. */
  undoClick() {
    if (this.before !== this.selected) this.tellSelected(this.before);
    this.reset();
  }

  wheel(event) {
    const scrolling = !event.ctrlKey && performance.now() - this.scrolled < PAUSE;
    const by = Math.exp(-event.deltaY * (event.deltaMode ? 20 : 1) * (event.ctrlKey ? 0.01 : 0.002));
    if (scrolling || (by < 1 && this.zoom === 1)) return; // the page scrolls
    event.preventDefault();
    this.magnify(by, this.spot(event));
  }

  press(event) {
    if (event.button) return;
    this.fingers.set(event.pointerId, this.spot(event));
    if (this.fingers.size === 1) Object.assign(this, { moved: 0, several: false });
    else this.several = true;
    this.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    const spot = this.spot(event), before = this.fingers.get(event.pointerId);
    if (!before) { this.look(this.nearest(spot)); return; }
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.moved += Math.hypot(spot[0] - before[0], spot[1] - before[1]);
    this.fingers.set(event.pointerId, spot);
    if (other) {
      const apart = (place) => Math.max(10, Math.hypot(place[0] - other[0], place[1] - other[1]));
      this.magnify(apart(spot) / apart(before), [0, 1].map((axis) => (spot[axis] + other[axis]) / 2));
    } else if (this.moved >= CLICK && this.zoom > 1) {
      const scale = this.fit * this.zoom;
      this.look(-1);
      this.go([this.middle[0] - (spot[0] - before[0]) / scale, this.middle[1] + (spot[1] - before[1]) / scale]);
    }
  }

  choose(_, event) {
    if (this.several || this.moved >= CLICK || event.detail > 1) return; // the second click of a double click resets
    this.before = this.selected;
    this.select(this.nearest(this.spot(event)));
  }

  /** Selects a point; a selected one is no longer selected. */
  select(k) {
    if (k >= 0) this.tellSelected(this.data.points.ids[k] === this.selected ? null : this.data.points.ids[k]);
  }

  tellSelected(id) {
    this.selected = id;
    this.setTriggerValue('select', { id });
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.target !== this.stage) return;
    if (way) this.step(way);
    else if (['+', '='].includes(event.key)) this.magnify(STEP);
    else if (event.key === '-') this.magnify(1 / STEP);
    else if (event.key === '0' || event.key === 'Home') this.reset();
    else if (event.key === 'Escape') this.look(-1);
    else if (['Enter', ' '].includes(event.key) && this.at >= 0) this.select(this.at);
    else return;
    event.preventDefault();
  }

  /** Goes to the nearest item in a direction, from the item in view; first to the selected item or the middle of the map. */
  step([across, down]) {
    const { points, marks } = this.data;
    if (this.at < 0) {
      const start = marks.selected ?? marks.m ?? marks.user, from = start ? this.on(start.x, start.y) : [this.width / 2, this.high / 2];
      this.look(this.nearest(from, Infinity), true);
      return;
    }
    const from = this.on(points.x[this.at], points.y[this.at]);
    const ahead = (x, y) => x * across + y * down >= Math.abs(x * down) + Math.abs(y * across) && Math.hypot(x, y) > 0.5;
    const k = this.nearest(from, Infinity, ahead);
    if (k < 0) return;
    const [x, y] = this.on(points.x[k], points.y[k]);
    if (x < 0 || y < 0 || x > this.width || y > this.high) this.go([points.x[k], points.y[k]]);
    this.look(k, true);
  }
}

export default mount('.space-map', SpaceMap);
