"""The parts of a page, collected for export while the page is drawn: each figure, table and sentence.

Nothing is computed here: a picture is kept as the function that makes it, and is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pandas as pd
import streamlit as st

from attrec_core.views.panel import Drawing
from pages.frame.streamlit_internals import Block

COLLECTION = "page_parts"
Table: TypeAlias = pd.DataFrame | Callable[[], pd.DataFrame]  # or a function that makes it, where that takes long


class EndOfPage(Exception):  # noqa: N818 - nothing is wrong
    """Raised by a page that has nothing more to show. Unlike after `st.stop`, what it shows can be shared."""


@dataclass
class PagePicture:
    """A figure that was drawn. draw: makes an SVG, or a chart that the browser draws only for a file; None for a chart
    that the browser holds under this key."""

    key: str
    title: str
    draw: Callable[[], Drawing | None] | None


@dataclass
class PagePart:
    """The content of one place on the page, which is exported together.

    note: text besides the sentence. formulas: LaTeX. whole: the table of everything in the picture, where the table on
    the page holds a part of it.
    """

    key: str
    title: str
    sentence: str = ""
    table: Table | None = None
    note: str = ""
    formulas: Sequence[str] = ()
    whole: Table | None = None
    pictures: list[PagePicture] = field(default_factory=list)

    def frame(self) -> pd.DataFrame | None:
        return self.table() if callable(self.table) else self.table

    def everything(self) -> pd.DataFrame | None:
        return self.frame() if self.whole is None else self.whole() if callable(self.whole) else self.whole


@dataclass
class Collection:
    """What one run of a page's script has shown so far, in order."""

    parts: dict[str, PagePart] = field(default_factory=dict)
    open: PagePart | None = None  # the part that is being drawn
    place: Block | None = None  # in the page's first line, for the controls, which are drawn after the page
    run: bool = True  # whether the page is about the open run
    moment: bool = True  # whether it is about the moment of the view: its user, step and window
    by_hand: bool = False  # whether it shows attention that is set by hand
    facts: list[tuple[str, str]] = field(default_factory=list)  # what else it is about


def begin() -> None:
    """Empties the collection for a new run of a page; a fragment that runs alone replaces its own parts."""
    st.session_state[COLLECTION] = Collection()


def collection() -> Collection:
    """Returns the collection of the page that was drawn last."""
    return st.session_state.setdefault(COLLECTION, Collection())


def about(*facts: tuple[str, str], moment: bool = True, run: bool = True) -> None:
    """Sets what a report says that the page is about. moment: also the user and step of the view; run: also the run."""
    page = collection()
    page.moment, page.run, page.facts = moment, run, list(facts)


@contextmanager
def part(key: str, title: str, table: Table | None, sentence: str = "", **more: Any) -> Iterator[None]:
    """A part of the page: pictures that are drawn inside the block belong to it. more: further fields of `PagePart`."""
    page = collection()
    page.parts[key] = PagePart(key, title, sentence, table, **more)
    outer, page.open = page.open, page.parts[key]
    try:
        yield
    finally:
        page.open = outer


def picture(key: str, title: str, draw: Callable[[], Drawing | None] | None = None) -> None:
    """Registers a figure that is drawn under this key. Outside a part, it is a part by itself."""
    drawn, page = PagePicture(key, title, draw), collection()
    if page.open is not None:
        page.open.pictures.append(drawn)
    else:
        page.parts[key] = PagePart(key, title, pictures=[drawn])
