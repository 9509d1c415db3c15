"""Moments and explanations for Python users: what the pages show, as pandas tables.

Nothing is computed here. A moment is a `Scene`, as on every page, and its tables are made from the same records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal

import pandas as pd

from attrec_core import views
from attrec_core.errors import InputError, from_one, shown
from attrec_core.explain.explanation import Explanation
from attrec_core.explain.forward import check_window
from attrec_core.explain.moment import window_at
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.runs.lookup import item_id
from attrec_core.runs.run import Run
from attrec_core.views.drawing.table_format import whole_numbers
from attrec_core.views.moment.attention import BAR_NAMES, attention_sentence
from attrec_core.views.moment.ranking import ranking_sentence
from attrec_core.views.notebook.picture import NotebookPicture, block, picture_of
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.report import table
from attrec_core.views.view import View, to_query
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.term_bars import KINDS

# The settings that a what-if may change → the fields of a view that hold them.
FIELDS = {"long_weight": "omega", "mask": "mask", "aggregation": "pool", "time_signal": "signal"}


@dataclass(frozen=True, eq=False)
class NotebookMoment:
    """One person at one moment: the window of up to L recent items, and everything that the model computes from it.

    A moment never changes: each method that changes something returns a new moment. N is the number of items in the
    catalogue, n ≤ L the length of the window.

    >>> run = attrec.load()
    >>> run.user("Ada Abe")
    Moment(user='Ada Abe', step=32 of 33, window=['pi', 'mamma-mia', 'mamma-mia-2', 'shining', 'apartment'])
    """

    scene: Scene

    def __repr__(self) -> str:
        whose = f"user={self.user!r}{step_in(self.scene)}, " if self.scene.when else ""
        return f"Moment({whose}window={self.window})"

    @property
    def user(self) -> str | None:
        """The user's id; None for a new person and for nobody in particular."""
        return None if self.scene.user is None else self.scene.who

    @property
    def step(self) -> int:
        """How many items of the history have happened, from 1; 0 where there is no history."""
        return self.scene.step

    @property
    def window(self) -> list[str]:
        """(n,) item ids, oldest first."""
        return [self.scene.item_id(item) for item in self.scene.window]

    @property
    def titles(self) -> list[str]:
        """(n,) titles of the window, oldest first."""
        return [self.scene.title(item) for item in self.scene.window]

    @property
    def next_item(self) -> str | None:
        """The id of the item that followed in the data; None at the end of a history."""
        return None if self.scene.target is None else self.scene.item_id(self.scene.target)

    @property
    def sentence(self) -> str:
        """What the attention matrix and the recommendations show, in words."""
        attention = f"{attention_sentence(self.scene)} " if self.scene.run.attends else ""
        return attention + ranking_sentence(self.scene)

    @property
    def link(self) -> str:
        """The query of the app's address that shows this moment.

        >>> attrec.load().user("Ada Abe").at(step=9).link
        '?user=Ada+Abe&step=9'
        """
        from urllib.parse import urlencode

        return f"?{urlencode(to_query(self.scene.view))}"

    def at(self, *, step: int | Literal["all"]) -> NotebookMoment:
        """Returns the moment after `step` items of the history, 1 to its length, or after all of them, with the actual
        window of that step. Raises InputError for another step.

        >>> attrec.load().user("Ada Abe").at(step=2).window
        ['snow', 'amelie']
        """
        if self.scene.user is None:
            raise InputError("no_history", "Without a user there is no history to look back in.", setting="step")
        step = len(self.scene.history) if step == "all" else step
        window_at(self.scene.run, self.scene.user, step)  # raises InputError for a step that does not exist
        return self._changed(step=step, window=None)

    def with_window(self, items: Sequence[str]) -> NotebookMoment:
        """Returns the same person with another window: 1 to L item ids, oldest first. Raises InputError for an unknown
        id.

        >>> attrec.load().user("Ada Abe").with_window(["alien", "amelie"]).titles
        ['Alien', 'Amélie']
        """
        ids = tuple(item_id(self.scene.run, item) for item in ([items] if isinstance(items, str) else items))
        return self._changed(window=ids)

    def without(self, item: str) -> NotebookMoment:
        """Returns the moment with an item removed from the window, wherever it stands; older items move up. Raises
        InputError if the window does not hold it.

        >>> attrec.load().user("Ada Abe").without("shining").window
        ['pi', 'mamma-mia', 'mamma-mia-2', 'apartment']
        """
        item = item_id(self.scene.run, item)
        if item not in self.window:
            text = "The window does not hold {item}; it holds {window}."
            raise InputError("not_in_window", text, item=shown(item), window=", ".join(map(shown, self.window)))
        return self.with_window([window_item for window_item in self.window if window_item != item])

    def what_if(
        self,
        *,
        long_weight: float | None = None,
        mask: str | None = None,
        aggregation: str | None = None,
        time_signal: bool | None = None,
    ) -> NotebookMoment:
        """Returns the moment with the same weights, but other settings than in training; see `config.ModelConfig`.
        Raises InputError for a value that a setting may not have.

        >>> moment = attrec.load().user("Ada Abe").what_if(mask="none", long_weight=0.5)
        >>> bool((moment.attention.to_numpy().diagonal() > 0).all())
        True
        """
        given = {"long_weight": long_weight, "mask": mask, "aggregation": aggregation, "time_signal": time_signal}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        replace(self.scene.run.model_config, **changes)  # raises InputError for a value that a setting may not have
        if time_signal is not None:
            changes["time_signal"] = "on" if time_signal else "off"
        return self._changed(**{FIELDS[name]: value for name, value in changes.items()})

    @property
    def attention(self) -> pd.DataFrame:
        """(n, n) attention a_ij of query item i (row) to key item j (column), titles on both axes, oldest first. Eq. 4.

        With the mask after the softmax the diagonal is 0 and a row sums to less than 1.

        >>> attrec.load().user("Ada Abe").attention.shape
        (5, 5)
        """
        frame = pd.DataFrame(self.scene.moment.attention.weights.astype(float), self.titles, self.titles)
        return frame.rename_axis(index="query item", columns="key item")

    @property
    def average_attention(self) -> pd.Series:
        """(n,) w_j, the average attention to each item (the sum if m is a sum), by title. The rest to 1 is lost to the
        mask. For SASRec: the attention of the last item in the last layer, as the mean of its heads.

        >>> float(attrec.load().user("Ada Abe").average_attention.sum().round(2))
        0.79
        """
        attention, titles = self.scene.moment.attention, pd.Index(self.titles, name="key item")
        return pd.Series(attention.column_weights.astype(float), titles, name=BAR_NAMES[attention.counts])

    def recommend(self, k: int = 10) -> pd.DataFrame:
        """The k nearest candidates: item, title, rank, distance, short, long. distance = short + long, lower is better;
        short and long are weighted by 1 − ω and ω. Eq. 7. Without a long-term taste, long is 0. Systems other than
        AttRec have no short and long, and most of them have a score (higher is better) in place of the distance.

        >>> attrec.load().user("Ada Abe").recommend(2)[["item", "rank"]].values.tolist()
        [['dragon', 1], ['ring', 2]]
        """
        record = views.PANELS["ranking"].of(self.scene, k=from_one("k", k)).record
        rows = record.rows[: len(self.scene.ranking.top(k))]  # the page goes on with other items after the top k
        columns = ["id", "title", "rank", "value", *(["short", "long"] if self.scene.run.explains else [])]
        table = pd.DataFrame(rows, columns=columns).rename(columns={"id": "item", "value": record.measure.name})
        return whole_numbers(table, "rank")

    def why(self, item: str | None = None) -> NotebookExplanation:
        """Explains the rank of an item, by id or title (None: the first recommendation). Raises InputError for an
        unknown one.

        >>> attrec.load().user("Ada Abe").why("alien").item
        'alien'
        """
        view = self.scene.view if item is None else replace(self.scene.view, item=item_id(self.scene.run, item))
        item_scene = scene(self.scene.run, view)
        if item_scene.explained is None:
            raise InputError("no_candidate", "There are no candidates here; name the item to explain.", setting="item")
        return NotebookExplanation(item_scene, explained(item_scene))

    def show(self, panel: str, **options: Any) -> NotebookPicture:
        """Returns a panel of the app about this moment, by its key: its title, figure and sentence. options: as the
        panel takes them, such as k=5. Raises InputError for an unknown key, or where there is nothing to show.

        >>> attrec.load().user("Ada Abe").show("attention")
        Picture('Attention matrix')
        """
        known = {key: found for key, found in views.PANELS.items() if found.subject == "scene"}
        if panel not in known:
            text = "There is no panel {panel}; there are: {known}."
            if panel in views.PANELS:
                text = "The panel {panel} is not about a moment: its page and `attrec show` have it."
            raise InputError("no_panel", text, panel=shown(panel), known=", ".join(known))
        return picture_of(known[panel].of(self.scene, **options))

    def _changed(self, **fields: Any) -> NotebookMoment:
        return moment_of(self.scene.run, replace(self.scene.view, **fields))

    def _repr_html_(self) -> str:
        matrix = [self.show("attention").html] if self.scene.run.attends else []
        return block(self.scene.whose, escape(self.sentence), *matrix, table(self.recommend(), "recommendations"))


