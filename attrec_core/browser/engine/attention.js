// What of an attention matrix depends on the settings alone: explain/attention.py.

/** The fields of the matrix of `count` items that depend on the settings alone: the masked cells, and the weights under
 * uniform attention. */
function levels(config, count) {
  const [cell, column] = uniform(config, count);
  return {
    masked: maskedCells(count, config),
    uniform: cell,
    uniform_column: column,
    mask: count === 1 && freesLoneItem(config) ? 'none' : config.mask,
    counts: config.aggregation === 'sum' ? 'total' : 'average', padding: [],
  };
}

/** A cell that is not masked and a column weight if all scores were equal. A mask after the softmax takes 1 / count of
 * each row, which is all that a single item has. */
function uniform(config, count) {
  if (count === 1) return [1, config.mask !== 'after' || freesLoneItem(config) ? 1 : 0];
  const kept = count - (config.mask === 'after' ? 1 : 0); // of count cells, each 1 / count of its row
  const column = config.aggregation === 'sum' ? kept / count : kept / count ** 2;
  return [1 / (count - (config.mask === 'before' ? 1 : 0)), column];
}
