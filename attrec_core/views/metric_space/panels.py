"""The panels of the page Metric space, and the sentences of its side panel about the selected item."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from attrec_core.errors import InputError, count_of, number, ordinal, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.exact_sum import attraction, has_sum
from attrec_core.explain.ranking import squared_distances
from attrec_core.explain.wording import letter, listed
from attrec_core.views.drawing.labels import LARGE, WIDE
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.metric_space import figures, path, words
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel

NAMED = 3  # number of users that are named


def map_figure(scene: Scene, record: words.SpaceMap) -> Figure:
    return figures.space_map(record, LARGE if scene.view.scene else WIDE)


def map_label(scene: Scene, record: words.SpaceMap) -> str:
    name = words.map_name(scene, record)
    return f"map of the {name[:1].lower()}{name[1:]}"


def marked_items(scene: Scene) -> list[tuple[str, int]]:
    """Returns the kind and the item of each mark on a map."""
    kinds = [
        *((f"recommended {rank}", item) for rank, item in enumerate(scene.ranking.top(10).tolist(), 1)),
        *((f"window {letter(place)}", item) for place, item in enumerate(scene.window.tolist())),
        ("actual next", scene.target),
        ("selected", scene.selected),
    ]
    return [(kind, item) for kind, item in kinds if item is not None]


def marks_table(scene: Scene, record: words.SpaceMap) -> pd.DataFrame:
    """The marks on a map, with the true distances in its space and the value that ranks the recommendations."""
    items, measure, blended = marked_items(scene), scene.run.measure, scene.ranking.blended
    table = pd.DataFrame([(kind, scene.title(item)) for kind, item in items], columns=["marked as", "title"])
    if scene.run.explains:
        whom, true_distances = words.own_distances(scene, record.space)
        table[f"distance to {whom}"] = [float(true_distances[item]) for _, item in items]
    table[measure.total] = [measure.of(float(blended[item])) for _, item in items]
    return table.round(4)


def whole_map(scene: Scene, record: words.SpaceMap) -> pd.DataFrame:
    """Every point of a map: kind, coordinates, marks, and the true distance to m or the user. For other systems than
    AttRec, the value that ranks the recommendations instead of the distance."""
    cloud, measure = record.cloud, scene.run.measure
    head, values = measure.total, measure.of(scene.ranking.blended)
    if scene.run.explains:
        whom, values = words.own_distances(scene, record.space)
        head = f"squared distance to {whom}"
    kinds: list[list[str]] = [[] for _ in values]
    for kind, item in marked_items(scene):
        kinds[item].append(kind)
    columns = {"title": scene.run.interactions.titles, head: values.round(4), "marked as": list(map(", ".join, kinds))}
    parts = []
    for what, points in (("item", cloud.items), ("user", cloud.users)):
        if points is not None:
            x, y = points.coordinates.round(4).T
            parts.append(pd.DataFrame({"what": what, "id": points.ids, "x": x, "y": y}))
    items = parts[0].assign(**columns)[["what", "id", "title", "x", "y", head, "marked as"]]
    return pd.concat([items, *parts[1:]], ignore_index=True)


METRIC_SPACE: Panel[Scene, words.SpaceMap] = Panel(
    key="metric_space",
    listed="Map of the metric space",
    heading=words.map_name,
    record=words.space_record,
    figure=map_figure,
    sentence=words.space_sentence,
    table=marks_table,
    whole=whole_map,
    guide=words.guide,
    note=words.space_caption,
    label=map_label,
    needs="vectors",
)


def path_panel(key: str, heading: str, space: str) -> Panel[Scene, words.SpaceMap]:
    """The path of the user's point in a space."""

    def record(scene: Scene, projection: str | None = None, colour: str | None = None, k: int = 10) -> words.SpaceMap:
        return words.space_record(scene, space, projection, colour, k)

    return Panel(
        key=key,
        heading=heading,
        record=record,
        figure=map_figure,
        sentence=lambda scene, record: path.path_sentence(scene, space),
        table=lambda scene, record: path.path_table(scene, space),
        label=map_label,
        needs="attrec",
        lacks=lambda scene: path.no_path(scene, space),
    )


PATHS = {"short": path_panel("path", "Path of m", "short"), "long": path_panel("taste_path", "Path of U", "long")}


