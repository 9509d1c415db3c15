// Edited − baseline: how each cell of the attention matrix changed. The items of the two windows are aligned. The text shows the
// sign, so the sign does not depend on colour alone.

class AttentionChange extends AttentionGrid {
  findScale() {
    const { weights, column_weights: averages } = this.data;
    this.most = Math.max(0.01, ...[...weights, averages].flat().map((value) => Math.abs(value ?? 0)));
  }

  /** “removed” or “added” if only one of the windows has the item of the row or column; null if both have it. */
  lack(i, j) {
    const { only } = this.data, own = i === this.n ? [only[j]] : [only[i], only[j]];
    return own.find((side) => side) ?? null;
  }

  sentence(i, j) {
    const { weights, column_weights: averages, masked } = this.data, key = this.called[j];
    const side = this.lack(i, j);
    if (i < this.n && masked[i][j] && !side) {
      return `${this.called[i]} to ${i === j ? 'itself' : key}: masked in one of the two, so no difference`;
    }
    const what = i === this.n ? `Attention to ${key}, ${this.onAverage()}` : `Attention of ${this.called[i]} to ${key}`;
    if (side) return `${what}: no difference, since it was ${side}`;
    const change = i === this.n ? averages[j] : weights[i][j];
    const points = Math.abs(100 * change).toFixed(0);
    return points === '0' ? `${what}: unchanged`
      : `${what}: ${points} percentage points ${change > 0 ? 'more' : 'less'} than in the baseline`;
  }

  blank(i, j) { return Boolean(this.lack(i, j)) || this.data.masked[i][j]; }

  shade(change) { return diverging(change / this.most); }

  text(change) { return signed(100 * change, 0); } // in percentage points, as the scale says

  drawSums() { this.ends.forEach((end, k) => { end.sum.textContent = this.data.only[k] ?? ''; }); }

  drawAverages() {
    const { column_weights: averages } = this.data;
    this.bars.forEach((bar, j) => {
      const change = averages[j], track = bar.querySelector('.bar');
      track.style.height = `${(50 * Math.abs(change ?? 0)) / this.most}%`;
      track.style.background = `rgb(${(change ?? 0) < 0 ? LESS : MORE})`;
      bar.classList.add('signed');
      bar.classList.toggle('less', (change ?? 0) < 0);
      bar.lastChild.replaceWith(inPercent(change === null ? '·' : this.text(change)));
      bar.setAttribute('aria-label', this.sentence(this.n, j));
    });
    const { counts } = this.data, last = counts === 'last';
    this.barsHead.textContent = `${last ? 'last row' : counts}, difference`;
    this.barsHead.title = last ? '' : `The ${counts}s count all rows of each window, also those that only one of them has.`;
    this.lost.hidden = this.note.hidden = this.level.hidden = true;
  }

  drawLegend() {
    this.drawScale('Difference of one cell, now − baseline', [this.text(-this.most), `${this.text(this.most)} percentage points`],
      [LESS, GROUND, MORE], 'masked, or only in one of the two');
  }
}

export default mount('.map', AttentionChange);
