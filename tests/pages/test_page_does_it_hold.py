"""The page "Does it hold?": what it says about a study is computed from the study."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_pages import charts, checked, opened_page
from conftest import often
from streamlit.testing.v1 import AppTest

from attrec_core.data.report import repeats_sentence
from attrec_core.errors import InputError, number
from attrec_core.explain.evaluate import metrics
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.job import StudyRequest
from attrec_core.jobs.queue import Queue
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
    studies_in,
)
from attrec_core.storage.workspace import SAMPLE_DATA, home
from attrec_core.views.does_it_hold import attention, causes, claims, figures, switches, tables, words
from attrec_core.views.does_it_hold.shelf import SHIPPED
from attrec_core.views.names import METRICS
from attrec_core.views.texts import text as fixed
from pages.lab import estimate


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page starts no estimate by itself."""
    monkeypatch.setattr(estimate, "PAUSE", float("inf"))


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


def test_the_verdict_names_the_first_the_closest_and_the_interval(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1, 2] * 50, fpmc=[2, 4] * 50, bprmf=[9, 9] * 50))
    text = words.verdict(study, "mrr")
    assert (
        words.lead(study, "mrr") == "On MovieLens 100K, AttRec with found settings has the highest MRR and beats FPMC."
    )
    assert (
        "AttRec with found settings (softmax loss, not the paper's) has an MRR of .7500. The next is FPMC, .3750"
        in text
    )
    assert "may be chance" not in text
    assert words.beside_paper(study, "mrr") == "The paper reports 2 of these figures; none is lower here."
    paper = load_study(written(tmp_path / "d", auto=[1] * 20, fpmc=[2] * 20, attrec=[4] * 20))
    said = "With the paper’s settings, AttRec has .2500 (3rd of 3 lines). The paper reports .0981 for AttRec."
    assert said in words.verdict(paper, "mrr")
    other_study = load_study(written(tmp_path / "b", auto=[1, 2, 9, 30] * 5, fpmc=[2, 1, 8, 30] * 5))
    close = "On MovieLens 100K, FPMC has the highest MRR; AttRec with found settings may be as good."
    assert words.lead(other_study, "mrr") == close
    assert "The difference may be chance." in words.verdict(other_study, "mrr")
    third = load_study(written(tmp_path / "c", auto=[4] * 20, ease=[1] * 20, fpmc=[2] * 20, mc=[1] * 6 + [8] * 14))
    assert (
        " lower (95\u00a0% interval +.7500 to +.7500). Also above AttRec: FPMC, by .2500. 1 more is "
        "higher, which may be chance."
    ) in words.verdict(third, "mrr")
    assert words.lead(third, "mrr") == "On MovieLens 100K, EASE has the highest MRR and beats AttRec."
    names = figures.dots(third, "mrr")["layout"]["yaxis"]["ticktext"]
    assert [name.startswith("<b>") for name in names] == [False, False, False, True]  # AttRec is the last


def test_every_shipped_study_is_answered_in_at_most_twenty_words_for_each_metric() -> None:
    for folder in studies_in(SHIPPED):
        study = load_study(folder)
        for metric, seen in product(tables.COLUMNS, ("out", "in")):
            answer = words.lead(study, metric, seen)
            assert len(answer.split()) <= 20 and answer.count(".") - answer.count(" = 0.") == 1, answer
            assert METRICS[metric] in answer, answer


def test_the_answer_names_the_metric_because_another_metric_may_have_another_winner(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1] * 50 + [60] * 50, fpmc=[40] * 100))
    assert words.lead(study, "mrr").startswith("On MovieLens 100K, AttRec with found settings has the highest MRR")
    assert words.lead(study, "hr@50").startswith("On MovieLens 100K, FPMC has the highest HR@50")


def test_only_the_line_that_was_compared_is_said_to_be_beaten(tmp_path: Path) -> None:
    """FPMC is as good as the first, and is not what the first is compared with."""
    study = load_study(written(tmp_path / "a", attrec=[9] * 40, ease=[1, 2] * 20, fpmc=[2, 1] * 19 + [2, 2]))
    assert words.lead(study, "mrr") == "On MovieLens 100K, EASE has the highest MRR and beats AttRec."


