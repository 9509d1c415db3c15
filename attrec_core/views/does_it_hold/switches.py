"""What could have been done otherwise in a study: the same with one choice changed, where that has been run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from attrec_core.runs.protocol import FITS, ORDERS, SPLITS, Protocol
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import NAMES, Row, rows_of
from attrec_core.views.does_it_hold.words import OWN
from attrec_core.views.drawing.theme import signed

TIES = ("file-first", "file-last")
# Field of the view → field of the protocol, what the switch is called, and its values with their words.
SWITCHES: dict[str, tuple[str, str, dict[str, str]]] = {
    "ties": ("tie_rule", "Tie rule", dict(zip(TIES, ("first of the file", "last of the file"), strict=True))),
    "shuffled": ("order", "Order", dict(zip(ORDERS, ("as it is", "shuffled"), strict=True))),
    "split": ("split", "Split", dict(zip(SPLITS, ("leave-one-out", "temporal"), strict=True))),
    "fit": ("fit", "Final fit", dict(zip(FITS, ("with validation items", "without"), strict=True))),
}
SEEN = {"out": "left out", "in": "ranked too"}


@dataclass(frozen=True)
class Change:
    """What becomes of the answer by one switch."""

    switch: str
    value: str
    first: str  # line that is first then
    was_first: str
    own: str  # AttRec's line
    before: float
    after: float

    @property
    def name(self) -> str:
        """As it stands on the page."""
        return f"“{self.switch}: {self.value}”"


def same_data(one: Protocol, other: Protocol) -> bool:
    """Ties and order change the fingerprint, not the counts."""
    counts = ("users", "items", "interactions")
    return all(getattr(one, name) == getattr(other, name) for name in counts)


def alike(one: Protocol, other: Protocol) -> bool:
    """The same data, dealt with in the same way: what may stand side by side."""
    ways = [field for field, _, _ in SWITCHES.values()]
    return same_data(one, other) and all(getattr(one, name) == getattr(other, name) for name in ways)


def counterpart(protocols: Mapping[str, Protocol], wanted: Protocol) -> str | None:
    """The name of a study like this; chosen among as many settings, if there is one, and with most seeds."""
    names = [
        name
        for name, protocol in protocols.items()
        if protocol.kind == wanted.kind and protocol.loss == wanted.loss and alike(protocol, wanted)
    ]

    def nearness(name: str) -> tuple[bool, int]:
        return protocols[name].budget == wanted.budget, protocols[name].seeds

    return max(names, key=nearness, default=None)


def changed(protocol: Protocol, values: Mapping[str, str | None]) -> Protocol:
    """values: field of the view → its value, None where it stays."""
    fields = {SWITCHES[name][0]: value for name, value in values.items() if value is not None}
    return replace(protocol, **fields)  # type: ignore[arg-type]


def other_value(protocol: Protocol, name: str) -> str:
    """The one of two that the study does not have."""
    field, _, words = SWITCHES[name]
    return next(value for value in words if value != getattr(protocol, field))


def own_row(rows: list[Row], metric: str) -> Row | None:
    """AttRec at its best."""
    return max((row for row in rows if row.key in (*OWN, "mean")), key=lambda row: row.cells[metric].mean, default=None)


def first_row(rows: list[Row], metric: str) -> Row:
    return max(rows, key=lambda row: row.cells[metric].mean)


def change(switch: str, value: str, before: list[Row], after: list[Row], metric: str) -> Change | None:
    """Of the lines that both have; None where AttRec is not among them."""
    shared = {row.key for row in before} & {row.key for row in after}
    before, after = ([row for row in rows if row.key in shared] for rows in (before, after))
    own = own_row(before, metric)
    if own is None:
        return None
    then = next(row for row in after if row.key == own.key)
    first, was_first = first_row(after, metric).label, first_row(before, metric).label
    figures = {"before": own.cells[metric].mean, "after": then.cells[metric].mean}
    return Change(switch, value, first=first, was_first=was_first, own=own.label, **figures)


def changes(study: Study, others: Mapping[str, Study], metric: str, seen: str) -> list[Change]:
    """By each switch whose counterpart has been run. others: field of the view → the study that it leads to."""
    rows, flipped = rows_of(study, seen), next(value for value in SEEN if value != seen)
    found = [change("Seen items", SEEN[flipped], rows, rows_of(study, flipped), metric)] if rows else []
    for name, other in others.items():
        field, label, words = SWITCHES[name]
        value = words[getattr(other.protocol, field)]
        if rows and (theirs := rows_of(other, seen)):
            found.append(change(label, value, rows, theirs, metric))
    return [one for one in found if one is not None]


def sentence(found: list[Change], metric: str) -> str:
    """Whether the answer depends on any of them."""
    if not found:
        return ""
    turned = sum(one.first != one.was_first for one in found)
    largest = max(found, key=lambda one: abs(one.after - one.before))
    who = f"{turned or 'None'} of {len(found)} switches change{'s' * (turned == 1)} which line is first"
    if len(found) == 1:
        who = f"The switch {'changes' if turned else 'does not change'} which line is first"
    change = f"{largest.own} changes most with {largest.name}: {signed(largest.after - largest.before, 4)}"
    return f"{who} on {NAMES[metric]}. {change}."


def table(found: list[Change], metric: str) -> pd.DataFrame:
    """A row a switch."""
    name = NAMES[metric]
    return pd.DataFrame(
        [
            {
                "switch": one.switch,
                "changed to": one.value,
                f"{name} here": one.before,
                f"{name} then": one.after,
                "best here": one.was_first,
                "best then": one.first,
            }
            for one in found
        ]
    )
