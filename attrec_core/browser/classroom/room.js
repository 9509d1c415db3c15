// The page: one view, from which everything follows. An edit is a step in the browser's history, so Back undoes it.

class Room {
  constructor(run) {
    this.run = run;
    this.one = run.noun.slice(0, -1);
    this.revision = 0; // of the window, for the components that edit it
    this.catalogue = run.popular.map((item) => [String(item), run.titles[item], run.subtitles[item]]);
    this.side = new Side(this);
    const drawn = Object.entries(PANELS).filter(([key]) => run.panels.includes(key));
    this.panels = new Map(drawn.map(([key, Kind]) => [key, new Kind(this, document.getElementById(key))]));
    const path = document.getElementById('path');
    this.path = path && new QuestionPath(this, path);
    if (this.path && !this.path.offered.length) { // no panel that a question could be about
      path.remove();
      this.path = null;
    }
    addEventListener('popstate', () => this.read());
    addEventListener('keydown', (event) => this.onKey(event));
    for (const kind of ['focusout', 'pointerdown']) addEventListener(kind, () => { this.control = null; });
    addEventListener('beforeprint', () => this.onPaper(true));
    addEventListener('afterprint', () => this.onPaper(false));
    this.begin();
  }

  /** The view of the address; without one, that of the start. */
  begin() {
    this.depth = this.deepest = history.state?.depth ?? 0;
    this.path?.restore(history.state?.answers);
    if (location.hash.length < 2) {
      this.view = { ...EMPTY_VIEW, ...this.run.start };
      this.draw();
      this.keep(writeView(this.view));
    } else this.read();
  }

  /** Stores with the entry of the browser's history what a reload must find, besides the view in the address: how many steps
   * can be undone, and the answers on the path, which are no part of a link. */
  keep(address = location.hash) {
    history.replaceState({ depth: this.depth, answers: this.path?.answers }, '', address);
  }

  read() {
    const { view, wrong } = readView(this.run, location.hash);
    this.depth = history.state?.depth ?? this.depth;
    this.deepest = Math.max(this.deepest, this.depth);
    const window_before = this.scene?.window.join();
    this.view = view;
    this.draw();
    if (this.scene.window.join() !== window_before) this.renumber();
    this.keep();
    this.side.remark(wrong.length ? `A part of this link does not fit this file and was left out: ${wrong.join(', ')}.` : '');
  }

  /** how: `push` makes a step that Back undoes; `replace` does not; `draw` changes the picture alone, while a slider moves.
   * control: what the keys are pressed on; its changes are one step, until the focus leaves it or the pointer is used. */
  change(fields, how = 'push', control = null) {
    this.view = { ...this.view, ...fields };
    this.side.remark(''); // it was about a link
    if (how === 'push' && (control === null || control !== this.control)) {
      this.depth += 1;
      this.deepest = this.depth;
      history.pushState(null, '', writeView(this.view));
    }
    if (how !== 'draw') {
      this.control = control;
      this.keep(writeView(this.view));
    }
    this.draw();
  }

  /** An edit that a component has sent; the page answers with its revision. */
  edit({ ids, revision }) {
    this.revision = Math.max(this.revision + 1, revision);
    this.setWindow(ids.map(Number), {}, true);
  }

  setWindow(window, fields = {}, numbered = false) {
    if (!numbered) this.revision += 1;
    const actual = sceneOf(this.run, { ...this.view, window: null }).window;
    this.change({ ...fields, window: sameItems(window, actual) ? null : window, by_hand: null });
  }

  renumber() {
    this.revision += 1;
    this.draw();
  }

  person(user) {
    this.revision += 1;
    this.change({ user, step: null, window: null, item: null, against: null, selected: null, by_hand: null, shown: false });
  }

  step(step, how) {
    this.revision += 1;
    this.change({ step, window: null, by_hand: null, shown: false }, how, 'step');
  }

  select(id) {
    const names = id !== null && this.scene.ranking.candidates[Number(id)]; // the item to explain
    this.change({ selected: id === null ? null : Number(id), item: names ? null : this.scene.explained }, 'replace');
  }

