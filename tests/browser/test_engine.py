"""The engine in JavaScript gives what Python gives: numbers, ranks and sentences, for all settings.

JavaScript computes in doubles, Python in float32. So a case can lie on a border, of rounding or of a branch, where both
are right: the engine answers each case again with vectors that are changed by up to 3e-6 of themselves. A text, a rank
or a list that differs between these answers must be one of them; any other must be equal. Few cases lie on a border.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from attrec_core import browser

from . import engine_cases
from .branches import Branches
from .engine_cases import Between, Case

ENGINE = browser.FOLDER / "engine"
TOLERANCE = 1e-5  # of the distance
MOST_ON_A_BORDER = 0.02  # of the cases
# A bend changes each number of a run's tables, equal numbers equally, so that two items with the same vector still tie;
# and each share of attention, so that equal shares do not: which of them is larger is decided by rounding.
PAGE = """
const BENDS = [0, 1, -1].map((side) => (x) => 1 + side * 3e-6 * Math.sin(3e4 * x));
const bent = (values, bend) => values && Float32Array.from(values, (x) => x * bend(x));
const ownSoftmax = softmaxOf;

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
    if (!(error instanceof InputError)) throw new Error(`${call} ${JSON.stringify(given)}: ${error.stack}`);
    return { error: error.code, sentence: error.message };
  }
}

function answersOf(text) {
  const { runs, cases } = JSON.parse(text), lists = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
  return BENDS.map((bend) => {
    softmaxOf = (scores) => {
      const shares = ownSoftmax(scores).map((share, place) => share * bend(place + 1)), sum = total(shares);
      return shares.map((share) => share / sum);
    };
    const bentRuns = runs.map((data) => runOf(data, bend));
    return JSON.stringify(cases.map(([call, run, given]) => answer(bentRuns[run], call, given)), lists);
  });
}
"""


def engine_page() -> str:
    sources = [file.read_text(encoding="utf-8") for file in sorted(ENGINE.glob("*.js"))]
    calls = ",\n".join(f"{name}: {call}" for name, call in engine_cases.CALLS.items())
    return "\n".join([*sources, engine_cases.SCRIPT, f"const CALLS = {{{calls}}};", PAGE])


def differences(expected: Any, answers: list[Any], scale: float, place: str = "") -> list[str]:
    """Returns where the engine's answer, the first, differs from Python's. answers: of each bend."""
    first = answers[0]
    if isinstance(expected, dict):
        if any(not isinstance(answer, dict) or answer.keys() != expected.keys() for answer in answers):
            return [f"{place}: {expected} is {first}"]
        parts = [(name, part, [answer[name] for answer in answers]) for name, part in expected.items()]
        return [text for name, part, each in parts for text in differences(part, each, scale, f"{place}.{name}")]
    if isinstance(expected, list):
        fitting = [answer for answer in answers if isinstance(answer, list) and len(answer) == len(expected)]
        if len(fitting) < len(answers):
            # A border: the list is that of any of the answers.
            alike = settled(answers) or not fitting
            return [f"{place}: {expected} is {first}"] if alike else differences(expected, fitting, scale, place)
        parts = [(row, part, [answer[row] for answer in answers]) for row, part in enumerate(expected)]
        return [text for row, part, each in parts for text in differences(part, each, scale, f"{place}[{row}]")]
    if isinstance(expected, Between):
        return [] if expected.low <= first <= expected.high else [f"{place}: {expected} is {first}"]
    if is_number(expected) and all(map(is_number, answers)):
        slack = TOLERANCE * max(abs(expected), scale)
        near = min(answers) - slack <= expected <= max(answers) + slack
    else:
        near = expected in answers
    return [] if near else [f"{place}: {expected} is {first}"]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def settled(answers: list[Any]) -> bool:
    """Whether the answers of all bends are alike, but for small changes of numbers."""
    first = answers[0]
    if isinstance(first, dict):
        return all(isinstance(answer, dict) and answer.keys() == first.keys() for answer in answers) and all(
            settled([answer[name] for answer in answers]) for name in first
        )
    if isinstance(first, list):
        return all(isinstance(answer, list) and len(answer) == len(first) for answer in answers) and all(
            settled(list(each)) for each in zip(*answers, strict=True)
        )
    if isinstance(first, float) or any(isinstance(answer, float) for answer in answers):
        return True
    return all(answer == first for answer in answers)


def sentences(record: Any) -> list[str]:
    if isinstance(record, dict | list):
        return [text for part in (record.values() if isinstance(record, dict) else record) for text in sentences(part)]
    return [record] if isinstance(record, str) else []


@pytest.fixture(scope="module")
def cases() -> tuple[list[Case], Branches]:
    with Branches(engine_cases.WATCHED) as branches:
        return list(engine_cases.cases()), branches


def test_the_cases_exercise_every_branch_of_every_sentence(cases: tuple[list[Case], Branches]) -> None:
    asked, branches = cases
    missing = branches.missing("\n".join(text for case in asked for text in sentences(case.expected)))
    assert not missing, "\n".join(missing)


def test_the_engine_gives_the_numbers_ranks_and_sentences_of_python(
    cases: tuple[list[Case], Branches], page: Page
) -> None:
    asked, _ = cases
    data = {
        "runs": [engine_cases.run_data(run) for run in engine_cases.runs()],
        "cases": [(case.call, case.run, case.given) for case in asked],
    }
    page.set_content(f"<script>{engine_page()}</script>")
    answers = [json.loads(text) for text in page.evaluate("(text) => answersOf(text)", json.dumps(data))]
    on_a_border, wrong = [], []
    for case, *each in zip(asked, *answers, strict=True):
        wrong += [f"{case.name}\n  {text}" for text in differences(case.expected, each, case.scale)]
        on_a_border += [] if settled(each) else [case.name]
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:20])
    assert len(on_a_border) <= MOST_ON_A_BORDER * len(asked), "\n".join(on_a_border)
