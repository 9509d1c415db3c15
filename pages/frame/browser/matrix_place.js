// The place of one matrix. The code that draws the matrix is sent once per page, as `matrix.js`: the code of a component is
// sent again with every rerun, and a page has a dozen of these places.

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
