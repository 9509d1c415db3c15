// The keys of presenter mode, and its footer, which shows the current scene.

const TYPED_INTO = 'input:not([type="range"], [type="radio"], [type="checkbox"]), textarea, select, '
  + '[contenteditable]:not([contenteditable="false"]), [role="combobox"], [role="textbox"], [role="listbox"], '
  + '[role="spinbutton"]';
const OPEN = '[data-baseweb="popover"], [role="dialog"], [role="listbox"]:not([hidden])';

/** Whether more of the page may come. While it may, no try is counted, however slow the machine is. */
const comes = () => document.querySelector(APP)?.getAttribute(SCRIPT_STATE) === 'running';

class Presenter {
  constructor(root) {
    Object.assign(this, { root, mounted: new AbortController() });
    const { signal } = this.mounted;
    document.addEventListener('keydown', (event) => this.key(event), { signal }); // the page itself handles a key first
    window.addEventListener('attrec-back', () => this.again(), { signal });
    window.addEventListener('popstate', () => { window.attrecFlight = undefined; }, { signal });
    // The parts above the figure have another height then.
    window.addEventListener('resize', () => { if (this.scene) this.show(this.figure); }, { signal });
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { at: data.scene, scene: data.scene, titles: data.titles, page: data.page, here: data.here,
      figure: data.figure, setTriggerValue });
    this.draw();
    if (data.scene && window.attrecScene !== data.scene) {
      this.show(this.figure);
      this.tips('hidden'); // a pointer that rests would show one over the scene
      addEventListener('pointermove', () => this.tips(''), { once: true });
    }
    window.attrecScene = data.scene;
    const flight = window.attrecFlight;
    if (!flight || (data.scene !== flight.to && data.page === flight.from)) return;
    window.attrecFlight = undefined;
    if ((flight.next ?? data.scene) !== data.scene) this.go(flight.next);
  }

  draw() {
    const { at, titles } = this, n = titles.length;
    const step = (to, words, label) => {
      const button = el('button', { type: 'button', title: label, 'aria-label': label }, words);
      button.disabled = to < 1 || to > n;
      button.onclick = () => this.click(to);
      return button;
    };
    const leave = el('button', { type: 'button', class: 'leave', title: 'In a text field, Esc leaves the field first.' },
      'Esc to exit');
    leave.onclick = () => this.click(0);
    const where = at ? `Scene ${at} of ${n}` : 'Presenter mode';
    this.root.replaceChildren(el('footer', { 'aria-label': 'Presenter mode' },
      step(at - 1, '‹', 'Previous scene (left arrow)'), el('span', { role: 'status' }, where),
      step(at + 1, '›', 'Next scene (right arrow)'), el('span', { class: 'keys' }, `· Keys 1–${n} ·`), leave));
  }

  /** Scrolls to the top of the page or, once the scene's main figure is drawn, its heading to the top, so that no line is cut
   * there. A later scene ends what is still to come of an earlier one. */
  show(figure, tries = 40) {
    clearTimeout(this.coming);
    const node = figure && document.querySelector(`.st-key-${figure}`);
    if (!figure) scrolling(this.root).scrollTop = 0;
    else if (node?.offsetHeight && this.headingOf(node)) this.hold(this.headingOf(node), this.head);
    else if (tries) this.coming = setTimeout(() => this.show(figure, comes() ? tries : tries - 1), 100);
  }

  tips(visibility) { document.documentElement.style.setProperty('--tips', visibility); }

  get head() { return document.querySelector('.st-key-presenter_head'); }

  headingOf(node) {
    const above = (heading) => heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...document.querySelectorAll('h2')].filter((heading) => !this.head?.contains(heading) && above(heading)).pop();
  }

  /** Holds the heading there for a while, because the parts above may still grow. Stops when the reader does something. */
  hold(over, head, tries = 15) {
    const doing = new AbortController(), { signal } = doing;
    for (const kind of ['wheel', 'keydown', 'pointerdown']) addEventListener(kind, () => doing.abort(), { signal });
    const land = () => {
      if (!comes()) tries -= 1;
      if (signal.aborted || !over.isConnected || tries < 0) { doing.abort(); return; }
      over.style.scrollMarginTop = `${head.offsetHeight}px`;
      over.scrollIntoView();
      this.coming = setTimeout(land, 100);
    };
    land();
  }

  click(to) {
    document.activeElement?.blur(); // so that the arrow keys still work
    this.go(to);
  }

  go(to) {
    if (to < 0 || to > this.titles.length) return;
    window.attrecScene = null; // the same scene is then shown afresh
    clearTimeout(this.coming);
    if (to) { this.at = to; this.draw(); } else scrolling(this.root).scrollTop = 0; // the page begins with its menus
    if (to === this.scene) this.show(this.figure); // of the same scene, no new data comes
    clearTimeout(this.clicking);
    const isHere = this.page === location.pathname.split('/').at(-1); // else another page is open, but has not come yet
    // A page on its way brings its own scene along, so a key that comes before the page counts once the page is there.
    if (window.attrecFlight) window.attrecFlight.next = to;
    else if (!to || (isHere && this.here.includes(to))) this.setTriggerValue('go', { to });
    // Streamlit sends an edit after a timer, with the page that is open then: a link clicked before that would be undone.
    else this.clicking = setTimeout(() => this.open(to), 10);
  }

  /** Opens the page of a scene. */
  open(to) {
    const link = document.querySelector(`.st-key-presenter_to_${to} a`);
    if (link) window.attrecFlight = { to, from: this.page };
    link?.click();
  }

  /** Goes once more to the scene that a server that was away has not shown. */
  again() {
    window.attrecFlight = undefined;
    if (this.at !== this.scene) this.go(this.at);
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const [target] = event.composedPath(); // also inside the app's own components
    if (target.closest?.(TYPED_INTO)) {
      if (event.key === 'Escape' && !document.querySelector(OPEN)) target.blur(); // the next Escape leaves the scene
      return;
    }
    const to = this.meant(event.key, document.activeElement.matches(`body, ${MAIN}`));
    if (to === undefined) return;
    event.preventDefault();
    this.go(to);
  }

  /** Returns the scene that a key leads to. Keys that also move through a table or a map count only if nothing has the focus. */
  meant(key, free) {
    if (/^[1-9]$/.test(key)) return Number(key) <= this.titles.length ? Number(key) : undefined;
    if (key === '0' || key === 'Escape') return document.querySelector(OPEN) ? undefined : 0;
    const step = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[key];
    return step && free && this.at + step >= 1 ? this.at + step : undefined;
  }

  end() {
    clearTimeout(this.coming);
    this.tips('');
    this.mounted.abort();
  }
}

export default mount('.attrec-presenter', Presenter);
