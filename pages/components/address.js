// Corrects the query of the present history entry, and lets the navigation's links carry it.

// A link of the navigation knows only the page: "open in a new tab" and "copy link" would lose the view.
const carrying = new WeakSet(); // links
const carry = (event) => {
  const link = event.target.closest?.('a[href]');
  if (link?.origin !== location.origin || (link.search && !carrying.has(link))) return;
  carrying.add(link);
  link.search = location.search;
};
for (const kind of ['pointerdown', 'focusin', 'contextmenu']) document.addEventListener(kind, carry, true);

// A server that has restarted knows this tab only once it has drawn it, and an edit before that would be lost: so a
// tab that is connected again asks for it at once.
let askAgain, isAway = false;
new MutationObserver(([{ target }]) => {
  const wasAway = isAway;
  isAway = target.getAttribute(CONNECTION) !== 'CONNECTED';
  if (wasAway && !isAway) setTimeout(askAgain);
}).observe(document.body, { subtree: true, attributeFilter: [CONNECTION] });

// Parts of an address that Streamlit reads itself and does not send on.
const isOfStreamlit = ([name]) => /^embed(_options)?$/i.test(name);

const sorted = (query) => {
  const parts = new URLSearchParams(query);
  parts.sort();
  return String(parts);
};

export default function ({ data, setTriggerValue }) {
  askAgain = () => setTriggerValue('again', true);
  // A token is obeyed once: a remount must not repeat an old correction.
  if (!data.token || data.token === window.attrecCorrection) return;
  window.attrecCorrection = data.token;
  const now = [...new URLSearchParams(location.search)], embed = now.filter(isOfStreamlit);
  const own = sorted(now.filter((part) => !isOfStreamlit(part)));
  if (data.of.every((query) => sorted(query) !== own)) return; // the visitor has gone on
  const query = [data.query, new URLSearchParams(embed).toString()].filter(Boolean).join('&');
  history.replaceState(history.state, '', location.pathname + (query && `?${query}`) + location.hash);
}
