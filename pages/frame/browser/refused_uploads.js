// Says in a sentence why the server refused an upload. Streamlit's own message in the browser has only the status code.

const STATUS = /AxiosError: .*status code (\d+)/;

export default function ({ data }) {
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
  return () => watching.disconnect();
}
