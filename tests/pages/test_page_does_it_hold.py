"""The page "Does it hold?": what it says about a study is computed from the study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import checked, opened_page
from streamlit.testing.v1 import AppTest

from attrec_core.data.report import repeats_sentence
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.job import StudyRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import RESULTS, Entry, SeedResult, load_study, save_entry, save_protocol, save_results
from attrec_core.storage.workspace import SAMPLE_DATA, home
from attrec_core.views.does_it_hold import attention, claims, figures, switches, tables, words
from pages.lab import _does_it_hold, _estimate


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page starts no estimate by itself."""
    monkeypatch.setattr(_estimate, "PAUSE", float("inf"))


PROTOCOL = Protocol(
    "table2", "films", 943, 1682, 100_000, "file-first", "as it is", seeds=2, budget=4, fingerprint="x", paper="ML-100K"
)


def seed(number: int, ranks: np.ndarray) -> SeedResult:
    figures = {
        "hr@10": float((ranks <= 10).mean()), "hr@50": float((ranks <= 50).mean()), "ndcg@10": 0.1,
        "mrr": float((1 / ranks).mean()),
    }  # fmt: skip
    return SeedResult(number, 3, figures, figures, figures, coverage=0.5, popularity=0.2, seconds=1.0)


def written(folder: Path, protocol: Protocol = PROTOCOL, **entries: list[int]) -> Path:
    """Writes a study with two seeds; `entries` has the ranks of the users' test items for each key."""
    folder.mkdir(parents=True)
    save_protocol(folder, protocol)
    for key, ranks in entries.items():
        seed_ranks = [np.array(ranks, float)] * 2
        model, train = {"model": "attrec" if key == "auto" else key}, {"loss": "softmax" if key == "auto" else "bpr"}
        save_entry(folder, Entry(key, key.upper(), model, train, (), tuple(map(seed, (0, 1), seed_ranks))), seed_ranks)
    save_results(folder)
    return folder


def test_the_verdict_names_the_first_the_closest_and_the_interval(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1, 2] * 50, fpmc=[2, 4] * 50, bprmf=[9, 9] * 50))
    text = words.verdict(study, "mrr")
    assert text.startswith("AUTO (softmax loss, not the paper's) is above every other system on MRR, with .7500. ")
    assert "The closest is FPMC, .3750 below" in text
    assert "may be chance" not in text
    assert words.beside_paper(study, "mrr") == "The paper reports 2 of these figures; none is lower here."
    paper = load_study(written(tmp_path / "d", auto=[1] * 20, fpmc=[2] * 20, attrec=[4] * 20))
    said = "With the paper’s settings AttRec has .2500, 3rd of 3 lines. The paper reports .0981 for AttRec."
    assert said in words.verdict(paper, "mrr")
    other_study = load_study(written(tmp_path / "b", auto=[1, 2, 9, 30] * 5, fpmc=[2, 1, 8, 30] * 5))
    assert words.verdict(other_study, "mrr").startswith("FPMC beats AttRec on MRR")
    assert "so it may be chance" in words.verdict(other_study, "mrr")
    third = load_study(written(tmp_path / "c", auto=[4] * 20, ease=[1] * 20, fpmc=[2] * 20, mc=[1] * 6 + [8] * 14))
    assert (
        " below (95\u00a0% interval +.7500 to +.7500). Also above it: FPMC, by .2500. 1 more is "
        "higher, which may be chance."
    ) in words.verdict(third, "mrr")
    names = figures.dots(third, "mrr")["layout"]["yaxis"]["ticktext"]
    assert [name.startswith("<b>") for name in names] == [False, False, False, True]  # AttRec is the last


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
    assert any("AUTO" in text.value and "on MRR" in text.value for text in app.markdown)
    app.selectbox(key="metric").select("hr@50").run()
    assert any("on HR" in text.value for text in app.markdown)
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
    monkeypatch.setattr(_does_it_hold, "SHIPPED", tmp_path / "nothing")
    app = opened_page("lab/does_it_hold")
    assert any(text.value == words.EMPTY for text in app.markdown)
    folder = written(home().path / "studies" / "mine", auto=[1, 2] * 50)
    for name in ("auto.json", RESULTS):
        (folder / name).write_text("{", encoding="utf-8")
        (message,) = [error.value.replace("\\", "") for error in opened_page("lab/does_it_hold").error]
        assert message.startswith(f"The study “mine” cannot be shown: {name} is damaged or not part of a study: ")
        assert message.endswith("Choose another one, or set it up again under another name.")
        assert str(tmp_path) not in message and str(folder / name) in caplog.text
        for file in ("study.json", "auto.json"):  # without them, the study is read from RESULTS
            (folder / file).unlink(missing_ok=True)


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
    assert "were chosen" in words.guide(PROTOCOL) and "were chosen" not in words.guide(other_study.protocol)
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
    monkeypatch.setattr(_does_it_hold, "SHIPPED", tmp_path / "nothing")
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
    assert "1 of 2 switches changes which line is first on MRR." in said(app)
    app.segmented_control(key="shuffled").set_value("shuffled").run()
    assert "FPMC beats AttRec on MRR" in said(app)
    assert (app.query_params["study"], app.query_params["shuffled"]) == ("sample", "shuffled")
    app.segmented_control(key="seen").set_value("in").run()
    assert "no interval is stored where seen items are ranked too" in said(app)
    assert "All items are ranked, seen ones too" in said(app) and "intervals by bootstrap over the users." not in said(
        app
    )
    linked = opened_page("lab/does_it_hold", study="sample", shuffled="shuffled", beyond="coverage")
    assert "FPMC beats AttRec on MRR" in said(linked) and "share of the catalogue" in said(linked)


def test_what_has_not_been_run_is_said_and_the_form_is_filled_in_for_it(shelf: Path) -> None:
    app = opened_page("lab/does_it_hold", study="sample", split="temporal")
    assert "has not been run with split temporal" in said(app)
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


def test_a_study_that_has_just_begun_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    save_protocol(tmp_path / "a", replace(PROTOCOL, kind="omega"))
    assert words.verdict(load_study(tmp_path / "a"), "mrr") == "No training of this study is done yet."
