"""The results of reading a data set: how it was understood, what was kept, and the effect of a filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from attrec_core.errors import PERCENT, InputError, count_of, number, percent, sizes_in_words

MANY_REPEATS = 0.05  # above this share of repeated test items, every metric has a note


def repeats_sentence(share: float) -> str:
    """How repeats affect the metrics; "" if there are few. share: of the test items, by `windows.repeated_targets`."""
    if share <= MANY_REPEATS:
        return ""
    return (
        f"{percent(share)} of the test items are repeats: the user had them before. Such an item stays a candidate, "
        "while all others that the user had are left out. So a model that only ranks a user's own items high gains on "
        "HR, NDCG and MRR. For metrics of new items alone, keep only the first of duplicates when you import the data."
    )


@dataclass(frozen=True)
class Understood:
    user: str
    item: str
    title: str
    time: str  # as a date if the unit is known, else as a number
    rating: float | None
    event: str | None


@dataclass(frozen=True)
class ItemSeen:
    item: str
    title: str
    genres: str  # with | between them
    year: str


@dataclass(frozen=True)
class ColumnSeen:
    """A column of a table: its name, its detected role (None: none), and its first values."""

    name: str
    role: str | None  # user | item | time | rating | event | title | genres | year
    values: tuple[str, ...]


@dataclass(frozen=True)
class TableSeen:
    """The columns of the file of items that a person named."""

    name: str
    columns: tuple[ColumnSeen, ...]
    candidates: Mapping[str, tuple[str, ...]]  # field of `Columns` → columns for it, likeliest first


@dataclass(frozen=True)
class Preview:
    """The head of a file as it would be read, for a person to check and correct."""

    format: str = ""  # "": no format was recognised
    recognised: tuple[str, ...] = ()  # sentences: what was recognised, and why
    columns: tuple[ColumnSeen, ...] = ()  # empty if the format has no columns to choose
    candidates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role → columns for it, likeliest first
    rows: tuple[Understood, ...] = ()  # the first rows; empty if there is a fault
    first_items: tuple[ItemSeen, ...] = ()  # the first items of which something is known
    metadata: TableSeen | None = None
    events: tuple[str, ...] = ()  # kinds of event in the head
    whole: bool = True  # the head is the whole file
    fault: InputError | None = None  # why the file cannot be read as it is


@dataclass(frozen=True)
class Counts:
    users: int
    items: int
    interactions: int

    @property
    def density(self) -> float:
        """Interactions as a share of all pairs of a user and an item."""
        return self.interactions / max(1, self.users * self.items)

    @property
    def density_text(self) -> str:
        """12.5 %, 6.30 %, .087 %: with the digits of the paper's Table 1, and one digit less from 10 % on."""
        digits = 3 if self.density < 0.01 else 2 if self.density < 0.1 else 1
        return f"{number(100 * self.density, digits)}{PERCENT}"

    @property
    def per_user(self) -> float:
        return self.interactions / max(1, self.users)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "density": self.density, "per_user": self.per_user}


@dataclass(frozen=True)
class FilterEffect:
    before: Counts
    after: Counts
    sentence: str


@dataclass(frozen=True)
class ImportReport:
    """What was read, kept and dropped (read = kept + the sum of dropped): the same in the terminal, in the app and in a
    data set's report.json."""

    source: str  # name of the file or folder
    format: str
    recognised: tuple[str, ...]
    read: int
    kept: int
    dropped: Mapping[str, int]  # reason → rows
    counts: Counts
    shortest: int  # interactions of the user with the fewest
    longest: int
    span: tuple[str, str]  # first and last time, in words
    time_unit: str
    tied_last: float  # share of users whose last time is shared by several rows
    tie_rule: str
    duplicates: str
    first: tuple[Understood, ...]
    remarks: tuple[str, ...]  # what a person should know before relying on the data
    first_items: tuple[ItemSeen, ...] = ()  # the first items of which something is known; older reports have none
    may_tie: bool = True  # whether the tie rule may matter, see `Interactions`

    def as_dict(self) -> dict[str, Any]:
        content = asdict(self) | {"counts": self.counts.as_dict(), "dropped": dict(self.dropped)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in content.items()}

    @property
    def time_sentence(self) -> str:
        """The first and the last time."""
        if self.time_unit == "order":
            return "No dates, only an order."
        first, last = self.span
        return f"All at the same time, {first}." if first == last else f"Time from {first} to {last}."

    @property
    def text(self) -> str:
        counts, is_same = self.counts, self.shortest == self.longest
        spread = f"{self.shortest:,} each" if is_same else f"from {self.shortest:,} to {self.longest:,}"
        ties = (
            f"{percent(self.tied_last, 1)} of the users have several rows at their latest time: there the tie rule "
            f"{self.tie_rule} picks the test item."
        )
        lines = [f"{self.source}, read as {self.format}.", *self.recognised, ""]
        lines += [f"{count_of(self.read, 'row')} read, {self.kept:,} kept."]
        lines += [f"{count:,} dropped: {reason}." for reason, count in self.dropped.items()]
        lines += [
            f"{sizes_in_words(counts.users, counts.items, counts.interactions)}: density "
            f"{counts.density_text}, {counts.per_user:.2f} interactions per user ({spread}).",
            self.time_sentence,
            *([ties] if self.may_tie and self.tied_last else []),
            *self.remarks,
            "",
            "The first rows as understood:",
            *map(understood_line, self.first),
        ]
        if self.first_items:
            lines += ["", "Items as understood:", *map(item_line, self.first_items)]
        return "\n".join(lines)


def item_line(item: ItemSeen) -> str:
    facts = {"title": item.title if item.title != item.item else "", "genres": item.genres, "year": item.year}
    return f"item {item.item}" + "".join(f"  {name} {value or 'none'}" for name, value in facts.items())


def understood_line(row: Understood) -> str:
    """One row for people: user, item, time, and its rating and event if there are any."""
    title = f" ({row.title})" if row.title != row.item else ""
    rating = "" if row.rating is None else f"  rating {row.rating:g}"
    event = "" if row.event is None else f"  event {row.event}"
    return f"user {row.user}  item {row.item}{title}  time {row.time}{rating}{event}"


@dataclass(frozen=True, eq=False)
class Histogram:
    """The number of values between edges. edges (k + 1,), counts (k,); the last bin includes its right edge and, with
    `open_end`, all larger values."""

    name: str
    edges: np.ndarray
    counts: np.ndarray
    sentence: str
    open_end: bool = False


@dataclass(frozen=True, eq=False)
class Distributions:
    lengths: Histogram  # interactions per user
    popularity: np.ndarray  # (N,) interactions per item, largest first
    popularity_sentence: str
