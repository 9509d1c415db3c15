// Finds the element that scrolls a node, and keeps a node in its place while the page around it changes.

function scrolling(node) {
  for (let n = node; n; n = n.parentElement ?? n.getRootNode().host) {
    if (n.scrollHeight > n.clientHeight && /auto|scroll/.test(getComputedStyle(n).overflowY)) return n;
  }
  return document.scrollingElement;
}

let staying; // the last call of `stay`: an earlier one ends, else the two would scroll against each other

/** Scrolls so that the node that `find` returns stays at a height on the screen, by default where it is, until the reader does
 * something. It goes on for seconds, because a busy server may need seconds to change the page. */
function stay(find, height) {
  const top = () => find()?.getBoundingClientRect().top, from = height ?? top(), scroller = scrolling(find());
  const until = performance.now() + 10_000, call = staying = Symbol('stay');
  let free = false, at = scroller.scrollTop, seen = top();
  for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
    window.addEventListener(kind, () => { free = true; }, { once: true, passive: true });
  }
  // A scroll bar or a screen reader sends none of these events. When the reader scrolls with them, the node moves by the
  // scrolled distance. When only the page below became shorter, the node moves, too, but the page is at its end.
  const scrolled = (now) => Math.abs(scroller.scrollTop - at) >= 1 && Math.abs(now - seen + scroller.scrollTop - at) < 1
    && scroller.scrollTop + scroller.clientHeight < scroller.scrollHeight - 1;
  scroller.style.overflowAnchor = 'none'; // the browser's own way to stay looks like a reader who scrolls
  const step = () => {
    if (call !== staying) return;
    const now = top();
    if (now !== undefined) {
      free ||= scrolled(now);
      if (!free && Math.abs(now - from) >= 1) scroller.scrollTop += now - from;
      [at, seen] = [scroller.scrollTop, top()];
    }
    if (!free && performance.now() < until) requestAnimationFrame(step);
    else scroller.style.overflowAnchor = '';
  };
  requestAnimationFrame(step);
}
