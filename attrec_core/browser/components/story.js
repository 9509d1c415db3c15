// The picture of the start page, drawn by engine/story_picture.js. This script fades in new parts, moves the parts that have moved, and sends
// the edits of the window by edits.js.

const LAYOUTS = { wide: STORY_WIDE, narrow: STORY_NARROW }, MOTION = 450, CLICK = 6; // milliseconds; pixels that the pointer may move in a click
const MOVES = { transform: (value) => value.replace(/\(([-\d.]+) ([-\d.]+)\)/, '($1px,$2px)'), d: (value) => `path("${value}")`,
  'stroke-width': (value) => value };
const TIP = 'A click removes it; dragging moves it.';
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const keyed = (node) => new Map([...node.querySelectorAll('[data-key]')].map((part) => [part.dataset.key, part]));

class Story {
  constructor(root) {
    Object.assign(this, { root, edits: new Edits(this), focus: null, dragged: false });
    this.status = el('p', { class: 'say', role: 'status', 'aria-live': 'polite' });
    root.replaceChildren(...Object.keys(LAYOUTS).map((name) => el('div', { class: name })), this.status);
    root.onclick = (event) => this.onClick(event);
    root.onkeydown = (event) => this.onKey(event);
    root.onpointerdown = (event) => this.onPointerDown(event);
    // In an SVG the browser ignores touch-action, and would scroll the page under a dragging finger.
    root.addEventListener('touchstart', (event) => event.target.closest('.grip') && event.preventDefault(), { passive: false });
    root.onpointerover = root.onfocusin = (event) => this.light(event.target.closest('[data-key]')?.dataset.key);
    root.onpointerleave = () => this.light(null);
  }

  receive({ data, setStateValue }) {
    Object.assign(this, { data, setStateValue });
    const answered = this.edits.unanswered !== null;
    if (!this.edits.takes(data.revision)) return;
    if (!answered) this.status.textContent = '';
    Object.assign(this, { ids: data.ids, titles: data.titles });
    for (const [name, at] of Object.entries(LAYOUTS)) this.draw(this.root.querySelector(`.${name}`), storyPicture(data.record, at));
    this.focus = null;
  }

  draw(box, svg) {
    if (box.drawn === svg) return;
    const before = keyed(box), active = this.root.getRootNode().activeElement;
    const held = this.focus ?? (box.contains(active) ? active.closest('[data-key]')?.dataset.key : null);
    box.innerHTML = box.drawn = svg; // foreign text in it is escaped
    for (const control of box.querySelectorAll('.chip .control')) {
      control.append(document.createElementNS(control.namespaceURI, 'title'));
      control.lastChild.textContent = TIP;
    }
    const now = keyed(box);
    if (held !== null) (now.get(held) ?? box.querySelector(`[data-place="${this.place}"]`) ?? box.querySelector('.chip:last-of-type'))?.querySelector('.control').focus();
    if (!before.size || still()) return;
    const timing = { duration: MOTION, easing: 'cubic-bezier(.3, 0, .2, 1)' };
    for (const [key, part] of now) {
      const was = before.get(key), from = {}, to = {};
      for (const [name, css] of Object.entries(MOVES)) {
        const [old, value] = [was?.getAttribute(name), part.getAttribute(name)];
        if (old && value && old !== value) [from[name], to[name]] = [css(old), css(value)];
      }
      if (!was) part.animate([{ opacity: 0 }, { opacity: 1 }], timing);
      else if (Object.keys(to).length) part.animate([from, to], timing);
    }
  }

  /** Highlights the lines of the item under the pointer or the focus: the other lines become paler. */
  light(key) {
    const parts = [...this.root.querySelectorAll('path[data-about]')], known = parts.some((part) => part.dataset.about === key);
    for (const part of parts) part.classList.toggle('aside', known && part.dataset.about !== key);
  }

  say(text) { this.status.textContent = text; }

  edit(order, did, say, place) {
    this.place = Math.min(place, order.length - 1);
    const [ids, titles] = [this.ids, this.titles];
    Object.assign(this, { ids: order.map((k) => ids[k]), titles: order.map((k) => titles[k]) });
    this.say(say);
    this.edits.send({ ids: this.ids, did, say });
  }

  refuse() {
    for (const name of Object.keys(LAYOUTS)) this.root.querySelector(`.${name}`).drawn = ''; // the edited item has moved, or fades
    this.receive(this);
    this.say(NOT_APPLIED);
  }

