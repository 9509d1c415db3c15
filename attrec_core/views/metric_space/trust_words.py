"""How far the maps may be trusted: as a whole, and around one point."""

from __future__ import annotations

from attrec_core.explain.maps import truly_near, trust
from attrec_core.explain.records_space import Trust
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import number
from attrec_core.views.metric_space.coordinates import items_at, items_table, layout, points_of, projections
from attrec_core.views.metric_space.words import SPACES, origin_at, origin_of
from attrec_core.views.page_context import Scene


@cached
def map_trust(run: Run, space: str, projection: str) -> Trust | None:
    """Of all that the map shows; None for a handful of points. A tenth of a second, once."""
    return trust(points_of(run, space), layout(run)[f"{space}_{projection}"], run.train_config.seed)


def warm(run: Run) -> None:
    """The maps that a first visitor sees."""
    for space in SPACES:
        map_trust(run, space, projections(run)[-1])


def trust_sentences(scene: Scene, space: str, projection: str) -> str:
    """The map's trustworthiness, and how many of one point's neighbours on the map are neighbours in truth."""
    run = scene.run
    whole = map_trust(run, space, projection)
    if whole is None:
        return "Too few points to say how far this map may be trusted."
    k = whole.neighbours
    sampled = ""
    if whole.measured < whole.points:
        sampled = f", estimated from {whole.measured:,} of {whole.points:,} points"
    said = (
        f"Trust in this map: {number(whole.value)} (1 when all that is near on it is near in truth, "
        f"{number(whole.chance)} by chance; k = {k}{sampled})."
    )
    origin = origin_of(scene, space)
    if origin is None:
        return said
    name, vector = origin
    at = origin_at(scene, space, projection)
    coordinates = items_at(run, space, projection)
    near = min(k, len(coordinates) - (scene.selected is not None))
    if near == 0:
        return said
    shared = truly_near(items_table(run, space), vector, coordinates, at, near, scene.selected)
    if near == 1:
        return f"{said} Around {name}: the item nearest on the map is {'' if shared else 'not '}the truly nearest."
    are = "is" if shared == 1 else "are"
    return (
        f"{said} Around {name}: {shared} of the {near} items nearest on the map {are} among the {near} truly nearest."
    )
