// The keyboard in the frame: a link skips the navigation, which is a landmark, and the focus is not lost when the page draws the
// focused element anew or without it: it goes to what is drawn in its place, or to what held it.

const BAR = '.st-key-bar', LANDMARKS = { '.st-key-groups': 'Parts of the app', '.st-key-tabs': 'Pages of this part' };
const keysOf = (node) => (node ? [...node.classList].filter((name) => name.startsWith('st-key-')).concat(keysOf(node.parentElement)) : []);
let trail = []; // the class of the element that has the keyboard's focus, and of what holds it, the innermost first

function focusOn(node) {
  const controls = node.querySelectorAll('a[href], button:not(:disabled), input');
  if (controls.length !== 1 && !node.hasAttribute('tabindex')) node.tabIndex = -1;
  (controls.length === 1 ? controls[0] : node).focus({ preventScroll: true });
}
/** Called when the page is drawn and visible. */
function drawn() {
  for (const [part, name] of Object.entries(LANDMARKS)) {
    const node = document.querySelector(part);
    node?.setAttribute('role', 'navigation');
    node?.setAttribute('aria-label', name);
  }
  const names = trail.length ? [...trail, 'st-key-lesson_panel'] : []; // a step of the lesson that was opened from another page
  const holder = document.activeElement === document.body && names.map((name) => document.querySelector(`.${name}`)).find(Boolean);
  if (holder) focusOn(holder);
}
document.addEventListener('focusin', ({ target }) => { trail = target.matches(':focus-visible') ? keysOf(target) : []; });
document.addEventListener('pointerdown', () => { trail = []; }, true); // a click beside everything takes the focus away
new MutationObserver((changes) => {
  const ran = changes.some(({ target }) => target.getAttribute(SCRIPT_STATE) === 'notRunning');
  if (ran && !root.classList.contains(VEILED)) requestAnimationFrame(drawn); // by then what is left out is gone
}).observe(root, { subtree: true, attributeFilter: [SCRIPT_STATE] });

const skip = document.createElement('a');
Object.assign(skip, { className: 'attrec-skip', href: '#', textContent: 'Skip navigation' });
skip.onclick = (event) => {
  event.preventDefault();
  let bar = document.querySelector(BAR);
  while (bar && !bar.nextElementSibling) bar = bar.parentElement;
  if (bar) focusOn(bar.nextElementSibling);
};
addEventListener('DOMContentLoaded', () => document.body.prepend(skip));
