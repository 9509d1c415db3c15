"""The attention page: a pinned baseline, attention by hand, experiments, and edits that arrive early or late."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from app_pages import Clicks, clicks, component, opened_page, page_text, sent
from streamlit.testing.v1 import AppTest

from attrec_core.explain.experiments import experiments
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.attention import panels
from attrec_core.views.moment import attention as matrices
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from pages.frame import address, session
from pages.widgets import controls
from pages.widgets.components import SentEdit

opened = partial(opened_page, "explore/attention")
__all__ = ["clicks"]  # a fixture


def edited(sample: Run) -> tuple[str, list[str], list[str]]:
    """Returns a user, their actual window at the default step, and this window without its second item."""
    history = [sample.interactions.item_ids[item] for item in sample.interactions.history(17)]
    real = history[-6:-1]
    return sample.interactions.user_ids[17], real, [real[0], *real[2:]]


def scene_of(sample: Run, **fields: object) -> Scene:
    return scene(sample, View(user=sample.interactions.user_ids[17], **fields))


def test_a_pinned_window_is_a_until_it_is_unpinned(sample: Run) -> None:
    user, real, window = edited(sample)
    app = opened(user=user, window=",".join(window))
    app.button(key="pin").click().run()
    assert app.query_params["pin"] == ",".join(window)
    assert not sent(app, "attention_change")
    app.button(key="reset").click().run()
    assert [component(app, key)["ids"] for key in ("attention_map_a", "attention_map")] == [window, real]
    assert "actual **vs your baseline**" in [text.value for text in app.markdown]
    app.button(key="unpin").click().run()
    assert not sent(app, "attention_change")
    assert "pin" not in app.query_params
    assert "actual history" in [text.value for text in app.markdown]
    app = opened(user=user, pin=",".join(window))
    app.button(key="clear_baseline").click().run()  # beside the state
    assert "pin" not in app.query_params
    assert all(row["move"] is None for row in component(app, "ranking")["rows"])


@pytest.mark.parametrize("query", [{"user": "Bilal Ono"}, {"window": "alien,amelie,rocky"}])
def test_experiments_start_from_the_baseline_of_the_address_whatever_made_the_state(
    query: dict[str, str], clicks: Clicks
) -> None:
    def table(app: AppTest) -> tuple[list[dict], str | None, str]:
        record = component(app, "experiments")
        start = next(caption.value for caption in app.caption if caption.value.startswith("Each row starts from"))
        return record["rows"], record["applied"], start

    app = opened(**query)
    rows, _, start = table(app)
    real, _ = shown(app)
    for key, window in (("reverse", real[::-1]), ("drop 1", real[1:]), ("drop 1", real)):
        fields = {"window": tuple(window)}
        clicks.append(lambda fields=fields: session.try_experiment(panels.as_baseline(session.scene()), fields))
        app.run()
        assert not app.exception
        assert shown(app)[0] == window
        assert table(app) == (rows, None if window == real else key, start)
        reloaded = opened(**dict(app.query_params.items()))
        assert table(reloaded) == table(app)
    assert table(opened(**query | {"window": ",".join(real[1:]), "pin": ",".join(real)})) == (rows, "drop 1", start)


def test_bars_that_were_not_dragged_and_a_list_without_candidates_are_said(sample: Run) -> None:
    now = scene_of(sample)
    own = now.trace.column_weights.astype(float)
    moments = [replace(now.moment, shares=tuple(shares)) for shares in (own, own[::-1])]
    undragged, dragged = (matrices.attention_sentence(now, moment) for moment in moments)
    assert undragged == "Nothing has changed yet: drag a bar." and dragged.startswith("Set by hand: ")
    nothing = panels.ExperimentsRecord("", [replace(row, of=0, overlap=0) for row in experiments(now.moment)])
    assert panels.experiments_sentence(now, nothing).startswith("There are no candidates")


def test_picture_and_sentence_state_the_same_loss_and_a_change_names_its_measure(sample: Run) -> None:
    for pool, measure in (("mean", "of the total"), ("sum", "in total")):
        shown = panels.ATTENTION.of(scene_of(sample, pool=pool))
        (drawn,) = re.findall(r"lost to the mask: (.*?)<", str(shown.figure))
        assert f"removes self-attention: {drawn.removesuffix(' in total')} {measure}." in shown.words("sentence")
        assert (measure == "in total") == drawn.endswith(measure)
    assert "percentage point of average attention" in panels.CHANGE.of(scene_of(sample, pool="sum")).words("sentence")


def test_only_a_share_for_each_item_is_attention_by_hand_and_only_an_item_is_selected(
    sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[dict[str, object]] = []
    monkeypatch.setattr(session, "scene", lambda: scene_of(sample))
    monkeypatch.setattr(address, "change", lambda **change: changes.append(change))
    for weights in (None, [1] * 4, [1, 1, 1, 1, -1], [0] * 5, [1, 1, 1, 1, True], [1, 1, 1, 1, 1000], ["1"] * 5):
        session.take_weights(weights)
    monkeypatch.setattr(session, "select", lambda item: changes.append({"selected": item}))
    count = sample.interactions.n_items
    for item in (None, "3", -1, count):
        controls.select_clicked(scene_of(sample))({"customdata": item})
    assert changes == []
    session.take_weights([0, 1, 2.5, 0.5, 999])
    controls.select_clicked(scene_of(sample))({"customdata": 0})
    shares = (0, 10, 25, 5, 9960)  # of 1,003
    assert changes == [{"by_hand": shares}, {"selected": sample.interactions.item_ids[0]}]


def test_attention_by_hand_is_a_what_if_that_the_list_follows_and_as_trained_or_an_edit_ends(
    sample: Run, clicks: Clicks
) -> None:
    user, real, _ = edited(sample)
    app = opened(user=user)
    app.toggle(key="by_hand").set_value(True).run()
    record = component(app, "attention_map")
    assert record["drags"] and record["column_weights"] == pytest.approx(record["own"], abs=2e-4)
    assert app.query_params["by_hand"].count(",") == len(real) - 1
    app = opened(user=user, by_hand="0,0,1,0,0")
    record, rows = component(app, "attention_map"), component(app, "ranking")["rows"]
    assert record["column_weights"] == pytest.approx([0, 0, sum(record["own"]), 0, 0], abs=1e-4)
    assert any(row["move"] not in (None, "=") for row in rows)
    assert "attention by hand" in page_text(app)
    app.button(key="as_trained").click().run()
    assert "by_hand" not in app.query_params
    assert not component(app, "attention_map")["own"]
    app = opened(user=user, by_hand="0,0,1,0,0")
    clicks.append(partial(address.change, window=tuple(real[1:])))
    assert "by_hand" not in app.run().query_params
    switch = opened(user=user, pool="max").toggle(key="by_hand")
    assert switch.disabled and "max pooling" in switch.help
    for page, said in (("why", "the model's own attention"), ("score_split", "attention by hand")):
        assert said in page_text(opened_page(f"explore/{page}", user=user, by_hand="0,0,1,0,0"))


def test_undo_goes_through_the_newest_windows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clicks before the page has run take back two changes."""
    monkeypatch.setattr(session.st, "session_state", session_state := {})
    for count in range(1, 500):
        monkeypatch.setattr(session.address, "current", lambda count=count: View(window=(str(count),)))
        session.follow_timeline()
    timeline, went_to = session_state[session.TIMELINE], []
    assert [state["window"] for state in timeline["states"]] == [(str(count),) for count in range(300, 500)]
    assert timeline["at"] == session.LONGEST - 1
    states = [{"window": (str(count),)} for count in range(3)]
    session_state[session.TIMELINE] = {"where": (), "states": states, "at": 2}
    monkeypatch.setattr(session.address, "change", lambda **fields: went_to.append(fields))
    for by in (-1, -1, -1, 1):
        session.travel(by)
    assert went_to == [states[1], states[0], states[1]]


