"""Two runs side by side on a page: each side shows what its run shows alone, and the address holds the pair."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from app_pages import charts, checked, component, opened_page, page_links, said
from conftest import interactions_of, recommend
from other_runs import turned
from streamlit.testing.v1 import AppTest

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.explain.forward import trace
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.rename_and_trash import delete
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.training.train_run import train_run
from attrec_core.views.compare import words
from attrec_core.views.compare.panels import SPLITS
from attrec_core.views.compare.sides import sides
from attrec_core.views.view import View

USER = "Ada Abe"


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, sample: Run) -> Home:
    """A workspace with the run `turned`: the sample with other vectors and a shorter window, on the same data."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
    runs_run.save(turned(sample), home().runs / "turned")
    return home()


def opened(**query: str) -> AppTest:
    return opened_page("lab/compare", **query)


def test_each_side_shows_what_that_run_says_alone_and_both_in_the_same_letters_and_colours(
    own_home: Home, sample: Run
) -> None:
    app = opened(user=USER, step="20")
    records = []
    for letter, run in (("a", sample), ("b", load(own_home.runs / "turned"))):
        user = run.user_index[USER]
        history = run.interactions.history(user)[:20]
        window = history[-run.model_config.window :]
        records.append(record := component(app, f"attention_run_{letter}"))
        assert record["ids"] == [run.interactions.item_ids[item] for item in window]
        np.testing.assert_allclose(record["weights"], trace(run, window).weights, atol=1e-5)
        _, ranking = recommend(run, user, window, exclude=history)
        rows = component(app, f"ranking_run_{letter}")["rows"]
        assert rows[0]["id"] == run.interactions.item_ids[ranking.top(1)[0]]
        assert not [row for row in rows if row["move"] or row["change"]]
    assert "sample_data uses the last 5 items. turned uses the last 3 items." in said(app)
    assert said(app).count("actual next item") == 1
    looks = [dict(zip(part["ids"], zip(part["hues"], part["places"], strict=True), strict=True)) for part in records]
    shared = looks[0].keys() & looks[1].keys()
    assert len(shared) == 3 and all(looks[0][item] == looks[1][item] for item in shared)
    a, b = records
    assert a["places"] == list("ABCDE")
    part = app.session_state["page_parts"].parts["attention_run_b_twin"]
    assert f"({b['places'][int(np.argmax(b['column_weights']))]}" in part.sentence
    assert [name[0] for name in part.frame()["query item"]][:3] == b["places"]
    sent = max(np.max(a["weights"]), np.max(b["weights"]))  # rounded to 5 digits
    assert a["most"] == b["most"] >= sent - 1e-5 and a["most_column"] == b["most_column"]
    names = {curve.name for curve in charts(app)["learning_curves"].data}
    assert names == {"A: sample_data", "B: turned"}


def test_equal_lengths_are_equal_distances_in_both_score_splits(own_home: Home, sample: Run) -> None:
    app = opened(user=USER, step="20")
    a, b = (component(app, f"split_run_{letter}") for letter in "ab")
    longest = max(row["short"] + row["long"] for record in (a, b) for row in record["rows"])
    assert a["most"] == b["most"] == pytest.approx(longest, abs=1e-6)
    # A file of one of them has the same scale, and the same room for the titles, so the same width for the bars.
    both = sides(sample, load(own_home.runs / "turned"), View(user=USER, step=20))
    a, b = (checked(panel.of(both).figure) for panel in SPLITS)
    assert a.layout.xaxis.range == b.layout.xaxis.range
    assert a.layout.xaxis.range[0] == 0 and longest < a.layout.xaxis.range[1] < 1.1 * longest
    assert a.layout.margin.l == b.layout.margin.l
    assert not a.layout.yaxis.automargin and not b.layout.yaxis.automargin


def test_the_lists_mark_what_the_other_has_as_well(own_home: Home, sample: Run) -> None:
    app = opened(user=USER, step="20", top="5", window="alien,aliens")
    both_sides = sides(sample, load(own_home.runs / "turned"), View(user=USER, step=20, window=("alien", "aliens")))
    lists = words.lists(both_sides, 5)
    marks = [[row["marks"] for row in component(app, f"ranking_run_{letter}")["rows"]] for letter in "ab"]
    assert sum("also in B" in mark for mark in marks[0]) == lists.overlap
    assert sum("not in A" in mark for mark in marks[1]) == 5 - lists.overlap
    assert lists.sentence in said(app)


