"""Every panel, in scenes of every kind: it answers or says why not, and its words and figures are the approved ones.

`tests/approved/PAGE.md` holds the words of a page's panels, `PAGE.txt` beside it their drawings and the first rows of
their tables, `scenes/PANEL.txt` what further scenes and other runs add. A change is read there: `APPROVE=1 python -m
pytest tests/views/test_panels.py` writes the files again.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import unified_diff
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from app_pages import checked
from approvals import BEFORE, SCENES, SYSTEMS
from conftest import ROOT, interactions_of, random_histories
from other_runs import made, remembering, turned, untrained

from attrec_core import views
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.training.train_run import train_run
from attrec_core.views.compare.sides import sides
from attrec_core.views.data.words import facts_of
from attrec_core.views.does_it_hold.shelf import SHIPPED, StudyView, study_view
from attrec_core.views.page_context import scene, set_by_hand
from attrec_core.views.panel import Panel, Shown
from attrec_core.views.replay.panels import ReplayScene
from attrec_core.views.view import View, from_query
from attrec_core.views.view_fit import fit_to_run

APPROVED = ROOT / "tests" / "approved"
READ = ("default", "edited-and-pinned", "what-if", "pool-max", "one-item", "new-person", "nobody")  # scenes of files
# All panels but those about a study or a data set, and those that only a page has.
OF_RUNS = [key for key, panel in views.PANELS.items() if panel.subject not in ("study", "data", "page")]
# The shipped studies of the files, each with what is chosen on the page: scene → study and query of the address.
STUDIES: dict[str, tuple[str, dict[str, str]]] = {
    "ml-100k": ("ml-100k", {}),
    "shuffled, seen items ranked too": ("ml-100k", {"shuffled": "shuffled", "seen": "in", "metric": "hr@50"}),
    "parts of AttRec": ("ml-100k-ablation", {"metric": "hr@50"}),
    "softmax": ("sample-ablation-softmax", {"beyond": "coverage"}),
    "omega": ("ml-100k-omega", {"metric": "hr@50"}),
}
DATA = {"sample": ROOT / "sample_data", "without titles": BEFORE / "ratings.csv"}
NUMBER = re.compile(r"\d*\.\d+|\d+")
DRAWN = ("default", "edited-and-pinned")  # scenes of the files of drawings
LISTED, MARKS, ROWS = 12, 60, 3  # so many values and marks of a chart are written, and so many rows of a table


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Runs of every kind: with a window of 1 and of 50 items, of other systems, with a taste from items, and one of an
    earlier version."""
    data, settings = interactions_of(random_histories(1)), TrainConfig(epochs=1, engine="torch")
    short, long = (train_run(data, ModelConfig(dim=4, window=window), settings, with_maps=False) for window in (1, 50))
    others = {name: untrained(made(name, with_maps=name == "sasrec")) for name in SYSTEMS}
    for taste in ("items", "both"):
        config = ModelConfig(dim=4, window=3, taste=taste, half_life=3.0)
        others[taste] = untrained(train_run(data, config, settings, with_maps=False))
    return {
        "short": untrained(short),
        "long": untrained(long),
        "first": load(BEFORE / "home" / "runs" / "first"),
        **others,
    }


@pytest.fixture(scope="module")
def longer(sample: Run) -> Run:
    """The sample with a window of 20 items; its example user is looked for once."""
    config = replace(sample.model_config, window=20)
    return replace(sample, model_config=config, across_users=None, path=Path("long"))


def view_of(run: Run, query: dict[str, str]) -> View:
    return fit_to_run(from_query(query).view, run).view


def subject(panel: Panel, run: Run, query: dict[str, str], other: Run) -> Any:
    view = view_of(run, query)
    return {
        "scene": lambda: set_by_hand(scene(run, view)),
        "users": lambda: scene(run, view),
        "replay": lambda: ReplayScene(run, view),
        "sides": lambda: sides(run, other, scene(run, view).view),
        "runs": lambda: (run, other),
        "run": lambda: run,
    }[panel.subject]()


def shown(panel: Panel, run: Run, query: dict[str, str], other: Run) -> Shown | str:
    return answer(panel, lambda: subject(panel, run, query, other))


def answer(panel: Panel, about: Callable[[], Any]) -> Shown | str:
    """Returns what the panel shows, or the sentence that says why it shows nothing."""
    try:
        return panel.of(about())
    except InputError as error:
        return str(error)


