"""The table of `make benchmarks`: each script adds its rows, and `all.py` prints them."""

from __future__ import annotations

import json
import os
from pathlib import Path

ROWS = "BENCHMARK_ROWS"  # environment variable: the file for the rows, set while all.py runs


def add(what: str, unit: str, ours: float, reference: float, named: str, floor: float | None = None) -> None:
    """Adds a row if all.py collects a table. ours, reference and floor are medians of the same run, in `unit`; `named`
    says what the reference is."""
    if path := os.environ.get(ROWS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([what, unit, ours, reference, named, floor]) + "\n")


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def table(path: Path) -> str:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [("", "", "ours", "reference", "ratio", "floor", "× floor", "the reference is")]
    for measured, unit, ours, reference, reference_name, floor in rows:
        floor_cells = ("", "") if floor is None else (figure(floor), f"{ours / floor:.2f}")
        lines.append(
            (measured, unit, figure(ours), figure(reference), f"{ours / reference:.2f}", *floor_cells, reference_name)
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = ("<", "<", ">", ">", ">", ">", ">", "<")
    return "\n".join(
        "  ".join(f"{text:{side}{width}}" for text, side, width in zip(line, aligned, widths, strict=True)).rstrip()
        for line in lines
    )