  end() { this.edits.end(); }

  remove(chip) {
    const place = this.placeOf(chip);
    if (place === null) return;
    if (this.ids.length === 1) { this.edits.explain('The last item cannot be removed: the model needs at least one.'); return; }
    this.focus = chip.contains(this.root.getRootNode().activeElement) ? '' : null;
    chip.classList.add('leaving');
    this.edit([...this.ids.keys()].filter((k) => k !== place), 'remove', `${brief(this.titles[place])} removed.`, place);
  }

  move(chip, to) {
    const place = this.placeOf(chip);
    if (place === null || to === place) return;
    if (to < 0 || to >= this.ids.length) {
      this.edits.explain(`${brief(this.titles[place])} is already the ${to < 0 ? 'oldest' : 'latest'}.`);
      return;
    }
    const order = [...this.ids.keys()].filter((k) => k !== place);
    order.splice(to, 0, place);
    this.focus = '';
    this.edit(order, 'move', `${brief(this.titles[place])} moved to position ${to + 1} of ${order.length}.`, to);
  }

  /** Returns the place of a drawn item. Null if the item is gone, or during the wait for an answer, which may move the item. */
  placeOf(chip) {
    return this.edits.unanswered === null && chip.isConnected ? Number(chip.dataset.place) : null;
  }

  /** Clicks the page's own link, so that it is a step in the browser's history like any other link. */
  why(row) { document.querySelectorAll(this.root.dataset.links)[row.dataset.why]?.click(); }

  onClick(event) {
    const chip = event.target.closest('.chip'), row = event.target.closest('.row');
    if (event.detail > 1 || this.dragged) return; // the second click of a double click: another item is under the pointer by then
    if (chip) this.remove(chip);
    else if (row) this.why(row);
  }

  onKey(event) {
    const chip = event.target.closest('.chip'), row = event.target.closest('.row'), { key } = event;
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (chip && step && event.altKey) this.move(chip, Number(chip.dataset.place) + step);
    else if (chip && ['Enter', ' ', 'Delete', 'Backspace'].includes(key)) this.remove(chip);
    else if (row && ['Enter', ' '].includes(key)) this.why(row);
    else return;
    event.preventDefault();
  }

  /** A mouse or a pen drags an item from anywhere on it. A finger drags it only by its grip, and elsewhere scrolls the page. */
  onPointerDown(event) {
    const chip = event.target.closest('.chip');
    if (!chip || event.button || (event.pointerType === 'touch' && !event.target.closest('.grip'))) return;
    const chips = [...chip.parentNode.querySelectorAll('.chip')], from = chips.indexOf(chip), start = event.clientY;
    const boxes = chips.map((other) => other.getBoundingClientRect());
    const zoom = chip.getScreenCTM().d;
    const dragging = new AbortController(), { signal } = dragging;
    let to = from;
    const moved = ({ clientY }) => {
      const shift = clientY - start;
      if (!this.dragged && Math.abs(shift) < CLICK) return;
      if (!this.dragged) {
        this.dragged = true;
        // The last item is drawn on top. So the other items are moved before the dragged item: a finger would lose an item
        // that is taken out of the document.
        while (chip.nextSibling) chip.before(chip.nextSibling);
        chip.setPointerCapture(event.pointerId);
        chip.classList.add('held');
      }
      const middle = boxes[from].top + boxes[from].height / 2 + shift;
      to = boxes.filter((box, k) => k !== from && box.top + box.height / 2 < middle).length;
      const room = boxes[from].height + (boxes.length > 1 ? boxes[1].top - boxes[0].bottom : 0);
      chips.forEach((other, k) => {
        const aside = k > from && k <= to ? -room : k < from && k >= to ? room : 0;
        other.style.translate = `0 ${(k === from ? shift : aside) / zoom}px`;
      });
    };
    const end = (dropped) => {
      dragging.abort();
      chip.classList.remove('held');
      setTimeout(() => { this.dragged = false; }); // after the click event that a drag may end with
      if (this.dragged && dropped && to !== from) this.move(chip, to);
      else for (const other of chips) other.style.translate = '';
    };
    addEventListener('pointermove', moved, { signal });
    addEventListener('pointerup', () => end(true), { signal });
    addEventListener('pointercancel', () => end(false), { signal });
  }
}

export default mount('.story', Story);
