"""The parts of a page, gathered while it draws: each figure, table and sentence, for whoever exports them.

Nothing is computed here: a picture is kept as the function that makes it, and is made when somebody wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from pages.frame.streamlit_internals import Block

COLLECTION = "page_parts"
Table = pd.DataFrame | Callable[[], pd.DataFrame]  # or what makes it, where that takes long


class EndOfPage(Exception):  # noqa: N818 - nothing is wrong
    """Raised by a page that has said all that it can. Unlike after `st.stop`, what it shows can be shared."""


@dataclass
class Picture:
    """A figure that was drawn. svg: makes it; None for a chart that the browser holds under this key."""

    key: str
    title: str
    svg: Callable[[], str] | None


@dataclass
class Part:
    """What stands at one place of the page, and is exported together.

    note: what is said besides the sentence. formulas: LaTeX. whole: the table of all that the picture shows, where the
    one on the page holds a part of it.
    """

    key: str
    title: str
    sentence: str = ""
    table: Table | None = None
    note: str = ""
    formulas: Sequence[str] = ()
    whole: Table | None = None
    pictures: list[Picture] = field(default_factory=list)

    def frame(self) -> pd.DataFrame | None:
        return self.table() if callable(self.table) else self.table

    def everything(self) -> pd.DataFrame | None:
        return self.frame() if self.whole is None else self.whole() if callable(self.whole) else self.whole


@dataclass
class Collection:
    """What one run of a page's script has shown so far, in its order."""

    parts: dict[str, Part] = field(default_factory=dict)
    open: Part | None = None  # the one that is being drawn
    place: Block | None = None  # in the page's first line, for the controls
    run: bool = True  # whether the page is about the run that is open
    moment: bool = True  # and about the moment of the view: its person, step and window
    facts: list[tuple[str, str]] = field(default_factory=list)  # what else it is about


def begin() -> None:
    """Empties the collection for a new run of a page; a fragment that runs alone replaces its own parts."""
    st.session_state[COLLECTION] = Collection()


def collection() -> Collection:
    """Of the page that was drawn last."""
    return st.session_state.setdefault(COLLECTION, Collection())


def about(*facts: tuple[str, str], moment: bool = True, run: bool = True) -> None:
    """What a report says that the page is about; `moment`: after who and when of the view; `run`: beside the run."""
    now = collection()
    now.moment, now.run, now.facts = moment, run, list(facts)


@contextmanager
def part(
    key: str,
    title: str | None,
    table: Table | None,
    sentence: str = "",
    *,
    note: str = "",
    formulas: Sequence[str] = (),
    whole: Table | None = None,
) -> Iterator[None]:
    """Pictures that are drawn inside belong to it. Without a title, its first picture's, or what the key says."""
    now, new = (
        collection(),
        Part(key, title=title or "", sentence=sentence, table=table, note=note, formulas=formulas, whole=whole),
    )
    now.parts[key] = new
    outer, now.open = now.open, new
    try:
        yield
    finally:
        now.open = outer
        new.title = new.title or next((picture.title for picture in new.pictures), "") or title_of(key)


def picture(
    key: str,
    title: str | None = None,
    svg: Callable[[], str] | None = None,
    table: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """A figure is drawn under this key; outside of a part it is one by itself, with the table that this makes."""
    drawn, now = Picture(key, title or title_of(key), svg), collection()
    if now.open is not None:
        now.open.pictures.append(drawn)
    else:
        now.parts[key] = Part(key, drawn.title, table=table, pictures=[drawn])


def title_of(key: str) -> str:
    """“attention_twin” → “Attention”."""
    return " ".join(word for word in key.split("_") if word != "twin").capitalize() or key
