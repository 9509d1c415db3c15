// A training as a film: curves with a line, the attention map, and a map whose points move. Played here; the server only
// hears where the reader stopped.

const players = new WeakMap(); // root element -> Replay
const ICONS = { back: 'M15 5v14L5 12zM3 5h2v14H3z', play: 'M7 4v16l13-8z', pause: 'M7 4h4v16H7zm6 0h4v16h-4z',
  on: 'M9 5v14l10-7zM19 5h2v14h-2z' };
const calmly = matchMedia('(prefers-reduced-motion: reduce)');
const GRID = 65535; // places on the map, along each side
const NEAR = 14; // pixels from a point within which it says its title

function places(text, frames) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const all = new Uint16Array(bytes.buffer), size = all.length / frames;
  return Array.from({ length: frames }, (_, k) => all.subarray(k * size, (k + 1) * size));
}

class Replay {
  constructor(root) {
    Object.assign(this, { root, at: 0 });
    const button = (name, label) => this.icon(el('button', { type: 'button' }), name, label);
    this.back = button('back', 'One epoch back');
    this.play = button('play', 'Play the training');
    this.on = button('on', 'One epoch on');
    this.range = el('input', { type: 'range', min: '0', 'aria-label': 'Epoch' });
    this.text = el('p', { class: 'says', role: 'status' });
    this.curves = el('div', { class: 'curves' });
    this.grid = new AttentionGrid(el('div', { class: 'map' }));
    this.canvas = el('canvas', { role: 'img' });
    this.tip = el('p', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
    this.keys = el('p', { class: 'keys' });
    const panel = (css, head, ...inner) => el('section', { class: css }, el('h4', {}, head), ...inner);
    this.place = el('h4');
    root.replaceChildren(
      el('div', { class: 'bar' }, el('div', {}, this.back, this.play, this.on, this.range), this.text),
      el('div', { class: 'panels' }, panel('left', 'How the figures went', this.curves),
        panel('middle', 'Who looks at whom', this.grid.root),
        el('section', { class: 'right' }, this.place, el('div', { class: 'stage' }, this.canvas, this.tip), this.keys)));
    this.back.onclick = () => this.step(-1);
    this.on.onclick = () => this.step(1);
    this.play.onclick = () => (this.playing ? this.stop() : this.start());
    this.range.oninput = () => { this.playing = false; this.glide(+this.range.value); };
    this.range.onkeydown = (event) => { if (event.key === ' ') { event.preventDefault(); this.play.click(); } };
    this.canvas.onpointermove = (event) => this.point(event);
    this.canvas.onpointerleave = () => { this.tip.hidden = true; };
    this.sizing = new ResizeObserver(() => this.data && this.draw());
    this.sizing.observe(this.canvas.parentElement);
  }

  icon(button, name, label) {
    button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    button.title = label;
    button.setAttribute('aria-label', label);
    return button;
  }

  receive({ data, setTriggerValue }) {
    const another = data.whose !== this.data?.whose;
    Object.assign(this, { data, setTriggerValue, last: data.epochs.length - 1 });
    if (another) {
      this.halt();
      this.items = places(data.map.items, data.epochs.length);
      this.users = data.map.users && places(data.map.users, data.epochs.length);
      this.curves.innerHTML = data.curves.map((drawing, k) => `<div class="${k ? 'narrow' : 'wide'}">${drawing}</div>`).join('');
      this.place.textContent = data.place;
      this.keys.replaceChildren(...this.legend());
    }
    this.style = getComputedStyle(this.root);
    this.range.max = this.last;
    this.shown = undefined; // the selection may be another one
    const moving = this.playing || this.frame || this.telling || (this.told !== undefined && this.told !== data.step);
    if (!moving || another) { this.at = data.step; this.told = undefined; }
    this.draw();
  }

  legend() {
    const { own, colours } = this.data.map, key = (css, sign, words) =>
      el('span', {}, el('i', { class: css, 'aria-hidden': 'true' }, sign), words);
    return [key('window', `1…${colours.length}`, 'in the window, by place'), key('top', '○', 'recommended then'),
      key('target', '★', 'really came next'), own.length ? key(this.data.own === 'm' ? 'm' : 'user',
        this.data.own === 'm' ? '✕' : '◆', this.data.own) : '', key('all', '●', this.data.drawn)];
  }

  halt() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    Object.assign(this, { frame: undefined, telling: undefined, goal: undefined, playing: false });
  }

