"""A scene → the records that pages draw: score rows, maps, neighbours, and one sentence for each figure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from attrec_core import maps
from attrec_core.explain import half_ranks
from attrec_core.results import Points, SpaceMap, SplitRow
from attrec_core.scene import Scene


def attention_record(scene: Scene) -> dict[str, object]:
    """What the attention map draws; see `AttentionRecord` in the pages' widgets."""
    trace, mask, count = scene.trace, scene.run.model_config.mask, len(scene.window)
    free = max(count - 1, 1) if mask != "none" else count
    scale = count if scene.run.model_config.aggregation == "sum" else 1
    return {
        "ids": [scene.item_id(item) for item in scene.window],
        "titles": [scene.title(item) for item in scene.window],
        "weights": trace.weights,
        "masked": trace.masked,
        "column_weights": trace.column_weights,
        "missing": max(trace.missing, 0.0),
        "uniform": 1 / free,
        "uniform_column": scale / count,
        "mask": mask,
    }


def attention_sentence(scene: Scene) -> str:
    """What the map shows, in words with its numbers."""
    weights, count = scene.trace.column_weights, len(scene.window)
    best = int(weights.argmax())
    title = scene.title(scene.window[best])
    lost = (
        f" {number(scene.trace.missing)} of the attention fell on the diagonal and is lost."
        if masked_mass(scene)
        else ""
    )
    if count == 1:
        return f"With one item in the window there is nobody else to look at.{lost}"
    level = (count if scene.run.model_config.aggregation == "sum" else 1) / count
    ratio = weights[best] / level
    than = "about the even share" if ratio < 1.05 else f"{ratio:.1f} times the even share"
    place = {count - 1: ", the latest item,", 0: ", the oldest item,"}.get(best, "")
    return f"“{title}”{place} is looked at most: {number(weights[best])} on average, {than} {number(level)}.{lost}"


def masked_mass(scene: Scene) -> bool:
    return scene.run.model_config.mask == "after" and scene.trace.missing > 0.005


