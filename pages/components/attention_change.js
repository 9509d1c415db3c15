// B − A: how each cell of the attention map changed, items aligned. The sign stands in the text, not in the colour alone.

class AttentionChange extends AttentionGrid {
  receive(component) {
    const { weights, column_weights: means } = component.data;
    this.most = Math.max(0.01, ...weights.flat().map((v) => Math.abs(v ?? 0)), ...means.map((v) => Math.abs(v ?? 0)));
    super.receive(component);
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

  drawCells() {
    const { weights, masked } = this.data;
    this.cells.forEach((cells, i) => cells.forEach((cell, j) => {
      const side = this.lack(i, j), blank = side || masked[i][j], rgb = diverging((weights[i][j] ?? 0) / this.most);
      cell.classList.toggle('masked', Boolean(blank));
      cell.style.backgroundColor = blank ? '' : `rgb(${rgb})`;
      cell.style.color = blank ? '' : inkOn(rgb);
      cell.textContent = blank ? '' : this.n > NUMBERS_UP_TO ? '' : signed(weights[i][j]);
      cell.setAttribute('aria-label', this.sentence(i, j));
    }));
    this.ends.forEach((end, k) => {
      end.sum.textContent = this.data.only[k] ? `only ${this.data.only[k]}` : '';
    });
    this.sumHead.textContent = '';
  }

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
    const hatch = el('span', { class: 'key' }, el('span', { class: 'masked' }), 'masked, or only in A or in B');
    this.legend.replaceChildren(
      el('span', { class: 'scale', title: 'change of one cell, B − A' }, el('span', {}, `−${number(this.most)}`),
        el('span', { class: 'ramp', style: ramp([LESS, GROUND, MORE]) }),
        el('span', {}, `+${number(this.most)}`)), hatch);
  }
}

export default mount('.map', AttentionChange);
