// A drawing of the whole model: the window, its attention, m, the long-term taste U, and the recommendations, as an SVG, with
// controls to click and drag where it is live. All positions are computed here. All foreign text is escaped.

const STORY_TOP = 34, STORY_GAP = 10, STORY_BAR = 8; // top of the columns; gap between two entries; height of a bar
// Positions and sizes, from left to right, in units of the drawing, which are pixels or a little more. window: width of the
// window's column, which begins at 0; middle: x of the centres of m and U; recommended: x where the recommendations begin;
// radius: of m; size, small: of the font of titles and of other texts; lines: of a title, at most; height: of the columns, at
// least, so that an edit seldom moves the parts below them; below: whether the attention is below the title, for lack of room.
const STORY_WIDE = { live: true, width: 1180, window: 330, middle: 560, recommended: 800, radius: 28, size: 16, small: 14,
  lines: 2, height: 298, below: false };
const STORY_NARROW = { live: true, width: 334, window: 118, middle: 162, recommended: 214, radius: 15, size: 12.5, small: 12,
  lines: 4, height: 340, below: true };
const STORY_ON_PAPER = { ...STORY_WIDE, live: false };

const lineOf = (at) => at.size * 1.2;
const hatchingOf = (at) => `attrec-story-long-${general(at.width)}`;
/** An SVG of a record of `storyRecord` (Story in views/start/words.py). at: one of the layouts above. */
function storyPicture(record, at) {
  const tall = lineOf(at);
  const chips = record.window.map(({ title }) => {
    const lines = wrapped(title, at.size, at.window - (at.below ? 16 : 112), at.lines);
    return { lines, tall: lines.length * tall + (at.below ? at.small + 14 : 18) };
  });
  const rows = record.recommended.map((row) => {
    const room = at.width - at.recommended - (row.actual && !at.below ? 70 : 0);
    const lines = wrapped(`${ordinal(row.rank)} ${row.title}`, at.size * (row.rank === 1 ? 1.06 : 1), room, at.lines);
    return { lines, tall: lines.length * tall + STORY_BAR + 12 + (at.below && row.actual ? at.small + 4 : 0) };
  });
  const needed = (entries) => total(entries.map((entry) => entry.tall)) + STORY_GAP * entries.length;
  const height = Math.max(at.height, needed(chips), needed(rows));
  const window = placed(chips, height), list = placed(rows, height);
  const m = { x: at.middle, y: STORY_TOP + height * 0.4 }, taste = { x: at.middle, y: STORY_TOP + height * 0.78 };
  const parts = [
    `<defs>${svgHatch(hatchingOf(at), '#9C6500', LONG)}</defs>`,
    svgText(0, 16, at.below ? 'Recent' : record.heading, at.small, { quiet: true }),
    svgText(at.recommended, 16, at.below ? 'Recommended' : 'Recommended next', at.small, { quiet: true }),
    ...ribbons(record.window, window, m, at),
    ...linesToTheList(record, list, m, taste, at),
    ...windowChips(record.window, window, at),
    ...pointsOf(record, m, taste, at),
    ...listEntries(record, list, at),
    ...storyLegend(record, at, STORY_TOP + height + 14),
  ];
  return `<svg viewBox="0 0 ${general(at.width)} ${general(STORY_TOP + height + 22)}" `
    + `role="${at.live ? 'group' : 'img'}" aria-label="${escaped(record.sentence)}" style="width:100%;height:auto;display:block" `
    + `fill="currentColor">${parts.join('')}</svg>`;
}

/** Entries {lines, tall} below each other, vertically centred in `height`, each with its top. */
function placed(entries, height) {
  let y = STORY_TOP + (height - total(entries.map((entry) => entry.tall)) - STORY_GAP * (entries.length - 1)) / 2;
  return entries.map((entry) => {
    const top = y;
    y += entry.tall + STORY_GAP;
    return { ...entry, top };
  });
}

function curvePath(from, to, bend = 0.5) {
  const middle = tenth(from.x + (to.x - from.x) * bend), [y, end] = [tenth(from.y), tenth(to.y)];
  return `M${tenth(from.x)} ${y}C${middle} ${y} ${middle} ${end} ${tenth(to.x)} ${end}`;
}

const stroke = (key, about, path, colour, kind, width) =>
  `<path data-key="${escaped(key)}" data-about="${escaped(about)}" class="${kind}" d="${path}" fill="none" `
  + `stroke="${colour}" stroke-width="${tenth(width)}"/>`;

