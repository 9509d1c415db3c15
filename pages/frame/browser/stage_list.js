// The list of the stages, to jump by. It marks the stage that is at the top of the screen.

const GAP = 12; // px between the list and the heading of a stage

class StageList {
  constructor(root) {
    this.root = root;
    this.list = el('ol');
    root.replaceChildren(this.list);
    this.gone = new AbortController();
    this.list.onclick = (event) => this.jump(event.target.closest('button'));
    const mark = () => { this.frame ??= requestAnimationFrame(() => { this.frame = undefined; this.mark(); }); };
    // Of whatever scrolls: while the page is still short, nothing does. Scroll events do not bubble.
    document.addEventListener('scroll', mark, { signal: this.gone.signal, passive: true, capture: true });
  }

  get scroller() { return scrolling(this.root); }

  end() { this.gone.abort(); }

  receive({ data }) {
    const drawn = JSON.stringify(data);
    if (drawn !== this.drawn) {
      this.list.replaceChildren(...data.stages.map(({ key, name }) =>
        el('li', {}, el('button', { type: 'button', 'data-key': key, title: name }, name.split(/[,:]/)[0]))));
    }
    this.drawn = drawn;
    this.buttons = [...this.list.querySelectorAll('button')];
    this.mark();
  }

  stage(button) { return document.querySelector(`.st-key-far_${CSS.escape(button.dataset.key)}`); }

  /** The height on the screen of the place below the list. */
  place() {
    const edge = Math.max(0, this.scroller === document.scrollingElement ? 0 : this.scroller.getBoundingClientRect().top);
    return edge + this.root.offsetHeight + GAP;
  }

  /** How far the top of a stage is from that place. */
  distance(button) { return (this.stage(button)?.getBoundingClientRect().top ?? Infinity) - this.place(); }

  mark() {
    const reached = this.buttons.filter((button) => this.distance(button) < 2 * GAP);
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    // At the end of the page, a stage that was jumped to cannot come up to its place.
    const jumped = scrollTop + clientHeight >= scrollHeight - 2 && this.distance(this.jumped ?? this.buttons[0]) > 0 && this.jumped;
    const here = jumped || reached.at(-1) || this.buttons[0];
    if (here === this.here) return;
    this.here = here;
    for (const button of this.buttons) {
      if (button === here) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    }
    const { left, right } = here.getBoundingClientRect(), room = this.list.getBoundingClientRect();
    if (left < room.left || right > room.right) this.list.scrollLeft += left - room.left - GAP;
  }

  /** The heading gets the focus, so that keys and a screen reader go on from there. */
  jump(button) {
    const stage = button && this.stage(button);
    if (!stage) return;
    this.jumped = button;
    this.scroller.scrollTop += this.distance(button);
    // Stages that come into sight change their height; until then the page may end too early for the jump.
    stay(() => this.stage(button), this.place());
    const heading = stage.querySelector('h2');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
    this.mark();
  }
}

export default mount('.stages', StageList);
