"""The page "Does it hold?": what it says about a study is computed from the study."""

from __future__ import annotations

import copy
import json
import math
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_pages import opened_page, said
from conftest import data_file, few, often, random_histories
from streamlit.testing.v1 import AppTest
from test_page_train import nothing_by_itself

from attrec_core.cli import main, parser
from attrec_core.config import METRICS
from attrec_core.data.report import repeats_sentence
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import metrics
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import (
    RESULTS,
    Entry,
    SeedResult,
    Study,
    load_study,
    save_entry,
    save_protocol,
    save_results,
)
from attrec_core.storage.workspace import SAMPLE_DATA, home
from attrec_core.views.does_it_hold import attention, claims, figures, switches, tables, words
from attrec_core.views.texts import text as fixed
from tests.views.test_panels import APPROVED, check_approved

__all__ = ["nothing_by_itself"]  # a fixture
PROTOCOL = Protocol(
    "table2", "films", 943, 1682, 100_000, "file-first", "as it is", seeds=2, budget=4, fingerprint="x", paper="ML-100K"
)


def seed(number: int, both: np.ndarray) -> SeedResult:
    out, ranked_too = (metrics(np.where(np.isnan(ranks), both[0], ranks)) for ranks in both)
    return SeedResult(number, 3, out, out, ranked_too, coverage=0.5, popularity=0.2, seconds=1.0)


def written(folder: Path, protocol: Protocol = PROTOCOL, seen: float = 0, **entries: list[int]) -> Path:
    """Writes a study with two seeds; `entries` has the ranks of the users' test items for each key. seen: by how much a
    rank is larger if seen items are ranked too; NaN: a study of before, which lacks these ranks."""
    folder.mkdir(parents=True)
    save_protocol(folder, protocol)
    for key, ranks in entries.items():
        seed_ranks = [np.array(ranks, float)] * 2
        model, train = {"model": "attrec" if key == "auto" else key}, {"loss": "softmax" if key == "auto" else "bpr"}
        both = [np.stack([ranks, ranks + seen]) for ranks in seed_ranks]
        save_entry(folder, Entry(key, key.upper(), model, train, (), tuple(map(seed, (0, 1), both))), both)
    save_results(folder)
    return folder


