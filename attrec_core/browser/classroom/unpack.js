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
  let content, header;
  try {
    const stream = new Blob([bytesOf(text.trim())]).stream().pipeThrough(new DecompressionStream('gzip'));
    content = await new Response(stream).arrayBuffer();
    const length = new DataView(content).getUint32(0, true);
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
    header.start_of_arrays = 4 + length;
  } catch {
    throw new Unusable('This file is not whole: it was cut or changed on its way, for instance by a mail program. Get it again.');
  }
  if (header.format !== FORMAT) throw new Unusable('This file was put together from two versions. Get it again.');
  return { ...header, ...withArrays(header, content) };
}

function withArrays(header, content) {
  const arrays = {};
  let at = header.start_of_arrays;
  for (const [name, shape] of Object.entries(header.arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new Float32Array(content, at, count);
    at += 4 * count;
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
