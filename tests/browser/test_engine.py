"""The engine in JavaScript gives what Python gives: numbers, ranks and sentences, for all settings.

JavaScript computes in doubles, Python in float32. So a case can lie on a border, of rounding or of a branch, where both
are right. To know these, the engine answers each case again with vectors that are bent by up to 3e-6 of themselves, to
both sides. Where a text, a rank or a list is not the same in all answers, it lies on a border and is not compared. Few
cases have such a place. What the panels of a classroom file show is compared in the same way.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from conftest import few, often
from playwright.sync_api import Browser, Page

from attrec_core import browser
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.colormaps import for_browser

from . import engine_cases, words_cases
from .branches import Branches
from .conftest import CHROMIUM_ARGS
from .engine_cases import Between, Case
from .find_chromium import find_chromium

TOLERANCE = 1e-5  # of the distance
MOST_ON_A_BORDER = 0.025  # of the cases
# A bend changes each number of a run's tables, equal numbers equally, so that two items with the same vector still tie.
# It also changes each share of attention, weight and effect by its place, but exactly equal ones equally: of two that
# differ by rounding alone, either may be said to be the larger. Or, in the last bend, neither.
PAGE = """
const BENDS = [0, 1, -1, 0].map((side) => (x) => 1 + side * 3e-6 * Math.sin(3e4 * x));
const bent = (values, bend) => values && Float32Array.from(values, (x) => x * bend(x));
const unbent = { softmaxOf, agreement, largest, leaveOneOut };

function bendPlaces(bend, ties) {
  const onGrid = (values, step) => values.map((value) => (step ? Math.round(value / step) * step : value));
  const moved = (values, size) => values.map((value) => value && value + size * (bend(values.indexOf(value) + 1) - 1));
  const near = (values, size) => (ties ? onGrid(values, 3e-6 * size) : moved(values, size));
  const nearOfLargest = (values) => near(values, Math.max(...values.map(Math.abs)));
  softmaxOf = (scores) => {
    const shares = moved(unbent.softmaxOf(scores), 1), sum = total(shares);
    return shares.map((share) => share / sum);
  };
  const areNear = (values) => new Set(nearOfLargest(values)).size < new Set(values).size;
  // Where two are near, τ has no value in the last bend, so that it is not compared.
  agreement = (weights, effects) => (ties && [weights, effects].some(areNear) ? null
    : unbent.agreement(nearOfLargest(weights), nearOfLargest(effects)));
  largest = (values) => unbent.largest(nearOfLargest(values));
  leaveOneOut = (moment, item) => {
    const record = unbent.leaveOneOut(moment, item);
    const bentOf = (effects) => {
      const changes = near(effects.map((effect) => effect.delta_distance), record.distance);
      return effects.map((effect, row) => ({ ...effect, delta_distance: changes[row] }));
    };
    return { ...record, delete: bentOf(record.delete), mask: bentOf(record.mask) };
  };
}

function runOf(data, bend) {
  const weights = Object.entries(data.weights).map(([name, value]) =>
    [name, name === 'own_share' ? value * bend(value) : bent(value, bend)]);
  const people = data.people.map((person) => ({ ...person, vector: bent(person.vector, bend) }));
  return { ...data, weights: Object.fromEntries(weights), people };
}

function answer(run, call, given) {
  try {
    return CALLS[call](run, given);
  } catch (error) {
    throw new Error(`${call} ${JSON.stringify(given)}: ${error.stack}`);
  }
}