def test_a_line_with_fewer_seeds_than_the_study_says_so(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", replace(PROTOCOL, seeds=3), fpmc=[1, 2], ease=[2, 3]))
    labels = {row.key: row.label for row in tables.rows_of(study)}
    assert labels == {"fpmc": "FPMC (2 of 3 seeds)", "ease": "EASE"}  # EASE draws nothing: one seed stands for all


def test_a_dot_an_interval_and_the_papers_figure(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1, 2] * 50, fpmc=[2, 4] * 50))
    ours, paper = figures.dots(study, "mrr")["data"]
    assert ours["x"] == pytest.approx([0.75, 0.375])
    low, high = study.interval("auto", "mrr")
    assert (0.75 - ours["error_x"]["arrayminus"][0], 0.75 + ours["error_x"]["array"][0]) == pytest.approx((low, high))
    assert (paper["x"], paper["y"]) == ([0.0925], [1])
    assert len(figures.dots(study, "hr@10")["data"]) == 1  # the paper does not report HR@10


def test_the_page_shows_the_studies_of_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    written(home().path / "studies" / "mine", auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    app = opened_page("lab/does_it_hold")
    assert app.selectbox(key="study").value == "mine"
    assert any(
        head.value.replace("\\", "").startswith("On MovieLens 100K, AttRec with found settings has the highest MRR")
        for head in app.header
    )
    assert "has an MRR of" in said(app)
    app.selectbox(key="metric").select("hr@50").run()
    assert "has an HR@50 of" in said(app) or "have the same HR@50" in said(app)
    assert (app.query_params["metric"], app.query_params.get("study")) == ("hr@50", None)


def test_where_test_items_are_repeats_seen_items_are_ranked_too_unless_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With seen items left out, a model that only ranks a user's own items high would win by the protocol alone."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    written(home().path / "studies" / "mine", replace(PROTOCOL, repeats=0.9), auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    app = opened_page("lab/does_it_hold")
    assert app.segmented_control(key="seen").value == "in"
    assert not app.warning
    app.segmented_control(key="seen").set_value("out").run()
    assert app.query_params["seen"] == "out"
    (warning,) = app.warning
    assert "of the test items are repeats" in warning.value
    assert said(app).count("of the test items are repeats") == 1
    protocol = replace(PROTOCOL, repeats=0.9)
    assert repeats_sentence(0.9) in protocol.sentence
    assert "seen ones too, as 90\N{NO-BREAK SPACE}% of the test items are seen items. " in protocol.described("in")
    assert replace(PROTOCOL, repeats=0.04).sentence == PROTOCOL.sentence


def test_a_switch_is_judged_by_two_studies_that_differ_in_it_alone() -> None:
    """Also when only studies with another number of settings differ in nothing else; the same from both sides."""
    names = {
        "found": PROTOCOL,
        "start": replace(PROTOCOL, budget=1),
        "last": replace(PROTOCOL, budget=1, tie_rule="file-last"),
        "loss": replace(PROTOCOL, budget=1, order="shuffled", loss="softmax"),
    }
    other = replace(PROTOCOL, tie_rule="file-last")
    assert (PROTOCOL.budget, PROTOCOL.tie_rule) == (4, "file-first")
    assert switches.pair(names, PROTOCOL, other) == ("start", "last")
    assert switches.pair(names, names["last"], names["start"]) == ("last", "start")
    assert switches.pair(names | {"best": other}, PROTOCOL, other) == ("found", "best")
    assert switches.pair(names, PROTOCOL, replace(PROTOCOL, order="shuffled")) is None
    assert switches.named_like(names, PROTOCOL) == ["found", "start"]


def test_a_damaged_study_and_none_are_sentences(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr("attrec_core.views.does_it_hold.shelf.SHIPPED", tmp_path / "nothing")
    app = opened_page("lab/does_it_hold")
    assert any(text.value == fixed("does_it_hold", "empty") for text in app.markdown)
    folder = written(home().path / "studies" / "mine", auto=[1, 2] * 50)
    for name in ("auto.json", RESULTS):
        (folder / name).write_text("{", encoding="utf-8")
        (message,) = [error.value.replace("\\", "") for error in opened_page("lab/does_it_hold").error]
        assert message.startswith(f"The study “mine” cannot be shown: {name} is damaged or not part of a study: ")
        assert message.endswith("Choose another one, or set it up again under another name.")
        assert str(tmp_path) not in message and str(folder / name) in caplog.text
        for file in ("study.json", "auto.json"):  # without them, the study is read from RESULTS
            (folder / file).unlink(missing_ok=True)


def drawn(study: Study) -> None:
    """Computes what the page shows of a study."""
    protocol = study.protocol
    for seen, metric in product(("out", "in"), ("mrr", "hr@50")):
        for beyond in (None, *figures.BEYOND):
            words.verdict(study, metric, seen, beyond)
        words.beside_paper(study, metric, seen)
        protocol.described(seen)
        if not tables.rows_of(study, seen):
            continue
        figures.dots(study, metric, seen)
        tables.frame(study, seen)
        claims.summary([study], metric, seen)
        if protocol.kind in claims.PARTS:
            figures.panel(study, metric, seen)
        for three in attention.with_three_lines([study]):
            attention.sentence([three], metric, seen)
        switches.table(switches.changes(study, {"shuffled": (study, study)}, metric, seen), metric)
    words.guide(study, "out"), words.full_title(protocol), switches.protocol_line([protocol], "out")


MISSING = object()
WRONG = [MISSING, None, True, -1, 1.5, 1e308, 10**400, "zz", "a\nb", "dim-²", [], {}, [{}], {"a": 1}, {"a": {}}]


def places(value: object, place: tuple = ()) -> Iterator[tuple]:
    """Yields the keys that lead to each value in parsed JSON; of a list, to its first two values."""
    keys = list(value) if isinstance(value, dict) else range(min(2, len(value))) if isinstance(value, list) else ()
    for key in keys:
        yield (*place, key)
        yield from places(value[key], (*place, key))


@pytest.mark.parametrize("kind", ["table2", "ablation", "dim"])
def test_a_study_with_any_value_anywhere_is_refused_by_name_or_shown(tmp_path: Path, kind: str) -> None:
    ranks = {"table2": {"auto": [1, 2], "fpmc": [2, 4]}, "dim": {"dim-25": [4, 9], "dim-100": [1, 2]}}
    study = written(tmp_path / "a", replace(PROTOCOL, kind=kind), **(ranks.get(kind) or ablation()))
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


def test_a_hostile_study_hides_no_other(shelf: Path) -> None:
    file = written(shelf / "hostile", auto=[1, 2] * 50) / "study.json"
    for damage in ({"paper": "zz"}, {"tie_rule": {}}):
        content = json.loads(file.read_bytes()) | damage
        content.pop("sha256", None)
        file.write_text(json.dumps(content), encoding="utf-8")
        app = opened_page("lab/does_it_hold", study="hostile")
        (message,) = [error.value.replace("\\", "") for error in app.error]
        assert message.startswith("The study “hostile” cannot be shown: study.json is damaged or not part of a study")
        assert app.selectbox(key="study").options == ["hostile", "sample", "sample mixed"]
        assert "above" in said(app.selectbox(key="study").select("sample").run())


def ablation(**ranks: list[int]) -> dict[str, list[int]]:
    return {"mean": [1, 60] * 50, "without": [60, 60] * 50, "place": [1, 60] * 50, **ranks}


def test_each_difference_of_the_paper_holds_or_not_by_the_interval(tmp_path: Path) -> None:
    parts = {"sum": [1, 1] * 50, "max": [1, 60] * 50}
    study = load_study(written(tmp_path / "a", replace(PROTOCOL, kind="ablation"), **ablation(**parts)))
    answers = {claim.label: claim.answer for claim in claims.claims(study)}
    assert answers == {"WITHOUT": "holds", "SUM": "reversed", "MAX": "open"}
    summary = claims.summary([study])
    assert summary.sentence == "1 of the 3 differences in HR@50 that the paper reports holds here."
    assert summary.reference == "Each line is compared with MEAN."
    lists = "- **Same direction here (1):** WITHOUT\n- **Opposite direction here (1):** SUM\n"
    assert summary.listed(str) == f"{lists}- **May be chance here (1):** MAX"
    other_study = load_study(written(tmp_path / "b", replace(PROTOCOL, kind="ablation", paper=""), **ablation()))
    assert claims.claims(other_study) == []
    assert "No settings were selected" in words.guide(other_study, "out")
    summary = claims.summary([other_study])
    assert summary.sentence == "The paper has no figures for this data. 1 of 2 lines differs in HR@50 here."
    assert summary.listed(str) == "- **Lower here (1):** WITHOUT\n- **May be chance here (1):** PLACE"


def test_attention_beside_weights_by_place_says_what_it_adds(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, kind="ablation")
    same = load_study(written(tmp_path / "a", protocol, **ablation()))
    more = load_study(written(tmp_path / "b", replace(protocol, loss="softmax"), **ablation(place=[2, 60] * 50)))
    assert attention.with_three_lines([same, load_study(written(tmp_path / "c", protocol, mean=[1] * 9))]) == [same]
    assert "so recency may explain it (attention minus weights by place: 0" in attention.sentence(
        [same], "mrr"
    ).replace(".0000", "0")
    text = attention.sentence([more], "mrr")
    assert text.startswith(
        "ML-100K, softmax loss: attention does more than recency (attention minus weights by place: +.2500 on MRR"
    )
    of_two = f"In 1 of 2 studies, {attention.MORE}: ML-100K, softmax loss. In 1, {attention.OPEN}: ML-100K."
    assert attention.sentence([same, more], "mrr") == of_two
    assert attention.listed([same, more], "mrr", str).split("\n")[1] == f"- {text}"
    figure = checked(attention.side_by_side([same, more], "mrr"))
    assert [trace.name for trace in figure.data[2:]] == ["uniform weights", "weights by place", "attention"]


def test_what_is_varied_stands_in_the_order_of_its_values(tmp_path: Path) -> None:
    ranks = {f"dim-{value}": [value % 40, 60] * 50 for value in (100, 25, 150, 50)}
    study = load_study(written(tmp_path / "a", replace(PROTOCOL, kind="dim"), **ranks))
    ours, paper = checked(figures.panel(study, "hr@50")).data
    assert list(ours.x) == [25, 50, 100, 150] and list(paper.y) == [0.523, 0.526, 0.527, 0.517]
    assert study.reference == "dim-100"


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Only two studies of the bundled sample: one as it is, and one in random order without EASE."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr("attrec_core.views.does_it_hold.shelf.SHIPPED", tmp_path / "nothing")
    protocol = replace(PROTOCOL, data="sample_data", users=1000, items=418, interactions=52129, paper="")
    written(home().studies / "sample", protocol, auto=[1, 2] * 50, fpmc=[2, 4] * 50, ease=[1, 1] * 50)
    written(home().studies / "sample mixed", replace(protocol, order="shuffled"), auto=[3, 4] * 50, fpmc=[1, 2] * 50)
    return home().studies


def said(app: AppTest) -> str:
    assert not app.exception
    parts = [*app.markdown, *app.info, *app.warning, *app.caption, *app.success]
    return " ".join(part.value for part in parts).replace("\\", "")


def test_a_switch_leads_to_the_other_study_and_stands_in_the_address(shelf: Path) -> None:
    app = opened_page("lab/does_it_hold", study="sample")
    assert "Another line has the highest MRR with 1 of these 2 changes." in said(app)
    app.segmented_control(key="shuffled").set_value("shuffled").run()
    assert "FPMC has the highest MRR and beats AttRec." in " ".join(head.value for head in app.header).replace("\\", "")
    assert (app.query_params["study"], app.query_params["shuffled"]) == ("sample", "shuffled")
    app.segmented_control(key="seen").set_value("in").run()
    assert "lower (95\u00a0% interval" in said(app)
    assert "All items are ranked, seen ones too" in said(app) and "intervals by bootstrap over the users." in said(app)
    linked = opened_page("lab/does_it_hold", study="sample", shuffled="shuffled", beyond="coverage")
    assert "FPMC has an MRR of" in said(linked) and "share of the catalogue" in said(linked)


def test_what_has_not_been_run_is_said_and_the_form_is_filled_in_for_it(shelf: Path) -> None:
    app = opened_page("lab/does_it_hold", study="sample", split="temporal")
    assert "has not been run with the split “temporal”" in said(app)
    app.button(key="offer_switches_0").click().run()
    assert "form “Start a study” is filled in" in said(app)
    assert [app.selectbox(key=f"study_form_{name}").value for name in ("kind", "split")] == ["table2", "temporal"]
    assert app.number_input(key="study_form_seeds").value == 2


def test_who_comes_from_a_data_set_finds_the_form_open_for_it(shelf: Path) -> None:
    app = opened_page("lab/does_it_hold", data="sample_data")
    assert app.button(key="study_begin").label == "Start the study"
    study_app = opened_page("lab/does_it_hold", data="sample_data", study="sample")
    assert not [button for button in study_app.button if button.key == "study_begin"]


@pytest.mark.parametrize(
    "query",
    [{"study": "none"}, {"metric": "x", "ties": "both", "shuffled": "1", "split": "", "beyond": "sense", "seen": "%"}],
)
def test_a_wrong_value_in_a_link_is_a_sentence(shelf: Path, query: dict[str, str]) -> None:
    app = opened_page("lab/does_it_hold", **query)
    assert app.warning and "AUTO" in said(app)


def test_what_the_form_holds_is_the_study_that_is_queued(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "start", lambda job, home, lock: None)
    app = opened_page("lab/does_it_hold", study="sample")
    app.session_state["study_form"] = True
    app.run()
    app.selectbox(key="study_form_kind").select("ablation").run()
    app.selectbox(key="study_form_loss").select("softmax").run()
    app.number_input(key="study_form_seeds").set_value(0).run()
    assert app.button(key="study_begin").disabled and "must be 1 or more" in app.error[0].value
    app.number_input(key="study_form_seeds").set_value(1).run()
    assert app.text_input(key="study_form_name").value == "sample_data ablation softmax"
    app.text_input(key="study_form_name").set_value(" parts ").run()
    app.button(key="study_begin").click().run()
    assert not app.exception
    (job,) = Queue(home()).jobs()
    expected = StudyRequest(SAMPLE_DATA, "parts", "ablation", seeds=1, budget=1, loss="softmax")
    assert job.request == expected
    assert app.query_params["study"] == expected.name
    assert [toast.value for toast in app.toast] == ["Started “parts”: its progress is at the top of this page."]


def test_a_study_that_has_just_begun_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    save_protocol(tmp_path / "a", replace(PROTOCOL, kind="omega"))
    assert (
        words.verdict(load_study(tmp_path / "a"), "mrr") == "On MovieLens 100K, no training of this study is done yet."
    )


def test_a_line_without_an_opponent_has_beaten_nobody(tmp_path: Path) -> None:
    first = load_study(written(tmp_path / "a", attrec=[1, 2] * 50))
    assert words.lead(first, "mrr") == ("On MovieLens 100K, only AttRec with the paper’s settings is trained so far.")
    part = load_study(written(tmp_path / "b", replace(PROTOCOL, kind="ablation"), mean=[1, 2] * 50))
    assert words.lead(part, "mrr") == "On MovieLens 100K, only “Self-attention, mean” is trained so far."
    for name, of_one_side in {"others": ("fpmc", "ease"), "own": ("auto", "attrec")}.items():
        best, other = of_one_side
        study = load_study(written(tmp_path / name, **{best: [1] * 20, other: [2] * 20}))
        assert "2 lines so far" in words.lead(study, "mrr") and "beats" not in words.verdict(study, "mrr")


def of_repeats(**more: Any) -> Protocol:
    return replace(PROTOCOL, repeats=0.9, paper="", data="shop", tie_rule="file-last", **more)


SYSTEMS_OF_SHOP = {"auto": [1, 9] * 50, "fpmc": [1, 2] * 50, "ease": [1, 1] * 50}


def test_nothing_is_certain_without_an_interval(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A study of before stores no ranks with nothing removed."""
    study = load_study(written(tmp_path / "old", of_repeats(), math.nan, **SYSTEMS_OF_SHOP))
    text = words.verdict(study, "mrr", "in")
    assert text.startswith("On shop, EASE has the highest MRR, but no interval is stored. EASE has an MRR ")
    assert "lower (no interval is stored). The difference may be chance. 1 more is higher, which may be chance." in text
    assert "The bar is" not in words.guide(study, "in") and "A dot without a bar" in words.guide(study, "in")
    assert "The bar is" in words.guide(study, "out")
    assert "as good" not in text  # nothing was tested
    names = [figures.dots(study, "mrr", seen)["data"][0]["name"] for seen in ("in", "out")]
    assert names == ["mean of the seeds", "mean of the seeds, 95\u00a0% interval"]
    new = load_study(written(tmp_path / "new", of_repeats(), 1, **SYSTEMS_OF_SHOP))
    text = words.verdict(new, "mrr", "in")
    assert (
        text.startswith("On shop, EASE has the highest MRR and beats AttRec.") and "Also above AttRec: FPMC, by" in text
    )
    assert "The bar is" in words.guide(new, "in")
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    written(home().studies / "old", of_repeats(), math.nan, **SYSTEMS_OF_SHOP)
    assert "intervals by bootstrap over the users." not in said(opened_page("lab/does_it_hold", study="old"))


def test_every_figure_of_the_page_has_its_metric_and_use_of_seen_items_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr("attrec_core.views.does_it_hold.shelf.SHIPPED", tmp_path / "nothing")
    study = load_study(written(home().studies / "parts", of_repeats(kind="ablation"), 100, **ablation()))
    app = opened_page("lab/does_it_hold", study="parts")
    line = "Data: shop. Seen items: ranked too. Tie rule: last of the file. Loss: the paper’s hinge. Seeds: 2."
    assert said(app).count(line) == 2 and "in MRR here" in said(app)
    for key in ("study_ablation", "study_attention"):
        assert max(value for trace in charts(app)[key].data for value in trace.x) < 0.02, key
    app.segmented_control(key="seen").set_value("out").run()
    assert said(app).count(line.replace("ranked too", "left out")) == 2
    assert tables.rows_of(study, "in")[0].cells["mrr"].mean < 0.02 < tables.rows_of(study)[0].cells["mrr"].mean


def test_choices_that_differ_name_their_data() -> None:
    protocols = [
        replace(PROTOCOL, seeds=5),
        of_repeats(loss="softmax"),
        replace(PROTOCOL, data="sample_data", paper=""),
    ]
    assert switches.protocol_line(protocols, "out") == (
        "Seen items: left out. Tie rule: first of the file (ML-100K, sample_data (simulated)); last of the file "
        "(shop). Loss: the paper’s hinge, or softmax where a row says so. Seeds: 2 to 5."
    )
    timeless = replace(of_repeats(), may_tie=False)
    assert "Tie rule: first of the file. " in switches.protocol_line([PROTOCOL, timeless], "out")
    assert "ie rule" not in switches.protocol_line([timeless], "out")
    assert "ties" not in words.full_title(timeless) and "equal times" not in timeless.sentence
    assert "Order: shuffled." in switches.protocol_line([replace(PROTOCOL, order="shuffled")], "out")


def test_another_metric_says_how_many_differences_of_the_paper_hold(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, kind="ablation")
    study = load_study(written(tmp_path / "a", protocol, **ablation(sum=[1, 1] * 50, max=[1, 60] * 50)))
    papers = "1 of the 3 differences in HR@50 that the paper reports holds here."
    assert claims.summary([study], "hr@50").sentence == papers
    assert claims.summary([study], "mrr").sentence == (
        f"The paper reports HR@50 alone for these lines: {papers} 2 of 4 lines differ in MRR here."
    )
    assert claims.summary([study], "hr@50", "in").sentence.startswith("The paper leaves seen items out")
    assert list(claims.table([study], "mrr").columns)[:2] == ["line", "MRR"]
    softmax = load_study(written(tmp_path / "b", replace(protocol, loss="softmax"), **ablation()))
    assert claims.summary([softmax]).sentence.startswith("The paper has no figures for the softmax loss.")
    old = load_study(written(tmp_path / "c", protocol, math.nan, **ablation()))
    assert claims.summary([old], "mrr", "in").sentence == claims.NO_INTERVALS


def test_equal_figures_are_one_point_of_a_narrow_axis(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", replace(PROTOCOL, kind="ablation", paper=""), mean=[1] * 9, sum=[1] * 9))
    low, high = checked(figures.panel(study, "hr@50")).layout.xaxis.range
    assert 0.9 < low < 1 < high < 1.01
    assert words.verdict(study, "hr@50") == (
        "On films, all 2 lines rank alike on HR@50. All 2 lines have the same HR@50, 1.0000."
    )


def test_the_first_of_the_parts_may_be_first_by_chance(tmp_path: Path) -> None:
    parts = replace(PROTOCOL, kind="ablation", seeds=1)
    study = load_study(written(tmp_path / "a", parts, **ablation(place=[1, 60] * 49 + [2, 60])))
    text = words.verdict(study, "mrr")
    start = "On MovieLens 100K, “Self-attention, mean” has the highest MRR; “Weights by place” may be as good. "
    figures = (
        "“Self-attention, mean” has an MRR of .5083. The next is “Weights by place”, .0050 lower (95\u00a0% interval "
    )
    assert text.startswith(f"{start}{figures}")
    assert "may be chance. The last is “No attention”, with .0167. Each line was trained once" in text
    softmax = load_study(written(tmp_path / "b", replace(parts, loss="softmax"), **ablation()))
    assert words.lead(softmax, "mrr").startswith(
        "On MovieLens 100K (softmax loss), “Self-attention, mean” has the highest MRR"
    )


def test_systems_that_were_not_tuned_are_counted_and_named_so(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", replace(PROTOCOL, budget=1), attrec=[1] * 9, fpmc=[2] * 9, ease=[3] * 9))
    text = words.verdict(study, "mrr")
    assert text.startswith("On MovieLens 100K, AttRec with the paper’s settings has the highest MRR and beats FPMC.")
    assert text.endswith(f"{words.UNTUNED}.")
    assert words.UNTUNED in words.guide(study, "out") and "validation items" not in words.guide(study, "out")
    tuned = load_study(written(tmp_path / "b", attrec=[1] * 9, fpmc=[2] * 9))
    assert "validation items, except where a line says" in words.guide(tuned, "out")
    assert words.UNTUNED not in words.verdict(tuned, "mrr")


def test_parts_that_were_run_in_another_way_are_not_denied(shelf: Path) -> None:
    sample = load_study(shelf / "sample").protocol
    written(shelf / "parts", replace(sample, kind="ablation"), **ablation())
    assert "No study of AttRec’s parts" not in said(opened_page("lab/does_it_hold", study="sample"))
    none = "No study of AttRec’s parts has been run on sample_data (simulated) with the order “shuffled”."
    assert said(opened_page("lab/does_it_hold", study="sample", shuffled="shuffled")).count(none) == 2


def test_the_figure_keeps_its_height_when_a_switch_leads_to_a_study_with_fewer_lines(shelf: Path) -> None:
    written(shelf / "long", load_study(shelf / "sample").protocol, **dict.fromkeys(("auto", *"abcdef"), [1, 2] * 50))
    queries = {"study": "long"}, {"study": "long", "shuffled": "shuffled"}, {"study": "sample mixed"}
    before, after, alone = (
        charts(opened_page("lab/does_it_hold", **query))["study_dots"].layout.height for query in queries
    )
    assert before == after > alone


def test_a_shipped_study_is_named_by_what_it_compares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    written(home().studies / "my own", auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    options = opened_page("lab/does_it_hold").selectbox(key="study").options
    assert "my own" in options and "ML-100K: all systems, starting settings, shuffled, ties first" in options
    assert "sample_data (simulated): all systems, ties last" in options
    assert len(set(options)) == len(options)


def test_the_sample_says_how_often_each_loss_finds_the_causes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    app = opened_page("lab/does_it_hold", study="sample-ablation-softmax")
    seeds = causes.load(SHIPPED)
    share = np.mean([seed["attention"] for seed in seeds["softmax"]])
    assert f"{number(share)} with the softmax loss; the item with the largest contribution" in said(app)
    assert f"Seeds: {len(seeds['softmax'])}." in causes.protocol(seeds)
    assert causes.protocol(seeds) in [caption.value for caption in app.caption]
    assert "How small an edit" in said(app)
    assert any(len(table.value) == 9 for table in app.table)
    assert "finds the true cause" not in said(opened_page("lab/does_it_hold", study="ml-100k"))
