"""What pages call a kind of study, a rule for ties, a choice of reading, and a method that finds a cause."""

from __future__ import annotations

from typing import NamedTuple

KIND_NAMES = {
    "table2": "all systems",
    "auto": "settings found, and the presets",
    "ablation": "parts of AttRec",
    "omega": "ω",
    "window": "window L",
    "dim": "dimensions d",
    "taste": "own vector or own items",
}
TIES = {"file-first": "first of the file", "file-last": "last of the file"}
TIME_UNITS = {
    "s": "Unix seconds",
    "ms": "Unix milliseconds",
    "us": "Unix microseconds",
    "ns": "Unix nanoseconds",
    "iso": "dates, year first (2024-05-31)",
    "day-first": "dates, day first (31/05/2024)",
    "month-first": "dates, month first (05/31/2024)",
    "none": "no time (order of the file)",
}
QUOTES = {"enclose": "enclose fields", "literal": "are part of the text"}
BROKEN_ROWS = {"refuse": "an error", "skip": "left out and counted"}


class Pointer(NamedTuple):
    """A method that points at an item of the window as the cause."""

    label: str  # beside its bar
    words: str  # in a sentence


POINTERS = {  # in the order of the figure
    "attention": Pointer("most attention", "the item with most attention"),
    "exact": Pointer("largest contribution", "the item with the largest contribution (exact sum)"),
    "delete": Pointer("removed, positions shift", "the item with the largest effect when removed (positions shift)"),
    "mask": Pointer("removed, positions kept", "the item with the largest effect when removed (positions kept)"),
    "nearest": Pointer("nearest item", "the item nearest to the next item"),
    "latest": Pointer("always the latest", "always the latest item"),
    "chance": Pointer("by chance", "any item, by chance"),
}
