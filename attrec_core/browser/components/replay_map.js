// The map at an epoch, or between two epochs. Joined in front of the replay.

const GRID = 65535; // the largest coordinate on the map
const NEAR = 14; // distance in pixels from a point within which its title shows
const HIGHEST = 560; // pixels
const SHAPES = { top: 'M7 0A7 7 0 1 1-7 0A7 7 0 1 1 7 0', window: 'M-8-8H8V8H-8Z', m: 'M-6-6L6 6M-6 6L6-6',
  target: 'M0-11L3-4L11-3L5 2L7 10L0 6L-7 10L-5 2L-11-3L-3-4Z', user: 'M0-9L9 0L0 9L-9 0Z',
  selected: 'M13 0A13 13 0 1 1-13 0A13 13 0 1 1 13 0' };

/** Unpacks positions (F, n, 2) as the server packed them: for each frame, x and y of each point in turn. */
function places(text, frames) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const all = new Uint16Array(bytes.buffer), size = all.length / frames;
  return Array.from({ length: frames }, (_, k) => all.subarray(k * size, (k + 1) * size));
}

class MovingMap {
  constructor() {
    this.canvas = el('canvas', { role: 'img' });
    this.tip = el('p', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
    this.stage = el('div', { class: 'stage' }, this.canvas, this.tip);
    this.canvas.onpointermove = (event) => this.point(event);
    this.canvas.onpointerleave = () => { this.tip.hidden = true; };
  }

  /** Takes the data of another user, map or run. */
  take(map, frames) {
    this.map = map;
    this.items = places(map.items, frames);
    this.users = map.users && places(map.users, frames);
  }

  legend() {
    const { map } = this;
    const key = (css, sign, label) => el('span', {}, el('i', { class: css, 'aria-hidden': 'true' }, sign), label);
    const own = map.mine === 'm' ? key('m', '✕', 'm (short-term intent) and its path')
      : key('user', '◆', 'U (the user) and its path');
    const window = key('window', [...new Set([map.letters[0], map.letters.at(-1)])].join('–'), 'items of the window');
    return [window, key('top', '○', 'recommended at this epoch'), key('target', '★', 'actual next item'), own,
      key('all', '●', map.drawn)];
  }

  /** `at`: a frame, or between two frames; each point is then on the straight line between its two positions. */
  paint(at, selected, style) {
    const { map } = this, low = Math.floor(at), high = Math.min(low + 1, this.items.length - 1), share = at - low;
    if (!this.fit()) return;
    const { width, height, pen } = this, css = (name) => style.getPropertyValue(`--${name}`).trim();
    pen.clearRect(0, 0, width, height);
    const on = (x, y) => [(x / GRID) * width, (1 - y / GRID) * height];
    const between = (a, b) => a + (b - a) * share;
    const spots = (of) => Array.from({ length: of[0].length / 2 }, (_, row) => on(
      between(of[low][2 * row], of[high][2 * row]), between(of[low][2 * row + 1], of[high][2 * row + 1])));
    this.spots = spots(this.items);
    if (this.users) this.cloud(spots(this.users), 1.5, 0.5, css('st-text-color'));
    this.cloud(this.spots, 3, 0.55, css('st-text-color'));
    const now = [0, 1].map((k) => between(map.own[low][k], map.own[high][k]));
    const way = [...map.own.slice(0, low + 1), now].map(([x, y]) => on(x, y));
    this.marks(Math.round(at), selected, css, way);
  }

  /** Fits the canvas into its place, in the proportions of the map. Returns false if the place has no width. */
  fit() {
    const { wide, high } = this.map;
    const room = this.stage.clientWidth, dots = devicePixelRatio || 1;
    const scale = Math.min(room / wide, HIGHEST / high), width = wide * scale, height = high * scale;
    const size = [width, height].map((side) => Math.round(side * dots));
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) {
      [this.canvas.width, this.canvas.height] = size;
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    Object.assign(this, { width, height, pen: this.canvas.getContext('2d') });
    this.pen.setTransform(dots, 0, 0, dots, 0, 0);
    return room > 0;
  }

  cloud(spots, radius, strength, ink) {
    Object.assign(this.pen, { globalAlpha: strength, fillStyle: ink });
    for (const [x, y] of spots) { // drawn one by one, so that overlapping points are darker
      this.pen.beginPath();
      this.pen.arc(x, y, radius, 0, 7);
      this.pen.fill();
    }
    this.pen.globalAlpha = 1;
  }

  shape(path, [x, y], { fill, line, thick = 1 }) {
    const drawn = new Path2D();
    drawn.addPath(new Path2D(path), new DOMMatrix([1, 0, 0, 1, x, y]));
    if (fill) { this.pen.fillStyle = fill; this.pen.fill(drawn); }
    if (line) { Object.assign(this.pen, { strokeStyle: line, lineWidth: thick }); this.pen.stroke(drawn); }
  }

  marks(frame, selected, css, way) {
    const { map, pen, spots } = this, ink = css('st-text-color'), [end] = way.slice(-1);
    const own = css(map.mine === 'm' ? 'short' : 'long'), there = (rows) => rows.filter((row) => row >= 0);
    pen.font = '700 12px sans-serif';
    const line = way.map((point) => point.map((value) => value.toFixed(1)).join(' ')).join('L');
    this.shape(`M${line}`, [0, 0], { line: own, thick: 1.5 });
    for (const row of there(map.top[frame])) this.shape(SHAPES.top, spots[row], { line: css('top'), thick: 2.5 });
    map.window.forEach((row, place) => {
      if (row < 0) return;
      this.shape(SHAPES.window, spots[row], { fill: map.colours[place], line: css('short'), thick: 1.5 });
      Object.assign(pen, { fillStyle: inkOn(rgbOf(map.colours[place])), textAlign: 'center' });
      pen.fillText(map.letters[place], spots[row][0], spots[row][1] + 4);
    });
    for (const row of there(map.target)) this.shape(SHAPES.target, spots[row], { fill: css('target'), line: ink });
    if (map.mine === 'm') { // on white, as on the map of the page Metric space: many points lie beneath m
      this.shape(SHAPES.m, end, { line: '#fff', thick: 8 });
      this.shape(SHAPES.m, end, { line: own, thick: 4.5 });
    }
    else this.shape(SHAPES.user, end, { fill: own, line: ink });
    for (const row of there(map.window.filter((_, place) => map.ids[place] === selected))) {
      this.shape(SHAPES.selected, spots[row], { line: css('selected'), thick: 3 });
    }
  }

  /** Shows the title of the item under the pointer. */
  point(event) {
    const { left, top, width } = this.canvas.getBoundingClientRect(), zoom = width / this.canvas.offsetWidth;
    const x = (event.clientX - left) / zoom, y = (event.clientY - top) / zoom;
    const away = (this.spots ?? []).map((spot) => Math.hypot(spot[0] - x, spot[1] - y));
    const best = away.indexOf(Math.min(...away));
    this.tip.hidden = !(away[best] < NEAR);
    if (this.tip.hidden) return;
    this.tip.textContent = this.map.titles[best];
    const half = this.tip.offsetWidth / 2, room = Math.max(this.stage.clientWidth, 2 * half);
    this.tip.style.left = `${Math.max(half, Math.min(this.spots[best][0], room - half))}px`;
    this.tip.style.top = `${this.spots[best][1] - 8}px`;
  }
}
