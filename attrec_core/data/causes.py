"""The true cause of each interaction, if the data has it: causes.csv beside interactions.csv, a small text table with
a header, read at once. No model learns from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.reading.columns import listed, whole_ids
from attrec_core.data.reading.delimited import rows_with_lines, with_quoting
from attrec_core.data.reading.layout import head_of, layout_of
from attrec_core.data.reading.sources import open_source
from attrec_core.errors import InputError, Place, shown

FILE = "causes.csv"
NAMES = ("user", "item", "step", "kind", "cause_step", "cause_item")
LONGEST, MOST_KINDS = 40, 20  # characters of a kind of cause, and kinds, since figures and tables show them
FAULTS = {
    "half_a_cause": "and the cause_item beside it must both be given, or both be empty",
    "later_cause": "must be smaller than the step: a cause comes earlier",
    "no_kind": f"must be a name of 1 to {LONGEST} characters",
    "kind_all": "is not possible: it stands for all kinds",
    "no_step": "is not a step; expected a whole number from 0",
}


@dataclass(frozen=True, eq=False)
class Causes:
    """The interactions with a known cause, in file order."""

    users: np.ndarray  # (C,) int64 user indices
    steps: np.ndarray  # (C,) int64 position of the interaction in the user's history, from 0
    cause_steps: np.ndarray  # (C,) int64 position of the earlier interaction that caused it
    kinds: tuple[str, ...]  # names of the kinds of cause, sorted
    codes: np.ndarray  # (C,) int64 indices into `kinds`
    ignored: int  # number of rows with a cause that do not match the interactions at these steps


def causes_beside(data: Path, interactions: Interactions) -> Causes | None:
    """The causes in a data folder; None if it has no causes.csv. See `read_causes`."""
    file = Path(data) / FILE
    return read_causes(file, interactions) if file.is_file() else None


def text_table(path: Path) -> pd.DataFrame:
    """A table with a header as a frame of text. Nothing is interpreted: an id "007" or "NA" stays as it is. The index
    holds line numbers. Fields missing at the end of a row are empty. Raises InputError for an empty, unreadable or
    ragged file."""
    with open_source(path) as source:
        member = source.members[0]
        header = head_of(member, Options())[-1][0]
        layout = layout_of(member, Options(), delimiter=max(",\t;", key=header.count), header=True)
        width, lines, rows = len(layout.names), [], []
        for line, row in rows_with_lines(with_quoting(layout)):
            if len(row) > width:
                text = "{file} is not a table: line {line} has {width} fields where the header has {expected}."
                raise InputError("other_width", text, file=path, line=line, width=len(row), expected=width)
            lines.append(line)
            rows.append([*row, *[""] * (width - len(row))])
    return pd.DataFrame(rows, index=lines, columns=list(layout.names), dtype="str")


def read_causes(file: Path, interactions: Interactions) -> Causes:
    """The interactions with a cause. A cause that does not match the interactions (an unknown user or item, or another
    item at that step, for example because repeated rows were dropped) is left out and counted. Raises InputError as
    `checked_rows` does."""
    rows = checked_rows(file)
    users = indices(rows["user"], interactions.user_ids)
    steps, cause_steps = (rows[name].to_numpy() for name in ("step", "cause_step"))
    matches = at_step(interactions, users, steps, rows["item"])
    matches &= at_step(interactions, users, cause_steps, rows["cause_item"])
    codes, kinds = pd.factorize(rows["kind"], sort=True)
    return Causes(
        users=users[matches],
        steps=steps[matches],
        cause_steps=cause_steps[matches],
        kinds=tuple(kinds),
        codes=codes[matches].astype(np.int64),
        ignored=int((~matches).sum()),
    )


def checked_rows(file: Path) -> pd.DataFrame:
    """The rows with a cause: the steps as int64, the rest as text. A row without a cause (cause_step and cause_item
    empty) is skipped.

    Raises InputError, naming line, column and value, for a missing column, a step that is not a whole number, half a
    cause, a cause that is not before its interaction, an unusable name of a kind, or too many kinds.
    """
    frame = text_table(file)
    missing = [name for name in NAMES if name not in frame.columns]
    if missing:
        text = (
            "{file} has no column {missing}; its columns are: {columns}. A table of true causes has the columns "
            "{expected}; if this is something else, give it another name."
        )
        columns, expected = listed(frame.columns), ", ".join(NAMES)
        raise InputError("no_column", text, file=file, missing=shown(missing[0]), columns=columns, expected=expected)
    incomplete = (frame["cause_step"].str.strip() == "") != (frame["cause_item"] == "")
    refuse(file, frame, "cause_step", incomplete, "half_a_cause")
    caused, steps = frame[frame["cause_item"] != ""], {}
    for name in ("step", "cause_step"):
        text_of_steps = caused[name].str.strip()
        refuse(file, caused, name, ~text_of_steps.str.fullmatch(r"[0-9]{1,9}"), "no_step")
        steps[name] = text_of_steps.astype(np.int64)
    refuse(file, caused, "cause_step", steps["cause_step"] >= steps["step"], "later_cause")
    kinds = caused["kind"].str.strip()
    refuse(file, caused, "kind", (kinds == "") | (caused["kind"].str.len() > LONGEST), "no_kind")
    refuse(file, caused, "kind", kinds == "all", "kind_all")
    if (count := kinds.nunique()) > MOST_KINDS:
        text, place = "{count} kinds of cause are named; at most {most} can be.", Place(str(file), column="kind")
        raise InputError("too_many_kinds", text, place=place, count=count, most=MOST_KINDS)
    return caused.assign(kind=kinds, **steps)


def refuse(file: Path, frame: pd.DataFrame, name: str, wrong: pd.Series, fault: str) -> None:
    """Raises InputError for the first wrong row, if any. The index of `frame` holds the line numbers of the file."""
    if wrong.any():
        row = int(np.argmax(wrong))
        place, value = Place(str(file), int(frame.index[row]), name), shown(frame[name].iloc[row])
        raise InputError("wrong_cause", "{value} {what}.", place=place, value=value, fault=fault, what=FAULTS[fault])


def indices(names: pd.Series, known: Sequence[str]) -> np.ndarray:
    """(C,) int64: the position of each name in `known`; −1 for a name that is not there."""
    index = pd.Index(list(known))
    positions = index.get_indexer(names)
    return np.where(positions >= 0, positions, index.get_indexer(whole_ids(names.str.strip()))).astype(np.int64)


def at_step(interactions: Interactions, users: np.ndarray, steps: np.ndarray, names: pd.Series) -> np.ndarray:
    """(C,) bool: whether the user's history has the item of this name at this step."""
    items, starts = indices(names, interactions.item_ids), interactions.starts
    exists = (users >= 0) & (items >= 0) & (steps < np.diff(starts)[users])
    return exists & (interactions.items[np.where(exists, starts[users] + steps, 0)] == items)
