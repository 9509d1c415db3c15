// The place of one matrix. The code that draws it comes once a page, with `matrix.js`: what a component is made of is
// sent again with every rerun, and a page has a dozen of these.

export default function (component) {
  let leave;
  const draw = () => { leave = window.attrecMatrix(component); };
  if (window.attrecMatrix) draw();
  else window.addEventListener('attrec-matrix', draw, { once: true });
  return () => {
    window.removeEventListener('attrec-matrix', draw);
    leave?.();
  };
}
