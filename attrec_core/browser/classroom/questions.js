// A path of questions through the panels: predict, do, see. They are steps of the app's lesson (views/lesson/), with its texts.
// The model computes an answer when it is given; before that, what shows it is covered.

/** The indices of the largest value, and of all that read the same with so many digits. */
function readsLargest(values, digits = 2) {
  const rounded = [...values].map((value) => Number(value.toFixed(digits))), most = Math.max(...rounded);
  return rounded.flatMap((value, k) => (value === most ? [k] : []));
}

const LETTERS_OF_A_TITLE = 48;
const itemQuoted = (scene, item) => quoted(scene.run, item, LETTERS_OF_A_TITLE);
const placeQuoted = (scene, place) => itemQuoted(scene, scene.window[place]);
const lettered = (scene, place) => `${letter(place)} · ${short(scene.title(scene.window[place]), LETTERS_OF_A_TITLE)}`;
const places = (scene) => [...scene.window.keys()];
const sameWindow = (before, now) => before.view.user === now.view.user && before.step === now.step && sameItems(before.window, now.window);
const recommended = (scene) => [...scene.ranking.top(LISTED)];
const half = (count, total) => (count === total ? 0 : count > total / 2 ? 1 : 2);

/** The first person whose window has that many different items, as a view. The person whose case has the question's title comes
 * first. Each other question begins the search with another person, whose case no question asks about, because an answer about
 * one person may give away the next. */
function firstPerson(run, question, fewest, fits = () => true) {
  const cases = run.people.map(({ title }) => title), titles = QUESTIONS.map(({ title }) => title), rows = [...cases.keys()];
  const free = rows.filter((row) => !titles.includes(cases[row])), turns = titles.filter((title) => !cases.includes(title));
  const begin = Math.max(0, turns.indexOf(question.title)) % (free.length || 1);
  const order = [...rows.filter((row) => cases[row] === question.title), ...free.slice(begin), ...free.slice(0, begin), ...rows];
  return order.map((user) => ({ ...EMPTY_VIEW, user })).find((view) => {
    const scene = sceneOf(run, view);
    return new Set(scene.window).size >= fewest && fits(scene);
  }) ?? null;
}

/** How the rank of the actual next item changed; empty if there is none. */
function nextItem(before, now) {
  if (before.target === null || !now.ranking.candidates[before.target]) return '';
  const [old, rank] = [before, now].map((scene) => scene.ranking.rank(before.target));
  const moved = old === rank ? `stays ${ordinal(old)}` : `moves from ${ordinal(old)} to ${ordinal(rank)}`;
  return ` The actual next item, ${itemQuoted(before, before.target)}, ${moved}.`;
}

/** Each: needs (panels), covers (panels that show the answer), texts(before) → {options, right, kinds, fields}, and of the task
 * best(before) → the items of which one is to be selected, or edited(before, values) → the values in the new order. */