/** Keys that identify the items from one drawing to the next; an item that occurs twice has two keys. */
const keysOf = (items) => items.map(({ id }, place) =>
  `item ${items.slice(0, place).filter((before) => before.id === id).length} ${id}`);

/** Ribbons from each item to m, side by side, as wide as the item's attention; 100 % is about as wide as m. */
function ribbons(items, window, m, at) {
  const full = 1.5 * at.radius, keys = keysOf(items);
  let end = m.y - (full * total(items.map((item) => item.attention))) / 2;
  return items.map((item, place) => {
    const width = full * item.attention, { top, tall } = window[place];
    const path = curvePath({ x: at.window, y: top + tall / 2 }, { x: m.x - at.radius * 0.8, y: end + width / 2 }, 0.6);
    end += width;
    return stroke(`ribbon ${keys[place]}`, keys[place], path, SHORT, 'short', Math.max(1.5, width));
  });
}

/** Lines from m and from U to each recommendation, as wide as their weight; only the bars show how near it is. */
function linesToTheList(record, list, m, taste, at) {
  const omega = record.omega ?? 0;
  const sides = [['m', m, 1 - omega, SHORT, 'short', -5], ['U', taste, omega, LONG, 'long', 5]];
  return sides.filter(([, , weight]) => weight).flatMap(([name, { x, y }, weight, colour, kind, shift]) =>
    record.recommended.map(({ id }, place) => {
      const { top, tall } = list[place];
      const path = curvePath({ x: x + at.radius * 0.8, y }, { x: at.recommended - 6, y: top + tall / 2 + shift });
      return stroke(`${name} ${id}`, `row ${id}`, path, colour, kind, 1.2 + (at.radius / 8) * weight);
    }));
}

/** The items of the window: title, attention and, if live, a grip and a cross. */
function windowChips(items, window, at) {
  const most = Math.max(0, ...items.map((item) => item.attention)), keys = keysOf(items);
  return items.map((item, index) => {
    const { lines, top, tall } = window[index], isMost = item.attention === most, share = percent(item.attention);
    const look = ` class="${isMost ? 'short' : ''}" stroke="${isMost ? SHORT : 'var(--st-border-color)'}" `
      + `stroke-width="${isMost ? 1.5 : 1}" rx="8"`;
    const bold = isMost ? ' font-weight="700"' : '';
    const first = at.below ? at.size + 5 : tall / 2 - ((lines.length - 1) * lineOf(at)) / 2 + at.size * 0.35;
    const [x, y, anchor] = at.below ? [8, tall - 9, 'start'] : [at.window - (at.live ? 30 : 12), tall / 2 + at.small * 0.35, 'end'];
    const left = at.below || !at.live ? 8 : 28;
    const label = `Remove ${cut(item.title, 300)}: ${ordinal(index + 1)} of ${items.length}, ${share} attention`;
    const parts = [
      svgBox(0, 0, at.window, tall, 'var(--st-secondary-background-color)', look),
      ...lines.map((line, k) => svgText(left, first + k * lineOf(at), line, at.size, { look: bold })),
      svgText(x, y, share, at.small, { anchor, look: ' font-weight="600"' }),
      ...(at.live ? [svgControl('button', label, at.window, tall, ' aria-keyshortcuts="Delete Alt+ArrowUp Alt+ArrowDown"'),
        ...gripAndCross(tall, at)] : []),
    ];
    return svgGroup(keys[index], 0, top, parts, at.live ? ` class="chip" data-place="${index}"` : '');
  });
}

function gripAndCross(tall, at) {
  const [x, y] = at.below ? [at.window - 40, tall - 17] : [12, tall / 2 - 5], crossY = at.below ? tall - 9 : tall / 2 + 5;
  const dots = [0, 1, 2, 3, 4, 5].map((k) =>
    `<circle cx="${general(x + 5 * (k % 2))}" cy="${general(y + 5 * Math.floor(k / 2))}" r="1.4"/>`);
  const grip = `<g class="grip">${svgBox(x - 12, y - 10, 28, 30, 'transparent')}${dots.join('')}</g>`;
  return [grip, svgText(at.window - 8, crossY, '×', 16, { anchor: 'end', quiet: true })];
}

/** A box that takes clicks and the focus. It holds no text, so that a screen reader says only its label. */
const svgControl = (role, label, width, height, more = '') => svgBox(0, 0, width, height, 'transparent',
  ` class="control" rx="8" tabindex="0" role="${role}" aria-label="${escaped(label)}"${more}`);

