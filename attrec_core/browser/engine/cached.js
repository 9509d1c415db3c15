// What is computed once: of an object, and of a run. runs/cached_on_owner.py and `cached_property` of Python.

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

/** The function with its answers stored by its owner, the first argument, and the text of the others. */
function cached(compute) {
  const answers = new WeakMap();
  return (owner, ...others) => {
    if (!answers.has(owner)) answers.set(owner, new Map());
    const known = answers.get(owner), key = others.join();
    if (!known.has(key)) known.set(key, compute(owner, ...others));
    return known.get(key);
  };
}
