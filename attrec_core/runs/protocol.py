"""The protocol of a study, which all its figures have in common, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from attrec_core.config import PAPER, PRESETS
from attrec_core.data.options import TieRule
from attrec_core.data.report import repeats_sentence
from attrec_core.errors import count_of, percent, shown
from attrec_core.runs.paper import TABLE_2
from attrec_core.storage.read_errors import expect, record_of

KINDS = ("table2", "ablation", "omega", "window", "dim", "taste", "auto")
RACED = ("table2", "auto")  # kinds whose lines are chosen from several settings; the other kinds have fixed lines
VARIED = ("omega", "window", "dim")  # kinds whose lines differ in this setting alone
# Field of the protocol → its two possible values, the usual one first.
WAYS = {
    "order": ("as it is", "shuffled"),
    "split": ("leave-one-out", "temporal"),
    "loss": ("hinge", "softmax"),
    "fit": ("with-validation", "without-validation"),
}
ORDERS, SPLITS, LOSSES, FITS = WAYS.values()
MOST = 10**15  # no count of a study reaches it
SAID = {
    "softmax": "softmax loss",
    "with-validation": "final fit with the validation items",
    "without-validation": "final fit without the validation items",
}


@dataclass(frozen=True)
class Protocol:
    """What all figures of a study have in common."""

    kind: str  # of KINDS
    data: str  # its name
    users: int
    items: int
    interactions: int
    tie_rule: str
    order: str  # of ORDERS
    seeds: int
    budget: int  # configurations that each system is chosen from
    fingerprint: str  # of the data
    split: str = "leave-one-out"  # of SPLITS
    loss: str = "hinge"  # of LOSSES: the loss that the variants of AttRec are trained with
    fit: str = FITS[0]  # of FITS: whether the model that is tested was trained on the validation items
    preset: str = ""  # "paper": one of the paper's; otherwise another key of config.PRESETS; empty if not stored
    tested: int = 0  # users with a test item; 0 if not stored
    dropped: Mapping[str, int] = field(default_factory=dict)  # reason → rows that were left out of the data
    paper: str = ""  # which of the paper's data sets it is, if it is one
    may_tie: bool = True  # whether times may tie; False if the data has only an order. Older studies did not store it
    repeats: float = 0.0  # share of the test items that the user had before
    versions: Mapping[str, str] = field(default_factory=dict)
    began: str = ""

    @property
    def unusual(self) -> list[str]:
        """The values that are not the usual ones, as text."""
        return [SAID.get(value, value) for name, (usual, _) in WAYS.items() if (value := getattr(self, name)) != usual]

    @property
    def title(self) -> str:
        """The name of the data set; the paper's name if it is one of the paper's."""
        return self.paper or self.data

    @property
    def usual_seen(self) -> str:
        """Whether seen items are ranked by default: "in" where many test items are seen items, else "out"."""
        return "in" if repeats_sentence(self.repeats) else "out"

    @property
    def start(self) -> str:
        """The preset that AttRec starts from; "paper" if none is stored."""
        return self.preset or PAPER

    @property
    def chosen(self) -> str:
        if self.kind in RACED and self.budget == 1:
            return "those that each system starts from"
        if self.kind in RACED:
            named = "the paper’s" if self.start == PAPER else f"those of the preset {self.start}"
            return f"{named} where a line says so, else the best of {self.budget} on the validation items"
        if self.loss != "hinge":
            return "the softmax loss, not the paper's"
        return "those of the paper" if self.start == PAPER else f"those of the preset {self.start}, not the paper's"

    @property
    def sentence(self) -> str:
        return f"{self.described()} {self.note('out')}".strip()

    def described(self, seen: str = "out", *, intervals: bool = True, averaged: bool = False) -> str:
        """The protocol as text. seen: "in" if seen items are ranked too; intervals: whether they are stored; averaged:
        whether found settings average the weights."""
        seeds = f"Mean of {self.seeds} seeds" if self.seeds > 1 else "One seed"
        shuffled = ", each history in random order" if self.order == "shuffled" else ""
        by_time = "at one point in time for all users" if self.split == "temporal" else "leave-one-out"
        by_time += f", which tests {self.tested:,} of the users" if 0 < self.tested < self.users else ""
        mean = ", with averaged weights (not the paper's)" if averaged else ""
        fitted = f"fitted {'with the validation items too' if self.fit == FITS[0] else 'without the validation items'}"
        ranked = "All items are ranked" + (" except those the user has seen" if seen == "out" else ", seen ones too")
        ranked += "; the test item always is" if seen == "out" and self.repeats > 0 else ""
        if seen == self.usual_seen == "in":
            ranked += f", as {percent(self.repeats)} of the test items are seen items"
        stored = "; 95\u00a0% intervals by bootstrap over the users" if intervals else ""
        last = self.tie_rule.removeprefix("file-")  # first or last
        ties = f"; of equal times, the {last} row of the file is the latest" if self.may_tie else ""
        reasons = "; ".join(f"{count_of(count, 'row')} ({reason})" for reason, count in self.dropped.items())
        left_out = f"Left out of the data: {reasons}. " if reasons else ""
        return (
            f"{self.data}: {self.users:,} users, {self.items:,} items, {self.interactions:,} interactions{shuffled}. "
            f"{left_out}Split: {by_time}{ties}. {ranked}. "
            f"Settings: {self.chosen}{mean}, {fitted}. {seeds}{stored}."
        )

    def note(self, seen: str) -> str:
        """How repeats affect the figures; empty if there are few, or if seen items are ranked too."""
        return repeats_sentence(self.repeats) if seen == "out" else ""


def protocol_of(content: Mapping[str, Any]) -> Protocol:
    """Returns the protocol in parsed JSON. Raises ValueError for another type of a field, or an unknown value."""
    protocol = record_of(Protocol, content)
    known = {"kind": KINDS, **WAYS, "tie_rule": get_args(TieRule)}
    known |= {"preset": ("", PAPER, *PRESETS), "paper": ("", *TABLE_2["mrr"])}
    for name, values in known.items():
        value = getattr(protocol, name)
        expect(value in values, f"its {name} is unknown: {shown(value)}")
    expect(0 <= protocol.repeats <= 1, "repeats is not a share")
    counts = {name: getattr(protocol, name) for name in ("users", "items", "interactions", "seeds", "budget", "tested")}
    for name, count in {**counts, **protocol.dropped}.items():
        expect(0 <= count < MOST, f"{name} is {count}")
    return protocol
