// True neighbours of a point: explain/neighbours.py.

const NEIGHBOURS = 15; // of a point, wherever neighbours are computed

/** The k rows of a table (N·d,) nearest to `vector` (d,), nearest first, and their squared distances. own: a row that
 * is not counted as a neighbour. */
function nearest(table, vector, k, own = null) {
  const distances = squaredDistances(table, vector), counts = (row) => row !== own;
  const rows = firstOf(distances, distances.filter((_, row) => counts(row)).sort(), k, counts);
  return [rows, rows.map((row) => distances[row])];
}
