// Says in a sentence why the server refused an upload. Streamlit's own message in the browser has only the status code.
// Of several files that are dropped at once, Streamlit would take one and not mention the others: here none is taken.

const STATUS = /AxiosError: .*status code (\d+)/;

export default function ({ data, parentElement }) {
  const sentence = parentElement.querySelector('p');
  const onDrop = (event) => {
    const zone = event.target.closest?.(`.st-key-${data.field}`);
    if (!zone) return;
    sentence.textContent = event.dataTransfer.files.length > 1 ? data.many : '';
    if (!sentence.textContent) return;
    event.preventDefault();
    event.stopPropagation();
    event.target.dispatchEvent(new DragEvent('dragleave', { bubbles: true, dataTransfer: event.dataTransfer })); // ends the highlight
  };
  document.addEventListener('drop', onDrop, true);
  const say = () => document.querySelectorAll('[role="alert"], [role="tooltip"]').forEach((node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const sentence = data[STATUS.exec(walker.currentNode.data)?.[1]];
      if (sentence) walker.currentNode.data = sentence;
    }
  });
  const watching = new MutationObserver(say);
  watching.observe(document.body, { subtree: true, childList: true, characterData: true });
  say();
  return () => {
    watching.disconnect();
    document.removeEventListener('drop', onDrop, true);
  };
}
