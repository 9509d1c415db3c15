"""A study with the metric that is chosen for it, and the studies beside it, from the workspace and shipped ones."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from attrec_core.errors import InputError
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Study, load_study, studies_in
from attrec_core.storage.workspace import APP, home
from attrec_core.views.does_it_hold import switches, words
from attrec_core.views.does_it_hold.claims import PARTS
from attrec_core.views.does_it_hold.tables import rows_of
from attrec_core.views.view import View

SHIPPED = APP / "benchmarks" / "results"
METRIC = "mrr"  # unless another one is chosen
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class StudyView:
    """A study, the choices of the page for it, and all readable studies (`shelf`), with which it is compared."""

    study: Study
    metric: str
    seen: str  # whether items of the history are left "out" of the ranking, or are "in" it
    beyond: str | None  # the measure beside accuracy
    shelf: Mapping[str, Study]
    room: int = 0  # for how many lines the figure has room: it keeps its height when a switch leads to another study

    @property
    def protocols(self) -> dict[str, Protocol]:
        return {name: study.protocol for name, study in self.shelf.items()}

    def like(self, wanted: Protocol) -> Study | None:
        """The study that best matches this protocol; None where none does."""
        names = switches.named_like(self.protocols, wanted)
        return self.shelf[names[0]] if names else None

    def pair(self, then: Protocol) -> tuple[Study, Study] | None:
        """Two studies that differ in the switch between this study and `then` alone; None where none do."""
        names = switches.pair(self.protocols, self.study.protocol, then)
        return None if names is None else (self.shelf[names[0]], self.shelf[names[1]])

    @cached_property
    def parts(self) -> dict[str, Study]:
        """Kind → the study of AttRec's parts or of a setting on the same data, used in the same way."""
        wanted = {kind: replace(self.study.protocol, kind=kind, budget=1) for kind in PARTS}
        found = {kind: study for kind, protocol in wanted.items() if (study := self.like(protocol)) is not None}
        return {kind: study for kind, study in found.items() if rows_of(study)}

    @property
    def no_parts(self) -> str:
        """Says that no study of AttRec's parts has been run on this data in this way."""
        own = self.study.protocol
        others = [other for other in self.protocols.values() if other.kind in PARTS and switches.same_data(other, own)]
        return words.no_parts(own, others)


def folders() -> dict[str, Path]:
    """Name → folder of the workspace's studies, then of the shipped ones; of two with the same name, the first."""
    by_name: dict[str, Path] = {}
    for folder in (*studies_in(home().studies), *studies_in(SHIPPED)):
        by_name.setdefault(folder.name, folder)
    return by_name


def on_shelf(found: Mapping[str, Path]) -> dict[str, Study | InputError]:
    """Name → study, or why it cannot be read, so that it does not hide the others. Only a log names its folder."""
    return {name: loaded(folder, stamp(folder)) for name, folder in found.items()}


def stamp(folder: Path) -> tuple[int, ...]:
    """The times of a study's files: they change with each training of a running study."""
    times = []
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # it is being replaced
            times.append(file.stat().st_mtime_ns)
    return tuple(times)


@lru_cache(maxsize=64)
def loaded(folder: Path, stamp: tuple[int, ...]) -> Study | InputError:
    try:
        return load_study(folder)
    except InputError as error:
        LOG.warning("%s", error)
        return error.seen_from(folder)


def study_view(folder: Path, view: View) -> StudyView:
    """A study with the choices of a view, beside the other studies. Raises InputError where it cannot be read, and
    where it has not been run in the way that is chosen."""
    others = on_shelf(folders())
    shelf = {name: study for name, study in others.items() if isinstance(study, Study)}
    base = load_study(folder)
    wanted = switches.changed(base.protocol, {name: getattr(view, name) for name in switches.SWITCHES})
    seen = view.seen or base.protocol.usual_seen
    shown = StudyView(base, view.metric or METRIC, seen, view.beyond, {**shelf, folder.name: base})
    if wanted == base.protocol:
        return shown
    study = shown.like(wanted)
    if study is None:
        text = "This study has not been run with {ways}."
        raise InputError("not_run", text, ways=words.differing(base.protocol, wanted))
    return replace(shown, study=study)
