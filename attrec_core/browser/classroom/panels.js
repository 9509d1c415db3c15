// The panels of the page, top to bottom. Each draws one scene into its section: what is said, and components of the app.

const LISTED = 10, NEAREST = 5;

class Panel {
  constructor(room, section) {
    Object.assign(this, { room, section, said: section.querySelector('.said'), hosts: section.querySelector('.hosts') });
  }

  /** Adds a component, or an element of the page itself. */
  add(name, events = {}, within = this.hosts) {
    const host = el('div', { class: `host ${name}` });
    within.append(host);
    return new Widget(host, name, { select: ({ id }) => this.room.select(id), ...events });
  }

  /** A part that is closed at first. */
  fold(name) {
    const part = el('details', { class: 'guide' }, el('summary', {}, name));
    this.hosts.append(part);
    return part;
  }

  say(...sentences) {
    this.said.textContent = sentences.filter(Boolean).join(' ');
  }
}

class StoryPanel extends Panel {
  constructor(room, section) {
    super(room, section);
    this.picture = this.add('story', { order: (edit) => room.edit(edit) });
    this.picture.component.parentElement.querySelector('.story').dataset.links = '#story .explain a';
    this.links = el('nav', { class: 'explain', hidden: '' });
    this.hosts.append(this.links);
  }

  draw(scene) {
    const record = storyRecord(scene), { window, run } = scene;
    this.links.replaceChildren(...record.recommended.map(({ id }) => {
      const link = el('a', { href: '#why' });
      link.onclick = (event) => { event.preventDefault(); this.room.explain(Number(id)); };
      return link;
    }));
    this.picture.show({
      record,
      ids: window.map(String),
      titles: window.map((item) => run.titles[item]),
      revision: this.room.revision,
    });
    this.say(record.sentence);
  }
}

class AttentionPanel extends Panel {
  constructor(room, section) {
    super(room, section);
    this.matrix = this.add('attention_map', { weights: ({ weights }) => room.setByHand(weights) });
    // From one bar to another the focus stays in the component, and the page does not hear of it.
    this.matrix.component.parentElement.addEventListener('focusout', () => { room.control = null; });
    this.byHand = toggle('Set attention by hand', (on) => room.byHand(on));
    this.hosts.append(this.byHand.box);
  }

  draw(scene, rows) {
    const record = attentionRecord(scene), open = rows ? veiled(record, rows) : record;
    this.matrix.show({ ...open, revision: this.room.revision, follows: false, drags: scene.by_hand && record.ids.length > 1 });
    const reason = noHand(scene);
    this.byHand.set(scene.by_hand, Boolean(reason) || Boolean(rows), reason);
    this.say(rows ? 'The other rows are hidden until the question is answered.' : attentionSentence(scene));
  }
}

class ListPanel extends Panel {
  constructor(room, section) {
    super(room, section);
    this.list = this.add('ranking');
  }

  draw(scene) {
    this.list.show(rankingRecord(scene, LISTED, this.room.panels.has('why') ? rolesOf(this.room.scene) : undefined));
    const { n_items, catalogue, noun } = this.room.run;
    const cut = n_items < catalogue ? `This file holds ${thousands(n_items)} of ${thousands(catalogue)} ${noun}; ranks count among these.` : '';
    this.say(scene.concealed ? `Guess first: which ${this.room.one} comes next?` : rankingSentence(scene), cut);
  }
}

class WhyPanel extends Panel {
  /** What removing an item does concerns the model's own attention, not that set by hand. */
  get own_attention() { return true; }

