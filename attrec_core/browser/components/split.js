// Distances as rows of two parts: the weighted short-term part and, hatched, the weighted long-term part. A click selects.

const UNDER = 460, TOTAL = 50, AROUND = 72; // pixels: below this width a title stands above its bar; the room of the sum, of legend and axis
const ROW = 34, LOW = 26; // the height of a row; the lowest row, of a presenter's scene, where a title is always beside its bar
const FITS = 34; // the narrowest part, in pixels, that holds its number

class Split extends Figure {
  constructor(root) {
    const keys = el('p', { class: 'keys' });
    super(root);
    root.prepend(keys);
    this.legend = keys;
  }

  chosenIn({ rows }) { return rows.find(({ chosen }) => chosen)?.id ?? null; }

  draw(width) {
    const { rows, omega } = this.data, limited = this.most < Infinity, under = width < UNDER && !limited;
    const key = (css, words) => this.key(el('i', { class: css }), words);
    this.legend.replaceChildren(key('plain', `short-term distance × ${number(1 - omega)}`),
      key('hatched', `long-term distance × ${number(omega)}`));
    const names = under ? 0 : Math.round(Math.min(270, width * (limited ? 0.46 : 0.3))), room = width - names - TOTAL;
    this.longest = Math.max(...rows.map(({ short, long }) => short + long), Number.MIN_VALUE);
    this.scale = room / this.longest;
    this.parts = rows.map((row, k) => this.row(row, k, names));
    const ticks = roundTicks(0, this.longest, Math.max(3, room / 80)).map(({ value, text }) =>
      el('span', { style: `left: ${names + value * this.scale}px` }, text));
    this.stage.className = under ? 'stage under' : limited ? 'stage low' : 'stage';
    this.stage.style.setProperty('--names', `${names}px`);
    this.stage.style.setProperty('--row', `${Math.max(LOW, Math.min(ROW, (this.most - AROUND) / rows.length))}px`);
    this.stage.replaceChildren(el('div', { class: 'ticks', 'aria-hidden': 'true' }, ...ticks), ...this.parts.map(({ node }) => node),
      el('p', { class: 'axis', 'aria-hidden': 'true' }, 'distance (lower is better)'));
    this.parts.forEach((part) => { part.at = [names + part.long / 2, part.node.offsetTop + (under ? 14 : 0)]; });
  }

  row({ id, rank, title, mark, short, long }, k) {
    const chosen = id === this.selected, sum = short + long;
    const part = (css, value) => el('i', { class: css, style: `width: ${Math.max(0, value) * this.scale}px` },
      ...(value * this.scale >= FITS ? [el('b', {}, number(value, 3))] : []));
    const name = el('span', { class: 'name', title }, el('small', {}, rank), el('bdi', { class: 'lines' }, title),
      ...(mark ? [el('small', { class: 'mark' }, mark)] : []));
    const said = `short-term part ${number(short, 3)}, long-term part ${number(long, 3)}, distance ${number(sum, 3)}`;
    const node = el('button', { type: 'button', 'aria-pressed': String(chosen), 'data-testid': `split-${k}` },
      ...this.worded(`${rank} ${title}${mark ? `, ${mark}` : ''}: ${said}`, name,
        el('span', { class: 'track' }, part('plain', short), part('hatched', long)), el('span', { class: 'sum' }, number(sum, 3))));
    node.classList.toggle('chosen', chosen);
    const tip = [title, `short-term part: ${number(short, 4)}`, `long-term part: ${number(long, 4)}`, `distance: ${number(sum, 4)}`];
    return { node, id, tip, long: sum * this.scale };
  }
}

export default mount('.split', Split);
