"""Every page through app.py: it shows the numbers of the model, and a click updates the whole page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import charts, component, page_text, with_plain_controls
from app_pages import opened_page as opened
from conftest import ROOT, recommend
from streamlit.testing.v1 import AppTest

from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run
from attrec_core.views.across_users import scenes
from pages.frame import address, page_list
from pages.frame import runs as frame_runs
from pages.frame.plain_text import plain

PAGES = [page.key for page in page_list.PAGES if page.group in ("Explore", "Learn")]


def visit_all(app: AppTest) -> None:
    """Opens each page in turn."""
    for page in PAGES:
        app.switch_page(page_list.BY_KEY[page].script).run()
        assert not app.exception, page


@pytest.mark.parametrize("page", PAGES)
def test_each_page_shows_the_user_and_step_of_the_address_and_plotly_finds_no_fault(page: str, sample: Run) -> None:
    user = sample.interactions.user_ids[17]
    app = opened(page, user=user, step="9", window="alien,aliens,heat", selected="alien")
    if page != "try-it-yourself":  # it names nobody before a pick
        assert (app.selectbox(key="user").value, app.slider(key="step").value) == (user, 9)
    assert all(figure.data for figure in charts(app).values())


def test_the_attention_page_shows_the_models_numbers(sample: Run) -> None:
    """At the default step the actual next item is the test item, and its rank that of the evaluation."""
    user, history = sample.interactions.user_ids[17], sample.interactions.history(17)
    for query, step in (({"step": "9"}, 9), ({}, len(history) - 1)):
        app = opened("attention", user=user, **query)
        matrix, rows = (component(app, key) for key in ("attention_map", "ranking"))
        assert matrix["ids"] == [sample.interactions.item_ids[item] for item in history[step - 5 : step]]
        trace, ranking = recommend(sample, 17, history[step - 5 : step], exclude=history[:step])
        np.testing.assert_allclose(matrix["weights"], trace.weights, atol=1e-5)
        (target,) = [row for row in rows["rows"] if "actual" in row["marks"]]
        assert target["id"] == sample.interactions.item_ids[history[step]]
        assert target["rank"] == ranking.ranks[history[step]]
        assert len(rows["rows"]) in (10, 11)


def test_each_plain_control_does_what_it_says_and_can_be_undone(sample: Run) -> None:
    app = with_plain_controls(opened("attention", user=sample.interactions.user_ids[17]))
    before = component(app, "attention_map")["ids"]
    edits: dict[str, Callable[[list[str], str], list[str]]] = {
        "earlier": lambda ids, new: [*ids[:1], ids[2], ids[1], *ids[3:]],
        "later": lambda ids, new: [*ids[:2], ids[3], ids[2], *ids[4:]],
        "repeat": lambda ids, new: [*ids[:3], *ids[2:]][-5:],
        "replace": lambda ids, new: [*ids[:2], new, *ids[3:]],
        "add": lambda ids, new: [*ids[1:], new],
        "remove": lambda ids, new: [*ids[:2], *ids[3:]],
    }
    for button, edit in edits.items():
        app.selectbox(key="plain_place").set_value(2)
        app.run()
        new = sample.interactions.item_ids[app.selectbox(key="plain_item").value]
        app.button(key=f"plain_{button}").click().run()
        after = component(app, "attention_map")
        assert after["ids"] == edit(before, new), button
        assert app.query_params["window"] == ",".join(after["ids"])
        assert "edited" in page_text(app)
        app.button(key="undo").click().run()
        assert component(app, "attention_map")["ids"] == before
    app.button(key="redo").click().run()
    assert component(app, "attention_map")["ids"] == after["ids"]
    app.button(key="reset").click().run()
    assert component(app, "attention_map")["ids"] == before
    assert "window" not in app.query_params
    for place in range(len(before)):
        app.selectbox(key="plain_place").set_value(place).run()
        disabled = [app.button(key=f"plain_{way}").disabled for way in ("earlier", "later")]
        assert disabled == [place == 0, place == len(before) - 1]


def test_nobody_in_particular_has_the_short_term_only_and_a_window_one_item_at_least() -> None:
    app = opened("attention", window="alien,aliens")
    assert app.selectbox(key="user").value.startswith("no user")
    assert all(row["long"] == 0 for row in component(app, "ranking")["rows"])
    app = with_plain_controls(opened("attention", window="alien"))
    assert component(app, "attention_map")["ids"] == ["alien"]
    assert app.button(key="plain_remove").disabled


def test_omega_ranks_live_and_is_marked_as_a_what_if(sample: Run) -> None:
    app = opened("score-split", user=sample.interactions.user_ids[17])
    trained_items = list(app.table[-1].value["item"])
    app.select_slider(key="omega").set_value(1.0).run()
    ranks = app.session_state["page_parts"].parts["ranks"].frame()
    assert list(app.table[-1].value["item"]) == list(ranks["item"].map(plain)) != trained_items
    assert (ranks["short-term part"] == 0).all()
    assert (ranks["rank, total"] == ranks["rank, long-term only"]).all()
    assert any("What-if" in text.value for text in app.caption)
    app.button(key="as_trained").click().run()
    assert list(app.table[-1].value["item"]) == trained_items
    assert "omega" not in app.query_params


def test_a_selected_item_is_selected_on_every_page(sample: Run) -> None:
    app = opened("attention", window="amelie,alien,rocky,alien", selected="alien")
    assert component(app, "ranking")["selected"] == "alien"
    for page in ("metric-space", "score-split"):
        app.switch_page(page_list.BY_KEY[page].script).run()
        assert app.button(key="chip").label == "selected: Alien (B, D) ×"
        assert app.selectbox(key="item").value == sample.item_index["alien"]
    app.button(key="chip").click().run()
    assert "selected" not in app.query_params


def test_people_who_stand_out_are_offered_first(sample: Run) -> None:
    app = opened("attention")
    options = app.selectbox(key="user").options
    users = scenes.standing_out(sample)
    assert options[: len(users)] == list(users)
    assert len(users) == len(scenes.extremes(sample)) > 4
    label = next(label for label in users if "influence" in label)
    app.selectbox(key="user").set_value(label).run()
    assert not app.exception
    assert app.selectbox(key="user").value == users[label] != "Bilal Weber"


def test_a_map_draws_everything_and_says_how_many(sample: Run) -> None:
    app = opened("metric-space")
    figure = charts(app)["metric_space"]
    drawn = [i for trace in figure.data for i in (trace.customdata if trace.customdata is not None else [])]
    assert {i for i in drawn if i and isinstance(i, str)} == set(sample.interactions.item_ids)
    captions = " ".join(text.value for text in app.caption).replace("\\", "")
    assert "Showing 418 of 418 items; 1,000 of 1,000 users" in captions


def test_a_wrong_address_says_what_it_dropped_the_run_and_the_user_first_and_shows_the_rest() -> None:
    wrong = {"mask": "foo", "pool": "bar", "cell": "9,9", "omega": "7", "selected": "zzz", "dim": "99", "step": "999"}
    app = opened(**wrong, foo="1", bar="2", window="x,y", run="nowhere", user="Nobody Known")
    first, (folded,) = app.warning[0].value, [box for box in app.expander if "did not fit" in box.label]
    assert first.count("\n") == address.AT_ONCE and address.REST in first
    lines = [line.replace("\\", "") for line in first.splitlines()]
    assert "run 'nowhere'" in lines[0] and "user 'Nobody Known'" in lines[1]
    rest = folded.markdown[0].value.replace("\\", "").splitlines()
    parts = ("'foo', 'bar'", "mask", "pool", "cell", "'7' as ω", "zzz", "dimension", "'x', 'y'")
    assert len(rest) == len(parts)
    assert not [part for part in parts if not any(part in line for line in rest)]
    visit_all(app)


def test_a_link_of_half_a_megabyte_comes_back_as_a_few_sentences() -> None:
    app = opened(progress=",".join(["x"] * 100_000))
    folded = next(box for box in app.expander if "did not fit" in box.label)
    warning = f"{app.warning[0].value} {folded.markdown[0].value}".replace("\\", "")
    assert warning.count("as progress in the lesson") == address.MOST_REMARKS and len(warning) < 3000
    assert f"{100_000 - address.MOST_REMARKS:,} more parts" in warning
    assert folded.label == f"{100_000 - address.AT_ONCE:,} more parts did not fit"
    for more, shown in (
        (1, address.MOST_REMARKS + 1),
        (2, address.MOST_REMARKS + 1),
    ):  # two share a line, one has its own
        remarks = tuple(address.of_link("x", f"{number}.") for number in range(address.MOST_REMARKS + more))
        first = address.first_of(remarks)
        assert len(first) == shown and address.parts_of(first) == len(remarks)
        assert (first[-1].code == "more") == (more == 2)


def test_a_run_that_cannot_be_opened_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path)])
    assert "config" in (said := opened().error[0].value) and "missing" in said
    (tmp_path / "runs" / "damaged").mkdir(parents=True)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr(frame_runs, "SAMPLE_RUN", tmp_path / "none")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "none")])
    assert "There is no run at" in opened(run="damaged", lesson="4").error[0].value


def test_several_runs_can_be_switched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run) -> None:
    runs_run.save(small_run, tmp_path / "tiny")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(ROOT / "sample_data/run"), "--run", str(tmp_path / "tiny")])
    app = opened("attention")
    assert app.selectbox(key="run").options == ["run: sample_data", "run: tiny"]
    app.selectbox(key="run").set_value("tiny").run()
    assert not app.exception
    assert set(component(app, "attention_map")["ids"]) <= set(small_run.interactions.item_ids)
    visit_all(app)


def test_hostile_titles_are_text_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run) -> None:
    titles = ("<script>alert(1)</script>", "x" * 10_000, "**bold** $x$ :red[y]", *small_run.interactions.titles[3:])
    data = replace(small_run.interactions, titles=titles)
    runs_run.save(replace(small_run, interactions=data, maps=None), tmp_path / "hostile")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "hostile")])
    app = opened(window=",".join(data.item_ids[:3]), selected=data.item_ids[0])
    assert "<script>" not in component(app, "story")["wide"]
    for page in PAGES:
        app.switch_page(page_list.BY_KEY[page].script).run()
        assert not app.exception
        assert not [text.value for text in app.markdown if "<script>" in text.value.replace("\\<", "")]


@pytest.mark.parametrize("page", ["attention", "at-large"])
def test_over_a_lesson_a_page_says_not_what_to_do_first(page: str) -> None:
    assert page_list.LEADS[page] in page_text(opened(page))
    assert page_list.LEADS[page] not in page_text(opened(page, lesson="1"))