def near_record(scene: Scene, space: str | None = None, projection: str | None = None, k: int = 10) -> words.SpaceMap:
    record = words.space_record(scene, space, projection, k=k)
    if not record.near:
        raise InputError("nothing_to_show", "{reason}", reason=words.space_sentence(scene, record))
    return record


NEAR: Panel[Scene, words.SpaceMap] = Panel(
    key="near",
    heading=lambda scene, record: f"Nearest to {record.origin.name}" if record.origin else "",
    title="Nearest neighbours",
    record=near_record,
    sentence=words.trust_sentence,
    needs="vectors",
)


def item_sentences(scene: Scene, item: int) -> list[str]:
    """Returns lines of one or two short sentences about the selected item: its rank, its attention, the distances that
    it lowers or that lower its own, and the users to whom it is recommended first. Most important first."""
    lines = moment_sentences(scene, item)
    return [*lines, users(scene, item)] if scene.run.explains else lines


def moment_sentences(scene: Scene, item: int) -> list[str]:
    """Returns what of these sentences is about the moment, without the other users."""
    lines, in_window = [standing(scene, item)], np.flatnonzero(scene.window == item)
    if not scene.run.explains:
        return lines
    if len(in_window):
        lines += [attention(scene, in_window), *lowers(scene, item, in_window)]
    elif scene.ranking.candidates[item] and has_sum(scene.moment) and scene.ranking.long_weight < 1:
        pull = attraction(scene.moment, item)
        best = int(pull.argmax())
        nearest = f"Of the window, “{scene.title(scene.window[best])}” lowers its distance most."
        lines.append(nearest if pull[best] > 0 else "No item of the window lowers its distance.")
    return lines


def standing(scene: Scene, item: int) -> str:
    ranking, measure = scene.ranking, scene.run.measure
    if letters := scene.letters.get(item):
        return f"{'Items' if ',' in letters else 'Item'} {letters} of the window."
    if not ranking.candidates[item]:
        return "Not a candidate: you have picked it." if scene.user is None else f"{scene.who} has already seen it."
    actual = " The actual next item." if item == scene.target else ""
    count, value = int(ranking.candidates.sum()), number(measure.of(ranking.distance(item)), 3)
    return f"{ordinal(ranking.rank(item))} of {count_of(count, 'candidate')}, {measure.total} {value}.{actual}"


def attention(scene: Scene, places: np.ndarray) -> str:
    """States the item's average or total attention, the item that attends to it most, and the item that it attends to
    most, within the window."""
    trace, rest = scene.trace, np.delete(np.arange(len(scene.window)), places)
    share = float(trace.column_weights[places].sum())
    mean = f"Average attention {percent(share)}"
    if scene.moment.config.aggregation == "sum":
        mean = f"Total attention {number(share)}"
    if not len(rest):
        return f"{mean}."
    place = int(places[-1])  # the latest, if the item occurs twice
    row, column = trace.weights[place, rest], trace.weights[rest, place]
    to, by = int(rest[row.argmax()]), int(rest[column.argmax()])
    return (
        f"{mean}. “{scene.title(scene.window[by])}” attends to it most ({percent(float(column.max()))}); "
        f"it attends most to “{scene.title(scene.window[to])}” ({percent(float(row.max()))})."
    )


def lowers(scene: Scene, item: int, places: np.ndarray) -> Iterator[str]:
    """States the candidate whose distance this item of the window lowers most by the exact sum, which is the candidate
    nearest to it in the item space. States nothing where no exact sum exists, and nothing with a taste from items, in
    which its part is long-term, too."""
    candidates, table = scene.ranking.candidates, scene.run.weights["item_short"]
    if not has_sum(scene.moment) or scene.moment.config.remembers or not candidates.any():
        return
    nearest = int(np.where(candidates, squared_distances(table, table[item]), np.inf).argmin())
    if attraction(scene.moment, nearest)[places].sum() > 0:
        yield f"Of all candidates, it lowers the distance of “{scene.title(nearest)}” most."


def users(scene: Scene, item: int) -> str:
    """States the test users to whom the model recommends the item first."""
    statistics, names = statistics_of(scene.run), scene.run.interactions.user_ids
    receivers = statistics.users[statistics.explained == item].tolist()
    total = count_of(len(statistics.users), "test user")
    if not receivers:
        return f"Recommended first to none of {total}."
    return f"Recommended first to {len(receivers):,} of {total}: {listed([names[user] for user in receivers], NAMED)}."


PANELS = (METRIC_SPACE, *PATHS.values(), NEAR)
