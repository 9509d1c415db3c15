// What a click far down began stands on top of the page: so the page begins there.

export default function ({ parentElement }) {
  scrolling(parentElement).scrollTop = 0;
}