def number(value: float, digits: int = 2) -> str:
    """.41 for 0.41: fewer characters, as in the paper's figures."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def ranking_rows(scene: Scene, k: int) -> list[dict[str, object]]:
    """The top k, and below them the true next and the selected item where they are not among them."""
    found = scene.ranking
    short, long = found.parts()
    top = found.top(k)
    extra = sorted(
        {item for item in (scene.target, scene.selected) if item is not None and item not in top},
        key=lambda item: found.ranks[item],
    )
    return [
        {
            "rank": float(found.ranks[item]),
            "id": scene.item_id(item),
            "title": scene.title(item),
            "subtitle": scene.subtitle(item),
            "distance": float(found.blended[item]),
            "short": float(short[item]),
            "long": float(long[item]),
            "marks": marks_of(scene, item),
        }
        for item in [*top, *extra]
    ]


def marks_of(scene: Scene, item: int) -> list[str]:
    marks = ["true next"] if item == scene.target else []
    if item in scene.window:
        return [*marks, "in the window"]
    return marks if scene.ranking.candidates[item] else [*marks, "had before"]


def ranking_sentence(scene: Scene) -> str:
    """Where the item that really came next stands."""
    count = int(scene.ranking.candidates.sum())
    if scene.target is None:
        why = "Nobody's history is followed here" if scene.user is None else "This is the end of the history"
        return f"{why}, so there is no true next item; the list is the nearest of {count:,} items."
    title = scene.title(scene.target)
    if scene.target in scene.window:
        return f"“{title}” really came next; it stands in the edited window, so it does not compete."
    return f"“{title}” really came next; the model ranks it {scene.ranking.ranks[scene.target]:g} of {count:,}."


def split_rows(scene: Scene, k: int) -> list[SplitRow]:
    """The top k and, after them, the true next and the selected item, with ranks under each part alone."""
    found = scene.ranking
    short, long = found.parts()
    alone = half_ranks(found.short, found.candidates)
    taste = None if found.long is None else half_ranks(found.long, found.candidates)
    top = found.top(k).tolist()
    named = [(scene.target, "true next"), (scene.selected, "selected")]
    extra = dict.fromkeys(item for item, _ in named if item is not None and item not in top)
    return [
        SplitRow(
            item=item,
            title=scene.title(item),
            short=float(short[item]),
            long=float(long[item]),
            rank=float(found.ranks[item]),
            rank_short=float(alone[item]),
            rank_long=None if taste is None else float(taste[item]),
            mark=", ".join(name for marked, name in named if marked == item),
        )
        for item in [*top, *sorted(extra, key=lambda item: found.ranks[item])]
    ]


def split_sentence(rows: list[SplitRow], k: int) -> str:
    """Which part weighs more in the list."""
    shares = [row.long / (row.short + row.long) if row.short + row.long else 0.0 for row in rows[:k]]
    share = float(np.mean(shares)) if shares else 0.0
    larger = "long-term" if share > 0.5 else "short-term"
    part = max(share, 1 - share)
    return f"In the top {min(k, len(rows))}, the {larger} part is {part:.0%} of the distance on average."


def space_record(scene: Scene, space: str, projection: str, colour: str, k: int) -> SpaceMap:
    """The long-term space (users and items) or the short-term space (items and m), laid flat."""
    stored, data = layout(scene, projection), scene.run.interactions
    coordinates, drawn = stored[f"{space}_{projection}"], stored["users"] if space == "long" else np.empty(0, int)
    users, items = coordinates[: len(drawn)], coordinates[len(drawn) :]
    labels = tuple(f"{title} · {scene.subtitle(i)}".rstrip(" ·") for i, title in enumerate(data.titles))
    shown_users = None
    if space == "long":
        people = tuple(data.user_ids[user] for user in drawn)
        shown_users = Points("users", users, people, tuple("" for _ in people))
    return SpaceMap(
        items=Points("items", items, labels, data.item_ids),
        categories=tuple(genres[0] if genres else "" for genres in data.genres) if colour == "genre" else None,
        values=colour_values(scene, colour),
        value_name={"popularity": "viewings (log₁₀)", "distance": "distance to the user"}.get(colour, ""),
        users=shown_users,
        marks=tuple(marked(scene, space, projection, stored, items, k)),
        axes=axes_of(stored, space, projection),
    )


def layout(scene: Scene, projection: str) -> dict[str, np.ndarray]:
    """The run's stored maps; a run without them has PCA all the same, which takes no time."""
    return dict(scene.run.maps) if scene.run.maps is not None else pca_of(scene)


def pca_of(scene: Scene) -> dict[str, np.ndarray]:
    return maps.make_maps(scene.run.arrays, scene.run.train_config.seed, with_umap=False)


def projections(scene: Scene) -> list[str]:
    """What can be shown: PCA always, UMAP where it is stored with the run."""
    stored = scene.run.maps or {}
    return ["pca", "umap"] if {"long_umap", "short_umap"} <= set(stored) else ["pca"]


def colour_values(scene: Scene, colour: str) -> np.ndarray | None:
    if colour == "popularity":
        return np.log10(np.maximum(scene.run.popularity, 1))
    if colour == "distance" and scene.ranking.long is not None:
        return scene.ranking.long
    return None


def axes_of(stored: dict[str, np.ndarray], space: str, projection: str) -> tuple[str, str]:
    if projection == "umap":
        return "UMAP: near is near, far means little", ""
    first, second = stored[f"{space}_share"]
    return f"first axis: {first:.0%} of the variance", f"second axis: {second:.0%}"


