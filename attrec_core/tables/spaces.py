"""What is drawn over a map, and what is truly near."""

from __future__ import annotations

import pandas as pd

from attrec_core.questions import spaces as where
from attrec_core.scene import Scene


def neighbours(shown: Scene, found: list[tuple[int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nearest": range(1, len(found) + 1),
            "title": [shown.title(item) for item, _ in found],
            "distance": [round(distance, 4) for _, distance in found],
            "about": [shown.subtitle(item) for item, _ in found],
        }
    )


def marked(shown: Scene, space: str) -> pd.DataFrame:
    """What is drawn over a map, with the true distance in its space."""
    rows = where.marked_items(shown, space, 10)
    origin = "distance to m" if space == "short" or not shown.has_taste else "distance to the user"
    return pd.DataFrame(
        {
            "marked as": [kind for kind, *_ in rows],
            "title": [shown.title(item) for _, item, *_ in rows],
            origin: [round(own, 4) for *_, own, _ in rows],
            "blended distance": [round(blended, 4) for *_, blended in rows],
        }
    )
