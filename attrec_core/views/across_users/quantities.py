"""The quantities of each test user: the user in the middle of each decile, and all users by two quantities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attrec_core.errors import PERCENT, number, ordinal, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.ranking import half_ranks
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.across_users.statistics import statistics
from attrec_core.views.drawing.plot import axis, figure, hover, scatter
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import COUNT, SELECTED, round_ticks, short_title
from attrec_core.views.page_context import Scene
from attrec_core.views.view import QUANTITIES, View

HEIGHT = 400
DECILES = 10
STRENGTHS = ((0.6, "strongly related"), (0.3, "related"), (0.1, "weakly related"), (0.0, "hardly related"))
USUAL = {"quantity": 0, "across": 0, "up": 3}  # field of a view → the place of the quantity that is its default


@dataclass(frozen=True, eq=False)
class Quantity:
    """A number for each test user."""

    label: str
    values: np.ndarray  # (E,) float64; NaN if a user has none
    written: Callable[[float], str]
    page: str  # the page that shows it, such as "why"


@cached
def quantities(run: Run) -> dict[str, Quantity]:
    """Name in an address → quantity. A quantity that no user has is left out."""
    stats = statistics_of(run)
    histories = np.diff(run.interactions.starts)[stats.users]
    rows: tuple[tuple[str, np.ndarray, Callable[[float], str], str], ...] = (
        ("latest", stats.recency, percent, "attention"),
        ("most", stats.average_attention.max(1), percent, "attention"),
        ("entropy", stats.entropy, number, "attention"),
        ("influence", stats.tau_delete, number, "why"),
        ("rank", stats.ranks, ordinal, "attention"),
        ("history", histories, lambda value: f"{value:,.0f}", "attention"),
    )
    all_quantities = {
        name: Quantity(QUANTITIES[name], np.asarray(values, np.float64), written, page)
        for name, values, written, page in rows
    }
    return {name: quantity for name, quantity in all_quantities.items() if np.isfinite(quantity.values).any()}


def usual(run: Run, name: str) -> str:
    """The name of the quantity that the field `name` of a view stands for by default."""
    offered = list(quantities(run))
    return offered[min(USUAL[name], len(offered) - 1)]


def chosen(run: Run, view: View, name: str) -> Quantity:
    offered = quantities(run)
    return offered.get(getattr(view, name)) or offered[usual(run, name)]


def deciles(quantity: Quantity) -> list[int]:
    """The row of the user in the middle of each decile, lowest first; fewer where there are fewer users."""
    rows = np.flatnonzero(np.isfinite(quantity.values))
    order = rows[np.argsort(quantity.values[rows], kind="stable")]
    middles = (np.arange(DECILES) + 0.5) / DECILES * len(order)
    return list(dict.fromkeys(order[middles.astype(int)].tolist()))


def decile_table(scene: Scene, quantity: Quantity) -> pd.DataFrame:
    rows, ids = deciles(quantity), scene.run.interactions.user_ids
    users = [ids[user] for user in statistics(scene).users[rows]]
    return pd.DataFrame({"decile": range(1, len(rows) + 1), "user": users, quantity.label: quantity.values[rows]})


def against(scene: Scene, pair: tuple[Quantity, Quantity]) -> Figure:
    """A point for each user who has both quantities; the user shown is marked. pair: across and up."""
    across, up = pair
    users, x, y = statistics(scene).users, across.values, up.values
    ids = [scene.run.interactions.user_ids[user] for user in users.tolist()]
    has_both = np.isfinite(x) & np.isfinite(y)

    def points(rows: np.ndarray, **marker: object) -> dict[str, object]:
        texts = [f"{short_title(ids[row], 40)}<br>{across.written(x[row])}, {up.written(y[row])}" for row in rows]
        shown = [ids[row] for row in rows]
        return scatter(x[rows].tolist(), y[rows].tolist(), "markers", marker=marker, customdata=shown) | hover(texts)

    data = [points(np.flatnonzero(has_both), color=COUNT, size=6)]
    marked = np.flatnonzero(has_both & (users == (-1 if scene.user is None else scene.user)))
    if len(marked):
        data.append(points(marked, color=SELECTED, size=14, symbol="star"))
    axes = {"xaxis": scale(across, has_both), "yaxis": scale(up, has_both) | {"automargin": True}}
    return figure(data, HEIGHT, (10, 10, 10, 46), showlegend=False, hovermode="closest", **axes)


def scale(quantity: Quantity, rows: np.ndarray) -> dict[str, object]:
    """An axis whose ticks are written like the quantity."""
    low, high = (quantity.values[rows].min(), quantity.values[rows].max()) if rows.any() else (0.0, 1.0)
    if high - low < 1e-9:
        return axis(quantity.label)
    if quantity.written is percent:  # with as many digits as the ticks need
        ticks = round_ticks(100 * float(low), 100 * float(high), 6)
        values, texts = [value / 100 for value in ticks["tickvals"]], [text + PERCENT for text in ticks["ticktext"]]
        return axis(quantity.label, **ticks | {"tickvals": values, "ticktext": texts})
    ticks = round_ticks(float(low), float(high), 6)
    values = [value for value in ticks["tickvals"] if quantity.written is not ordinal or value >= 1]
    return axis(quantity.label, **ticks | {"tickvals": values, "ticktext": [quantity.written(v) for v in values]})


def against_table(scene: Scene, pair: tuple[Quantity, Quantity]) -> pd.DataFrame:
    users = [scene.run.interactions.user_ids[user] for user in statistics(scene).users.tolist()]
    return pd.DataFrame({"user": users} | {quantity.label: quantity.values for quantity in pair})


def against_sentence(across: Quantity, up: Quantity) -> str:
    """How similarly the two quantities order the users."""
    rows = np.isfinite(across.values) & np.isfinite(up.values)
    orders = [half_ranks(quantity.values[rows], np.ones(rows.sum(), bool)) for quantity in (across, up)]
    if not rows.any() or min(map(np.ptp, orders)) == 0:
        return "At least one of the two is the same for all users, so there is nothing to compare."
    rho = float(np.corrcoef(orders[0], orders[1])[0, 1])
    strength = next(word for least, word in STRENGTHS if abs(rho) >= least)
    direction = "" if abs(rho) < 0.1 else ": both rise together" if rho > 0 else ": when one rises, the other falls"
    return f"For {int(rows.sum()):,} users, the two are {strength}{direction} (Spearman’s correlation: {number(rho)})."