const USUAL = {
  /** The view with which it begins; null if nobody fits. */
  prepared(run) { return firstPerson(run, this, 2); },
  /** Whether the task is done. */
  done(before, now) {
    if (!this.edited) return sameWindow(before, now) && this.best(before).includes(now.selected);
    return before.view.user === now.view.user && before.step === now.step && !now.by_hand && now.omega === before.omega
      && sameItems(this.edited(before, before.window), now.window);
  },
};
const QUESTIONS = [
  {
    title: 'What a row says',
    needs: ['attention'],
    covers: ['story', 'attention', 'why'],
    rows: 1, // of the matrix that stay open until the task is done
    best: (before) => readsLargest(before.trace.weights[0]).map((place) => before.window[place]),
    texts(before) {
      const [weights] = before.trace.weights, place = largest(weights);
      return {
        options: places(before).map((k) => lettered(before, k)),
        right: readsLargest(weights),
        kinds: { reveal: before.trace.masked[0][0] ? 'masked' : '' },
        fields: { first: placeQuoted(before, 0), key: place === 0 ? 'itself' : placeQuoted(before, place), share: percent(weights[place]) },
      };
    },
  },
  {
    title: 'One item dominates',
    needs: ['attention'],
    covers: ['story', 'attention', 'why'],
    best: (before) => readsLargest(before.trace.column_weights).map((place) => before.window[place]),
    texts(before) {
      const weights = before.trace.column_weights, column = largest(weights), even = before.moment.attention.uniform_column;
      const rows = before.trace.weights.filter((_, row) => row !== column);
      const following = rows.filter((row) => readsLargest(row).includes(column)).length, others = rows.length;
      return {
        options: ['all of them', 'more than half, not all', 'half of them or fewer'],
        right: [half(following, others)],
        kinds: { reveal: before.moment.attention.counts === 'total' ? 'in total' : '' },
        fields: {
          item: placeQuoted(before, column), following, others, attend: others === 1 ? 'row attends' : 'rows attend',
          weight: percent(weights[column]), even: percent(even), against_even: againstEven(weights[column], even),
        },
      };
    },
  },
  {
    title: 'Remove an item',
    needs: ['attention', 'list'],
    covers: [],
    edited: (before, values) => [...values].filter((_, place) => place !== largest(before.trace.column_weights)),
    texts(before) {
      const place = largest(before.trace.column_weights), now = solved(this, before), item = before.window[place];
      const listed = recommended(now), fresh = listed.filter((one) => !recommended(before).includes(one)).length;
      const old = this.edited(before, before.trace.column_weights), weights = now.trace.column_weights;
      const heir = largest(old.map((weight, k) => weights[k] - weight));
      const gained = `gains the most attention, from ${percent(old[heir])} to ${percent(weights[heir])}`;
      return {
        options: ['2 or fewer', '3 to 5', '6 or more'],
        right: [fresh <= 2 ? 0 : fresh <= 5 ? 1 : 2],
        fields: {
          item: placeQuoted(before, place), count: recommended(before).length,
          where: before.window.filter((one) => one === item).length > 1 ? ` (${letter(place)})` : '',
          new: `${fresh || 'none'} of the ${listed.length} recommendations ${fresh < 2 ? 'is' : 'are'} new`,
          heir: `${old.length === 1 ? 'Only ' : ''}${placeQuoted(now, heir)}`,
          gained: old.length === 1 ? 'remains in the window' : gained,
          next_item: nextItem(before, now),
        },
      };
    },
  },
  {
    title: 'Order matters',
    needs: ['attention', 'list'],
    covers: [],
    edited: (before, values) => [...[...values].slice(1), values[0]],
    texts(before) {
      const now = solved(this, before), old = before.trace.column_weights, after = now.trace.column_weights, n = old.length;
      const shift = places(before).map((k) => after[(k + n - 1) % n] - old[k]);
      const changed = largest(shift.map(Math.abs)), [was, listed] = [recommended(before), recommended(now)];
      const both = Math.min(was.length, listed.length);
      const moved = was.length - was.slice(0, both).filter((item, k) => item === listed[k]).length;
      const lost = was.every((item) => listed.includes(item)) ? '' : ` or ${moved === 1 ? 'leaves' : 'leave'} the list`;
      const { config } = before.moment;
      const why = config.time_signal ? 'The time signal tells the model the position of each item.'
        : remembers(config) ? 'Without a time signal, the attention does not know the order; the long-term taste does.'
          : 'This model has no time signal, so it does not know the order.';
      return {
        options: ['nothing: same items, same attention', 'only the attention changes', 'the attention and the order of the recommendations'],
        right: moved ? [2] : Math.max(...shift.map(Math.abs)) < 0.005 ? [0, 1] : [1],
        fields: {
          oldest: placeQuoted(before, 0), item: placeQuoted(before, changed), old: percent(old[changed]),
          new: percent(old[changed] + shift[changed]), why, next_item: nextItem(before, now),
          reordered: `${moved || 'none'} of the ${was.length} recommendations ${moved === 1 ? 'changes' : 'change'} rank${lost}`,
        },
      };
    },
  },
  {
    title: 'Short term or long term',
    needs: ['split'],
    covers: ['split'],
    prepared(run) {
      const view = firstPerson(run, this, 1, (scene) => scene.has_taste);
      return view && { ...view, selected: this.item(asked(run, view)) };
    },
    end: (before) => (before.run.config.long_weight === 1 ? 0 : 1),
    item(before) {
      const { target } = before, listed = recommended(before);
      return target !== null && this.ways(before, target).every(Boolean) ? target : listed[Math.floor(listed.length / 2)];
    },
    /** Which of the answers are possible: nothing is above the first rank, nothing below the last. */
    ways(before, item) {
      const rank = before.ranking.rank(item), count = before.ranking.candidates.reduce((sum, one) => sum + (one ? 1 : 0), 0);
      return [rank > 1, true, rank < count];
    },
    texts(before) {
      const item = this.item(before), end = this.end(before), { ranking } = before, ways = this.ways(before, item);
      const offered = [0, 1, 2].filter((answer) => ways[answer] || ways.filter(Boolean).length === 1);
      const rank = ranking.rank(item), [of_short, of_long] = [0, 1].map((omega) => ranking.at(omega).rank(item));
      const then = end ? of_long : of_short, other_rank = end ? of_short : of_long;
      const parts = ['the short-term distance', 'the long-term distance'], [other, part] = end ? parts : [...parts].reverse();
      return {
        options: offered.map((answer) => ['nearer to 1st', 'the same rank', 'farther from 1st'][answer]),
        right: [offered.indexOf(then < rank ? 0 : then === rank ? 1 : 2)],
        fields: {
          ranks: `${itemQuoted(before, item)} is ${ordinal(rank)} at ω = ${number(before.omega)}`, then: ordinal(then), 'end:g': String(end),
          part, other, other_rank: ordinal(other_rank),
          better: rank < Math.min(of_short, of_long) ? ': together they rank it nearer to 1st than each part alone' : '',
        },
      };
    },
    done(before, now) { return sameWindow(before, now) && now.has_taste && now.omega === this.end(before); },
  },
  {
    title: 'Attention is not influence',
    needs: ['why'],
    covers: ['why'],
    prepared(run) {
      const apart = (scene) => largest(this.effects(told(scene))) !== largest(scene.trace.column_weights);
      const view = firstPerson(run, this, 2, apart) ?? firstPerson(run, this, 2);
      return view && { ...view, item: asked(run, view).explained };
    },
    effects: (before) => leaveOneOut(before.moment, before.explained).delete.map((effect) => effect.delta_distance),
    best(before) { return readsLargest(this.effects(before), 3).map((place) => before.window[place]); },
    texts(before) {
      const effects = this.effects(before), weights = before.moment.average_attention;
      const attended = largest(weights), strongest = largest(effects), [effect, of_attended] = [effects[strongest], effects[attended]];
      const change = of_attended > 0 ? `raises the distance by ${amount(of_attended, 3, 'only ')}`
        : `lowers the distance by ${amount(Math.abs(of_attended), 3)}`;
      const match = strongest === attended ? 'alike' : 'apart';
      return {
        options: places(before).map((k) => `${lettered(before, k)} (${percent(weights[k])} attention)`),
        right: readsLargest(effects, 3),
        kinds: { because: effect > 0 ? 'removal harms' : 'none does', seen: effect > 0 ? match : 'none', reveal: match },
        fields: {
          item: itemQuoted(before, before.explained), cause: placeQuoted(before, strongest), favourite: placeQuoted(before, attended),
          share: percent(weights[attended]), size: amount(Math.abs(effect), 3), change,
        },
      };
    },
  },
  {
    title: 'The metric space',
    needs: ['map'],
    covers: ['map'],
    prepared(run) { return run.maps && { ...firstPerson(run, this, 1), projection: 'pca', space: 'short' }; },
    best: (before) => readsLargest([...before.ranking.short].map((away) => -away), 3),
    texts(before) {
      const away = [...before.ranking.short], { run, window } = before, dim = run.config.dim;
      const best = largest(away.map((distance) => -distance)), on_map = nearestOnMap(before, 'short', 'pca');
      const chosen = new Set([best, on_map, window[largest(before.trace.column_weights)], window.at(-1), ...before.ranking.top(1)]);
      if (chosen.size === 1) chosen.add(largest(away));
      const offered = [...chosen].sort((a, b) => (run.titles[a] < run.titles[b] ? -1 : run.titles[a] > run.titles[b] ? 1 : a - b));
      const titles = offered.map((item) => itemQuoted(before, item).slice(1, -1));
      const rank = away.filter((distance) => distance < away[on_map]).length + 1;
      return {
        options: titles.map((title, k) => (titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${offered[k]})`)),
        right: offered.flatMap((item, k) => (this.best(before).includes(item) ? [k] : [])),
        kinds: {
          reveal: dim <= 2 ? 'exact' : on_map === best ? 'alike' : 'apart', seen: before.ranking.candidates[best] ? 'candidate' : 'seen',
        },
        fields: {
          nearest: itemQuoted(before, best), distance: number(away[best], 3), dimensions: countOf(dim, 'dimension'),
          nearest_on_map: itemQuoted(before, on_map), on_map: on_map === best ? 'it' : itemQuoted(before, on_map),
          rank: ordinal(rank), away: number(away[on_map], 3),
        },
      };
    },
  },
].map((question) => ({ ...USUAL, ...question }));

/** The scene of a question. Where the actual next item is to be guessed, no question gives it away. */
const told = (scene) => (scene.run.guess_first ? concealed(scene) : scene), asked = (run, view) => told(sceneOf(run, view));
const solved = (question, before) => asked(before.run, { ...before.view, window: question.edited(before, before.window) });

/** The texts of a question with its fields filled in; `because` may stand in the others. */
function worded(run, question, { options, right, kinds = {}, fields }) {
  const written = { reveal: '', ...run.lesson[question.title] }, said = {};
  if (remembers(run.config)) written.about = written['about a taste from items'] ?? written.about;
  const fill = (text) => text.replace(/\{([\w:]+)\}/g, (_, name) => fields[name] ?? said[name]);
  for (const name of ['because', 'question', 'task', 'reveal', 'seen']) said[name] = fill(written[`${name} ${kinds[name] ?? ''}`.trim()]);
  return { ...said, about: written.about, keys: written.keys, options, right };
}

class QuestionPath {
  constructor(room, section) {
    Object.assign(this, { room, section, given: new Map(), seen: new Set() });
    const { run } = room;
    this.offered = QUESTIONS.map((question, row) => ({ question, number: row + 1 })).filter(({ question }) => (
      question.needs.every((panel) => run.panels.includes(panel)) && run.lesson[question.title] && question.prepared(run)));
    section.setAttribute('aria-labelledby', 'path-name');
  }

  /** Question → the prediction; and the questions whose task is done. */
  get answers() { return { given: this.given, seen: this.seen }; }

  restore(answers) { Object.assign(this, answers); }

  /** The open question, and the scene that it is about. */
  get open() {
    const at = this.offered.find(({ number }) => number === this.room.view.question);
    if (!at) return null;
    at.before ??= asked(this.room.run, at.question.prepared(this.room.run));
    return at;
  }

  /** Panel → 'all', or how many rows of the matrix stay open, until the prediction is made or the task is done. */
  covers(scene) {
    const { open } = this, covered = new Map();
    if (!open || this.seen.has(open.number)) return covered;
    const { question, number, before } = open;
    if (!this.given.has(number)) for (const panel of question.covers) covered.set(panel, 'all');
    else if (question.rows && !question.done(before, scene)) covered.set('attention', { rows: question.rows }).set('story', 'all').set('why', 'all');
    return covered;
  }

  go(number) {
    const at = this.offered.find((one) => one.number === number);
    const view = at ? at.question.prepared(this.room.run) : this.room.view;
    this.room.revision += 1;
    this.room.change({ ...view, question: number });
  }

  /** Opens what the question is about, and leads there. */
  predict({ question, number }, option) {
    this.given.set(number, option);
    this.room.keep();
    this.room.side.open(false); // on a phone it would lie over what the question is about
    this.room.draw();
    this.room.show(question.needs.at(-1));
  }

  draw(scene) {
    const { open } = this, focused = this.section.contains(document.activeElement);
    if (open && this.given.has(open.number) && !this.seen.has(open.number) && open.question.done(open.before, scene)) {
      this.seen.add(open.number);
      this.room.keep();
      this.room.draw(); // what was covered is open now
      return;
    }
    const away = Boolean(open) && !(scene.user === open.before.user && scene.step === open.before.step);
    const key = JSON.stringify([open?.number, open && this.given.get(open.number), this.seen.size, away]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.section.classList.toggle('open', Boolean(open));
    this.section.replaceChildren(...(open ? this.question(open, away) : this.beginning()));
    if (focused) this.section.querySelector('h2').focus();
  }

  heading(text) {
    return el('h2', { id: 'path-name', tabindex: '-1' }, text);
  }

  beginning() {
    const button = el('button', { type: 'button', class: 'primary' }, this.seen.size ? 'Begin again' : 'Begin');
    button.onclick = () => { this.given.clear(); this.seen.clear(); this.go(this.offered[0].number); };
    const done = this.offered.filter(({ number }) => this.seen.has(number)), right = done.filter((at) => this.isRight(at)).length;
    const conclusions = done.map((at) => el('li', {}, this.texts(at).seen));
    const about = `${countOf(this.offered.length, 'question')} about this model: predict, try, and see whether you were right.`;
    return [this.heading('A path of questions'), el('p', {}, about), ...(conclusions.length
      ? [el('p', {}, `${right} of ${countOf(done.length, 'prediction')} right.`), el('ul', {}, ...conclusions)] : []), button];
  }

  isRight(at) { return this.texts(at).right.includes(this.given.get(at.number)); }

  texts(at) {
    at.before ??= asked(this.room.run, at.question.prepared(this.room.run));
    return worded(this.room.run, at.question, at.question.texts(at.before));
  }

  /** away: whether the page shows another person or moment than the question is about. */
  question(at, away) {
    const { question, number } = at, row = this.offered.indexOf(at), said = this.texts(at), given = this.given.get(number);
    const parts = [el('p', { class: 'quiet' }, `Question ${row + 1} of ${this.offered.length}, about ${at.before.who}`), this.heading(question.title),
      el('p', {}, ...strong(said.about)), el('p', { class: 'asked' }, said.question)];
    if (given === undefined) {
      parts.push(el('div', { class: 'options', role: 'group', 'aria-label': 'Your prediction' }, ...said.options.map((option, k) => {
        const button = el('button', { type: 'button' }, option);
        button.onclick = () => this.predict(at, k);
        return button;
      })));
    } else if (!this.seen.has(number)) {
      parts.push(el('p', {}, `Your prediction: ${said.options[given]}.`), el('p', {}, el('b', {}, 'Now do: '), said.task),
        el('p', { class: 'quiet by-keys' }, `By keyboard: ${said.keys}`));
    } else {
      const right = this.isRight(at) ? 'Right' : `Not quite: it is “${said.right.map((k) => said.options[k]).join('” or “')}”`;
      parts.push(el('p', { class: 'answer', role: 'status' }, `${right}, because ${said.because}.`), ...(said.reveal ? [el('p', {}, said.reveal)] : []));
    }
    const next = this.offered[row + 1];
    const on = el('button', { type: 'button', class: this.seen.has(number) ? 'primary' : '' }, next ? (this.seen.has(number) ? 'Next question' : 'Skip') : 'To the end');
    on.onclick = () => this.go(next ? next.number : null);
    const leave = el('button', { type: 'button' }, 'Leave the path');
    leave.onclick = () => this.go(null);
    const back = el('button', { type: 'button', class: 'primary' }, 'Back to the question');
    back.onclick = () => this.go(number);
    return [...parts, el('div', { class: 'line' }, ...(away ? [back] : []), on, leave)];
  }
}

/** **bold** of the lesson's texts, which are fixed. */
const strong = (text) => text.split(/\*\*(.+?)\*\*/).map((part, k) => (k % 2 ? el('b', {}, part) : part));
