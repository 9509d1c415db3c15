"""What could have been done otherwise in a study: the same with one choice changed, where that has been run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from attrec_core.runs.studies import ORDERS, SPLITS, Protocol, Study
from attrec_core.views.does_it_hold.tables import NAMES, Row, rows_of
from attrec_core.views.does_it_hold.words import OWN
from attrec_core.views.drawing.theme import signed

TIES = ("file-first", "file-last")
# Field of the view → field of the protocol, what the switch is called, and its values with their words.
SWITCHES: dict[str, tuple[str, str, dict[str, str]]] = {
    "ties": ("tie_rule", "Tie rule", dict(zip(TIES, ("first of the file", "last of the file"), strict=True))),
    "shuffled": ("order", "Order", dict(zip(ORDERS, ("as it is", "shuffled"), strict=True))),
    "split": ("split", "Split", dict(zip(SPLITS, ("leave-one-out", "temporal"), strict=True))),
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


def same_data(one: Protocol, other: Protocol) -> bool:
    """Ties and order change the fingerprint, not the counts."""
    counts = ("users", "items", "interactions")
    return all(getattr(one, name) == getattr(other, name) for name in counts)


def alike(one: Protocol, other: Protocol) -> bool:
    """The same data, dealt with in the same way: what may stand side by side."""
    ways = [field for field, _, _ in SWITCHES.values()]
    return same_data(one, other) and all(getattr(one, name) == getattr(other, name) for name in ways)


def counterpart(protocols: Mapping[str, Protocol], wanted: Protocol) -> str | None:
    """The name of a study like this; the one with most seeds."""
    names = [
        name
        for name, protocol in protocols.items()
        if protocol.kind == wanted.kind and protocol.loss == wanted.loss and alike(protocol, wanted)
    ]
    return max(names, key=lambda name: protocols[name].seeds, default=None)


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
    """None where AttRec is in one of the two only."""
    own = own_row(before, metric)
    then = next((row for row in after if own is not None and row.key == own.key), None)
    if own is None or then is None:
        return None
    first, was_first = first_row(after, metric).label, first_row(before, metric).label
    return Change(switch, value, first, was_first, own.label, own.cells[metric].mean, then.cells[metric].mean)


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
    turned = [one for one in found if one.first != one.was_first]
    largest = max(found, key=lambda one: abs(one.after - one.before))
    parts = "; ".join(f"with {one.switch.lower()} {one.value} it is {one.first}" for one in turned)
    who = (
        f"{found[0].was_first} is first here; {parts}."
        if turned
        else f"{found[0].was_first} is first on {NAMES[metric]} in every case."
    )
    name = f"{largest.switch.lower()} {largest.value}"
    return f"{who} {found[0].own} changes most with {name}: {signed(largest.after - largest.before, 4)}."


def table(found: list[Change], metric: str) -> pd.DataFrame:
    """A row a switch."""
    name = NAMES[metric]
    return pd.DataFrame(
        [
            {
                "switch": one.switch,
                "otherwise": one.value,
                f"{name} here": one.before,
                f"{name} then": one.after,
                "first here": one.was_first,
                "first then": one.first,
            }
            for one in found
        ]
    )
