// The attention map of one window.

const maps = new WeakMap(); // root element -> AttentionGrid

export default function (component) {
  const root = component.parentElement.querySelector('.map');
  if (!maps.has(root)) maps.set(root, new AttentionGrid(root));
  maps.get(root).receive(component);
}
