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

export default function ({ data }) {
  // A token is obeyed once: a remount must not repeat an old correction.
  if (!data.token || data.token === window.attrecCorrection) return;
  window.attrecCorrection = data.token;
  const embed = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith('embed'));
  const query = [data.query, new URLSearchParams(embed).toString()].filter(Boolean).join('&');
  history.replaceState(history.state, '', location.pathname + (query && `?${query}`) + location.hash);
}