  start() {
    this.halt();
    this.playing = true;
    if (this.at >= this.last) this.at = 0;
    const each = calmly.matches ? 1000 : Math.min(900, Math.max(200, 12000 / Math.max(1, this.last)));
    const from = this.at, began = performance.now();
    const next = (now) => {
      this.at = Math.min(this.last, from + Math.max(0, now - began) / each);
      this.draw();
      if (this.at >= this.last) this.stop(); else this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
    this.draw();
  }

  stop() {
    this.halt();
    this.glide(Math.round(this.at));
  }

  step(by) {
    this.playing = false;
    this.glide(Math.min(this.last, Math.max(0, Math.round(this.goal ?? this.at) + by)));
  }

  /** To an epoch, in a moment; and when no other is asked for, the page follows. */
  glide(goal) {
    this.halt();
    this.goal = goal;
    const from = this.at, began = performance.now(), lasts = calmly.matches ? 0 : 250;
    const next = (now) => {
      const share = lasts ? Math.min(1, Math.max(0, now - began) / lasts) : 1;
      this.at = from + (goal - from) * share;
      if (share === 1) this.frame = this.goal = undefined; else this.frame = requestAnimationFrame(next);
      this.draw();
    };
    next(began);
    this.telling = setTimeout(() => {
      this.telling = undefined;
      if (goal === this.data.step) return;
      this.told = goal;
      this.setTriggerValue('epoch', { epoch: this.data.epochs[goal] });
    }, 320);
  }

  draw() {
    const at = calmly.matches ? Math.round(this.at) : this.at, step = Math.round(at);
    this.range.value = step;
    this.range.setAttribute('aria-valuetext', this.data.says[step]);
    this.back.disabled = step <= 0;
    this.on.disabled = step >= this.last;
    const [icon, label] = this.playing ? ['pause', 'Pause'] : ['play', 'Play the training'];
    if (this.play.title !== label) this.icon(this.play, icon, label);
    this.text.setAttribute('aria-live', this.playing ? 'off' : 'polite');
    if (this.text.textContent !== this.data.says[step]) this.text.textContent = this.data.says[step];
    this.moveLine(at);
    if (this.shown !== step) this.look(step);
    this.paint(at, step);
  }

  moveLine(at) {
    const low = Math.floor(at), share = at - low;
    this.curves.querySelectorAll('.now').forEach((line, k) => {
      const across = this.data.across[k], x = across[low] + ((across[low + 1] ?? across[low]) - across[low]) * share;
      line.setAttribute('transform', `translate(${x.toFixed(1)} 0)`);
    });
  }

  look(step) {
    const { weights, column_weights: means, missing, ...all } = this.data.attention;
    const data = { ...all, weights: weights[step], column_weights: means[step], missing: missing[step],
      selected: this.data.selected, revision: step };
    this.grid.receive({ data, setTriggerValue: this.setTriggerValue });
    this.shown = step;
  }

  /** All points, between two epochs on a straight line from the one to the other. */
  paint(at, step) {
    const { map } = this.data, low = Math.min(Math.floor(at), this.last), high = Math.min(low + 1, this.last);
    const share = at - low, room = this.canvas.parentElement.clientWidth, dots = devicePixelRatio || 1;
    if (!room) return;
    const scale = Math.min(room / map.wide, 560 / map.high), width = map.wide * scale, height = map.high * scale;
    if (this.canvas.width !== Math.round(width * dots) || this.canvas.height !== Math.round(height * dots)) {
      Object.assign(this.canvas, { width: Math.round(width * dots), height: Math.round(height * dots) });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    const pen = this.canvas.getContext('2d'), ink = this.style.getPropertyValue('--st-text-color') || '#000';
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    const between = (a, b) => a + (b - a) * share;
    const spot = (of, row) => [0, 1].map((k) => between(of[low][2 * row + k], of[high][2 * row + k]))
      .map((value, k) => (k ? 1 - value / GRID : value / GRID) * (k ? height : width));
    this.spots = Array.from({ length: map.titles.length }, (_, row) => spot(this.items, row));
    const cloud = (spots, radius, strength) => {
      pen.globalAlpha = strength;
      pen.fillStyle = ink;
      pen.beginPath();
      for (const [x, y] of spots) { pen.moveTo(x + radius, y); pen.arc(x, y, radius, 0, 7); }
      pen.fill();
      pen.globalAlpha = 1;
    };
    if (this.users) cloud(Array.from({ length: map.names.length }, (_, row) => spot(this.users, row)), 1.8, 0.22);
    cloud(this.spots, 3, 0.4);
    this.drawMarks(pen, ink, step, map.own.slice(0, low + 1).concat([map.own[low].map((v, k) => between(v, map.own[high][k]))])
      .map(([x, y]) => [(x / GRID) * width, (1 - y / GRID) * height]));
    this.canvas.setAttribute('aria-label', `${this.data.place}. ${this.data.says[step]}. The table below holds the places.`);
  }

  drawMarks(pen, ink, step, way) {
    const { map, own } = this.data, css = (name) => this.style.getPropertyValue(`--${name}`).trim();
    const shape = (path, [x, y], fill, line, thick) => {
      const drawn = new Path2D();
      drawn.addPath(new Path2D(path), new DOMMatrix([1, 0, 0, 1, x, y]));
      if (fill) { pen.fillStyle = fill; pen.fill(drawn); }
      if (line) { pen.strokeStyle = line; pen.lineWidth = thick; pen.stroke(drawn); }
    };
    const [end] = way.slice(-1), colour = css(own === 'm' ? 'short' : 'long');
    pen.globalAlpha = 0.5;
    shape(`M${way.map((point) => point.map((v) => v.toFixed(1)).join(' ')).join('L')}`, [0, 0], null, colour, 1.5);
    pen.globalAlpha = 1;
    for (const row of map.top[step]) if (row >= 0) shape('M7 0A7 7 0 1 1-7 0A7 7 0 1 1 7 0', this.spots[row], null, css('top'), 2.5);
    map.window.forEach((row, place) => {
      if (row < 0) return;
      shape('M-8-8H8V8H-8Z', this.spots[row], map.colours[place], css('short'), 1.5);
      Object.assign(pen, { fillStyle: inkOn(rgbOf(map.colours[place])), font: '700 11px sans-serif', textAlign: 'center' });
      pen.fillText(place + 1, this.spots[row][0], this.spots[row][1] + 4);
    });
    for (const row of map.target) if (row >= 0) shape('M0-11L3-4L11-3L5 2L7 10L0 6L-7 10L-5 2L-11-3L-3-4Z', this.spots[row], css('target'), ink, 1);
    if (own === 'm') shape('M-6-6L6 6M-6 6L6-6', end, null, css('short'), 4.5);
    else shape('M0-9L9 0L0 9L-9 0Z', end, css('long'), ink, 1);
    const chosen = this.data.attention.ids.indexOf(this.data.selected);
    const row = chosen < 0 ? -1 : map.window[chosen];
    if (row >= 0) shape('M13 0A13 13 0 1 1-13 0A13 13 0 1 1 13 0', this.spots[row], null, css('selected'), 3);
  }

  /** The title of the item under the pointer. */
  point(event) {
    const { left, top, width } = this.canvas.getBoundingClientRect(), zoom = width / this.canvas.offsetWidth;
    const x = (event.clientX - left) / zoom, y = (event.clientY - top) / zoom;
    let best = -1, least = NEAR;
    this.spots?.forEach((spot, row) => {
      const away = Math.hypot(spot[0] - x, spot[1] - y);
      if (away < least) [best, least] = [row, away];
    });
    this.tip.hidden = best < 0;
    if (best < 0) return;
    this.tip.textContent = this.data.map.titles[best];
    this.tip.style.left = `${Math.max(60, Math.min(x, this.canvas.offsetWidth - 60))}px`;
    this.tip.style.top = `${this.spots[best][1] - 10}px`;
  }

  end() {
    this.halt();
    this.sizing.disconnect();
  }
}

export default function (component) {
  const root = component.parentElement.querySelector('.replay');
  if (!players.has(root)) players.set(root, new Replay(root));
  const player = players.get(root);
  player.receive(component);
  return () => { player.end(); players.delete(root); };
}
