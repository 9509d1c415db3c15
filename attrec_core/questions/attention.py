"""Who looks at whom: what the attention map draws, and its sentence."""

from __future__ import annotations

from attrec_core.figures.theme import number
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
    lost = f" The mask took the diagonal, {number(scene.trace.missing)} of the attention." if masked_mass(scene) else ""
    if count == 1:
        return f"With one item in the window there is nobody else to look at.{lost}"
    level = (count if scene.run.model_config.aggregation == "sum" else 1) / count
    ratio = weights[best] / level
    than = "about the even share" if ratio < 1.05 else f"{ratio:.1f} times the even share"
    place = {count - 1: ", the latest item,", 0: ", the oldest item,"}.get(best, "")
    return f"“{title}”{place} is looked at most: {number(weights[best])} on average, {than} {number(level)}.{lost}"


def masked_mass(scene: Scene) -> bool:
    return scene.run.model_config.mask == "after" and scene.trace.missing > 0.005
