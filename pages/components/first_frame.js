// The page lies under a veil until it stands: its script has run, and what is in view has been loaded, is mounted and
// keeps its place. What moves before that is not seen to move. Once there is something, the veil waits no longer than
// LONGEST for the rest. A turn to another page begins anew; the bar, which stays where it is, is not veiled again.

const LOOK = 30, CALM = 2, LONGEST = 4000, GIVE_UP = 8000;
// Milliseconds between looks; looks without a change; milliseconds from the first element on, and in total.
const VEILED = 'attrec-veiled', TURNED = 'attrec-turned', root = document.documentElement;
let timer = 0, places = '', calm = 0, began = 0, first = 0, goal = location.pathname;

const top = (node) => node.getBoundingClientRect().top, inView = (node) => top(node) < innerHeight;
// A component of ours takes room, or is one that never does.
const mounted = (node) => node.offsetHeight > 0 || node.querySelector('[class^="attrec-"], [hidden]');
function stands(page) {
  const state = document.querySelector(APP)?.getAttribute(SCRIPT_STATE);
  return state === 'notRunning' && page && ![...page.querySelectorAll(LOADING)].some(inView)
    && [...page.querySelectorAll(COMPONENT)].every((node) => mounted(node) || !inView(node));
}
function look() {
  const page = document.querySelector(PAGE), elements = [...page?.querySelectorAll(ELEMENT) ?? []], time = performance.now();
  const here = location.pathname === goal, now = elements.filter(inView).map(top).join();
  if (!first && here && elements.length) first = time;
  calm = here && now === places && stands(page) ? calm + 1 : 0;
  places = now;
  if (calm < CALM && !(first && time - first > LONGEST) && time - began < GIVE_UP) timer = setTimeout(look, LOOK);
  else {
    goal = location.pathname;
    window.attrecLate = calm < CALM; // the rest moves what is there, and nothing is wrong with the page
    root.classList.remove(VEILED, TURNED);
    show();
  }
}
/** Where there is room for a few of the tabs, that of the page one is on; on a busy machine it comes after the veil. */
function show(looks = 50) {
  const tabs = document.querySelector('.st-key-tabs'), here = tabs?.querySelector('strong')?.getBoundingClientRect();
  if (!here) {
    if (looks) setTimeout(show, 200, looks - 1);
    return;
  }
  const edge = tabs.getBoundingClientRect();
  tabs.scrollLeft += Math.max(0, here.right - edge.right) + Math.min(0, here.left - edge.left);
}
function veil(...classes) {
  clearTimeout(timer);
  [calm, first, began] = [0, 0, performance.now()];
  root.classList.add(VEILED, ...classes);
  look();
}
function turn(address) {
  const path = new URL(address).pathname;
  if (path === goal) return;
  goal = path;
  veil(TURNED);
}
veil();
// A click on a link of the app, in which Streamlit empties the page at once; and any other way to another page, of
// which not every browser tells.
addEventListener('click', (event) => {
  const link = event.composedPath().find((node) => node.href);
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link?.target;
  if (link?.origin !== location.origin || link.download || elsewhere) return;
  turn(link.getAttribute('href') ? link.href : new URL('.', location)); // the link to the first page is empty
}, true);
window.navigation?.addEventListener('navigate', ({ destination }) => destination.sameDocument && turn(destination.url));