def marked(
    scene: Scene, space: str, projection: str, stored: dict[str, np.ndarray], items: np.ndarray, k: int
) -> Iterable[tuple[str, Points]]:
    """The person, the window, m, the recommendations, the true next and the selected item, where they lie."""
    top = scene.ranking.top(k)
    yield "top", item_points(scene, items, top, [f"{rank}" for rank in range(1, len(top) + 1)])
    places: dict[int, str] = {}
    for place, item in enumerate(scene.window.tolist(), 1):
        places[item] = f"{places[item]}, {place}" if item in places else str(place)
    yield "window", item_points(scene, items, np.array(list(places)), list(places.values()))
    if scene.target is not None:
        yield "target", item_points(scene, items, np.array([scene.target]), ["true next"])
    if space == "short":
        where = position(scene.trace.intent, scene.run.arrays["item_short"], items, stored, space, projection)
        yield "intent", Points("m", where[None], ("m, where the window points",), ("",))
    elif scene.user is not None:
        yield "user", Points("user", user_position(scene, stored, projection)[None], (scene.who,), ("",))
    if scene.selected is not None:
        yield "selected", item_points(scene, items, np.array([scene.selected]), [""])


def item_points(scene: Scene, items: np.ndarray, rows: np.ndarray, texts: list[str]) -> Points:
    """Marked items; the text written beside each is carried in the name, one a line."""
    labels = tuple(f"{scene.title(row)}" for row in rows)
    return Points("\n".join(texts), items[rows], labels, tuple(scene.item_id(row) for row in rows))


def position(
    vector: np.ndarray,
    points: np.ndarray,
    coordinates: np.ndarray,
    stored: dict[str, np.ndarray],
    space: str,
    kind: str,
) -> np.ndarray:
    """(2,): exactly by PCA; on UMAP the medoid of the true neighbours."""
    if kind == "pca":
        return maps.stored_pca(stored, space).place(vector)
    return maps.place(vector, points, coordinates)


def user_position(scene: Scene, stored: dict[str, np.ndarray], projection: str) -> np.ndarray:
    """A user who was left out of a large map is placed like any new vector."""
    drawn, coordinates = stored["users"], stored[f"long_{projection}"]
    at = int(np.searchsorted(drawn, scene.user))
    if at < len(drawn) and drawn[at] == scene.user:
        return coordinates[at]
    arrays = scene.run.arrays
    points = np.vstack([arrays["user_long"][drawn], arrays["item_long"]])
    return position(arrays["user_long"][scene.user], points, coordinates, stored, "long", projection)


def neighbours(scene: Scene, space: str, k: int) -> tuple[str, list[tuple[int, float]]]:
    """What is compared (the selected item, else m or the user), and the items truly nearest to it, with distances.

    In the space itself, not on the map. Distances are squared, as everywhere; an item is not its own neighbour.
    """
    table = scene.run.arrays["item_short" if space == "short" else "item_long"]
    if scene.selected is not None:
        origin, name = table[scene.selected], f"“{scene.title(scene.selected)}”"
    elif space == "short":
        origin, name = scene.trace.intent, "m"
    elif scene.user is not None:
        origin, name = scene.run.arrays["user_long"][scene.user], scene.who
    else:
        return "", []
    rows, distances = maps.nearest(table, origin, k + 1)
    found = [(int(row), float(d)) for row, d in zip(rows, distances, strict=True) if row != scene.selected]
    return name, found[:k]


SPACES = {"long": "Long-term space: users and items", "short": "Short-term space: the window and m"}


def space_caption(scene: Scene, record: SpaceMap) -> str:
    """How many points are drawn, and what must not be read into them."""
    data = scene.run.interactions
    parts = [f"showing {len(record.items.ids):,} of {data.n_items:,} items"]
    if record.users is not None:
        parts.append(f"{len(record.users.ids):,} of {data.n_users:,} users (grey)")
    return "; ".join(parts) + ". The map bends distances; the table below has the true ones."


def scatter_caption(scene: Scene, k: int) -> str:
    count = int(scene.ranking.candidates.sum())
    return (
        f"showing {count:,} of {scene.run.interactions.n_items:,} items: those that compete. "
        f"The dashed line joins all points that would be as near as number {k}; ω turns it."
    )
