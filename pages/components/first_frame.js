// The page lies under a veil until it stands: its script has run, and what is in view has been loaded, is mounted and
// keeps its height. What moves before that is not seen to move. Once there is something, the veil waits no longer than
// LONGEST for the rest. A turn to another page begins anew; the bar, which stays where it is, is not veiled again.

const LOOK = 30, CALM = 3, LONGEST = 2500, GIVE_UP = 10000;
// Milliseconds between looks; looks without a change; milliseconds from the first element on, and in all.
const VEILED = 'attrec-veiled', TURNED = 'attrec-turned', root = document.documentElement;
let timer = 0, height = 0, calm = 0, began = 0, first = 0, path = location.pathname;

const inView = (node) => node.getBoundingClientRect().top < innerHeight;
// A component of ours takes room, or is one that never does.
const mounted = (node) => node.offsetHeight > 0 || node.querySelector('[class^="attrec-"]');
function stands(page) {
  const state = document.querySelector(APP)?.getAttribute(SCRIPT_STATE);
  return state === 'notRunning' && page && ![...page.querySelectorAll(LOADING)].some(inView)
    && [...page.querySelectorAll(COMPONENT)].every((node) => mounted(node) || !inView(node));
}
function look() {
  const page = document.querySelector(PAGE), now = page?.offsetHeight ?? 0, time = performance.now();
  if (!first && page?.querySelector(ELEMENT)) first = time;
  calm = stands(page) && now === height ? calm + 1 : 0;
  height = now;
  if (calm >= CALM || (first && time - first > LONGEST) || time - began > GIVE_UP) root.classList.remove(VEILED, TURNED);
  else timer = setTimeout(look, LOOK);
}
function veil(...classes) {
  clearTimeout(timer);
  [calm, first, began] = [0, 0, performance.now()];
  root.classList.add(VEILED, ...classes);
  look();
}
veil();
// Not every browser tells of a turn; one that does not shows the page as it comes.
window.navigation?.addEventListener('navigate', ({ destination }) => {
  const to = new URL(destination.url).pathname;
  if (to !== path) veil(TURNED);
  path = to;
});
