// All layers and heads, drawn by engine/heads_picture.js, with a button over each matrix. A click shows it large.

class Heads extends Figure {
  constructor(root) { super(root); }

  chosenIn({ chosen }) { return chosen; }

  draw(width) {
    const { side, places, parts, wide, tall } = headsPlot({ ...this.data, chosen: this.selected }, width - 4);
    this.stage.style.height = `${tall}px`;
    this.parts = places.map(({ matrix: { id, name, most, share }, x, y }) => {
      const says = `the last item attends most to ${most} (${percent(share)})`;
      const node = el('button', { type: 'button', 'data-testid': `head-of-${id}`, 'aria-pressed': String(id === this.selected),
        style: `left: ${x}px; top: ${y}px; width: ${side}px; height: ${side}px` }, ...this.worded(`${name}: ${says}`));
      return { node, id, tip: [name, says], at: [x + side / 2, y] };
    });
    this.stage.replaceChildren(pictured(wide, tall, parts), ...this.parts.map(({ node }) => node));
  }

  /** One is always shown large: a second click changes nothing. */
  choose(k) {
    if (this.parts[k] && this.parts[k].id !== this.selected) super.choose(k);
  }
}

export default mount('.heads', Heads);