def test_the_address_holds_the_pair_and_swapping_turns_it_round(own_home: Home) -> None:
    app = opened(run="turned", user=USER, step="20", beside="sample_data")
    assert app.selectbox(key="beside").value == "sample_data"
    first = component(app, "attention_run_a")
    app.button(key="swap").click().run()
    view = app.session_state["view"]
    assert (view.run, view.beside, view.user, view.step) == ("sample_data", "turned", USER, 20)
    assert component(app, "attention_run_b")["weights"] == first["weights"]


def test_a_what_if_of_the_view_does_not_count_and_is_said(own_home: Home) -> None:
    trained, changed = opened(user=USER, step="20"), opened(user=USER, step="20", omega="0.9", mask="none", pin="heat")
    for key in ("attention_run_a", "ranking_run_a", "ranking_run_b"):
        assert component(changed, key) == component(trained, key)
    assert any("what-if settings do not apply here" in caption.value for caption in changed.caption)
    assert ("settings", "as the model was trained") in changed.session_state["page_parts"].facts


@pytest.mark.parametrize("selected", ["alien", "only here"])
def test_other_data_is_said_and_not_called_better(selected: str, own_home: Home, sample: Run) -> None:
    """A run that knows some of the items and none of the users."""
    shared = list(sample.interactions.item_ids[:30])
    histories = {user: [shared[k] for k in range(5, 20)] for user in ("u1", "u2")} | {"u3": ["only here", *shared[:9]]}
    settings = ModelConfig(dim=4, window=3), TrainConfig(epochs=1, targets=1)
    runs_run.save(train_run(interactions_of(histories), *settings, with_maps=False), own_home.runs / "elsewhere")
    text = said(opened(beside="elsewhere", user=USER, window=",".join([*shared[3:6], "alien"]), selected=selected))
    for part in ("elsewhere does not know the user 'Ada Abe'", "Different data.", "because their data differ."):
        assert part in text


def test_runs_without_a_common_item_compare_only_how_they_were_made(own_home: Home, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "tiny")
    app = opened(user=USER, beside="tiny")
    assert "tiny knows none of the items in this window" in said(app)
    assert "learning_curves" in charts(app)
    share_parts = [part for part in app.get("bidi_component") if part.proto.component_name == "attrec_share"]
    assert len(share_parts) == 1  # the rest of the page can be shared and exported
    opened(run="tiny", beside="sample_data")


def test_a_broken_or_unknown_other_run_is_a_sentence(own_home: Home) -> None:
    (own_home.runs / "broken").mkdir()
    assert "config.json" in opened(beside="broken").error[0].value.replace("\\", "")
    app = opened(beside="nobody")
    assert "compares with the run 'nobody', which is not here" in said(app)
    assert app.selectbox(key="beside").value == "turned"


def test_beside_a_run_stands_the_latest_one_on_the_same_data(own_home: Home, sample: Run, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "elsewhere")
    for index, name in enumerate(("older", "newer")):
        runs_run.save(dataclasses.replace(sample, maps=None, replay=None), own_home.runs / name)
        os.utime(own_home.runs / name / "config.json", (2e9 + index, 2e9 + index))
    app = opened(run="turned", user=USER)
    box = app.selectbox(key="beside")
    assert box.value == "newer"
    assert box.options[-1] == "elsewhere (other data)"
    assert "No other run was trained on the data" not in said(app)
    app = opened(run="elsewhere")
    assert "No other run was trained on the data of “elsewhere”" in said(app)


@pytest.mark.parametrize(("title", "label"), [("", "renamed"), ("Another title", "renamed (other data)")])
def test_the_metrics_of_the_same_data_under_another_name_are_compared(
    title: str, label: str, own_home: Home, sample: Run
) -> None:
    """Even where only the data themselves, not the checksums of the files, show that they are the same."""
    titles = [title or sample.interactions.titles[0], *sample.interactions.titles[1:]]
    data = dataclasses.replace(sample.interactions, name="films", source="csv", titles=titles)
    run = dataclasses.replace(sample, interactions=data, maps=None, across_users=None, replay=None)
    runs_run.save(run, own_home.runs / "renamed")
    delete(own_home, "turned")
    app = opened()
    assert app.selectbox(key="beside").options == [label]
    assert "Both runs have an MRR of" in app.header[0].value
    assert "no metrics can be compared" not in said(app)


def test_one_run_alone_says_where_another_comes_from(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("empty")))
    app = opened()
    assert "You need two runs to compare." in said(app) and len(page_links(app)) == 2


@pytest.mark.parametrize("query", [{"window": "alien,aliens"}, {"likes": "alien,aliens,heat"}])
def test_nobody_and_a_new_person_can_be_compared(own_home: Home, query: dict[str, str]) -> None:
    assert "Recommendations" in said(opened(**query))
