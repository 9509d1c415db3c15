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

let page = location.pathname;

/** On a phone the navigation is a drawer over the page, and Streamlit leaves it open over the page one has chosen. */
function closeDrawer() {
  if (location.pathname === page) return;
  page = location.pathname;
  if (matchMedia('(max-width: 768px)').matches) {
    document.querySelector(CLOSE_DRAWER)?.click();
  }
}

/** Streamlit marks the link of the open page, but not the section of the navigation that is closed over it. */
function markSection(tries = 20) {
  const sections = document.querySelectorAll(SECTIONS);
  if (!sections.length && tries) setTimeout(markSection, 100, tries - 1);
  for (const button of sections) {
    const here = button.innerText.trim() === window.attrecSection;
    if (here) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}
addEventListener('resize', () => setTimeout(markSection)); // the navigation is drawn anew for another width

export default function ({ data }) {
  closeDrawer();
  window.attrecSection = data.section;
  markSection();
  // A token is obeyed once: a remount must not repeat an old correction.
  if (!data.token || data.token === window.attrecCorrection) return;
  window.attrecCorrection = data.token;
  const embed = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith('embed'));
  const query = [data.query, new URLSearchParams(embed).toString()].filter(Boolean).join('&');
  history.replaceState(history.state, '', location.pathname + (query && `?${query}`) + location.hash);
}
