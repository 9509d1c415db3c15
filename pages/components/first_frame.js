// The page lies under a veil until it stands: its script has run, its components
// are mounted, and its height has been the same for a moment. What
// moves before that is not seen to move. After a while the veil is lifted in any case.

const LOOK = 40, CALM = 4, LOWEST = 150, LONGEST = 5000;
// Milliseconds between looks; looks without a change; pixels of a page that holds something; milliseconds in all.
const root = document.documentElement;
let height = 0, calm = 0;
// A component of ours takes room, or is one that never does.
const mounted = (node) => node.offsetHeight > 0 || node.querySelector('[class^="attrec-"]');
function look() {
  const page = document.querySelector(PAGE), now = page?.offsetHeight ?? 0;
  const running = document.querySelector(APP)?.getAttribute(SCRIPT_STATE) === 'running';
  const stands = !running && now > LOWEST && [...page.querySelectorAll(COMPONENT)].every(mounted);
  calm = stands && now === height ? calm + 1 : 0;
  height = now;
  if (calm < CALM && performance.now() < LONGEST) setTimeout(look, LOOK);
  else root.classList.remove('attrec-veiled');
}
root.classList.add('attrec-veiled');
look();