@cache
def study_of(scene: str) -> StudyView:
    study, query = STUDIES[scene]
    return study_view(SHIPPED / study, from_query(query).view)


def beside(sample: Run) -> Run:
    return replace(turned(sample), path=Path("turned"))


def scenes_of_file(panel: Panel, names: tuple[str, ...], sample: Run, first: Run) -> Iterator[tuple[str, Shown | str]]:
    """Yields the name of each scene, and what the panel shows there. names: the scenes of panels about a person."""
    if panel.subject == "study":
        for name in STUDIES:
            yield name, answer(panel, lambda: study_of(name))  # noqa: B023
    elif panel.subject == "data":
        for name, path in DATA.items():
            yield name, answer(panel, lambda: facts_of(path))  # noqa: B023
    else:
        run, other = (first, sample) if panel.subject == "runs" else (sample, beside(sample))
        for name in names if panel.subject in ("scene", "sides") else names[:1]:
            yield name, shown(panel, run, SCENES[name], other)
        if panel.subject == "scene" and (names == READ or panel.key in ("why", "taste")):
            yield "taste-from-items", shown(panel, remembering(sample), SCENES["user"], other)


def check(found: Shown) -> None:
    """A panel has a name, a sentence that is one, a table whose columns have different names, and a figure that
    Plotly accepts."""
    assert found.title and found.panel.name != found.panel.key.replace("_", " ")
    assert not found.sentence or found.sentence.strip().endswith((".", "!", "?", ")", "”")), found.sentence
    for table in (found.table(), found.whole()):
        assert isinstance(table, pd.DataFrame) and table.columns.is_unique
    if found.panel.draws(found.record) and (figure := found.figure) is not None:
        assert figure.startswith("<svg") if isinstance(figure, str) else checked(figure).data is not None


@pytest.mark.parametrize("key", OF_RUNS)
def test_a_panel_answers_in_every_scene_as_approved_and_for_every_kind_of_run_or_says_why_not(
    key: str, sample: Run, runs: dict[str, Run], longer: Run
) -> None:
    panel = views.PANELS[key]
    scenes = {name: shown(panel, sample, query, runs["first"]) for name, query in SCENES.items()}
    # Without seconds of training.
    others = {name: runs[name] for name in SYSTEMS if panel.subject in ("scene", "users")}
    others |= {"a window of 20": longer} if panel.subject == "scene" else {}
    scenes |= {name: shown(panel, run, {}, runs["first"]) for name, run in others.items()}
    check_approved("\n".join(new_in_scenes(key, scenes)), APPROVED / "scenes" / f"{key}.txt")
    found = [*scenes.values()]
    for run in runs.values():
        items = run.interactions.item_ids
        edited = {"user": run.interactions.user_ids[0], "window": ",".join(items[5:7]), "mask": "none"}
        queries = ({}, edited, {"window": ",".join(items[:2])}, {"likes": ",".join(items[:4])})
        found += [shown(panel, run, query, runs["long"]) for query in queries]
    answers = [answer for answer in found if isinstance(answer, Shown)]
    for answer in answers:
        check(answer)
    assert answers or key == "trials"  # of a run whose settings a race has found


def new_in_scenes(key: str, found: dict[str, Shown | str]) -> Iterator[str]:
    """Yields the lines of each scene whose words no earlier scene has; those of the first are approved in full."""
    yield f"# What the panel “{key}” shows in a scene, or of another run, and in no scene before it"
    before = set[str]()
    for name, answer in found.items():
        lines = [(NUMBER.sub("#", line), line) for line in lines_of(answer)]
        if before and (new := [line for masked, line in lines if masked not in before]):
            yield from ("", f"## {name}", *new)
        before.update(masked for masked, _ in lines)
    yield ""


def words(folder: str, sample: Run, first: Run) -> Iterator[str]:
    """Yields the lines of a page's file of words."""
    yield f"# The words of the panels of `views/{folder}`, in the scenes of `tests/approvals.py`"
    for panel in of_page(folder):
        yield from ("", f"## {panel.key}")
        said: dict[tuple[str, ...], list[str]] = {}
        for name, found in scenes_of_file(panel, READ, sample, first):
            if isinstance(found, str):
                lines: tuple[str, ...] = (f"*{found}*",)
            else:
                check(found)
                title = "" if found.title == found.words("heading") else f" ({found.title})"
                columns = " | ".join(map(str, found.table().columns))
                parts = [f"**{found.words('heading')}**{title}", found.sentence, found.words("note"), columns]
                parts += [] if isinstance(found.panel.guide, str) else [found.words("guide")]
                lines = tuple(part for part in parts if part)
            said.setdefault(lines, []).append(name)
        for lines, names in said.items():
            yield from ("", f"{', '.join(names)}:", *(f"- {line}" for line in lines))


