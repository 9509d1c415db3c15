// What is computed once: of an object, and of a run. `cached_property` of Python, and runs/cached_on_owner.py.

/** Makes each getter of a class compute its value at first use only. An object is never changed, so the value holds; it
 * is not enumerable, so that a copy, `{ ...object }`, has the fields alone. */
function lazy(kind) {
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(kind.prototype))) {
    if (!get) continue;
    Object.defineProperty(kind.prototype, name, {
      get() {
        const value = get.call(this);
        Object.defineProperty(this, name, { value });
        return value;
      },
    });
  }
}

/** The function with its answers stored by its owner, an object (the first argument), and freed with it. The other
 * arguments are compared as they are, not by content. */
function cached(compute) {
  const answers = new WeakMap();
  return (owner, ...others) => {
    let known = answers;
    for (const argument of [owner, ...others]) {
      if (!known.has(argument)) known.set(argument, new Map());
      known = known.get(argument);
    }
    if (!known.has(cached)) known.set(cached, compute(owner, ...others));
    return known.get(cached);
  };
}

const LATEST = new WeakMap();

/** compute(), kept by its owner under `key`, a text that holds everything that the answer depends on; only the `most`
 * latest used answers. */
function cachedLatest(owner, key, compute, most = 8) {
  if (!LATEST.has(owner)) LATEST.set(owner, new Map());
  const answers = LATEST.get(owner), answer = answers.get(key) ?? compute();
  answers.delete(key); // and put back at the end
  answers.set(key, answer);
  if (answers.size > most) answers.delete(answers.keys().next().value);
  return answer;
}
