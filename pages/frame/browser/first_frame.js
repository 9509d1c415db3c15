// A veil hides the page until the page is stable: its script has run, and the elements in view are loaded, mounted and no longer
// moving. So earlier movements are not seen. Once there is an element, the veil waits at most LONGEST for the others. A change
// of page puts the veil on again, but not over the bar, which stays where it is.

const LOOK = 30, CALM = 2, LONGEST = 4000, GIVE_UP = 8000;
// Milliseconds between checks; checks without a change; milliseconds from the first element on, and in total.
const VEILED = 'attrec-veiled', TURNED = 'attrec-turned', SCENE = 'attrec-scene', root = document.documentElement;
let timer = 0, places = '', calm = 0, began = 0, first = 0, goal = location.pathname;

const top = (node) => node.getBoundingClientRect().top, inView = (node) => top(node) < innerHeight;
// A mounted component of this app takes up room, or is of a kind that never does.
const mounted = (node) => node.offsetHeight > 0 || node.querySelector('[class^="attrec-"], [hidden]');
function stands(page) {
  const state = document.querySelector(APP)?.getAttribute(SCRIPT_STATE);
  return state === 'notRunning' && page && ![...page.querySelectorAll(LOADING)].some(inView)
    && [...page.querySelectorAll(COMPONENT)].every((node) => mounted(node) || !inView(node));
}
window.attrecStands = () => stands(document.querySelector(PAGE));
function look() {
  const page = document.querySelector(PAGE), elements = [...page?.querySelectorAll(ELEMENT) ?? []], time = performance.now();
  const here = location.pathname === goal, now = elements.filter(inView).map(top).join();
  if (!first && here && elements.length) first = time;
  calm = here && now === places && stands(page) ? calm + 1 : 0;
  places = now;
  if (calm < CALM && !(first && time - first > LONGEST) && time - began < GIVE_UP) timer = setTimeout(look, LOOK);
  else {
    goal = location.pathname;
    window.attrecLate = calm < CALM; // true if time ran out: later elements move the page, which is not an error
    root.classList.remove(VEILED, TURNED);
    show();
    drawn();
    afterwards();
  }
}
// Plotly takes a browser longer than all the rest of a page. A page that begins with a chart loads it while Streamlit's code is still
// coming; any other page when it is shown and the browser is idle, so that the first chart need not wait for it.
const later = (what) => (window.requestIdleCallback ?? setTimeout)(what);
/** Loads Plotly a second after all parts of the page are drawn, or after six: the browser is idle also while it waits for a part,
 * and a first click should not wait for Plotly. */
function afterwards(looks = 50) {
  if (looks && document.querySelector(`${LOADING}, ${UNDRAWN}`)) setTimeout(afterwards, 100, looks - 1);
  else setTimeout(later, 1000, loadPlotly);
}
const loadPlotly = () => { plotlyFrom(KNOWN.plotly).catch(() => {}); }; // a chart that needs it tries again and says so
const hasCharts = (path) => KNOWN.charts.includes(path.split('/').at(-1));
/** Fetches Plotly at once, and runs it while the browser waits for the server's answer: run earlier, it would delay the question. */
function loadForCharts(looks = 100) {
  const state = document.querySelector(APP)?.getAttribute(CONNECTION);
  if (looks && state !== 'CONNECTED') setTimeout(loadForCharts, LOOK, looks - 1);
  else loadPlotly();
}
function fetchPlotly() {
  const link = Object.assign(document.createElement('link'), { rel: 'preload', as: 'script', href: new URL(KNOWN.plotly, document.baseURI) });
  document.head.append(link);
}
/** Scrolls the open page's tab into view if only a few tabs fit. On a busy machine the tabs come after the veil is lifted. */
function show(looks = 50) {
  const tabs = document.querySelector('.st-key-tabs'), here = tabs?.querySelector('strong')?.getBoundingClientRect();
  if (!here) {
    if (looks) setTimeout(show, 200, looks - 1);
    return;
  }
  const edge = tabs.getBoundingClientRect(), faded = parseFloat(getComputedStyle(tabs).paddingRight);
  tabs.scrollLeft += Math.max(0, here.right + faded - edge.right) + Math.min(0, here.left - edge.left);
}
function veil(address, ...classes) {
  clearTimeout(timer);
  root.classList.toggle(SCENE, new URL(address).searchParams.has('scene')); // an audience sees no outline between two scenes
  [calm, first, began] = [0, 0, performance.now()];
  root.classList.add(VEILED, ...classes);
  look();
}
function turn(address) {
  const path = new URL(address).pathname;
  if (path === goal) return;
  goal = path;
  if (hasCharts(path)) loadPlotly();
  veil(address, TURNED);
  document.querySelector(MAIN)?.scrollTo(0, 0); // if the next page comes at once, the element that scrolls keeps its place
}
if (hasCharts(goal)) {
  fetchPlotly();
  loadForCharts();
}
veil(location.href);
// The page changes by a click on a link of the app: Streamlit then empties the page at once. The page also changes in other
// ways, which not every browser reports.
addEventListener('click', (event) => {
  const link = event.composedPath().find((node) => node.href);
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link?.target;
  if (link?.origin !== location.origin || link.download || elsewhere) return;
  turn(link.getAttribute('href') ? link.href : new URL('.', location)); // the link to the start page has an empty href
}, true);
window.navigation?.addEventListener('navigate', ({ destination }) => destination.sameDocument && turn(destination.url));
