"""What each page shows besides its figures: `tests/approved/pages/` has each element as it is sent to the browser.

A change is read there: `APPROVE=1 python -m pytest tests/pages/test_approved_pages.py` writes the files again. Of a
scene after the first, they have the lines with new words. The panels' figures are in `tests/approved/PAGE.txt`.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_pages import opened_page
from approvals import BEFORE, OF_PERSON, OTHERS, SCENES, cleaned, kept
from conftest import ROOT
from google.protobuf.json_format import MessageToDict
from other_runs import made, untrained
from streamlit.testing.v1 import AppTest

from attrec_core.runs.run import save
from pages.frame import runs as frame_runs
from pages.frame.page_list import PAGES
from pages.lab import estimate
from tests.views.test_panels import APPROVED, LISTED, NUMBER, check_approved, drawn

OF_SCENE = ("default", "edited-and-pinned", "what-if", "one-item", "new-person", "nobody", "chosen", "link-with-faults")
SYSTEMS, READ_ONLY = ("popularity", "sasrec"), "on a server that only shows"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("approved") / "home"
    for name in ("first", "second"):
        shutil.copytree(BEFORE / "home" / "runs" / name, home / "runs" / name)
    for day, name in enumerate((*SYSTEMS, "ease"), 1):
        run = untrained(made(name, **({"heads": "2"} if name == "sasrec" else {})))
        save(replace(run, history=run.history | {"trained": f"2026-01-0{day}T12:00:00+00:00"}), home / "runs" / name)
    return home


@pytest.fixture(autouse=True)
def workspace(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ATTREC_HOME", str(home))
    monkeypatch.setattr(estimate, "PAUSE", float("inf"))
    monkeypatch.setattr(sys, "argv", [str(ROOT / "app.py")])
    frame_runs.cached_runs.cache_clear()
    yield
    frame_runs.cached_runs.cache_clear()


def queries(page: str) -> dict[str, dict[str, str]]:
    """Returns the scenes of a page: name → the query of the address."""
    scenes = {name: SCENES[name] for name in OF_SCENE if page in OF_PERSON or name == "default"}
    scenes |= {" ".join(query.values()): query for query in OTHERS.get(page, ()) if query}
    # First, since of a later scene only what is new is written.
    scenes = ({READ_ONLY: {"about": "first"}} if page in ("data", "runs") else {}) | scenes
    return scenes | {name: {"run": name} for name in SYSTEMS if page in OF_PERSON}


def lines(app: AppTest) -> Iterator[str]:
    """Yields a line for each property of each element of a page, in their order."""

    def walk(node: Any) -> Iterator[str]:
        if proto := getattr(node, "proto", None):
            shown = kept(cleaned(MessageToDict(proto, preserving_proto_field_name=True)))
            if "arrow_data" in shown:  # sent as bytes
                shown["arrow_data"] = [list(node.value.columns), *node.value.head(LISTED).to_numpy().tolist()]
            name = f"{node.type} {shown.pop('id', '')}".rstrip()
            yield f"{name} {' '.join(map(str, leaves(shown.pop('flex_container', {}))))}".rstrip()
            yield from drawn(f"  {name}", shown)
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    yield from walk(app.main)


def leaves(value: Any) -> list[Any]:
    return [leaf for part in value.values() for leaf in leaves(part)] if isinstance(value, dict) else [value]


@pytest.mark.parametrize("page", [page.key for page in PAGES])
def test_what_a_page_shows_is_what_is_approved(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, before = [], set[str]()
    for name, query in queries(page).items():
        monkeypatch.setenv("ATTREC_READONLY", "1" if name == READ_ONLY else "")
        app = opened_page(page, **query)
        now = list(lines(app))
        text += [f"# {name}", *(line for line in now if NUMBER.sub("#", line) not in before)]
        before |= {NUMBER.sub("#", line) for line in now}
    # Of a run without a date of training, when its files were written: at the checkout.
    shown = re.sub(r"\(files from [^)]*\)", "(files from WHEN)", "\n".join(text))
    check_approved(shown + "\n", APPROVED / "pages" / f"{page or 'start'}.txt")
