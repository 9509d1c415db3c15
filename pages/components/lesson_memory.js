// Stores the progress in the lesson in this browser, separately for each model.

export default function ({ data, setTriggerValue }) {
  const place = `attrec-lesson-${data.run}`;
  try {
    if (data.asks) setTriggerValue('kept', { run: data.run, progress: JSON.parse(localStorage.getItem(place)) });
    else if (data.keeps?.length) localStorage.setItem(place, JSON.stringify(data.keeps));
    else if (data.keeps) localStorage.removeItem(place);
  } catch { // this browser stores nothing; the address still holds the progress
    if (data.asks) setTriggerValue('kept', { run: data.run, progress: null });
  }
}
