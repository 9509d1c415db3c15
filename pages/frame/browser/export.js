// Saves what the page shows as files. The server makes a file on request; the browser makes the pictures of charts.

const CHART_WIDTH = 960, SHARP = 2, FOOT = 24; // pixels of a chart's width on paper, PNG pixels per pixel, height of a caption
const LARGE = 700_000; // characters of an SVG; in a report, a longer SVG is replaced by a PNG, which is smaller
const NO_CHART = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="60"><text x="20" y="35" font-size="14" '
  + 'font-family="sans-serif">The page had not drawn this chart when the report was made.</text></svg>';

function save(root, blob, name) {
  const url = URL.createObjectURL(blob), link = el('a', { href: url, download: name, hidden: '' });
  root.append(link); // inside the popover, because a click outside would close it
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Returns the chart as an SVG: as it is on the page, with its zoom, but dark on white; or a figure that the page shows without
 * Plotly, which is drawn for the file. */
async function chartPicture(root, { name, figure: given, source }, paper) {
  const { data, layout } = given ? JSON.parse(given) : await shownChart(name);
  const Plotly = given ? await plotlyFrom(source) : window.Plotly;
  const figure = { data, layout: { ...layout, template: template(root, paper) } };
  const size = { width: CHART_WIDTH, height: layout.height };
  return withHalos(await Plotly.toImage(figure, { format: 'svg', ...size, imageDataOnly: true }));
}

async function shownChart(name) {
  const box = document.querySelector(`.attrec-plot[data-chart="${CSS.escape(name)}"]`);
  await box?.drawNow(); // a chart far down the page may not be drawn yet
  const drawn = box?.querySelector('.js-plotly-plot');
  if (!drawn || !window.Plotly) throw new Error('This chart is not drawn yet; its table can be saved.');
  return structuredClone({ data: drawn.data, layout: { height: drawn.clientHeight, ...drawn.layout } });
}

/** Draws the shadows of texts as outlines, as plot.css does on the page: a picture in SVG shows no shadow of a text. */
function withHalos(svg) {
  const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
  for (const { style } of picture.querySelectorAll('text[style*="text-shadow"]')) {
    const [colour] = style.textShadow.match(/#[0-9a-f]+|rgb[^)]*\)/i) ?? ['#fff'];
    const [, blur] = style.textShadow.match(/0(?:px)? 0(?:px)? (\d)px/);
    const width = `${2 * blur - 1}px`;
    Object.assign(style, { textShadow: '', paintOrder: 'stroke', stroke: colour, strokeWidth: width, strokeLinejoin: 'round' });
  }
  return new XMLSerializer().serializeToString(picture);
}

/** Adds a line below a picture that is alone in a file: what it is about. */
function captioned(svg, caption) {
  const picture = new DOMParser().parseFromString(svg, 'image/svg+xml'), drawing = picture.documentElement;
  const [width, height] = ['width', 'height'].map((side) => parseFloat(drawing.getAttribute(side)));
  const [x, y] = drawing.getAttribute('viewBox')?.split(/[ ,]+/).map(Number) ?? [0, 0];
  const part = (name, attributes, text) => {
    const node = picture.createElementNS(drawing.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    drawing.append(node);
  };
  drawing.setAttribute('height', height + FOOT);
  drawing.setAttribute('viewBox', `${x} ${y} ${width} ${height + FOOT}`);
  part('rect', { x, y: y + height, width, height: FOOT, fill: '#fff' }, '');
  const size = Math.min(12, (width - 24) / (0.6 * caption.length)); // a narrow picture has smaller letters
  part('text', { x: x + 12, y: y + height + 15, 'font-size': size, 'font-family': 'sans-serif', fill: '#48525C' }, caption);
  return new XMLSerializer().serializeToString(picture);
}

async function pngOf(svg) {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })), image = new Image();
  image.src = url;
  await image.decode();
  const canvas = el('canvas', { width: image.width * SHARP, height: image.height * SHARP });
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

const dataUrl = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

class Files {
  constructor(root) {
    Object.assign(this, { root, asked: 0 });
    this.list = el('ul');
    this.whole = el('div', { class: 'whole', role: 'group', 'aria-label': 'The whole view' });
    this.say = el('p', { class: 'say', role: 'status' });
    root.replaceChildren(this.whole, this.say, this.list);
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    const now = JSON.stringify([data.figures, data.classroom]);
    if (now !== this.drawn) this.render();
    if (!this.drawn) this.takeFocus();
    this.drawn = now;
    if (data.answer && data.answer.token === this.waiting) this.deliver(data.answer);
  }

  render() {
    const button = (words, label, want) => {
      const node = el('button', { type: 'button', 'aria-label': label }, words);
      node.onclick = () => this.want(want, label);
      return node;
    };
    this.list.replaceChildren(...this.data.figures.map(({ key, picture, title, kinds }) => el('li', {},
      el('span', { class: 'title', title }, title),
      el('span', { class: 'kinds' }, ...kinds.map((kind) => button(kind.toUpperCase(),
        `${title} as ${kind.toUpperCase()}`, { key, picture, kind }))))));
    this.whole.replaceChildren(
      button('report (HTML)', 'report (HTML): the whole view as one file', { kind: 'html' }),
      button('state (JSON)', 'state (JSON): the whole view, to open again', { kind: 'json' }),
      ...(this.data.classroom ? this.classroom(button) : []));
  }

  /** One file with the live model. Its choice stays when the list is drawn again. */
  classroom(button) {
    const file = button('classroom file (HTML)', 'classroom file (HTML): the live model, for people without a server', {});
    file.onclick = () => this.want({ kind: 'classroom', hidden: this.hidden.checked }, 'classroom file (HTML)');
    this.hidden ??= el('input', { type: 'checkbox' });
    return [file, el('label', {}, this.hidden, ' classroom file without names')];
  }

  /** Moves the focus into the popover. It is at the end of the document: from its button, Tab would go through the whole page. */
  takeFocus() {
    if (document.activeElement?.closest('.st-key-export')) {
      this.root.querySelector('button').focus({ preventScroll: true });
    }
  }

  want(want, label) {
    this.asked += 1;
    this.waiting = `${Date.now()}-${this.asked}`;
    this.say.textContent = `${label}: being made…`;
    this.setTriggerValue('want', { ...want, token: this.waiting });
  }

  async deliver(answer) {
    this.waiting = null;
    try {
      save(this.root, await this.made(answer), answer.name);
      this.say.textContent = `Saved ${answer.name}`;
    } catch (fault) {
      this.say.textContent = fault.message;
    }
  }

  async made({ kind, text, chart, caption, charts = [], fault }) {
    const { root, data: { paper } } = this;
    if (fault) throw new Error(fault);
    if (kind === 'png' || kind === 'svg') {
      const svg = captioned(chart ? await chartPicture(root, chart, paper) : text, caption);
      return kind === 'png' ? pngOf(svg) : new Blob([svg], { type: 'image/svg+xml' });
    }
    let whole = text;
    for (const one of charts) {
      const picture = await this.inside(one);
      whole = whole.replace(one.place, () => `src="${picture}"`);
    }
    const types = { csv: 'text/csv', json: 'application/json', html: 'text/html', classroom: 'text/html' };
    return new Blob([whole], { type: `${types[kind]};charset=utf-8` });
  }

  /** Returns a chart's picture for a report, or a note if the page could not draw the chart. */
  async inside(chart) {
    const { root, data: { paper } } = this;
    const svg = await chartPicture(root, chart, paper).catch(() => NO_CHART);
    return dataUrl(svg.length <= LARGE ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg));
  }
}

export default mount('.files', Files);