  explain(item) {
    this.change({ item, selected: item });
    this.show('why');
  }

  /** Scrolls to a panel, once all are drawn: a panel that is drawn later moves those below it. */
  async show(panel) {
    await this.drawn;
    document.getElementById(panel)?.scrollIntoView({ behavior: still() ? 'auto' : 'smooth', block: 'start' });
  }

  byHand(on) {
    this.change({ by_hand: on ? ownShares(this.scene.moment) : null });
  }

  setByHand(weights) {
    this.change({ by_hand: weights.map((share) => Math.round(10_000 * share)) }, 'push', 'by_hand');
  }

  /** Arranges the panels on one page, and draws them for its width: the browser tells a component too late. */
  onPaper(is_paper) {
    const { documentElement: root, body } = document;
    root.classList.toggle('on-paper', is_paper);
    for (const key of this.panels.keys()) this.drawPanel(key);
    const [width, height] = SHEET;
    body.style.zoom = is_paper ? Math.min(width / body.offsetWidth, height / body.offsetHeight) : '';
  }

  undo() { if (this.depth > 0) history.back(); }

  redo() { if (this.canRedo) history.forward(); }

  /** After a reload only the browser knows whether there are later steps. */
  get canRedo() { return this.depth < this.deepest || Boolean(globalThis.navigation?.canGoForward); }

  onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return;
    if (event.composedPath()[0].closest?.('input[type="text"]')) return; // also within a component
    event.preventDefault();
    if (event.shiftKey) this.redo();
    else this.undo();
  }

  /** Draws a panel, or what a question leaves of it. */
  drawPanel(key) {
    const panel = this.panels.get(key), cover = this.covered.get(key);
    if (!panel) return;
    panel.section.classList.toggle('covered', cover === 'all');
    if (cover === 'all') panel.say('Covered until you have answered the question.');
    else panel.draw(panel.own_attention ? this.scene : this.by_hand, cover?.rows);
  }

  /** Draws what answers an edit at once, then the rest, one panel after the other, unless a newer view has come. */
  draw() {
    const whole = sceneOf(this.run, this.view);
    this.scene = this.run.guess_first && !this.view.shown ? concealed(whole) : whole;
    this.by_hand = setByHand(this.scene);
    const { scene } = this;
    this.covered = this.path?.covers(scene) ?? new Map();
    for (const [key, cover] of this.covered) this.panels.get(key)?.section.classList.toggle('covered', cover === 'all'); // at once
    this.side.draw(scene);
    const later = [...this.panels.keys()].filter((key) => !NOW.includes(key));
    for (const key of NOW) this.drawPanel(key);
    this.drawn = new Promise((done) => { // every panel
      const next = () => {
        if (this.scene !== scene || !later.length) return done();
        this.drawPanel(later.shift());
        return setTimeout(next);
      };
      requestAnimationFrame(() => setTimeout(next)); // what answers the edit is on the screen first
    });
    this.path?.draw(scene);
  }
}

const SHEET = [718, 1020]; // pixels of an A4 page within its margins, less what browsers lay out otherwise on paper
const CHIPS = 6; // of the latest items, on the handle of a phone's sheet
const NOW = ['attention', 'list', 'split'];
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The scene without its actual next item. */
const concealed = ({ run, view, user, step, moment }) =>
  new Scene(run, view, user, step, moment.with({ target: null, hidden: moment.target }));

