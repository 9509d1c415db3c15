"""Two runs side by side on a page: the address holds the pair, and what cannot be compared is said."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from app_pages import component, opened_page, page_links, said
from conftest import interactions_of
from hypothesis import given
from hypothesis import strategies as st
from other_runs import turned
from streamlit.testing.v1 import AppTest

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.training.train_run import train_run
from attrec_core.views.replay import panels, records
from attrec_core.views.replay.records import ReplayCurve
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


def test_a_broken_or_unknown_other_run_is_a_sentence(own_home: Home) -> None:
    (own_home.runs / "broken").mkdir()
    assert "config.json" in opened(beside="broken").error[0].value.replace("\\", "")
    app = opened(beside="nobody")
    assert "compares with the run 'nobody', which is not here" in said(app)
    assert app.selectbox(key="beside").value == "turned"


def test_one_run_alone_says_where_another_comes_from(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("empty")))
    app = opened()
    assert "You need two runs to compare." in said(app) and len(page_links(app)) == 2


# The replay of a training: the browser plays what was stored, and the page follows to the epoch where it stops.


def opened_replay(**query: str) -> AppTest:
    return opened_page("lab/replay", **query)


def played(app: AppTest) -> dict:
    return component(app, "replay")


@pytest.mark.parametrize("space", ["short", "long"])
def test_each_frame_is_what_was_kept(space: str, sample: Run) -> None:
    film, replay = panels.played(sample, 2, space, 3), sample.replay
    for frame, epoch in enumerate(replay.epochs.tolist()):
        moment = records.replay_moment(sample, 2, epoch)
        np.testing.assert_allclose(film.attention.weights[frame], moment.attention.weights, atol=1e-6)
        np.testing.assert_allclose(film.attention.column_weights[frame], moment.attention.column_weights, atol=1e-6)
        top = [replay.items[row] for row in film.map.top[frame] if row >= 0]
        assert top == [item for item in moment.top if item in replay.items]
    window = [replay.items[row] for row in film.map.window]
    assert [sample.interactions.item_ids[item] for item in window] == list(film.attention.ids)
    assert replay.items[film.map.target[0]] == replay.targets[2]


def test_the_page_shows_the_epoch_person_and_map_of_the_address_and_another_is_one_choice(sample: Run) -> None:
    app = opened_replay(epoch="3", probe="2", space="long")
    data = played(app)
    assert data["step"] == 3 and data["map"]["users"]
    assert app.selectbox(key="probe").value == 1
    exported = app.session_state["page_parts"]
    for name in ("curves", "attention", "map"):
        assert exported.parts[f"replay_{name}_twin"].sentence == data["sentences"][3][name]
    assert exported.facts == [("user shown", panels.person(sample, 1)), ("epoch", "3")]
    assert not exported.moment  # the view's user and step are not shown here
    app.selectbox(key="probe").set_value(4).run()
    assert (app.session_state["view"].probe, app.session_state["view"].epoch) == (5, 3)
    assert sample.interactions.user_ids[sample.replay.probes[4].user] in app.selectbox(key="probe").options[4]
    app.segmented_control(key="space").set_value("short").run()
    assert app.session_state["view"].space != "long" and not played(app)["map"]["users"]


def test_a_run_without_a_replay_says_how_it_gets_one(
    sample: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
    runs_run.save(dataclasses.replace(sample, replay=None), home().runs / "old")
    app = opened_replay(run="old", epoch="2")
    for part in ("its epochs were not kept", "train DATA --out RUN", "epoch 2, but this run has no replay"):
        assert part in said(app)
    app.selectbox(key="run").set_value("sample_data").run()
    assert played(app)["step"] == 12


@pytest.mark.parametrize("sent", [None, "3", {"epoch": "3"}, 3.0, True, 77, ["x"]])
def test_whatever_a_browser_sends_only_a_kept_epoch_counts(sent: object, sample: Run) -> None:
    assert panels.sent_epoch(sample, sent) == {}
    chosen = [panels.sent_epoch(sample, epoch)["epoch"] for epoch in (4, 0, 12)]
    assert chosen == [4, 0, None]  # the run's own is the default


def test_a_view_without_a_replays_words_always_fits(sample: Run) -> None:
    for view in (View(run="x", user="y"), View(probe=5, epoch=12)):
        assert panels.in_range(view, sample) == (view, ())


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 1) | st.just(float("nan"))), max_size=40),
    st.integers(0, 40),
    st.sampled_from([records.WIDE, records.NARROW]),
)
def test_curves_of_any_kind_stay_in_the_drawing(values: list, epoch: int, at: records.CurveLayout) -> None:
    count = len(values)
    losses, shares = (np.array([value[k] for value in values], float) for k in (0, 1))
    curve = ReplayCurve(np.arange(1, count + 1), losses, shares, shares, np.arange(count + 1), count)
    drawing = records.curves(curve, at, min(epoch, count))
    assert "nan" not in drawing.lower().replace("nanargmax", "")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawing)[1])
    assert all(0 <= float(x) <= width for x in re.findall(r'cx="(-?[\d.]+)"', drawing))
    assert drawing.count('class="now"') == 1
    assert records.curves(curve, at).count('class="now"') == 0


def test_a_hostile_title_is_text_in_the_pictures(sample: Run) -> None:
    titles = ("<script>alert(1)</script>",) * sample.interactions.n_items
    data = dataclasses.replace(sample.interactions, titles=titles)
    run = dataclasses.replace(sample, interactions=data)
    assert "<script>" not in records.space_map(records.replay_map(run, "long", 0, 5))
    assert "<script>" not in records.curves(records.replay_curve(run), records.WIDE, 3)