def step_in(scene: Scene) -> str:
    """The step of a user's history in a repr."""
    return f", step={scene.step} of {len(scene.history)}" if scene.when else ""


def moment_of(run: Run, view: View) -> NotebookMoment:
    """Returns the moment that a view shows in a run. Raises InputError for an impossible step or window."""
    moment = NotebookMoment(scene(run, view))
    check_window(moment.scene.window, run.model_config)
    return moment


@dataclass(frozen=True, eq=False)
class NotebookExplanation:
    """Why one item has its rank.

    >>> why = attrec.load().user("Ada Abe").why("alien")
    >>> bool(abs(why.contributions["value"].sum() - why.distance) < 1e-5)
    True
    """

    scene: Scene  # in which the item is the explained item
    record: Explanation

    def __repr__(self) -> str:
        return f"Explanation(item={self.item!r}, rank={self.rank:g}, distance={self.distance:.4f}{step_in(self.scene)})"

    @property
    def item(self) -> str:
        return self.scene.item_id(self.record.item)

    @property
    def distance(self) -> float:
        """The squared distance y; lower is better. Eq. 7."""
        return self.record.distance

    @property
    def rank(self) -> float:
        """The rank from 1, whole unless exact ties count half. An item that is no candidate has the rank that it would
        get."""
        return int(self.record.rank) if self.record.rank.is_integer() else self.record.rank

    @property
    def sentence(self) -> str:
        """The rank, and what attention and influence say, in words."""
        return self.record.sentence

    @property
    def contributions(self) -> pd.DataFrame:
        """source, kind, value: the terms of the exact sum, which add up to the distance; the data of the page's chart
        hold the same whole terms. kind is long, item, origin or constant; with a taste from items, earlier for an item
        before the window. If m is a maximum or minimum, no such sum exists, and the rows are long and short.

        >>> attrec.load().user("Ada Abe").why("alien").contributions["kind"].tolist()
        ['long', 'item', 'item', 'item', 'item', 'item', 'origin', 'constant']
        """
        rows: list[tuple[str, str, float]]
        if self.record.sum.exists:
            terms = views.PANELS["why"].of(self.scene, against_average=False).record.terms
            rows = [(term.name, term.kind, term.value) for term in terms if term.kind != "total"]
        else:
            short, long = (float(part[self.record.item]) for part in self.scene.ranking.parts())
            parts = {"long": long, "short": short} if self.scene.has_taste else {"short": short}
            rows = [(KINDS[kind].name, kind, value) for kind, value in parts.items()]
        return pd.DataFrame(rows, columns=["source", "kind", "value"])

    @property
    def influence(self) -> pd.DataFrame:
        """One row per item of the window: its attention, and the effect of removing it, where the older items move up
        ("positions shift") or not ("positions kept"). Effects above 0: without it the explained item is farther away,
        or ranked lower.

        >>> attrec.load().user("Ada Abe").why("alien").influence["place"].tolist()
        [1, 2, 3, 4, 5]
        """
        return views.PANELS["influence"].of(self.scene).table()

    def smallest_edit(self, k: int = 10) -> str:
        """A sentence on the fewest changes of the window that bring the item into the top k, or out of it."""
        return smallest_edit(self.scene.moment, self.record.item, from_one("k", k)).sentence

    def _repr_html_(self) -> str:
        title = f"Why “{self.scene.title(self.record.item)}”: {self.scene.whose}"
        return block(title, escape(self.sentence), table(self.contributions, "contributions"))
