// The data of the file: one gzip stream of a header (JSON) and arrays (float32); see views/classroom/contents.py.

const FORMAT = 1;

/** A sentence for the reader in place of the page. */
class Unusable extends Error {}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return bytes;
}

/** The text of the file's data → the run, as the engine reads it. A stream that was cut or changed fails: gzip has a checksum. */
async function runOf(text) {
  if (typeof DecompressionStream === 'undefined') {
    throw new Unusable('This browser is too old for this page: it cannot decompress data. Any browser of 2023 or later can.');
  }
  let header, numbers;
  try {
    const stream = new Blob([bytesOf(text.trim())]).stream().pipeThrough(new DecompressionStream('gzip'));
    const content = await new Response(stream).arrayBuffer();
    const length = new DataView(content).getUint32(0, true);
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
    numbers = numbersOf(new Uint8Array(content, 4 + length));
  } catch {
    throw new Unusable('This file is not whole: it was cut or changed on its way, for instance by a mail program. Get it again.');
  }
  if (header.format !== FORMAT) throw new Unusable('This file was put together from two versions. Get it again.');
  return { ...header, ...withArrays(header, numbers) };
}

/** The first bytes of all numbers, then the second ones … → the numbers. */
function numbersOf(planes) {
  const count = planes.length / 4, bytes = new Uint8Array(planes.length);
  for (let plane = 0, at = 0; plane < 4; plane += 1) {
    for (let k = 0; k < count; k += 1, at += 1) bytes[4 * k + plane] = planes[at];
  }
  return new Float32Array(bytes.buffer);
}

function withArrays(header, numbers) {
  const arrays = {};
  let at = 0;
  for (const [name, shape] of Object.entries(header.arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = numbers.subarray(at, at + count);
    at += count;
  }
  const { dim } = header.config, rows = (table, row) => (table ? table.subarray(row * dim, (row + 1) * dim) : null);
  const { item_short, item_long, projection, key_projection, user_long, ...of_maps } = arrays;
  return {
    n_items: header.titles.length,
    ids: header.titles.map((_, item) => String(item)),
    weights: { item_short, item_long, projection, key_projection, own_share: header.own_share },
    people: header.people.map((person, row) => ({ ...person, vector: rows(user_long, row) })),
    maps: header.maps ? { ...header.maps, ...of_maps } : null,
  };
}