SHOP: dict[str, Any] = {"repeats": 0.9, "paper": "", "data": "shop", "tie_rule": "file-last"}
OF_SHOP = {"auto": [1, 9] * 50, "fpmc": [1, 2] * 50, "ease": [1, 1] * 50}
PARTS = {"mean": [1, 60] * 50, "without": [60, 60] * 50, "place": [1, 60] * 50}
PAPERS_PARTS = PARTS | {"sum": [1, 1] * 50, "max": [1, 60] * 50}
DIMS = {f"dim-{value}": [value % 40, 60] * 50 for value in (100, 25, 150, 50)}
# What is said of each of these studies is approved: what differs in its protocol, `seen` of `written`, and its ranks.
SAID: dict[str, tuple[dict[str, Any], float, dict[str, list[int]]]] = {
    "AttRec beats the next": ({}, 0, {"auto": [1, 2] * 50, "fpmc": [2, 4] * 50, "bprmf": [9, 9] * 50}),
    "AttRec twice": ({}, 0, {"auto": [1] * 20, "fpmc": [2] * 20, "attrec": [4] * 20}),
    "two that are close": ({}, 0, {"auto": [1, 2, 9, 30] * 5, "fpmc": [2, 1, 8, 30] * 5}),
    "three above AttRec": ({}, 0, {"auto": [4] * 20, "ease": [1] * 20, "fpmc": [2] * 20, "mc": [1] * 6 + [8] * 14}),
    "another metric, another winner": ({}, 0, {"auto": [1] * 50 + [60] * 50, "fpmc": [40] * 100}),
    "one beaten, one not": ({}, 0, {"attrec": [9] * 40, "ease": [1, 2] * 20, "fpmc": [2, 1] * 19 + [2, 2]}),
    "a counted system needs one of three seeds": ({"seeds": 3}, 0, {"fpmc": [1, 2], "ease": [2, 3]}),
    "just begun": ({"kind": "omega"}, 0, {}),
    "AttRec without an opponent": ({}, 0, {"attrec": [1, 2] * 50}),
    "AttRec alone, twice": ({}, 0, {"auto": [1] * 20, "attrec": [2] * 20}),
    "others alone": ({}, 0, {"fpmc": [1] * 20, "ease": [2] * 20}),
    "one part": ({"kind": "ablation"}, 0, {"mean": [1, 2] * 50}),
    "repeats, no intervals with nothing removed": (SHOP, math.nan, OF_SHOP),
    "repeats": (SHOP, 1, OF_SHOP),
    "parts": ({"kind": "ablation"}, 0, PAPERS_PARTS),
    "parts, no intervals with nothing removed": ({"kind": "ablation"}, math.nan, PARTS),
    "parts, not of the paper's data": ({"kind": "ablation", "paper": ""}, 0, PARTS),
    "parts by softmax": ({"kind": "ablation", "loss": "softmax"}, 0, PARTS | {"place": [2, 60] * 50}),
    "parts, chance": ({"kind": "ablation", "seeds": 1}, 0, PARTS | {"place": [1, 60] * 49 + [2, 60]}),
    "all alike": ({"kind": "ablation", "paper": ""}, 0, {"mean": [1] * 9, "sum": [1] * 9}),
    "sizes": ({"kind": "dim"}, 0, DIMS),
    "not tuned": ({"budget": 1}, 0, {"attrec": [1] * 9, "fpmc": [2] * 9, "ease": [3] * 9}),
}


def sentences(study: Study, metric: str, seen: str) -> Iterator[str]:
    yield f"{words.lead(study, metric, seen)} {words.in_figures(study, metric, seen)}".strip()
    yield words.beside_paper(study, metric, seen)
    yield words.guide(study, seen) if metric == "mrr" else ""
    if study.protocol.kind in claims.PARTS and tables.rows_of(study, seen):
        summary = claims.summary([study], metric, seen)
        yield from (summary.sentence, summary.reference, summary.listed(str).replace("\n- ", "; ").removeprefix("- "))
        yield from (attention.sentence([three], metric, seen) for three in attention.with_three_lines([study]))


def test_what_is_said_of_a_study_is_approved(tmp_path: Path) -> None:
    lines, studies = ["# What the page “Does it hold?” says of small studies"], dict[str, Study]()
    for name, (changes, seen, ranks) in SAID.items():
        studies[name] = load_study(written(tmp_path / name, replace(PROTOCOL, **changes), seen, **ranks))
        lines += ["", f"## {name}", "", "; ".join(row.label for row in tables.rows_of(studies[name]))]
        said: dict[tuple[str, ...], list[str]] = {}
        for metric, use in product(("mrr", "hr@50"), ("out", "in")):
            found = tuple(f"- {text}" for text in sentences(studies[name], metric, use) if text)
            said.setdefault(found, []).append(f"{METRICS[metric]}, seen items {switches.SEEN[use]}")
        for texts, ways in said.items():
            lines += ["", f"{'; '.join(ways)}:", *texts]
    of_parts = [study for name, study in studies.items() if name.startswith("parts")]
    lines += ["", "## Several studies of parts", "", attention.sentence(of_parts, "mrr")]
    lines += ["", attention.listed(of_parts, "mrr", str), "", claims.summary(of_parts).sentence]
    check_approved("\n".join(lines) + "\n", APPROVED / "studies.md")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a workspace's studies, which are the only ones."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("attrec_core.views.does_it_hold.shelf.SHIPPED", tmp_path / "nothing")
    return home().studies