/** The person, the moment of their history, the recent items, and what undoes an edit: always in reach. */
class Side {
  constructor(room) {
    this.room = room;
    const aside = document.querySelector('aside'), { run } = room;
    this.aside = aside;
    this.handle = aside.querySelector('.handle');
    aside.onkeydown = ({ key, defaultPrevented }) => { if (key === 'Escape' && !defaultPrevented) this.open(false); };
    this.paper = el('p', { class: 'paper' });
    document.querySelector('main').prepend(this.paper);
    this.undoInBar = aside.querySelector('.bar .undo'); // on a phone it is in reach while the sheet is closed
    this.undoInBar.onclick = () => room.undo();
    this.handle.onclick = () => this.open(this.handle.getAttribute('aria-expanded') !== 'true');
    this.people = el('select', { id: 'person' });
    this.people.append(...run.people.map(({ name, title }, row) => el('option', { value: row }, title ? `${name} – ${title}` : name)));
    this.people.onchange = () => room.person(Number(this.people.value));
    this.step = el('input', { type: 'range', min: '1', id: 'step' });
    this.step.oninput = () => room.step(Number(this.step.value), 'draw');
    this.step.onchange = () => room.step(Number(this.step.value));
    this.when = el('output', { for: 'step' });
    aside.querySelector('.person').append(
      el('label', { for: 'person' }, 'Person'), this.people,
      el('label', { for: 'step' }, 'Moment in the history'), el('div', { class: 'line' }, this.step, this.when));
    aside.querySelector('.editor').append(el('h2', {}, `Recent ${run.noun}`));
    const host = el('div', { class: 'host' });
    aside.querySelector('.editor').append(host);
    this.editor = new Widget(host, 'sequence_editor', { order: (edit) => room.edit(edit), select: ({ id }) => room.select(id) });
    const buttons = {
      undo: ['Undo', () => room.undo()],
      redo: ['Redo', () => room.redo()],
      reset: ['Back to the actual history', () => room.setWindow(sceneOf(run, { ...room.view, window: null }).window)],
      reveal: [`Show the actual next ${room.one}`, () => room.change({ shown: true })],
    };
    const tools = aside.querySelector('.tools');
    for (const [name, [label, act]] of Object.entries(buttons)) {
      this[name] = el('button', { type: 'button' }, label);
      this[name].onclick = act;
      tools.append(this[name]);
    }
    this.note = el('p', { class: 'quiet', role: 'status' });
    tools.append(this.note);
  }

  open(is_open) {
    this.handle.setAttribute('aria-expanded', String(is_open));
    this.aside.classList.toggle('open', is_open);
  }

  /** What the handle of the sheet says on a phone. */
  handleText(scene) {
    const { path, run } = this.room, open = path?.open;
    if (open) return path.seen.has(open.number) ? 'The answer' : path.given.has(open.number) ? 'What to do' : 'The question';
    return `${scene.who}: recent ${run.noun}${scene.edited ? ', edited' : ''}`;
  }

  remark(text) { this.note.textContent = text; }

  draw(scene) {
    const { room } = this, { run, view } = room, steps = run.people[view.user].history.length;
    this.people.value = view.user;
    Object.assign(this.step, { max: steps, value: scene.step, disabled: steps < 2 });
    this.when.textContent = `after ${scene.step} of ${steps}`;
    this.paper.textContent = `${scene.who}, after ${scene.step} of ${steps} ${run.noun}${scene.edited ? ', with an edited window' : ''}`;
    const items = [...scene.window].map((item) => [String(item), run.titles[item], run.subtitles[item]]);
    const colours = Object.fromEntries(scene.window.map((item) => [item, itemColour(scene.hue(item))]));
    this.editor.show({ items, revision: room.revision, limit: run.config.window, catalogue: room.catalogue, colours,
      selected: scene.selected === null ? null : String(scene.selected) });
    this.undo.disabled = this.undoInBar.disabled = room.depth === 0;
    this.redo.disabled = !room.canRedo;
    this.reset.hidden = !scene.edited;
    this.reveal.hidden = !scene.concealed;
    const chips = scene.window.map((item, place) => paint(el('b', {}, letter(place)), colours[item])).slice(-CHIPS);
    this.handle.replaceChildren(...chips, el('span', {}, this.handleText(scene)));
  }
}

async function start() {
  const still_picture = document.getElementById('still'), place = document.getElementById('room');
  try {
    const run = await runOf(document.getElementById('data')?.textContent ?? '');
    place.hidden = false;
    globalThis.room = new Room(run);
    still_picture.remove();
    document.documentElement.dataset.ready = '';
  } catch (error) {
    place.hidden = true;
    const say = still_picture.querySelector('.reason');
    say.classList.add('now');
    say.textContent = error instanceof Unusable ? error.message : `This page cannot be shown in this browser: ${error.message}`;
    if (!(error instanceof Unusable)) throw error;
  }
}

start();
