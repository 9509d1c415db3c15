"""The replay of a training: the browser plays what was stored, and the page follows to the epoch where it stops."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from app_pages import component, opened_page, said
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from attrec_core.errors import percent
from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import home
from attrec_core.views.drawing.scripts import json_values
from attrec_core.views.replay import panels, records
from attrec_core.views.replay.records import ReplayCurve
from attrec_core.views.view import View


def opened(**query: str) -> AppTest:
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
        sent = json_values(film.attention.column_weights[frame])
        assert f": {percent(max(sent))} " in moment.sentence  # as the picture says
        top = [replay.items[row] for row in film.map.top[frame] if row >= 0]
        assert top == [item for item in moment.top if item in replay.items]
    window = [replay.items[row] for row in film.map.window]
    assert [sample.interactions.item_ids[item] for item in window] == list(film.attention.ids)
    assert replay.items[film.map.target[0]] == replay.targets[2]


def test_the_page_shows_the_epoch_person_and_map_of_the_address_and_another_is_one_choice(sample: Run) -> None:
    app = opened(epoch="3", probe="2", space="long")
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
    app = opened(run="old", epoch="2")
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