def of_page(folder: str) -> list[Panel]:
    module = importlib.import_module(f"attrec_core.views.{folder}.panels")
    return [panel for panel in module.PANELS if panel.subject != "page"]


def drawn(name: str, value: Any) -> Iterator[str]:
    """Yields a line for each part of a chart; many numbers as how many, their ends and their mean."""
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)  # what a chart shows behind its traces
    if isinstance(value, dict) and "bdata" in value:
        value = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
    if isinstance(value, dict):
        for key in sorted(value):
            yield from drawn(f"{name}.{key}", value[key])
    elif isinstance(value, list | tuple | np.ndarray):
        if any(isinstance(part, dict | list | tuple | np.ndarray) for part in value):
            for place, part in enumerate(value[:MARKS]):
                yield from drawn(f"{name}[{place}]", part)
        else:
            if len(value) > LISTED and len(numbers := pd.to_numeric(pd.Series([*value]), errors="coerce").dropna()):
                value = [f"{len(value)} values", numbers.min(), numbers.mean(), numbers.max()]
            yield f"{name}: {' | '.join(map(rounded, value[:LISTED]))}"
    else:
        yield f"{name}: {rounded(value)}"


def lines_of(answer: Shown | str) -> Iterator[str]:
    """Yields the lines of what a panel says and draws."""
    if isinstance(answer, str):
        yield f"*{answer}*"
        return
    yield from (answer.title, answer.sentence, *answer.words("note").splitlines(), *drawing(answer))


def drawing(answer: Shown) -> Iterator[str]:
    """Yields the first rows of a panel's table, and the lines of its figure."""
    table = answer.table()
    yield " | ".join(table.columns)
    yield from (" | ".join(map(rounded, row)) for row in table.head(ROWS).itertuples(index=False))
    if answer.panel.draws(answer.record) and answer.figure is not None:
        is_svg = isinstance(answer.figure, str)
        yield from answer.figure.replace("><", ">\n<").splitlines() if is_svg else drawn("", answer.figure)


def rounded(value: Any) -> str:
    return f"{round(float(value), 3) + 0.0:.3f}" if isinstance(value, float | np.floating) else str(value)


def figures(folder: str, sample: Run, first: Run) -> Iterator[str]:
    """Yields the lines of a page's file of drawings."""
    yield f"# The drawings and tables of the panels of `views/{folder}`, in two scenes of `tests/approvals.py`"
    for panel in of_page(folder):
        scenes = DRAWN if folder != "try_it_yourself" else ("new-person",)
        for name, found in scenes_of_file(panel, scenes, sample, first):
            if not isinstance(found, str):
                yield from ("", f"## {panel.key}, {name}", "", *drawing(found))


def check_approved(now: str, file: Path) -> None:
    """Compares a text with its file; a number may differ by one in its last digit and by a ten-thousandth: another
    processor computes other last digits."""
    if os.environ.get("APPROVE"):
        file.write_text(now, encoding="utf-8")
    approved = file.read_text(encoding="utf-8")
    texts = (NUMBER.sub("#", text).split("\n") for text in (approved, now))
    assert list(unified_diff(*texts, n=0, lineterm=""))[2:] == []  # pytest would compare the letters, for minutes
    for line, before in zip(now.splitlines(), approved.splitlines(), strict=True):
        for number, earlier in zip(NUMBER.findall(line), NUMBER.findall(before), strict=True):
            digits = len(number.partition(".")[2])
            allowed = 1.5 * 10**-digits * ("." in number) + 1e-4 * float(earlier)
            assert abs(float(number) - float(earlier)) <= allowed, line


@pytest.mark.parametrize("kind", ["md", "txt"])
@pytest.mark.parametrize("folder", [folder for folder in views.WITH_PANELS if of_page(folder)])
def test_the_words_and_figures_of_a_page_are_the_approved_ones(folder: str, kind: str, sample: Run) -> None:
    lines = words if kind == "md" else figures
    now = "\n".join(lines(folder, sample, load(BEFORE / "home" / "runs" / "first"))) + "\n"
    check_approved(now, APPROVED / f"{folder}.{kind}")