  constructor(room, section) {
    super(room, section);
    this.search = this.add('pick_search', { pick: ({ id }) => room.change({ item: id === null ? null : Number(id) }) });
    this.reason = el('p', { class: 'reason' });
    this.remove = el('button', { type: 'button', class: 'primary' });
    this.lead = el('div', { class: 'line' }, this.reason, this.remove);
    this.hosts.append(this.lead);
    this.hosts.append(el('h3', {}, 'Does attention mean influence?'));
    this.truth = this.add('influence');
    this.influence = el('p');
    this.smallest = el('p');
    this.apply = el('button', { type: 'button' }, 'Apply this edit');
    this.hosts.append(this.influence, el('div', { class: 'line' }, this.smallest, this.apply));
    this.sum = this.fold('Contribution of each item');
    this.bars = this.add('bars', {}, this.sum);
    this.details = el('p', { class: 'quiet' });
    this.sum.append(this.details);
    this.rival = this.fold('Compare with the next item');
    this.versus_name = el('h3');
    this.rival.append(this.versus_name);
    this.versus = this.add('bars', {}, this.rival);
    this.versus_details = el('p', { class: 'quiet' });
    this.rival.append(this.versus_details);
  }

  draw(scene) {
    const item = scene.explained, { run, moment } = scene;
    this.hosts.hidden = item === null;
    if (item === null) return this.say(NO_CANDIDATES);
    const why = explained(scene);
    this.search.show({ catalogue: this.room.catalogue, label: 'Type to search', name: 'Item to explain', chosen: run.titles[item], clearable: false });
    const own = this.room.by_hand.by_hand ? 'Attention set by hand does not count here: this is the model’s own.' : '';
    this.say(headline(scene, why), own);
    this.reason.textContent = why.reason.sentence;
    const offer = removalOf(scene, why);
    this.remove.hidden = !offer;
    if (offer) {
      this.remove.textContent = offer.label;
      this.remove.onclick = () => this.room.setWindow(offer.window, { item });
    }
    const sum = waterfallOf(scene, why);
    this.truth.host.hidden = scene.window.length === 1;
    this.truth.show(truthTable(scene, why));
    this.influence.textContent = why.influence.sentence;
    this.bars.host.hidden = !sum;
    if (sum) this.bars.show(waterfallBars(scene, sum));
    this.details.textContent = sum ? `${sum.sentence} ${waterfallDetails(sum)}` : why.sum.sentence;
    const other = rival(scene);
    this.rival.hidden = other === null;
    if (other !== null) {
      const both = versus(scene, item, other);
      this.versus_name.textContent = versusHeading(both);
      this.versus.show(versusBars(scene, both));
      this.versus_details.textContent = `${both.difference.sentence} ${versusDetails(scene, both)}`;
    }
    const edit = smallestEdit(moment, item, LISTED);
    this.smallest.textContent = edit.sentence;
    this.apply.hidden = edit.kind === 'none';
    this.apply.onclick = () => this.room.setWindow(edit.window, { item });
    return undefined;
  }
}

class SplitPanel extends Panel {
  constructor(room, section) {
    super(room, section);
    this.omega = el('input', { type: 'range', min: '0', max: '1', step: '0.01', id: 'omega' });
    this.omega.oninput = () => room.change({ omega: this.value }, 'draw');
    this.omega.onchange = () => room.change({ omega: this.value }, 'push', 'omega');
    this.value_of = el('output', { for: 'omega' });
    this.trained = el('button', { type: 'button' }, 'As trained');
    this.trained.onclick = () => room.change({ omega: null });
    this.line = el('div', { class: 'line omega' },
      el('label', { for: 'omega' }, 'ω, the weight of the long-term distance'), this.omega, this.value_of, this.trained);
    this.hosts.append(this.line);
    this.split = this.add('split');
    this.lead = el('p');
    this.hosts.append(el('h3', { class: 'off-paper' }, 'The rank of each item for every ω'), this.lead);
    this.curves = this.add('curves', { omega: ({ omega }) => room.change({ omega: Math.min(1, Math.floor(omega * 100 + 1) / 100) }) });
    this.curves.host.classList.add('off-paper');
  }

