// The address holds the whole view: this copies it, but not how far one has come in the lesson.

const shared = new WeakSet(); // root elements that are ready

export default function ({ parentElement }) {
  const root = parentElement.querySelector('.share');
  if (shared.has(root)) return;
  shared.add(root);
  const [button, say, field] = ['button', '.say', 'input'].map((part) => root.querySelector(part));
  let fading;
  const tell = (words) => {
    say.textContent = words;
    clearTimeout(fading);
    fading = setTimeout(() => { say.textContent = ''; }, 4000);
  };
  button.onclick = async () => {
    field.hidden = true;
    const address = new URL(location.href);
    if (address.searchParams.has('progress')) address.searchParams.delete('progress');
    try {
      await navigator.clipboard.writeText(address.href);
      tell('link copied');
    } catch { // no permission, or a page that is not served securely
      Object.assign(field, { hidden: false, value: address.href });
      field.select();
      tell('copy this');
    }
  };
  field.onblur = () => { field.hidden = true; };
}
