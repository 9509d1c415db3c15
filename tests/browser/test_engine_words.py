"""What the panels of a classroom file show is what Python's panels show: records, sentences and pictures.

How cases on a border are told, of rounding or of a branch, is said in test_engine.py.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from attrec_core.views.drawing import theme

from . import words_cases
from .branches import Branches
from .test_engine import PAGE, TOLERANCE, differences, engine, sentences
from .words_cases import Case

NUMBER = re.compile(r"\d*\.\d{3,}")
MOST_ON_A_BORDER = 0.002  # of all texts, ranks and other values that must be equal


def page_script() -> str:
    calls = ",\n".join(
        f"{name}: (run, given) => ({call})(...scenesOf(run, given), given)" for name, call in words_cases.CALLS.items()
    )
    return "\n".join([*engine(), words_cases.SCRIPT, f"const CALLS = {{{calls}}};", PAGE])


@pytest.fixture(scope="module")
def cases() -> tuple[list[Case], Branches]:
    with Branches(words_cases.WATCHED) as branches:
        return list(words_cases.cases()), branches


def test_the_cases_exercise_every_branch_of_every_sentence_of_the_panels(cases: tuple[list[Case], Branches]) -> None:
    asked, branches = cases
    missing = branches.missing("\n".join(text for case in asked for text in sentences(case.expected)))
    unforeseen = [text for text in missing if not any(alike in text for alike in words_cases.ALIKE)]
    assert not unforeseen, "\n".join(unforeseen)
    assert all(any(alike in text for text in missing) for alike in words_cases.ALIKE)


def test_the_panels_say_and_draw_what_they_do_in_python(cases: tuple[list[Case], Branches], page: Page) -> None:
    asked, _ = cases
    data = json.dumps(
        {
            "runs": [words_cases.data_of(run) for run in words_cases.runs()],
            "cases": [(case.call, case.run, case.given) for case in asked],
        }
    )
    page.set_content(f"<script>{page_script()}</script>")
    answers = [json.loads(text) for text in page.evaluate("(data) => answersOf(data)", data)]
    wrong, on_a_border, values = [], 0, 0
    for case, *each in zip(asked, *answers, strict=True):
        on_a_border += len(differences(case.expected, each[:1], case.scale))
        values += len(leaves(case.expected))
        expected, *in_parts = (parts_of(record, case.scale) for record in (case.expected, *each))
        wrong += [f"{case.name}\n  {text}" for text in differences(expected, in_parts, case.scale)]
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:20])
    assert on_a_border <= MOST_ON_A_BORDER * values


def parts_of(record: Any, scale: float) -> Any:
    """The record with the words and the numbers of a text in place of the text: each of several numbers may lie on a
    border. A number of three digits or more may differ by one in the last digit: by the tolerance of the scale."""
    if isinstance(record, dict):
        return {name: parts_of(part, scale) for name, part in record.items()}
    if isinstance(record, list):
        return [parts_of(part, scale) for part in record]
    if not isinstance(record, str):
        return record
    parts: list[Any] = re.split(r"([ \n])|(\d*\.\d{3,})", record)
    for place, part in enumerate(parts):
        if part and NUMBER.fullmatch(part):
            digits = len(part.partition(".")[2])
            parts[place] = [digits, float(part) * 10**digits * TOLERANCE * scale]
    return parts


def leaves(record: Any) -> list[Any]:
    if isinstance(record, dict | list):
        return [leaf for part in (record.values() if isinstance(record, dict) else record) for leaf in leaves(part)]
    return [record]


def test_the_engine_has_the_colours_of_python(page: Page) -> None:
    page.set_content(f"<script>{page_script()}</script>")
    names = ("SHORT", "LONG", "TARGET", "SELECTED", "QUIET", "CATEGORIES", "ITEMS", "WIDER")
    of_python = {name: getattr(theme, name) for name in names}
    assert page.evaluate(f"({{{', '.join(names)}}})") == json.loads(json.dumps(of_python))
