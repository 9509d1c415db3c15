"""A panel: one question, with its figure, sentence and table, all made from one record. Every door shows panels.

A page places them, `moment.show(key)` returns one, `attrec show KEY RUN` prints it, and an export writes all panels of
a page. `views.PANELS` holds them by key. What the panels of a page share stands in one `partial(Panel, …)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from typing import Any, Generic, Literal, TypeVar

import pandas as pd

from attrec_core.config import SASREC
from attrec_core.errors import InputError, from_one
from attrec_core.runs.run import Run, refusal, without_attention, without_steps, without_vectors
from attrec_core.views.drawing.scripts import PICTURES, Picture, drawn
from attrec_core.views.drawing.spec import Figure

# A moment of a person, alone or in two runs; the test users of a run; an epoch of a replay; two runs; one run;
# a study; a data set; what only a page has.
Subject = Literal["scene", "sides", "users", "replay", "runs", "run", "study", "data", "page"]
Needs = Literal["", "attrec", "attention", "steps", "vectors", "sum"]
Drawing = str | Figure  # an SVG, or a chart as Plotly.js reads it
About = TypeVar("About")  # what a panel is about, such as a scene
Record = TypeVar("Record")  # what it is made from
Words = str | Callable[[About, Record], str]
REFUSALS = {
    "attrec": refusal,
    "attention": without_attention,
    "steps": without_steps,
    "vectors": without_vectors,
    "sum": refusal,
}


@dataclass(frozen=True, kw_only=True)
class Panel(Generic[About, Record]):
    """One question and how it is answered. All functions get what the panel is about, and the record.

    key: its name in `attrec show`, `moment.show`, the lesson and the tests. heading: its name on its page. title: its
    name elsewhere; by default the heading. listed: its name in a list of panels; by default title or heading, one of
    which is then always the same. record: computed once, plain data without colours that only a page needs.
    figure: None where sentence and table are all. picture: in its place, the script that draws it in the browser and
    on paper; sends: what it draws, by default the record. draws: whether this record has a figure. charts: other
    panels, whose figures stand side by side in the place of one. sentence: by default the record's own. table: what
    the figure shows, in full precision; by default `record.table()`. whole: the same as a file, where the page's table
    is less. is_open: whether the table also stands below the sentence. guide: Markdown, how to read it. note, details:
    more words below the sentence, the details folded. label: what a screen reader calls a chart. subject: what it is
    about. needs: what a run must have. lacks: why there is nothing to show; empty where there is.
    """

    key: str
    heading: Words
    record: Callable[..., Record]
    sentence: Callable[[About, Any], str] = lambda about, record: record.sentence
    table: Callable[[About, Any], pd.DataFrame] = lambda about, record: record.table()
    figure: Callable[[About, Record], Drawing] | None = None
    picture: Picture | None = None
    sends: Callable[[About, Record, str], Any] | None = None
    draws: Callable[[Record], bool] = lambda record: True
    charts: Callable[[Shown], Sequence[Shown]] | None = None
    whole: Callable[[About, Record], pd.DataFrame] | None = None
    is_open: bool = False
    title: Words = ""
    listed: str = ""
    guide: Words = ""
    note: Words = ""
    details: Words = ""
    label: Words = ""
    subject: Subject = "scene"
    needs: Needs = ""
    lacks: Callable[[About], str] = lambda about: ""

    @property
    def name(self) -> str:
        """A name that does not depend on what the panel is about."""
        return next(words for words in (self.listed, self.title, self.heading) if words and isinstance(words, str))

    @property
    def options(self) -> list[str]:
        """The names of what may be chosen of the record."""
        kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        return [name for name, of in signature(self.record).parameters.items() if of.kind in kinds][1:]

    def check(self, options: Mapping[str, Any]) -> None:
        """Raises InputError for an option that the panel does not have, and for an impossible length of a list."""
        for name, value in options.items():
            if name not in self.options:
                text = "The panel {panel} has no option {option}; it has: {known}."
                known = ", ".join(self.options) or "none"
                raise InputError("unknown_setting", text, panel=self.key, option=name, known=known)
            if name == "k" and value is not None:
                from_one(name, value)

    def of(self, about: About, **options: Any) -> Shown:
        """Answers the question about a scene. options: of the record, such as the length of a list. Raises InputError
        for an option that it does not have, where the run lacks what the panel needs, and where there is nothing to
        show."""
        self.check(options)
        run = getattr(about, "run", None)
        if run is not None and not has(self.needs, run):
            raise REFUSALS[self.needs](run)
        if reason := self.lacks(about):
            raise InputError("nothing_to_show", "{reason}", reason=reason)
        return Shown(self, about, self.record(about, **options))


def has(needs: Needs, run: Run) -> bool:
    """Whether a run has what a panel or a page needs."""
    has = {"attrec": run.explains, "attention": run.attends, "vectors": bool(run.spaces)}
    has |= {"sum": run.explains or run.system.adds, "steps": run.attends and run.model_config.equations == SASREC}
    return not needs or has[needs]


@dataclass(frozen=True, eq=False)
class Shown:
    """A panel about one thing. Each of its parts is made when a door asks for it. place: tells it apart where a page
    shows the panel several times."""

    panel: Panel
    about: Any
    record: Any
    place: str = ""

    @property
    def key(self) -> str:
        return f"{self.panel.key}_{self.place}" if self.place else self.panel.key

    def words(self, name: str) -> str:
        """Returns one of the panel's words: "heading", "title", "sentence", "guide", "note", "details" or "label"."""
        said = getattr(self.panel, name)
        return said if isinstance(said, str) else said(self.about, self.record)

    @property
    def title(self) -> str:
        return self.words("title") or self.words("heading")

    @property
    def sentence(self) -> str:
        return self.words("sentence")

    @cached_property
    def figure(self) -> Drawing | None:
        if self.panel.picture is not None:
            return drawn(PICTURES[self.panel.picture], self.sent)
        return None if self.panel.figure is None else self.panel.figure(self.about, self.record)

    @property
    def sent(self) -> Any:
        """What the browser draws of the record."""
        sends = self.panel.sends
        return self.record if sends is None else sends(self.about, self.record, self.words("label"))

    def table(self) -> pd.DataFrame:
        return self.panel.table(self.about, self.record)

    def whole(self) -> pd.DataFrame:
        """The table of everything in the figure, for a file."""
        return (self.panel.whole or self.panel.table)(self.about, self.record)
