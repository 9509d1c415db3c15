// What the figures have in common that are drawn here: SVG elements, a tip, and parts (columns,
// rows, lines) of which one has the Tab stop. Joined in front of bars, split, curves and space_map.

const STANDS_OFF = 8; // STANDS_OFF: pixels between a tip and its point

const svg = (tag, ...inside) => filled(document.createElementNS('http://www.w3.org/2000/svg', tag), ...inside);

/** A small drawing beside a word. size: in pixels; half: from its middle to its border, in the units of the drawing. */
const icon = (size, half, ...drawn) => svg('svg', { width: size, height: size, 'aria-hidden': 'true',
  viewBox: `${-half} ${-half} ${2 * half} ${2 * half}` }, ...drawn);

/** A drawing of engine/ as an element. */
function pictured(width, height, parts) {
  const drawing = svg('svg', { 'aria-hidden': 'true', width, height, fill: 'currentColor' });
  drawing.innerHTML = parts.join(''); // foreign text in it is escaped
  return drawing;
}

class Figure {
  parts = []; // of the drawn record: { node, id, tip: lines, at: [x, y] of the tip }
  here = 0;
  width = 0;

  constructor(root, ...below) {
    Object.assign(this, { root });
    root.classList.add('figure');
    this.stage = el('div', { class: 'stage', role: 'group' });
    this.tip = el('p', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
    root.replaceChildren(this.stage, ...below, this.tip);
    const part = ({ target }) => this.parts.findIndex(({ node }) => node.contains(target));
    this.stage.onclick = (event) => this.choose(part(event), event);
    this.stage.onkeydown = (event) => this.onKey(event);
    this.stage.onpointerover = (event) => this.point(part(event));
    this.stage.onpointerleave = () => this.point(-1);
    this.stage.addEventListener('focusin', (event) => {
      if (part(event) < 0) return;
      this.stop(part(event));
      if (event.target.matches(':focus-visible')) this.point(this.here);
    });
    this.stage.addEventListener('focusout', () => this.point(-1));
    this.sizing = new ResizeObserver(() => { if (this.data && root.clientWidth !== this.width) this.render(); });
    this.sizing.observe(root);
  }

  end() { this.sizing.disconnect(); }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue, selected: this.chosenIn(data) });
    this.stage.setAttribute('aria-label', `${data.label}. ${this.keys}`);
    this.render();
  }

  get keys() { return 'Arrow keys move, Enter selects.'; }

  render() {
    this.width = this.root.clientWidth;
    if (!this.width) return; // in a hidden part of the page
    const focused = this.stage.contains(this.root.getRootNode().activeElement);
    this.point(-1);
    this.draw(this.width);
    this.stop(this.here);
    if (focused) this.parts[this.here]?.node.focus();
  }

  /** The height of the whole figure in pixels that a presenter's scene has room for; without a scene, no limit. */
  get most() { return parseFloat(getComputedStyle(this.root).getPropertyValue('--chart-most')) || Infinity; }

  /** Gives the Tab stop to a part. */
  stop(k) {
    this.here = Math.max(0, Math.min(k, this.parts.length - 1));
    this.parts.forEach(({ node }, place) => node.setAttribute('tabindex', place === this.here ? '0' : '-1'));
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = this.walk(event.key);
    if (to === undefined) return;
    event.preventDefault();
    this.stop(to);
    this.parts[this.here].node.focus();
  }

  /** Where a key leads; undefined for another key. */
  walk(key) {
    return { ArrowUp: this.here - 1, ArrowLeft: this.here - 1, ArrowDown: this.here + 1, ArrowRight: this.here + 1,
      Home: 0, End: this.parts.length - 1 }[key];
  }

  choose(k) {
    const id = this.parts[k]?.id ?? null;
    if (id === null) return;
    this.here = k;
    this.selected = id === this.selected ? null : id;
    this.render();
    this.setTriggerValue('select', { id: this.selected });
  }

  point(k) {
    this.parts.forEach(({ node }, place) => node.classList.toggle('lit', place === k));
    if (k < 0) this.tip.hidden = true;
    else this.tell(this.parts[k].tip, ...this.parts[k].at);
  }

  /** Shows lines above a point of the figure, below it if there is no room; never beyond its sides. */
  tell(lines, x, y) {
    const { tip } = this;
    tip.hidden = false;
    tip.replaceChildren(...lines.map((line, k) => el(k ? 'span' : 'b', {}, line)));
    const half = tip.offsetWidth / 2, high = tip.offsetHeight;
    tip.style.left = `${Math.max(half, Math.min(x, this.width - half)) - half}px`;
    tip.style.top = `${y - high - STANDS_OFF < -24 ? y + STANDS_OFF * 2 : y - high - STANDS_OFF}px`;
  }

  /** The width of a text in pixels, in the type of the figure's numbers. */
  measure(text, weight = 400) {
    this.ruler ??= el('canvas').getContext('2d');
    this.ruler.font = `${weight} 12px ${getComputedStyle(this.root).fontFamily}`;
    return this.ruler.measureText(text).width;
  }

  /** What is seen of a part, and what is heard in its place. */
  worded(words, ...seen) { return [...seen.map((node) => { node.ariaHidden = 'true'; return node; }), el('span', { class: 'heard' }, words)]; }

  key(mark, words) { return el('span', { class: 'key' }, mark, words); }
}
