// Corrects the query of the current history entry, and adds the query to the links of the navigation.

// A link of the navigation holds only the page: "open in a new tab" and "copy link" would lose the view.
const carrying = new WeakSet(); // links that got their query here
const carry = (event) => {
  const link = event.target.closest?.('a[href]');
  if (link?.origin !== location.origin || (link.search && !carrying.has(link))) return;
  carrying.add(link);
  link.search = location.search;
};
for (const kind of ['pointerdown', 'focusin', 'contextmenu']) document.addEventListener(kind, carry, true);

// The page that a click has asked for. Until it is there, a page that is still on its way sends nothing by itself: its
// message would reach the server after the click, and bring it back.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (link?.origin === location.origin && !(event.ctrlKey || event.metaKey || event.shiftKey)) window.attrecGoing = link.pathname;
}, true);
window.addEventListener('popstate', () => { window.attrecGoing = undefined; });

// A restarted server knows this tab only after it has drawn the tab's page, and an edit before that would be lost. So a
// tab asks for its page as soon as it is connected again.
let askAgain, isAway = false, drawsAgain = false;
new MutationObserver(([{ target }]) => {
  const wasAway = isAway;
  isAway = target.getAttribute(CONNECTION) !== 'CONNECTED';
  if (wasAway && !isAway) { drawsAgain = true; setTimeout(askAgain); }
}).observe(document.body, { subtree: true, attributeFilter: [CONNECTION] });
// Then it knows the tab's widgets, and gets the edits that it has missed; see edits.js.
new MutationObserver(([{ target, oldValue }]) => {
  const drawn = oldValue === 'running' && target.getAttribute(SCRIPT_STATE) === 'notRunning';
  if (isAway || !drawsAgain || !drawn) return;
  drawsAgain = false;
  window.dispatchEvent(new Event('attrec-back'));
}).observe(document.body, { subtree: true, attributeFilter: [SCRIPT_STATE], attributeOldValue: true });

// Query parameters that Streamlit reads itself and does not pass on.
const isOfStreamlit = ([name]) => /^embed(_options)?$/i.test(name);

const sorted = (query) => {
  const parts = new URLSearchParams(query);
  parts.sort();
  return String(parts);
};

export default function ({ data, setTriggerValue }) {
  askAgain = () => setTriggerValue('again', true);
  if (window.attrecGoing === location.pathname) window.attrecGoing = undefined;
  // Each token is applied once: a remount must not repeat an old correction.
  if (!data.token || data.token === window.attrecCorrection) return;
  window.attrecCorrection = data.token;
  const now = [...new URLSearchParams(location.search)], embed = now.filter(isOfStreamlit);
  const own = sorted(now.filter((part) => !isOfStreamlit(part)));
  if (data.of.every((query) => sorted(query) !== own)) return; // the visitor has moved on to another view
  const query = [data.query, new URLSearchParams(embed).toString()].filter(Boolean).join('&');
  history.replaceState(history.state, '', location.pathname + (query && `?${query}`) + location.hash);
}
