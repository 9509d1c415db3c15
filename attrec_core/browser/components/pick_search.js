// A search over a catalogue. It sends each picked entry to the server, once. With a name above it, the search is a field that
// holds and shows one entry; if the field may be empty, it has a button that clears it.

class Search {
  constructor(root, data) {
    this.ahead = new TypeAhead(data.label, {
      source: () => this.component.data.catalogue,
      onPick: ([id]) => this.component.setTriggerValue('pick', { id }),
    });
    this.name = el('p', { class: 'name', hidden: '' });
    this.empty = el('button', { type: 'button', class: 'empty', hidden: '' }, '×');
    this.empty.onclick = () => this.component.setTriggerValue('pick', { id: null });
    this.ahead.box.append(this.empty);
    root.append(this.name, this.ahead.box);
  }

  receive(component) {
    this.component = component;
    const { name, chosen, label, clearable } = component.data, { input } = this.ahead;
    if (!name) return;
    this.name.hidden = false;
    this.name.textContent = name;
    input.placeholder = chosen ?? label;
    input.classList.toggle('chosen', chosen != null);
    input.title = chosen ?? '';
    input.setAttribute('aria-label', chosen == null ? `${name}: ${label}` : `${name}: ${chosen}`);
    this.empty.hidden = !clearable || chosen == null;
    this.empty.setAttribute('aria-label', `${name}: none`);
  }
}

export default mount('.editor', Search);
