// Scrolls to the top of the page, which shows the effect of a click far down the page.

export default function ({ parentElement }) {
  scrolling(parentElement).scrollTop = 0;
}
