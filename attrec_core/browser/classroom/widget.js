// A component of the app in this page: in a shadow root, with its own style.

class Widget {
  /** name: of the component. events: what it sends → a function of the value. */
  constructor(host, name, events = {}) {
    const { html, css, run } = COMPONENTS[name], root = host.attachShadow({ mode: 'open' });
    root.innerHTML = `<style>${css}</style>${html}`; // constants of this file
    const sends = (event, value) => events[event]?.(value);
    Object.assign(this, { host, run, component: { parentElement: root, key: name, setStateValue: sends, setTriggerValue: sends } });
  }

  show(data) {
    this.run({ ...this.component, data });
  }
}
