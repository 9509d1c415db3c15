"""The page “Try it yourself”: items to start with, what the latest pick changed, where the picks put the point U."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number
from attrec_core.explain.compare import ListMoves, list_moves
from attrec_core.explain.neighbours import nearest
from attrec_core.explain.ranking import squared_distances
from attrec_core.explain.taste import user_points
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, item_colour, short_title
from attrec_core.views.moment.ranking import moves_panel
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.view_fit import PICKS

FEWEST, MOST = 3, PICKS
OFFERED = 8  # number of items to start with
TO_COME = """
With **3 picks** you get your own recommendations and your own point **U**, your long-term taste. Then every page works
for you: which of your picks receive attention, what is recommended, and why.

Your picks are stored only in the link. A copied link shows the same to another person.
"""
TO_COME_ELSEWHERE = """
With **3 picks** you get your own recommendations, and each further pick shows how it moves the list.

Your picks are stored only in the link. A copied link shows the same to another person.
"""
NO_NEW_USER = (
    "{label} cannot rank for a new user, so it has no recommendations for your picks. Choose a run of another system, "
    "or a user of the data."
)
NEAREST = "Your vector is estimated: it is the mean of your picks' vectors, the point nearest to all of them."
HIGHEST = (
    "Your vector is estimated: of all vectors as long as the median user's, it has the largest sum of inner products "
    "with your picks."
)
FROM_ITEMS = {
    "items": "Nothing is estimated: your U is the mean of your picks' vectors, the latest weighted most, as for every "
    "user (not the paper's).",
    "both": "Nothing is estimated: your U is the mean of your picks' vectors, the latest weighted most, as for every "
    "user (not the paper's); users of the data have a learned vector, too.",
}
HEIGHT = 330
NEAR = 5  # number of nearest users and items that are named
EDGE = 1e-5  # tolerance of a length in float32
GUIDE = """
The axis at the bottom is the squared distance to your point **U**; lower is better. Squares are your picks, by number;
circles are the nearest other items; stars are the nearest users. The bars count all items at each distance.

