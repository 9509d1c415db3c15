// Copies the address, which holds the whole view, without the progress in the lesson. On a phone, its menu button shows the
// buttons beside it; the container "tools" holds them all.

const SHOWN = 4000; // milliseconds

class Share {
  constructor(root) {
    const [menu, copy, say, field] = ['.menu', '.copy', '.say', 'input'].map((part) => root.querySelector(part));
    const label = copy.textContent;
    let back;
    const tell = (text, heard) => { // on the clicked button, in place of its label
      clearTimeout(back);
      copy.textContent = text;
      say.textContent = heard;
      back = setTimeout(() => tell(label, ''), SHOWN);
    };
    copy.onclick = async () => {
      field.hidden = true;
      const address = new URL(location.href);
      if (address.searchParams.has('progress')) address.searchParams.delete('progress');
      try {
        await navigator.clipboard.writeText(address.href);
        tell('Link copied', 'Link copied');
      } catch { // no permission, or a page that is not served securely
        Object.assign(field, { hidden: false, value: address.href });
        field.select();
        tell(label, 'Copy this address');
      }
    };
    field.onblur = () => { field.hidden = true; };
    menu.onclick = () => {
      const open = (root.getRootNode().host ?? root).closest('.st-key-tools').classList.toggle('open');
      root.classList.toggle('open', open);
      menu.setAttribute('aria-expanded', String(open));
    };
  }

  receive() {} // it shows no data of the server
}

export default mount('.share', Share);
