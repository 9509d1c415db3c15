// The place of one matrix. The code that draws it comes once a page, with `matrix.js`: what a component is made of is
// sent again with every rerun, and a page has a dozen of these.

const places = new WeakMap(); // parent element -> the newest component that waits there

export default function (component) {
  const { parentElement } = component;
  if (window.attrecMatrix) window.attrecMatrix.drawIn(component);
  else {
    if (!places.has(parentElement)) {
      window.addEventListener('attrec-matrix', () => window.attrecMatrix.drawIn(places.get(parentElement)), { once: true });
    }
    places.set(parentElement, component);
  }
  return () => window.attrecMatrix?.leave(component);
}
