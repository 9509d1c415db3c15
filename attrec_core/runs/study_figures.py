"""The figures of a study in its results.json, which need the ranks: each with its interval, and how far each line is
above each later one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrec_core.errors import shown
from attrec_core.runs.history import METRICS
from attrec_core.storage.read_errors import expect

Triple = tuple[float, float, float]  # a value, and the ends of its interval
Figures = Mapping[str, Triple]  # metric → triple
# Whether seen items are ranked → the ending of the names in KEY.npz and results.json; a file of before lacks "in"
ENDINGS = {"out": "", "in": "_all"}
DIGITS = 7  # decimals of a stored figure; a user is 1/21,000
UNKNOWN: Triple = (math.nan, math.nan, math.nan)


def figures_in(
    content: Mapping[str, Any],
) -> tuple[dict[tuple[str, str], Figures], dict[tuple[str, str, str], Figures]]:
    """Returns the figures as in `Study.kept` and in `Study.kept_above`. Raises an error of BROKEN for any other
    content."""
    figures = {
        (entry["key"], seen): figures_of(entry[f"summary{ending}"])
        for entry in content["entries"]
        for seen, ending in ENDINGS.items()
        if seen == "out" or f"summary{ending}" in entry
    }
    above = {
        (entry["key"], key, seen): figures_of(differences)
        for entry in with_differences(content)
        for seen, ending in ENDINGS.items()
        if seen == "out" or f"above{ending}" in entry
        for key, differences in entry[f"above{ending}"].items()
    }
    return figures, above


def with_differences(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns entries of a results.json, with `above`. An older file says only how far each is below a reference."""
    entries: list[dict[str, Any]] = content["entries"]
    if "reference" not in content:
        return entries
    names = {"mean": "below", "low": "below_low", "high": "below_high"}
    below = {
        entry["key"]: {
            metric: {name: figure[old] for name, old in names.items()} for metric, figure in entry["summary"].items()
        }
        for entry in entries
    }
    return [{"key": content["reference"], "above": below}]


def figures_of(kept: Mapping[str, Mapping[str, float | None]]) -> Figures:
    """Returns metric → mean, low, high from results.json, where null stands for NaN. Raises ValueError for another
    value, or when a metric is missing."""
    expect(not kept or kept.keys() >= set(METRICS), "its figures lack a metric")

    def number(value: float | None) -> float:
        is_figure = value is None or (type(value) in (int, float) and abs(value) <= 1)
        expect(is_figure, f"a figure is {shown(value)}")
        return math.nan if value is None else float(value)

    return {
        metric: (number(figure["mean"]), number(figure["low"]), number(figure["high"]))
        for metric, figure in kept.items()
    }


def named(mean: float, low: float, high: float) -> dict[str, float | None]:
    """Returns a triple as in results.json; None for each number if the ranks are not stored."""
    numbers = {"mean": mean, "low": low, "high": high}
    return {name: None if math.isnan(number) else round(number, DIGITS) for name, number in numbers.items()}
