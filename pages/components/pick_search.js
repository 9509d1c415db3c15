// A search over the catalogue; what is picked is told to the server, once.

const searches = new WeakMap(); // root element -> the newest component of it

export default function (component) {
  const root = component.parentElement.querySelector('.editor');
  if (!searches.has(root)) {
    const search = new TypeAhead(component.data.label, {
      source: () => searches.get(root).data.catalogue,
      onPick: ([id]) => searches.get(root).setTriggerValue('pick', { id }),
    });
    root.append(search.box);
  }
  searches.set(root, component);
}
