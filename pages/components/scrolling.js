// What scrolls around a node, and how a node stays where it is while the page around it changes.

function scrolling(node) {
  for (let n = node; n; n = n.parentElement ?? n.getRootNode().host) {
    if (n.scrollHeight > n.clientHeight && /auto|scroll/.test(getComputedStyle(n).overflowY)) return n;
  }
  return document.scrollingElement;
}

/** Scrolls so that what `find` gives stays at its height on the screen, for a moment or until the reader scrolls. */
function stay(find) {
  const top = () => find()?.getBoundingClientRect().top, from = top(), scroller = scrolling(find());
  const until = performance.now() + 2000;
  let free = false;
  for (const kind of ['wheel', 'touchmove', 'keydown']) {
    window.addEventListener(kind, () => { free = true; }, { once: true, passive: true });
  }
  const step = () => {
    const now = top();
    if (now !== undefined && Math.abs(now - from) >= 1) scroller.scrollTop += now - from;
    if (!free && performance.now() < until) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