const svgGroup = (key, x, y, parts, more) =>
  `<g data-key="${escaped(key)}" transform="translate(${tenth(x)} ${tenth(y)})"${more}>${parts.join('')}</g>`;

/** m with its name above it, and U, if there is a long-term taste, with its name below. */
function pointsOf(record, m, taste, at) {
  const weight = percent(record.omega ?? 0), step = at.small * 1.15, { radius } = at;
  const ofM = at.below ? ['intent'] : ['short-term', 'intent'];
  const ofTaste = at.below ? ['taste', weight] : ['long-term taste,', `weight ω = ${weight}`];
  const drawn = [['m', m, radius, SHORT, '#fff', ofM, m.y - radius - 8 - step * (ofM.length - 1)]];
  if (record.omega !== null) {
    drawn.push(['U', taste, radius * 0.9, LONG, INK, ofTaste, taste.y + radius * 0.9 + at.small + 4]);
  }
  return drawn.flatMap(([sign, { x, y }, size, colour, ink, words, start]) => [
    `<circle data-key="${sign}" cx="${general(x)}" cy="${tenth(y)}" r="${tenth(size)}" fill="${colour}"/>`,
    svgText(x, y + 6, sign, 18, { anchor: 'middle', look: ` font-weight="700" fill="${ink}"` }),
    ...words.map((line, k) => svgText(x, start + k * step, line, at.small, { anchor: 'middle', quiet: true })),
  ]);
}

/** The recommendations: rank, title, and the distance as a bar of a short-term and a long-term part. */
function listEntries(record, list, at) {
  const room = at.width - at.recommended - 44, scale = room / Math.max(1e-9, ...record.recommended.map(distanceOf));
  return record.recommended.map((row, place) => {
    const { lines, top, tall } = list[place], bar = lines.length * lineOf(at) + 4;
    const look = row.rank === 1 ? ' font-weight="700"' : '', near = row.short * scale, far = row.long * scale;
    const distance = number(distanceOf(row), 3), small = at.small - (at.below ? 0 : 1);
    const label = `Why ${cut(row.title, 300)}? ${ordinal(row.rank)}, distance ${distance}`
      + `${row.actual ? ', the actual next item' : ''}`;
    const parts = [
      svgBox(-4, -3, at.width - at.recommended + 4, tall + 2, 'transparent', ' rx="6"'),
      ...lines.map((line, k) => svgText(0, at.size + k * lineOf(at) - 2, line, at.size, { look })),
      svgBox(0, bar, near, STORY_BAR, SHORT),
      svgBox(near, bar, far, STORY_BAR, `url(#${hatchingOf(at)})`),
      svgText(near + far + 6, bar + STORY_BAR, distance, small, { quiet: true }),
      ...(row.actual ? actualMark(at, bar) : []),
      ...(at.live ? [svgControl('link', label, at.width - at.recommended, tall)] : []),
    ];
    return svgGroup(`row ${row.id}`, at.recommended, top, parts, at.live ? ` class="row" data-why="${place}"` : '');
  });
}

const distanceOf = (row) => row.short + row.long;

function actualMark(at, bar) {
  const [x, y] = at.below ? [0, bar + STORY_BAR + 3] : [at.width - at.recommended - 62, 0];
  const [width, size] = at.below ? [48, at.small] : [62, at.small - 1];
  return [
    svgBox(x, y, width, at.small + 6, 'currentColor', ' rx="8"'),
    svgText(x + width / 2, y + at.small, 'actual', size, { anchor: 'middle', look: ' fill="var(--st-background-color)"' }),
  ];
}

function storyLegend(record, at, y) {
  const entries = [[SHORT, 'short-term part'], [`url(#${hatchingOf(at)})`, 'long-term part']];
  let x = at.below ? 0 : at.recommended;
  const parts = entries.slice(0, record.omega === null ? 1 : 2).flatMap(([colour, name]) => {
    const drawn = [svgBox(x, y - 9, 14, STORY_BAR, colour), svgText(x + 20, y, name, at.small, { quiet: true })];
    x += 30 + WIDER * lettersWidth(name, at.small);
    return drawn;
  });
  const place = at.below ? { anchor: 'start', end: x } : { anchor: 'end', end: at.width }; // beyond the width it would be cut
  return [...parts, svgText(place.end, y, 'shorter is better', at.small, { quiet: true, anchor: place.anchor })];
}