  /** The chosen ω; null where it is that of the training. */
  get value() {
    const omega = Number(this.omega.value);
    return Math.abs(omega - this.room.run.config.long_weight) < 1e-9 ? null : omega;
  }

  draw(scene) {
    this.omega.value = scene.omega;
    this.omega.disabled = !scene.has_taste;
    this.value_of.textContent = number(scene.omega);
    this.trained.hidden = scene.omega === this.room.run.config.long_weight;
    const record = scoreSplit(scene, LISTED);
    this.split.show(splitRecord(scene, record));
    this.say(splitSentence(record), staysSentence(scene, LISTED));
    // The curves take longest, and come after what answers the edit is on the screen.
    requestAnimationFrame(() => setTimeout(() => this.drawCurves()));
  }

  drawCurves() {
    const scene = this.room.by_hand;
    if (this.section.classList.contains('covered') || scene === this.drawn) return;
    this.drawn = scene;
    const curves = rankCurves(scene.moment, LISTED);
    this.lead.textContent = leadsSentence(scene, curves);
    this.curves.show(curvesRecord(scene, curves));
  }
}

class MapPanel extends Panel {
  constructor(room, section) {
    super(room, section);
    const { projections } = room.run.maps;
    section.classList.add('off-paper');
    this.space = choice('Space', { short: 'Item space', long: 'User space' }, (space) => room.change({ space }, 'replace'));
    const names = Object.fromEntries(projections.map((name) => [name, name.toUpperCase()]));
    this.projection = choice('Projection', names, (projection) => room.change({ projection }, 'replace'));
    this.hosts.append(el('div', { class: 'line' }, this.space.box, this.projection.box));
    const sides = el('div', { class: 'beside' }), beside = el('div');
    this.map = this.add('space_map');
    sides.append(this.map.host, beside);
    this.hosts.append(sides);
    this.search = this.add('pick_search', { pick: ({ id }) => room.select(id) });
    this.near = el('ol', { class: 'near' });
    beside.append(this.search.host, el('h3', {}, 'The nearest, in all dimensions'), this.near);
  }

  draw(scene) {
    const { view, run } = scene, space = view.space ?? 'short', projection = view.projection ?? run.maps.projections[0];
    this.space.set(space);
    this.projection.set(projection);
    const record = mapRecord(scene, space, projection, LISTED);
    this.map.show(record);
    this.say(mapSentence(scene, space, record));
    const chosen = scene.selected === null ? null : run.titles[scene.selected];
    this.search.show({ catalogue: this.room.catalogue, label: 'Type to search', name: 'Find an item', chosen, clearable: true });
    this.near.replaceChildren(...record.near.slice(0, NEAREST).map((near) => {
      const button = el('button', { type: 'button', class: 'link' }, near.title);
      button.onclick = () => this.room.select(near.id);
      const rank = near.no_candidate.length ? near.no_candidate.join(', ') : `ranked ${ordinal(near.rank)}`;
      return el('li', {}, button, el('small', {}, ` ${rank} · ${number(near.nearness, 3)}`));
    }));
  }
}

const PANELS = { story: StoryPanel, attention: AttentionPanel, list: ListPanel, split: SplitPanel, why: WhyPanel, map: MapPanel };

function toggle(label, onSet) {
  const input = el('input', { type: 'checkbox', role: 'switch' });
  const why = el('small');
  input.onchange = () => onSet(input.checked);
  const set = (on, disabled, reason) => {
    Object.assign(input, { checked: on, disabled });
    why.textContent = reason;
  };
  return { box: el('label', { class: 'toggle' }, input, ` ${label} `, why), set };
}

/** One of several, as a row of buttons. */
function choice(label, names, onSet) {
  const buttons = Object.entries(names).map(([value, name]) => {
    const button = el('button', { type: 'button', 'data-value': value }, name);
    button.onclick = () => onSet(value);
    return button;
  });
  const set = (value) => buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.value === value)));
  return { box: el('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons), set };
}
