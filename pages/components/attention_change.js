// B − A: how each cell of the attention map changed, items aligned. The sign stands in the text, not in the colour alone.

class AttentionChange extends AttentionGrid {
  findScale() {
    const { weights, column_weights: means } = this.data;
    this.most = Math.max(0.01, ...[...weights, means].flat().map((value) => Math.abs(value ?? 0)));
  }

  /** Where a row and a column are not both in A and in B there is no change to tell. */
  lack(i, j) {
    const { only } = this.data, own = i === this.n ? [only[j]] : [only[i], only[j]];
    return own.find((side) => side) ?? null;
  }

  sentence(i, j) {
    const { weights, column_weights: means, masked } = this.data, whom = this.called[j];
    const side = this.lack(i, j);
    if (i < this.n && masked[i][j] && !side) return `${this.called[i]} at itself: masked in A or in B, so there is no change to tell`;
    const what = i === this.n ? `${whom} is looked at` : `${this.called[i]} looks at ${whom}`;
    if (side) return `${what}: no change to tell, since one of them is only in ${side}`;
    const change = i === this.n ? means[j] : weights[i][j];
    const words = Number(Math.abs(change).toFixed(2)) === 0 ? 'as much as before'
      : `${number(Math.abs(change))} ${change > 0 ? 'more' : 'less'} than in A`;
    return i === this.n ? `${what} ${words}, ${this.inAll()}` : `${what} ${words}`;
  }

  blank(i, j) { return Boolean(this.lack(i, j)) || this.data.masked[i][j]; }

  shade(change) { return diverging(change / this.most); }

  text(change) { return signed(change); }

  drawSums() { this.ends.forEach((end, k) => { end.sum.textContent = this.data.only[k] ? `only ${this.data.only[k]}` : ''; }); }

  drawMeans() {
    const { column_weights: means } = this.data;
    this.bars.forEach((bar, j) => {
      const change = means[j], track = bar.querySelector('.bar');
      track.style.height = `${(50 * Math.abs(change ?? 0)) / this.most}%`;
      track.style.background = `rgb(${(change ?? 0) < 0 ? LESS : MORE})`;
      bar.classList.add('signed');
      bar.classList.toggle('less', (change ?? 0) < 0);
      bar.lastChild.textContent = change === null ? '·' : signed(change);
      bar.setAttribute('aria-label', this.sentence(this.n, j));
    });
    this.means.textContent = 'change of w';
    this.means.title = 'All rows of A and all rows of B count, those too that are in one of them alone.';
    this.lost.hidden = this.note.hidden = this.level.hidden = true;
  }

  drawLegend() {
    this.drawScale('change of one cell, B − A', [signed(-this.most), signed(this.most)], [LESS, GROUND, MORE],
      'masked, or only in A or in B');
  }
}

export default mount('.map', AttentionChange);
