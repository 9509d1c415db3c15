// The long-term taste U of a person from their own items: explain/taste.py. It is not the paper's, whose U is a free
// vector.
//
//   items:  U = Σ_k c_k V_k                    over the latest items of the history, the window's too; Σ_k c_k = 1
//   both:   U = (1 − β) Σ_k c_k V_k + β F      F: a free vector of the user; β: one learned share, 0 for a new person
//
// c_k ∝ 2^(−age_k / h): an item counts half as much after h newer items.

/** What of a history the taste is made of: items (k,), oldest first; ages (k,), how many items are newer; shares (k,)
 * c, with (1 − β); own_share β; own (d,) F, or null. */
class Memory {
  constructor(fields) {
    Object.assign(this, fields);
  }

  /** The memory without the item of an age; the other items keep their ages. */
  without(age) {
    const kept = (values) => values.filter((_, k) => this.ages[k] !== age);
    const before = total(this.shares), shares = kept(this.shares), after = total(shares);
    const scaled = shares.map((share) => share * (after > 0 ? before / after : 0));
    return new Memory({ ...this, items: kept(this.items), ages: kept(this.ages), shares: scaled });
  }

  /** U (d,); null where there is nothing that it could be made of. */
  point(run) {
    const dim = run.config.dim, vectors = this.items.map((item) => rowOf(run.weights.item_long, item, dim));
    if (!vectors.length && (!this.own || this.own_share === 1)) return this.own;
    return combined([...this.shares, this.own_share], this.own ? [...vectors, this.own] : vectors, dim);
  }
}

/** history (n,): the items before the moment, oldest first → what of them the taste of this user is made of. user: an
 * index of the run's people, or null. */
function memoryOf(run, config, user, history) {
  const weights = config.memory_weights.slice(0, history.length).reverse(), sum = total(weights);
  const own = user === null || config.taste !== 'both' ? null : run.people[user].vector;
  const beta = own ? run.weights.own_share : 0;
  return new Memory({
    items: history.slice(history.length - weights.length),
    ages: weights.map((_, k) => weights.length - 1 - k),
    shares: weights.map((weight) => (weight / sum) * (1 - beta)),
    own_share: beta,
    own,
  });
}