{mean}
"""
MEAN = """
**U** is the mean of your picks: the point with the smallest sum of squared distances to them. In a model that clips its
vectors, a mean outside the unit ball is moved to its surface.
"""
WEIGHTED_MEAN = """
**U** is the weighted mean of your picks: a pick counts half as much after {half_life:g} later ones. The model makes the
taste of every user of their items{both} (the paper's does not), so yours is not estimated. The users are at the end of
their history.
"""
AND_A_VECTOR = " and, for users of the data, of a learned vector"

Named = list[tuple[str, float]]  # (name, distance) of items or users


def too_few(scene: Scene) -> str:
    text = f"This is about a new person who has picked at least {FEWEST} items."
    return "" if len(scene.likes) >= FEWEST else text


def last_pick(scene: Scene) -> ListMoves:
    """Compares with the person before the latest pick, whose taste and window are of the other picks."""
    view = replace(scene.view, likes=tuple(scene.ids(scene.likes[:-1])), window=None)
    return list_moves(page_context.scene(scene.run, view).moment, scene.moment)


LAST_PICK = moves_panel(key="last_pick", heading="What your latest pick changed", record=last_pick, lacks=too_few)


@dataclass(frozen=True, eq=False)
class Landing:
    """The point U of a new person in the user space. Distances are squared, lower is better; the nearest come first."""

    picks: tuple[int, ...]  # item indices, in the order of picking
    to_picks: tuple[float, ...]  # ‖U − V_i‖² of each pick
    to_items: np.ndarray  # (N,) ‖U − V_i‖² of every item
    items: tuple[tuple[int, float], ...]  # the nearest items that were not picked
    users: tuple[tuple[int, float], ...]  # the nearest users, ‖U − U_u‖²
    length: float  # ‖U‖
    usual_length: float  # the median of the users' ‖U‖
    at_the_edge: bool  # whether the mean of the picks was outside the unit ball and was moved to its surface


def landing(scene: Scene) -> Landing:
    """Returns where the picks put U. `scene` must be about a new user and a run of AttRec."""
    arrays, picks, point = scene.run.weights, scene.likes, scene.moment.taste
    assert point is not None
    to_items = squared_distances(arrays["item_long"], point)
    nearest_first = np.argsort(to_items, kind="stable")
    nearest_items = nearest_first[~np.isin(nearest_first, picks)][:NEAR].tolist()
    everybody = user_points(scene.run)
    users, distances = nearest(everybody, point, NEAR)
    # A taste from items is not estimated, and no point is moved.
    drawn_back = scene.run.train_config.regularisation == "clip" and not scene.run.model_config.remembers
    mean = arrays["item_long"][picks].mean(0, dtype=np.float64)
    return Landing(
        picks=tuple(picks.tolist()),
        to_picks=tuple(to_items[picks].astype(float).tolist()),
        to_items=to_items,
        items=tuple((item, float(to_items[item])) for item in nearest_items),
        users=tuple(zip(users.tolist(), distances.tolist(), strict=True)),
        length=float(np.linalg.norm(point)),
        usual_length=float(np.median(np.linalg.norm(everybody, axis=1))),
        at_the_edge=bool(drawn_back and np.linalg.norm(mean) > 1 + EDGE),
    )


def distance_axis(scene: Scene, landing: Landing) -> Figure:
    """A figure along one axis of distance: the picks, the nearest other items and users, and a histogram of all
    items."""
    count = len(landing.picks)
    colours = [item_colour(scene.hue(item)) for item in landing.picks]  # grey: not in the window
    # The picks alternate between three heights, because picks at the same distance would hide each other.
    order = sorted(range(count), key=landing.to_picks.__getitem__)
    heights = [2.0 + 0.7 * (order.index(pick) % 3) for pick in range(count)]
    numbers: Trace = {"mode": "markers+text", "text": [str(pick) for pick in range(1, count + 1)]}
    numbers["textfont"] = {"size": 12, "color": [ink(colour) for colour in colours]}
    histogram: Trace = {"type": "histogram", "x": packed(landing.to_items), "nbinsx": 40, "marker": {"color": QUIET}}
    histogram |= {"name": f"all {len(landing.to_items):,} items", "yaxis": "y2"}
    histogram["hovertemplate"] = "%{y} items at %{x}<extra></extra>"
    picks, items, users = named_distances(scene, landing)
    data = [
        histogram,
        marks("your picks, by number", picks, heights, "square", 18, colours) | numbers,
        marks("nearest other items", items, [1.0] * len(items), "circle-open", 12, TOP),
        marks("nearest users", users, [0.0] * len(users), "star", 12, LONG),
    ]
    rows = {"tickvals": [2.7, 1, 0], "ticktext": ["picks", "items", "users"], "range": [-0.6, 4.0]}
    up = axis(domain=[0.44, 1], zeroline=False, fixedrange=True) | rows
    across = axis("squared distance to your point U (lower is better)", rangemode="tozero", anchor="y2")
    below = axis("items", domain=[0, 0.37], anchor="x", fixedrange=True)
    look = {"legend": legend(1.02), "hovermode": "closest", "bargap": 0.05}
    return figure(data, HEIGHT, (10, 10, 30, 46), xaxis=across, yaxis=up, yaxis2=below, **look)


def named_distances(scene: Scene, landing: Landing) -> tuple[Named, Named, Named]:
    picks = [(scene.title(item), distance) for item, distance in zip(landing.picks, landing.to_picks, strict=True)]
    items = [(scene.title(item), distance) for item, distance in landing.items]
    return picks, items, [(scene.run.interactions.user_ids[user], distance) for user, distance in landing.users]


def marks(name: str, named: Named, heights: list[float], symbol: str, size: int, colour: str | list[str]) -> Trace:
    marker = {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1, "color": QUIET}}
    texts = [f"{short_title(title, 80)}<br>{number(distance, 3)}" for title, distance in named]
    distances = [distance for _, distance in named]
    return scatter(distances, heights, "markers", name=name, marker=marker) | hover(texts)


def around_table(scene: Scene, landing: Landing) -> pd.DataFrame:
    """The picks, items and users around the new user's point, nearest first."""
    kinds = zip(("your pick", "item", "user"), named_distances(scene, landing), strict=True)
    rows = sorted(((kind, *row) for kind, group in kinds for row in group), key=lambda row: row[2])
    return pd.DataFrame(rows, columns=["kind", "name", "distance to you"]).round(4)


def landing_sentence(scene: Scene, landing: Landing) -> str:
    data = scene.run.interactions
    user, distance = landing.users[0]
    nearest = f"Of {count_of(data.n_users, 'user')}, {data.user_ids[user]} is nearest to you ({number(distance, 3)})"
    if landing.items:
        item, distance = landing.items[0]
        nearest += f"; of the items you did not pick, “{scene.title(item)}” ({number(distance, 3)})"
    distance, pick = min(zip(landing.to_picks, landing.picks, strict=True))
    count = int((landing.to_items < distance).sum())
    nearer = f"{count:,} other item{' is' if count == 1 else 's are'}" if count else "no other item is"
    return f"{nearest}. Your nearest pick is “{scene.title(pick)}” ({number(distance, 3)}); {nearer} nearer."


def length_sentence(scene: Scene, landing: Landing) -> str:
    """States the length ‖U‖, and whether U was moved to the surface of the unit ball."""
    moved = "; the mean of your picks was outside the unit ball and was moved to its surface"
    edge = moved if landing.at_the_edge else ""
    length, usual = number(landing.length, 3), number(landing.usual_length, 3)
    return f"The length of your vector, ‖U‖, is {length} (median of the users: {usual}){edge}."


def around_guide(scene: Scene, landing: Landing) -> str:
    config = scene.run.model_config
    both = AND_A_VECTOR if config.taste == "both" else ""
    mean = WEIGHTED_MEAN.format(half_life=config.half_life, both=both) if config.remembers else MEAN
    return GUIDE.format(mean=mean.strip()).strip()


AROUND: Panel[Scene, Landing] = Panel(
    key="around",
    heading="Where you are",
    record=landing,
    figure=distance_axis,
    sentence=landing_sentence,
    table=around_table,
    guide=around_guide,
    note=length_sentence,
    label="distances from your point to items and users",
    needs="attrec",
    lacks=too_few,
)


def to_begin_with(run: Run, picked: tuple[int, ...]) -> list[int]:
    """Returns the most popular item of each main genre, the most popular first, then popular items of any genre."""
    popular = [item for item in (-run.popularity).argsort(kind="stable").tolist() if item not in picked]
    of_genre: dict[str, int] = {}
    for item in popular:
        for genre in run.interactions.genres[item][:1]:
            of_genre.setdefault(genre, item)
    return list(dict.fromkeys([*of_genre.values(), *popular]))[:OFFERED]


def picks_needed(count: int) -> str:
    if count == 0:
        return f"Pick {FEWEST} to {MOST} items that you like."
    if count < FEWEST:
        needed = FEWEST - count
        return f"{count_of(count, 'pick')}. Add {needed} more."
    if count == MOST:
        return f"{MOST} picks, the maximum. Remove one to add another."
    return f"{count} picks. Add up to {MOST - count} more."


def window_words(scene: Scene) -> str:
    if scene.edited:
        return "The window is edited; your picks are unchanged."
    if len(scene.window) == 1:
        return f"Your {'last pick' if len(scene.likes) > 1 else 'pick'} is the window of recent items."
    all_seen = len(scene.likes) <= scene.run.model_config.window
    seen = "All your picks" if all_seen else f"Your last {len(scene.window)} picks"
    return f"{seen}, in this order, are the window of recent items."


def how_estimated(run: Run) -> str:
    """States what the system reads and, if it has user vectors, how it estimates the vector of a new user, or that it
    makes the taste of every user of their items."""
    system, config = run.system, run.model_config
    reads = system.reading(config, system.label)
    if config.remembers:
        return f"{reads} {FROM_ITEMS[config.taste]}"
    if system.tastes is None:
        return reads
    return f"{reads} {HIGHEST if system.tastes.by_product else NEAREST}"


PANELS = (LAST_PICK, AROUND)