def test_a_click_on_a_cell_builds_the_scene_once(monkeypatch: pytest.MonkeyPatch, clicks: Clicks) -> None:
    """One scene serves the callback, the check of the address and the page."""
    made, build = [], page_context.Scene
    monkeypatch.setattr(page_context, "Scene", lambda run, view, *parts: made.append(view) or build(run, view, *parts))
    app = opened()
    for cell in ([2, 1], [3, 2], [4, 4]):
        clicks.append(partial(session.follow, "alien", cell))
        made.clear()
        app.run()
        assert not app.exception
        assert [(view.selected, view.cell) for view in made] == [("alien", tuple(cell))]


def shown(app: AppTest) -> tuple[list[str], int]:
    """Returns the ids of the editor's list, and its revision."""
    sent = component(app, "editor")
    return [item[0] for item in sent["items"]], sent["revision"]


def edit(ids: list[str], revision: int) -> Callable[[], None]:
    return lambda: session.take_edit(SentEdit(tuple(ids), revision, "remove"))


def test_an_edit_of_the_list_that_was_left_is_none_of_the_next_one(clicks: Clicks) -> None:
    def run(*callbacks: Callable[[], object]) -> tuple[list[str], int]:
        clicks.extend(callbacks)
        app.run()
        assert not app.exception
        return shown(app)

    app = opened(user="Bilal Ono")
    old, before = shown(app)
    for change in (lambda: session.choose_user("Ada Abe"), lambda: session.choose_step(9)):
        # Edits made before the new list arrived: one in the same run as the change, then each in a later run.
        late_edits = [edit(old[1:], before + 1), edit(old[2:], before + 2)]
        new, revision = run(change, late_edits[0])
        assert new != old and revision > before + 2
        for late_edit in late_edits:
            assert run(late_edit)[0] == new
            assert "was for the list you left" in app.toast[0].value
            assert "window" not in app.query_params
        assert run(edit(new[1:], revision + 1)) == (new[1:], revision + 1) and not app.toast
        old, before = run(lambda: session.travel(-1))
        assert (old, before) == (new, revision + 2)


def test_the_buttons_beside_the_step_reach_both_ends() -> None:
    app = opened(user="Bilal Weber", step="73")
    for key, end in (("step_on", 74), ("step_back", 73)):
        app.button(key).click().run()
        assert app.slider("step").value == end and app.button("step_on").disabled is (end == 74)


def test_the_last_edit_of_the_first_picture_is_undone_alone(clicks: Clicks) -> None:
    app = opened_page("start", user="Bilal Weber", window="alien,amelie,aliens")
    assert "Undo" not in [button.label for button in app.button]  # what a link holds is no edit
    clicks.append(lambda: address.change(window=("alien", "amelie")))
    app.run()
    app.button(key="undo_last").click().run()
    assert app.query_params["window"] == "alien,amelie,aliens"
    assert app.button(key="reset")
    assert "Undo" not in [button.label for button in app.button]


def test_experiments_that_read_the_same_say_how_near_they_are(sample: Run) -> None:
    near = "without the time signal, each weight is at most 1 percentage point from uniform here."
    assert near in panels.EXPERIMENTS.of(scene(sample, View(user="Bilal Weber"))).sentence
    assert near not in panels.EXPERIMENTS.of(scene(sample, View(user="Bilal Weber", signal="off"))).sentence
