"""Pictures for a file, a notebook or a report, by the scripts that draw them in a browser. QuickJS runs the scripts; it
is loaded for the first such picture, and by no page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from attrec_core import browser
from attrec_core.errors import InputError
from attrec_core.views.drawing.colormaps import for_browser

Picture = Literal["bars", "split", "curves", "heads", "story"]
# What a browser draws by a component of this name → the function of the scripts that draws it on paper.
PICTURES: dict[Picture, str] = {
    "bars": "barsOnPaper",
    "split": "splitOnPaper",
    "curves": "curvesOnPaper",
    "heads": "headsOnPaper",
    "story": "(record) => storyPicture(record, STORY_ON_PAPER)",
}
DIGITS = 5  # decimal places of numbers in arrays
# The answer is an object, which comes back as JSON: a string that is a sum of others could not be taken over.
DRAW = "function draw(drawing, record) { return { svg: eval(drawing)(record) }; }"


def drawn(drawing: str, record: Any) -> str:
    """Returns the SVG of a record. drawing: a function of the scripts, or an expression for one. Raises InputError
    where QuickJS is not installed."""
    return _draw()(drawing, json_values(record))["svg"]


@cache
def _draw() -> Callable[..., Any]:
    try:
        from quickjs import Function
    except ImportError:
        text = "A picture of this panel needs the package {package}: pip install {package}. Its table needs nothing."
        raise InputError("no_quickjs", text, package="quickjs-ng") from None
    scripts = ["components/shared", *(f"engine/{name}" for name in browser.ORDER["engine"])]
    return Function("draw", "\n".join([for_browser(), *(browser.source(f"{name}.js") for name in scripts), DRAW]))


def json_values(value: Any) -> Any:
    """A record as JSON values: the fields by name, arrays as lists, and None for NaN and for infinite numbers."""
    if is_dataclass(value):
        return {field.name: json_values(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        numbers = np.round(value.astype(float), DIGITS) if value.dtype.kind == "f" else value
        finite = np.isfinite(numbers)
        return (numbers if finite.all() else np.where(finite, numbers, np.array(None))).tolist()
    if isinstance(value, list | tuple):
        return [json_values(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
