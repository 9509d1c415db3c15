"""The choices of a study that could have been made otherwise: the same study with one choice changed, if it was run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import pandas as pd

from attrec_core.config import METRICS
from attrec_core.errors import number
from attrec_core.runs.protocol import FITS, LOSSES, ORDERS, RACED, SPLITS, Protocol
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.tables import TableRow, rows_of
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


def named_like(protocols: Mapping[str, Protocol], wanted: Protocol) -> list[str]:
    """The names of the studies like `wanted`: first those with as many settings tried, then those with most settings;
    of these, first those with the most seeds."""
    alike = ("kind", "loss", "start", *(field for field, _, _ in SWITCHES.values()))
    found = [
        (protocol.budget != wanted.budget, -protocol.budget, -protocol.seeds, name)
        for name, protocol in protocols.items()
        if same_data(protocol, wanted) and all(getattr(protocol, way) == getattr(wanted, way) for way in alike)
    ]
    return [name for *_, name in sorted(found, key=lambda study: study[:3])]


def pair(protocols: Mapping[str, Protocol], here: Protocol, then: Protocol) -> tuple[str, str] | None:
    """The names of a study like `here` and of one like `then` that tried as many settings; None without such a pair."""
    pairs = product(named_like(protocols, then), named_like(protocols, here))
    return next(((own, name) for name, own in pairs if protocols[own].budget == protocols[name].budget), None)


def changed(protocol: Protocol, values: Mapping[str, str | None]) -> Protocol:
    """The protocol with some choices changed. values: field of the view → its value; None: unchanged."""
    fields = {SWITCHES[name][0]: value for name, value in values.items() if value is not None}
    return replace(protocol, **fields)  # type: ignore[arg-type]


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


def change(
    switch: str, value: str, here: Study, before: list[TableRow], after: list[TableRow], metric: str
) -> Change | None:
    """Compares the lines that both have; None if AttRec is not among them. here: the study before the switch."""

    def figure(row: TableRow) -> float:
        return row.cells[metric].mean

    shared = {row.key for row in before} & {row.key for row in after}
    before, after = ([row for row in rows if row.key in shared] for rows in (before, after))
    own = max((row for row in before if row.key in (*OWN, "mean")), key=figure, default=None)
    if own is None:
        return None
    then = next(row for row in after if row.key == own.key)
    first, was_first = max(after, key=figure).label, max(before, key=figure).label
    tried = here.protocol.budget if here.protocol.kind in RACED else 1
    return Change(switch, value, tried, first, was_first, own.label, before=figure(own), after=figure(then))


def changes(study: Study, pairs: Mapping[str, tuple[Study, Study]], metric: str, seen: str) -> list[Change]:
    """The change by each switch. pairs: field of the view → the study before the switch and the one after it."""
    rows, flipped = partial(rows_of, intervals=False), next(value for value in SEEN if value != seen)
    turned = [("Seen items", SEEN[flipped], study, rows(study, seen), rows(study, flipped))]
    for name, (here, then) in pairs.items():
        field, label, value_labels = SWITCHES[name]
        turned.append((label, value_labels[getattr(then.protocol, field)], here, rows(here, seen), rows(then, seen)))
    return [result for turn in turned if (result := change(*turn, metric)) is not None]


def sentence(found: list[Change], metric: str) -> str:
    turned = sum(result.first != result.was_first for result in found)
    largest = max(found, key=lambda result: abs(result.after - result.before))
    line = "Another line" if turned else "The same line"
    which = (
        "this change" if len(found) == 1 else f"{f'{turned} of' if turned else 'each of'} these {len(found)} changes"
    )
    change = f"{largest.own} changes most with {largest.name}: {signed(largest.after - largest.before, 4)}"
    return f"{line} has the highest {METRICS[metric]} with {which}. {change}."


def table(found: list[Change], metric: str) -> pd.DataFrame:
    """One row per switch; few columns, so that it fits on a phone."""
    name = METRICS[metric]
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
