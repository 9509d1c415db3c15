// An item's colour, the same on every figure of a page; its place stands in it, so colour never speaks alone.
// Joined in front of the components that show items.

/** Black or white, whichever has the higher contrast on this colour; it is then never under 4.5. */
function inkOn(rgb) {
  const [r, g, b] = rgb.map((c) => (c <= 10 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

/** What an item is called where there is no room for its title; the same as `short_name` in theme.py. */
const NAME = 18;
function shortName(title) {
  const line = title.split(/\s+/).filter(Boolean).join(' ');
  return line.length <= NAME ? line : `${line.slice(0, NAME - 1).replace(/[ :,;.\-–]+$/, '')}…`;
}

const rgbOf = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** The node takes the colour of an item of the window; an item that has none keeps the plain look. */
function paint(node, colour) {
  node.classList.toggle('coloured', Boolean(colour));
  node.style.background = colour ?? '';
  node.style.color = colour ? inkOn(rgbOf(colour)) : '';
  return node;
}