function answersOf(text) {
  const { runs, cases } = JSON.parse(text), lists = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
  return BENDS.map((bend, row) => {
    bendPlaces(bend, row === 3);
    const bentRuns = runs.map((data) => runOf(data, bend));
    return JSON.stringify(cases.map(([call, run, given]) => answer(bentRuns[run], call, given)), lists);
  });
}
"""


def engine() -> list[str]:
    """The scripts of the engine, behind what it shares with the components."""
    files = [browser.FOLDER / "components" / "shared.js", *sorted((browser.FOLDER / "engine").glob("*.js"))]
    return [for_browser(), *(file.read_text(encoding="utf-8") for file in files)]


def engine_page() -> str:
    calls = ",\n".join(f"{name}: {call}" for name, call in engine_cases.CALLS.items())
    return "\n".join([*engine(), engine_cases.SCRIPT, f"const CALLS = {{{calls}}};", PAGE])


def differences(expected: Any, answers: list[Any], scale: float, place: str = "") -> list[str]:
    """Returns where the engine's answer, the first, differs from Python's. answers: of each bend. scale: a distance."""
    first = answers[0]
    if isinstance(expected, Between):
        near = expected.low <= first <= expected.high
    elif is_number(expected) and all(map(is_number, answers)):
        slack = TOLERANCE * max(abs(expected), scale)
        near = min(answers) - slack <= expected <= max(answers) + slack
    elif not alike(answers):
        near = True  # a border
    elif isinstance(expected, dict | list) and alike([expected, first]):
        names = expected if isinstance(expected, dict) else range(len(expected))
        parts = ((name, expected[name], [answer[name] for answer in answers]) for name in names)
        return [text for name, part, each in parts for text in differences(part, each, scale, f"{place}.{name}")]
    else:
        near = expected == first
    return [] if near else [f"{place}: {expected} is {first}"]


def alike(answers: list[Any]) -> bool:
    """Whether all have the same fields, or the same length, or are equal."""
    first = answers[0]
    if isinstance(first, dict):
        return all(isinstance(answer, dict) and answer.keys() == first.keys() for answer in answers)
    if isinstance(first, list):
        return all(isinstance(answer, list) and len(answer) == len(first) for answer in answers)
    return all(answer == first for answer in answers)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def settled(answers: list[Any]) -> bool:
    """Whether the answers of all bends are alike in all but numbers, so that everything is compared."""
    first = answers[0]
    if all(map(is_number, answers)):
        return True
    if not isinstance(first, dict | list):
        return alike(answers)
    names = first if isinstance(first, dict) else range(len(first))
    return alike(answers) and all(settled([answer[name] for answer in answers]) for name in names)


def sentences(record: Any) -> list[str]:
    return [leaf for leaf in leaves(record) if isinstance(leaf, str)]


@pytest.fixture(scope="module")
def optimising(chromium: Browser) -> Iterator[Browser]:
    """A browser that optimises code, unlike that of the other tests: these scripts compute for seconds."""
    args = [arg for arg in CHROMIUM_ARGS if not arg.startswith("--js-flags")]
    with closing(chromium.browser_type.launch(executable_path=find_chromium(), args=args)) as browser:
        yield browser


@pytest.fixture
def page(optimising: Browser) -> Iterator[Page]:
    with closing(optimising.new_page()) as page:
        yield page


@functools.cache
def asked(seed: int, every: bool) -> tuple[list[Case], Branches]:
    with Branches(engine_cases.WATCHED) as branches:
        return list(engine_cases.cases(seed, every)), branches


@pytest.mark.long
def test_the_cases_exercise_every_branch_of_every_sentence() -> None:
    cases, branches = asked(0, every=True)
    missing = branches.missing("\n".join(text for case in cases for text in sentences(case.expected)))
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("every", few((False, True), False))
@pytest.mark.parametrize("seed", range(often(1, 9)))
def test_the_engine_gives_the_numbers_ranks_and_sentences_of_python(seed: int, every: bool, page: Page) -> None:
    cases, _ = asked(seed, every)
    data = {
        "runs": [engine_cases.run_data(run) for run in engine_cases.runs(every)],
        "cases": [(case.call, case.run, case.given) for case in cases],
    }
    page.set_content(f"<script>{engine_page()}</script>")
    answers = [json.loads(text) for text in page.evaluate("(text) => answersOf(text)", json.dumps(data))]
    on_a_border, wrong = [], []
    for case, *each in zip(cases, *answers, strict=True):
        wrong += [f"{case.name}\n  {text}" for text in differences(case.expected, each, case.scale)]
        on_a_border += [] if settled(each) else [case.name]
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:20])
    assert len(on_a_border) <= MOST_ON_A_BORDER * len(cases), "\n".join(on_a_border)


NUMBER = re.compile(r"\d*\.\d{3,}")
MOST_VALUES_ON_A_BORDER = 0.002  # of all texts, ranks and other values that must be equal


def page_script() -> str:
    calls = ",\n".join(
        f"{name}: (run, given) => ({call})(...scenesOf(run, given), given)" for name, call in words_cases.CALLS.items()
    )
    return "\n".join([*engine(), words_cases.SCRIPT, f"const CALLS = {{{calls}}};", PAGE])


@functools.cache
def shown(every: bool) -> tuple[list[Case], Branches]:
    with Branches(words_cases.WATCHED) as branches:
        return list(words_cases.cases(every)), branches


@pytest.mark.long
def test_the_cases_exercise_every_branch_of_every_sentence_of_the_panels() -> None:
    cases, branches = shown(every=True)
    missing = branches.missing("\n".join(text for case in cases for text in sentences(case.expected)))
    unforeseen = [text for text in missing if not any(alike in text for alike in words_cases.ALIKE)]
    assert not unforeseen, "\n".join(unforeseen)
    assert all(any(alike in text for text in missing) for alike in words_cases.ALIKE)


@pytest.mark.parametrize("every", few((False, True), False))
def test_the_panels_say_and_draw_what_they_do_in_python(every: bool, page: Page) -> None:
    cases, _ = shown(every)
    data = json.dumps(
        {
            "runs": [words_cases.data_of(run) for run in words_cases.runs()],
            "cases": [(case.call, case.run, case.given) for case in cases],
        }
    )
    page.set_content(f"<script>{page_script()}</script>")
    answers = [json.loads(text) for text in page.evaluate("(data) => answersOf(data)", data)]
    wrong, on_a_border, values = [], 0, 0
    for case, *each in zip(cases, *answers, strict=True):
        on_a_border += len(differences(case.expected, each[:1], case.scale))
        values += len(leaves(case.expected))
        expected, *in_parts = (parts_of(record, case.scale) for record in (case.expected, *each))
        wrong += [f"{case.name}\n  {text}" for text in differences(expected, in_parts, case.scale)]
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:20])
    assert on_a_border <= MOST_VALUES_ON_A_BORDER * values


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
