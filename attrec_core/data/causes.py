"""What set each viewing off, where the data knows it: causes.csv beside interactions.csv, a small text table with a
header, read whole. No model learns from it.
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
from attrec_core.data.reading.layout import head_of, layout_of
from attrec_core.data.reading.lines import rows_with_lines, settled
from attrec_core.data.reading.sources import opened
from attrec_core.errors import InputError, Place, shown

FILE = "causes.csv"
NAMES = ("user", "item", "step", "kind", "cause_step", "cause_item")
LONGEST = 40  # characters of a kind of cause, which figures and tables show
MOST_KINDS = 20


@dataclass(frozen=True, eq=False)
class Causes:
    """The caused viewings of some interactions, in the order of the file."""

    users: np.ndarray  # (C,) int64 user index
    steps: np.ndarray  # (C,) int64 place of the viewing in the user's history, from 0
    cause_steps: np.ndarray  # (C,) int64 place of the earlier viewing that caused it
    kinds: tuple[str, ...]  # names of the kinds of cause, sorted
    codes: np.ndarray  # (C,) int64 which of `kinds`
    ignored: int  # caused viewings of the file that are not in the interactions, at these places


def causes_beside(data: Path, interactions: Interactions) -> Causes | None:
    """The causes in a data folder, None where it has none; see `read_causes`."""
    file = Path(data) / FILE
    return read_causes(file, interactions) if file.is_file() else None


def text_table(path: Path) -> pd.DataFrame:
    """A table with a header as a frame of text, nothing interpreted: an id "007" or "NA" stays what it is. The index
    counts lines. What is missing at the end of a row is empty.

    Raises InputError for an empty, unreadable or ragged file.
    """
    with opened(path) as source:
        member = source.members[0]
        header = head_of(member, Options())[-1][0]
        layout = layout_of(member, Options(), delimiter=max(",\t;", key=header.count), header=True)
        width, lines, rows = len(layout.names), [], []
        for line, row in rows_with_lines(settled(layout)):
            if len(row) > width:
                text = "{file} is not a table: line {line} has {width} fields where the header has {expected}."
                raise InputError("other_width", text, file=path, line=line, width=len(row), expected=width)
            lines.append(line)
            rows.append([*row, *[""] * (width - len(row))])
    return pd.DataFrame(rows, index=lines, columns=list(layout.names), dtype="str")


def read_causes(file: Path, interactions: Interactions) -> Causes:
    """The viewings with a cause. A viewing without one (cause_step and cause_item empty) is skipped.

    A cause that does not fit the interactions (an unknown user or item, or another item at that step, say because
    repeated rows were dropped) is left out and counted. Raises InputError, naming line, column and value, for a
    missing column, a step that is not a whole number, half a cause, or a cause that is not earlier than its viewing.
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
    frame = frame[list(NAMES)]
    half = (frame["cause_step"].str.strip() == "") != (frame["cause_item"] == "")
    refuse(file, frame, "cause_step", half, "half_a_cause")
    caused = frame[frame["cause_item"] != ""]
    steps, cause_steps = (whole_numbers(file, caused, name) for name in ("step", "cause_step"))
    refuse(file, caused, "cause_step", cause_steps >= steps, "later_cause")
    no_name = (caused["kind"].str.strip() == "") | (caused["kind"].str.len() > LONGEST)
    refuse(file, caused, "kind", no_name, "no_kind")
    codes, kinds = pd.factorize(caused["kind"].str.strip(), sort=True)
    refuse(file, caused, "kind", caused["kind"].str.strip() == "all", "kind_all")
    if len(kinds) > MOST_KINDS:
        text, place = "{count} kinds of cause are named; at most {most} can be.", Place(str(file), column="kind")
        raise InputError("too_many_kinds", text, place=place, count=len(kinds), most=MOST_KINDS)
    users = indices(caused["user"], interactions.user_ids)
    fits = at_step(interactions, users, steps, indices(caused["item"], interactions.item_ids))
    fits &= at_step(interactions, users, cause_steps, indices(caused["cause_item"], interactions.item_ids))
    return Causes(
        users=users[fits],
        steps=steps[fits],
        cause_steps=cause_steps[fits],
        kinds=tuple(kinds),
        codes=codes[fits].astype(np.int64),
        ignored=int((~fits).sum()),
    )


FAULTS = {
    "half_a_cause": "and the cause_item beside it must both be given, or both be empty",
    "later_cause": "must be smaller than the step: a cause comes earlier",
    "no_kind": f"must be a name of 1 to {LONGEST} characters",
    "kind_all": "is not possible: it stands for all kinds",
    "no_step": "is not a step; expected a whole number from 0",
}


def refuse(file: Path, frame: pd.DataFrame, name: str, wrong: pd.Series | np.ndarray, fault: str) -> None:
    """Raises InputError for the first row that is wrong. The index of `frame` counts the lines of the file."""
    wrong = np.asarray(wrong, bool)
    if wrong.any():
        row = int(np.argmax(wrong))
        place, value = Place(str(file), int(frame.index[row]), name), shown(frame[name].iloc[row])
        raise InputError("wrong_cause", "{value} {what}.", place=place, value=value, fault=fault, what=FAULTS[fault])


def whole_numbers(file: Path, frame: pd.DataFrame, name: str) -> np.ndarray:
    """(C,) int64 of a column of steps."""
    text = frame[name].str.strip()
    refuse(file, frame, name, ~text.str.fullmatch(r"[0-9]{1,9}"), "no_step")
    return text.astype(np.int64).to_numpy()


def indices(names: pd.Series, known: Sequence[str]) -> np.ndarray:
    """(C,) int64 positions in `known`; −1 for a name that it does not hold."""
    index = pd.Index(list(known))
    places = index.get_indexer(names)
    return np.where(places >= 0, places, index.get_indexer(whole_ids(names))).astype(np.int64)


def at_step(interactions: Interactions, users: np.ndarray, steps: np.ndarray, items: np.ndarray) -> np.ndarray:
    """(C,) bool: the user's history holds this item at this step."""
    lengths = np.diff(interactions.starts)
    there = (users >= 0) & (items >= 0) & (steps < lengths[users])
    rows = np.where(there, interactions.starts[users] + steps, 0)
    return there & (interactions.items[rows] == items)
