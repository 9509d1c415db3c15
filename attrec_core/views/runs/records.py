"""What the list of runs draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RunRow:
    """A run as the list shows it: all in words, "–" where nothing is known."""

    name: str
    tags: Sequence[str]
    note: str
    belongs: str  # what a run is that does not stand on the shelf, such as "bundled"
    fault: str | None  # why it cannot be opened
    data: str
    sizes: str  # users × items
    hr50: str
    mrr: str
    epochs: str
    size: str
    when: str
    of_files: bool  # whether that is the time of its files, since none is written in it
    more: str  # what the list is sorted by, where it mostly has no column


@dataclass(frozen=True)
class RunListRecord:
    """The list of runs in its order."""

    rows: Sequence[RunRow]
    more: str | None  # head of the column for what the list is sorted by, where it mostly has none
    chosen: str | None  # name of a run
    here: str  # the one that is open
    by: str  # what the list is sorted by
    rising: bool
