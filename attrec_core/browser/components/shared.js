// Helpers for components: elements, numbers, colours, and mounting. Joined in front of each component that uses them.
// This file stays short: a component's code is sent again with every rerun of a page.

function filled(node, attributes = {}, ...children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes, never markup
  return node;
}
const el = (tag, ...inside) => filled(document.createElement(tag), ...inside);

/** A component's default export: each root element has one `Kind`, which receives all newer data. The root's HTML says
 * that it is busy, until it has drawn the data; then the page may give up the room that it has kept for the component. A
 * `Kind` with `drawsLater` removes the mark itself. */
function mount(selector, Kind) {
  const mounted = new WeakMap(); // root element -> Kind
  return (component) => {
    const root = component.parentElement.querySelector(selector);
    if (!mounted.has(root)) mounted.set(root, new Kind(root, component.data));
    const view = mounted.get(root);
    view.receive(component);
    if (!view.drawsLater) root.removeAttribute('aria-busy');
    root.getRootNode().host?.setAttribute('data-drawn', '');
    return view.end && (() => { view.end(); mounted.delete(root); });
  };
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

/** A number from 0 up with so many digits. An exact tie goes to the even digit, as in Python, and not up, as by `toFixed`. It
 * is a multiple of 2^−(digits + 1), which has digits + 1 digits. */
function fixed(value, digits) {
  const isTie = Number.isInteger(value * 2 ** (digits + 1));
  const down = isTie && /[02468]\.?5$/.test(value.toFixed(digits + 1)) ? value * Number.EPSILON : 0;
  return (value - down).toFixed(digits);
}

/** .41, not 0.41; −.41 with a minus, not a hyphen. */
function number(value, digits = 2) {
  const text = fixed(Math.abs(value), digits);
  return (value < 0 && Number(text) ? '−' : '') + text.replace(/^0\./, '.');
}

/** The number with its sign: a sign is never shown by colour or side alone. */
function signed(value, digits = 2) {
  const text = number(Math.abs(value), digits);
  return /[1-9]/.test(text) ? (value > 0 ? '+' : '−') + text : text;
}

/** 59 % for .59, like `percent` in errors.py. */
const percent = (share) => (share > 0 && share < 0.005 ? '<1\u00a0%' : `${(100 * share).toFixed(0)}\u00a0%`);
/** The mark of an item of the window where its title has no room: A, B, … Z, AA. */
const letter = (place) => (place > 25 ? letter(Math.floor(place / 26) - 1) : '') + String.fromCharCode(65 + (place % 26));

const brief = (title) => (title.length > 60 ? `${title.slice(0, 59)}…` : title);

const rgbOf = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
// STOPS, LESS, GROUND and MORE are those of colormaps.py, each as [red, green, blue]; SCALE is the name of STOPS.
const mix = (from, to, share) => from.map((c, k) => Math.round(c + (to[k] - c) * share));
const diverging = (share) => mix(GROUND, share < 0 ? LESS : MORE, Math.min(1, Math.abs(share)));
function sequential(share) {
  const stop = Math.min(1, Math.max(0, share)) * (STOPS.length - 1), low = Math.min(Math.floor(stop), STOPS.length - 2);
  return mix(STOPS[low], STOPS[low + 1], stop - low);
}
const ramp = (stops) => `background: linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb})`).join(', ')})`;

/** hue: the number of an item's colour; null: the item is in no window. */
const itemColour = (hue) => (hue === undefined ? undefined : hue === null ? QUIET : ITEMS[hue % ITEMS.length]);

/** Black or white, whichever has the higher contrast on this colour; the contrast is then never below 4.5. */
function inkOn(rgb) {
  const [r, g, b] = rgb.map((c) => (c <= 10 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

/** Gives the node the colour of an item of the window; without a colour it keeps the plain look. */
function paint(node, colour) {
  node.classList.toggle('coloured', Boolean(colour));
  node.style.background = colour ?? '';
  node.style.color = colour ? inkOn(rgbOf(colour)) : '';
  return node;
}
