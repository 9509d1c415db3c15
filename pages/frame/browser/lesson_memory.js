// Stores the progress in the lesson in this browser, separately for each model, and brings the answer of a step into view.

export default function ({ data, setTriggerValue }) {
  const place = `attrec-lesson-${data.run}`;
  if (data.asks && (window.attrecGoing ?? location.pathname) !== location.pathname) return; // it is being left
  try {
    if (data.asks) setTriggerValue('kept', { run: data.run, progress: JSON.parse(localStorage.getItem(place)) });
    else if (data.keeps?.length) localStorage.setItem(place, JSON.stringify(data.keeps));
    else if (data.keeps) localStorage.removeItem(place);
  } catch { // this browser stores nothing; the address still holds the progress
    if (data.asks) setTriggerValue('kept', { run: data.run, progress: null });
  }
  const { step: before, done } = window.attrecLesson ?? {}, { step } = data;
  window.attrecLesson = data;
  // A page is often longer than the screen: the click that does the task may be far below the panel with the answer.
  const panel = document.querySelector('.st-key-lesson_panel');
  if (data.done && !done && step === before && panel?.getBoundingClientRect().top < 0) panel.scrollIntoView();
}
