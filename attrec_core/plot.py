"""The app's figures, for a notebook, a file or a paper.

Each function takes a moment (`training`: a run) and returns a picture. It draws the figure of the app's page for the
same question, from the same records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from attrec_core.config import Metric
from attrec_core.views.attention.heads import array_drawn
from attrec_core.views.notebook.moment import NotebookMoment as Moment
from attrec_core.views.notebook.picture import NotebookPicture as Picture
from attrec_core.views.notebook.picture import picture_of
from attrec_core.views.notebook.run import NotebookRun as Run
from attrec_core.views.train.panels import TRAINING

Projection = Literal["pca", "umap"]
Colour = Literal["genre", "popularity", "distance"]


def attention(of: Moment | Any, titles: Sequence[str] | None = None) -> Picture:
    """The L × L attention matrix, rows attending to columns, with the average attention below it. An SVG.

    of: a moment; or the weights of any model, after the softmax: an array (n, n), (heads, n, n) or (layers, heads, n,
    n), of NumPy or PyTorch, with the `titles` of its n items. Of several matrices, a small one for each. Raises
    InputError for another shape, a value below 0, and a row that does not sum to 1.

    >>> attrec.plot.attention(attrec.load().user("Ada Abe"))
    Picture('Attention matrix')
    >>> attrec.plot.attention([[1, 0], [0.3, 0.7]], ["Alien", "Aliens"]).sentence
    '“Alien” receives the most attention: 65\u00a0% on average.'
    """
    return of.show("attention") if isinstance(of, Moment) else Picture("Attention matrix", *array_drawn(of, titles))


def ranking(moment: Moment, k: int = 10) -> Picture:
    """The k best candidates; for AttRec, bars show the short-term and long-term part of the distance. An SVG.

    >>> "Ringu" in attrec.plot.ranking(attrec.load().user("Ada Abe")).svg
    True
    """
    return moment.show("ranking", k=k)


def why(moment: Moment, item: str | None = None, *, against_average: bool = True) -> Picture:
    """The exact sum of an item's distance (None: the first recommendation's), one bar per term. A chart.

    against_average: compares each term with the same term of the catalogue's average item, as the page does first;
    False draws the whole terms. When m is a maximum or minimum, no exact sum exists; the chart is then that of
    `influence`.

    >>> attrec.plot.why(attrec.load().user("Ada Abe"), "alien").title
    'Contribution of each item to the distance of Alien (lower is better)'
    """
    explanation = moment.why(item)
    about = Moment(explanation.scene)
    if explanation.record.sum.exists:
        return about.show("why", against_average=against_average)
    return about.show("influence")


def influence(moment: Moment, item: str | None = None) -> Picture:
    """Attention beside influence: one row per item of the window, with the effect of removing it. A chart of the
    effects; its table has the attention, too.

    >>> attrec.plot.influence(attrec.load().user("Ada Abe"), "alien").title
    'Attention and influence on Alien'
    """
    return Moment(moment.why(item).scene).show("influence")


def score_split(moment: Moment, k: int = 10) -> Picture:
    """The distances of the k nearest candidates, split into short-term and long-term part. A chart.

    >>> attrec.plot.score_split(attrec.load().user("Ada Abe")).title
    'Contribution of each part'
    """
    return moment.show("score_split", k=k)


def rank_curves(moment: Moment, k: int = 10) -> Picture:
    """The exact rank for every ω from 0 to 1, of each item that is in the top k for some ω. A chart.

    >>> attrec.plot.rank_curves(attrec.load().user("Ada Abe")).title
    'Rank of each item for every ω'
    """
    return moment.show("rank_curves", k=k)


def metric_space(moment: Moment, *, projection: Projection = "pca", colour: Colour = "genre", k: int = 10) -> Picture:
    """The map of the user space: users U, items V, and the points marked for this moment; for other systems, the map of
    their items. A chart. Raises InputError when the run has no such map.

    >>> attrec.plot.metric_space(attrec.load().user("Ada Abe")).title
    'User space: users and items'
    """
    space = next(iter(moment.scene.run.spaces), None)
    return moment.show("metric_space", space=space, projection=projection, colour=colour, k=k)


def path(moment: Moment, *, projection: Projection = "pca", colour: Colour = "genre", k: int = 10) -> Picture:
    """The map of the item space, with the path of m while the window slides along the history. A chart.
    Raises InputError when the run has no such map, and without a user's history.

    >>> attrec.plot.path(attrec.load().user("Ada Abe")).title
    'Path of m'
    """
    return moment.show("path", projection=projection, colour=colour, k=k)


def changes(moment: Moment) -> Picture:
    """The ranks of the recommendations with the actual history and with this edited window or what-if. A chart.

    >>> edited = attrec.load().user("Ada Abe").without("shining")
    >>> attrec.plot.changes(edited).title
    'How the list moved'
    """
    return moment.show("rank_moves")


def attention_change(moment: Moment) -> Picture:
    """The change of the attention matrix from the actual history to this edited window or what-if. An SVG; a table if
    the two windows share no item.

    >>> edited = attrec.load().user("Ada Abe").without("shining")
    >>> attrec.plot.attention_change(edited)
    Picture('Difference of the attention matrices, now − baseline')
    """
    return moment.show("attention_change")


def experiments(moment: Moment) -> Picture:
    """The effect of one change at a time: the order reversed, each item left out, another mask … A table: the app draws
    its bars in the browser alone.

    >>> attrec.plot.experiments(attrec.load().user("Ada Abe"))
    Picture('Experiments: one change at a time')
    """
    return moment.show("experiments")


def training(run: Run, what: Literal["loss"] | Metric = "mrr") -> Picture:
    """A training curve: the loss or a validation metric after each epoch. A chart.

    >>> attrec.plot.training(attrec.load(), "loss").title
    'Training curve: loss'
    """
    return picture_of(TRAINING.of(run.record, what=what))