@pytest.fixture
def shelf(own: Path) -> Path:
    """Two studies of the bundled sample: one as it is, and one in random order without EASE."""
    protocol = replace(PROTOCOL, data="sample_data", users=1000, items=418, interactions=52129, paper="")
    written(own / "sample", protocol, auto=[1, 2] * 50, fpmc=[2, 4] * 50, ease=[1, 1] * 50)
    written(own / "sample mixed", replace(protocol, order="shuffled"), auto=[3, 4] * 50, fpmc=[1, 2] * 50)
    return own


def opened(**query: str) -> AppTest:
    return opened_page("lab/does_it_hold", **query)


def test_the_page_shows_the_studies_of_the_workspace(own: Path) -> None:
    assert fixed("does_it_hold", "empty") in said(opened())
    written(own / "mine", auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    app = opened()
    assert app.selectbox(key="study").value == "mine"
    assert "On MovieLens 100K, AttRec with found settings has the highest MRR" in said(app)
    app.selectbox(key="metric").select("hr@50").run()
    assert "have the same HR@50" in said(app)
    assert (app.query_params["metric"], app.query_params.get("study")) == ("hr@50", None)


def test_where_test_items_are_repeats_seen_items_are_ranked_too_unless_asked(own: Path) -> None:
    """With seen items left out, a model that only ranks a user's own items high would win by the protocol alone."""
    protocol = replace(PROTOCOL, repeats=0.9)
    written(own / "mine", protocol, auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    app = opened()
    assert app.segmented_control(key="seen").value == "in" and not app.warning
    app.segmented_control(key="seen").set_value("out").run()
    assert app.query_params["seen"] == "out" and len(app.warning) == 1
    assert said(app).count("of the test items are repeats") == 1
    assert repeats_sentence(0.9) in protocol.sentence
    assert "seen ones too, as 90\N{NO-BREAK SPACE}% of the test items are seen items. " in protocol.described("in")
    said_of_few = PROTOCOL.sentence.replace("the user has seen.", "the user has seen; the test item always is.")
    assert replace(PROTOCOL, repeats=0.04).sentence == said_of_few != PROTOCOL.sentence


@pytest.mark.parametrize(
    ("file", "damage"),
    [("study.json", {"paper": "zz"}), ("study.json", {"tie_rule": {}}), ("auto.json", None), (RESULTS, None)],
)
def test_a_damaged_study_is_a_sentence_and_hides_no_other(
    shelf: Path, file: str, damage: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the log names its folder. damage: wrong values; None: the file is no JSON."""
    study = written(shelf / "hostile", auto=[1, 2] * 50)
    content = json.loads((study / file).read_bytes()) | (damage or {})
    content.pop("sha256", None)
    (study / file).write_text("{" if damage is None else json.dumps(content), encoding="utf-8")
    if file == RESULTS:
        (study / "study.json").unlink()
        (study / "auto.json").unlink()
    app = opened(study="hostile")
    (message,) = [error.value.replace("\\", "") for error in app.error]
    assert message.startswith(f"The study “hostile” cannot be shown: {file} is damaged or not part of a study: ")
    assert message.endswith("Choose another one, or run it again in another folder.")
    assert str(shelf) not in message and str(study / file) in caplog.text
    assert app.selectbox(key="study").options == ["hostile", "sample", "sample mixed"]
    assert "above" in said(app.selectbox(key="study").select("sample").run())


def drawn(study: Study) -> None:
    """Computes what the page shows of a study."""
    for seen, metric in product(("out", "in"), ("mrr", "hr@50")):
        assert all(isinstance(text, str) for text in sentences(study, metric, seen))
        for beyond in figures.BEYOND:
            words.in_figures(study, metric, seen, beyond)
        study.protocol.described(seen)
        if not tables.rows_of(study, seen):
            continue
        figures.dots(study, metric, seen)
        tables.frame(study, seen)
        if study.protocol.kind in claims.PARTS:
            figures.panel(study, metric, seen)
        switches.table(switches.changes(study, {"shuffled": (study, study)}, metric, seen), metric)
    words.full_title(study.protocol), switches.protocol_line([study.protocol], "out")


MISSING = object()
WRONG = [MISSING, None, True, -1, 1.5, 1e308, 10**400, "zz", "a\nb", "dim-²", [], {}, [{}], {"a": 1}, {"a": {}}]


def places(value: object, place: tuple = ()) -> Iterator[tuple]:
    """Yields the keys that lead to each value in parsed JSON; of a list, to its first two values."""
    keys = list(value) if isinstance(value, dict) else range(min(2, len(value))) if isinstance(value, list) else ()
    for key in keys:
        yield (*place, key)
        yield from places(value[key], (*place, key))


@pytest.mark.parametrize("kind", few(["table2", "ablation"]))
def test_a_study_with_any_value_anywhere_is_refused_by_name_or_shown(tmp_path: Path, kind: str) -> None:
    ranks = {"table2": {"auto": [1, 2], "fpmc": [2, 4]}, "dim": {"dim-25": [4, 9], "dim-100": [1, 2]}}
    study = written(tmp_path / "a", replace(PROTOCOL, kind=kind), **ranks.get(kind, PARTS))
    whole = json.loads((study / RESULTS).read_bytes())
    whole = {name: whole[name] for name in ("format", "protocol", "entries")}  # an older file, without a checksum
    tries = list(product(places(whole), WRONG))
    chosen = np.random.default_rng(1).permutation(len(tries))[: often(250, len(tries))]
    file = tmp_path / "b" / RESULTS
    file.parent.mkdir()
    shown = 0
    for index in chosen:
        (*place, last), value = tries[index]
        changed = copy.deepcopy(whole)
        around = reduce(lambda part, key: part[key], place, changed)
        around[last] = value
        if value is MISSING:
            del around[last]
        file.write_text(json.dumps(changed), encoding="utf-8")
        try:
            read = load_study(file.parent)
        except InputError as error:
            assert str(file) in str(error) and "\n" not in str(error), (place, last, value)
        else:
            drawn(read)
            shown += 1
    assert 0 < shown < len(chosen) / 2


def test_a_switch_leads_to_the_other_study_and_stands_in_the_address(shelf: Path) -> None:
    app = opened(study="sample")
    assert "Another line has the highest MRR with 1 of these 2 changes." in said(app)
    assert "No study of AttRec’s parts has been run on sample_data (simulated)." in said(app)
    app.segmented_control(key="shuffled").set_value("shuffled").run()
    assert "FPMC has the highest MRR and beats AttRec." in said(app)
    assert (app.query_params["study"], app.query_params["shuffled"]) == ("sample", "shuffled")
    app.segmented_control(key="seen").set_value("in").run()
    assert "All items are ranked, seen ones too" in said(app) and "intervals by bootstrap over the users." in said(app)
    linked = opened(study="sample", shuffled="shuffled", beyond="coverage")
    assert "FPMC has an MRR of" in said(linked) and "share of the catalogue" in said(linked)


def test_the_page_gives_the_command_for_what_has_not_been_run(shelf: Path) -> None:
    """As the switches ask for it, and for the data set that a link from Data names; the command line takes it as it
    is."""
    app = opened(study="sample", split="temporal")
    assert "has not been run with the split “temporal”" in said(app)
    (code,) = app.code
    asked = shlex.split(code.value)
    assert asked[:3] == ["python", "-m", "attrec_core"]
    given = parser().parse_args(asked[3:])
    assert (given.data, given.split, given.seeds, given.out.parent) == (SAMPLE_DATA, "temporal", 2, shelf)
    assert (given.tie_rule, given.budget) == (PROTOCOL.tie_rule, PROTOCOL.budget)
    films = data_file(shelf.parent / "films.csv", random_histories(2))
    assert main(["import", str(films), "--out", str(home().data / "films")]) == 0
    assert "/films" in opened(data="films").code[0].value and not opened().code
