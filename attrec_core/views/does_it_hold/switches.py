"""The choices of a study that could have been made otherwise: the same study with one choice changed, if it was run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from attrec_core.errors import number
from attrec_core.runs.protocol import FITS, LOSSES, ORDERS, RACED, SPLITS, Protocol
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import NAMES, TableRow, rows_of
from attrec_core.views.does_it_hold.words import OWN, title_of
from attrec_core.views.drawing.theme import signed
from attrec_core.views.names import TIES

# Field of the view → field of the protocol, label of the switch, and its values with their labels.
SWITCHES: dict[str, tuple[str, str, dict[str, str]]] = {
    "ties": ("tie_rule", "Tie rule", TIES),
    "shuffled": ("order", "Order", dict(zip(ORDERS, ("as it is", "shuffled"), strict=True))),
    "split": ("split", "Split", dict(zip(SPLITS, ("leave-one-out", "temporal"), strict=True))),
    "fit": ("fit", "Final fit", dict(zip(FITS, ("with validation items", "without"), strict=True))),
}
SEEN = {"out": "left out", "in": "ranked too"}
LOSS_NAMES = dict(zip(LOSSES, ("the paper’s hinge", "softmax, not the paper’s"), strict=True))
NO_PAIR = "No line of AttRec has been run with one choice changed."


@dataclass(frozen=True)
class Change:
    """How the answer changes by one switch."""

    switch: str
    value: str
    tried: int  # settings from which each system of both studies was chosen
    first: str  # the line that is first after the switch
    was_first: str  # the line that was first before
    own: str  # AttRec's line
    before: float
    after: float

    @property
    def name(self) -> str:
        """The switch and its value, as the page shows them."""
        return f"“{self.switch}: {self.value}”"


def same_data(one: Protocol, other: Protocol) -> bool:
    """Whether two studies have the same data, by its counts: tie rule and order change only the fingerprint."""
    counts = ("users", "items", "interactions")
    return all(getattr(one, name) == getattr(other, name) for name in counts)


def same_data_and_use(one: Protocol, other: Protocol) -> bool:
    """Whether two studies use the same data in the same way, so that they may be shown side by side."""
    ways = [field for field, _, _ in SWITCHES.values()]
    return same_data(one, other) and all(getattr(one, name) == getattr(other, name) for name in ways)


def named_like(protocols: Mapping[str, Protocol], wanted: Protocol) -> list[str]:
    """The names of the studies like `wanted`: first those with as many settings tried, then those with most settings;
    of these, first those with the most seeds."""
    names = [
        name
        for name, protocol in protocols.items()
        if all(getattr(protocol, name) == getattr(wanted, name) for name in ("kind", "loss", "start"))
        and same_data_and_use(protocol, wanted)
    ]

    def distance(name: str) -> tuple[bool, int, int]:
        protocol = protocols[name]
        return protocol.budget != wanted.budget, -protocol.budget, -protocol.seeds

    return sorted(names, key=distance)


def pair(protocols: Mapping[str, Protocol], here: Protocol, then: Protocol) -> tuple[str, str] | None:
    """The names of a study like `here` and of one like `then` that tried as many settings, so that nothing else
    differs. None without such a pair."""
    for name in named_like(protocols, then):
        for own in named_like(protocols, here):
            if protocols[own].budget == protocols[name].budget:
                return own, name
    return None


def changed(protocol: Protocol, values: Mapping[str, str | None]) -> Protocol:
    """The protocol with some choices changed. values: field of the view → its value; None: unchanged."""
    fields = {SWITCHES[name][0]: value for name, value in values.items() if value is not None}
    return replace(protocol, **fields)  # type: ignore[arg-type]


def other_value(protocol: Protocol, name: str) -> str:
    """The value of a switch that the study does not have; each switch has two values."""
    field, _, labels = SWITCHES[name]
    return next(value for value in labels if value != getattr(protocol, field))


def protocol_line(protocols: Sequence[Protocol], seen: str) -> str:
    """What the figures of these studies have in common, in one line; a choice that differs names its data sets."""

    def stated(text: Callable[[Protocol], str], among: Sequence[Protocol]) -> str:
        data: dict[str, list[str]] = {}
        for protocol in among:
            data.setdefault(text(protocol), []).append(title_of(protocol))
        if len(data) == 1:
            return next(iter(data))
        return "; ".join(f"{value} ({', '.join(dict.fromkeys(titles))})" for value, titles in data.items())

    titles = set(map(title_of, protocols))
    parts = ({"Data": title_of(protocols[0])} if len(titles) == 1 else {}) | {"Seen items": SEEN[seen]}
    for field, label, texts in SWITCHES.values():
        # The usual choices are left out; no tie rule is usual
        among = [protocol for protocol in protocols if protocol.may_tie] if field == "tie_rule" else protocols
        if among and (field == "tie_rule" or any(getattr(one, field) != next(iter(texts)) for one in among)):
            parts[label] = stated(lambda protocol: texts[getattr(protocol, field)], among)  # noqa: B023
    losses = {LOSS_NAMES[protocol.loss] for protocol in protocols}
    parts["Loss"] = f"{LOSS_NAMES['hinge']}, or softmax where a row says so" if len(losses) > 1 else losses.pop()
    seeds = {protocol.seeds for protocol in protocols}
    parts["Seeds"] = " to ".join(str(count) for count in sorted({min(seeds), max(seeds)}))
    return ". ".join(f"{label}: {value}" for label, value in parts.items()) + "."


def own_row(rows: list[TableRow], metric: str) -> TableRow | None:
    """The best line of AttRec; None if it has no line."""
    return max((row for row in rows if row.key in (*OWN, "mean")), key=lambda row: row.cells[metric].mean, default=None)


def first_row(rows: list[TableRow], metric: str) -> TableRow:
    return max(rows, key=lambda row: row.cells[metric].mean)


def change(
    switch: str, value: str, here: Study, before: list[TableRow], after: list[TableRow], metric: str
) -> Change | None:
    """Compares the lines that both have; None if AttRec is not among them. here: the study before the switch."""
    shared = {row.key for row in before} & {row.key for row in after}
    before, after = ([row for row in rows if row.key in shared] for rows in (before, after))
    attrec = own_row(before, metric)
    if attrec is None:
        return None
    attrec_after = next(row for row in after if row.key == attrec.key)
    first, was_first = first_row(after, metric).label, first_row(before, metric).label
    figures = {"before": attrec.cells[metric].mean, "after": attrec_after.cells[metric].mean}
    tried = here.protocol.budget if here.protocol.kind in RACED else 1
    return Change(switch, value, tried, first=first, was_first=was_first, own=attrec.label, **figures)


def changes(study: Study, pairs: Mapping[str, tuple[Study, Study]], metric: str, seen: str) -> list[Change]:
    """The change by each switch that two studies differ in. pairs: field of the view → the study before the switch and
    the one after it."""
    rows, flipped = rows_of(study, seen, intervals=False), next(value for value in SEEN if value != seen)
    after = rows_of(study, flipped, intervals=False)
    results = [change("Seen items", SEEN[flipped], study, rows, after, metric)] if rows else []
    for name, (here, then) in pairs.items():
        field, label, value_labels = SWITCHES[name]
        before, after = (rows_of(one, seen, intervals=False) for one in (here, then))
        if before and after:
            results.append(change(label, value_labels[getattr(then.protocol, field)], here, before, after, metric))
    return [result for result in results if result is not None]


def sentence(found: list[Change], metric: str) -> str:
    """Whether the answer depends on any of these switches."""
    turned = sum(result.first != result.was_first for result in found)
    largest = max(found, key=lambda result: abs(result.after - result.before))
    line = "Another line" if turned else "The same line"
    each = f"{turned} of these {len(found)} changes" if turned else f"each of these {len(found)} changes"
    which = "this change" if len(found) == 1 else each
    change = f"{largest.own} changes most with {largest.name}: {signed(largest.after - largest.before, 4)}"
    return f"{line} has the highest {NAMES[metric]} with {which}. {change}."


def table(found: list[Change], metric: str) -> pd.DataFrame:
    """One row per switch; few columns, so that it fits on a phone."""
    name = NAMES[metric]
    return pd.DataFrame(
        [
            {
                "changed to": f"{result.switch}: {result.value}",
                "settings tried": result.tried,
                f"AttRec’s {name} here": number(result.before, 4),
                f"{name} then": number(result.after, 4),
                "best here": result.was_first,
                "best then": result.first,
            }
            for result in found
        ]
    )
