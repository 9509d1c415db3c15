"""The page of the two maps: what is drawn on them is what the model says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import checked, opened_page
from conftest import ROOT, interactions_of
from streamlit.testing.v1 import AppTest

from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import item_colour, number, short_name
from attrec_core.views.metric_space import figures, tables, words
from attrec_core.views.metric_space.path import MOMENT
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from pages.frame import page_parts


@pytest.fixture(scope="module")
def sample() -> Run:
    return load(ROOT / "sample_data" / "run")


def opened(**query: str) -> AppTest:
    return opened_page("explore/metric_space", **query)


def component(app: AppTest, key: str) -> dict:
    found = [element.proto for element in app.get("bidi_component") if element.proto.id.endswith(f"-{key}")]
    assert len(found) == 1, key
    return json.loads(found[0].json)


def page_text(app: AppTest) -> str:
    return " ".join(text.value for text in app.markdown).replace("\\", "")


def seen(sample: Run, **view: object) -> Scene:
    return scene(sample, View(user="Bilal Ono", step=20, **view))


def drawn(shown: Scene, space: str, projection: str = "pca") -> dict[str, dict]:
    """The traces of a map by their names, labels by "labels"."""
    record = words.space_record(shown, space, projection, "genre", 10)
    figure = checked(figures.space_map(record)).to_dict()
    return {trace.get("name", "labels"): trace for trace in figure["data"]}


def test_the_browser_gets_the_whole_path_and_the_step_that_is_shown(sample: Run) -> None:
    app = opened(user="Bilal Ono", step="20", projection="pca")
    path = component(app, "map_short")["path"]
    history = sample.interactions.history(sample.user_index["Bilal Ono"])
    assert path["step"] == 20
    assert len(path["intents"]) == len(path["items"]) == len(path["near"]) == len(history)
    assert component(app, "map_long")["path"] is None
    assert "In the real history, after 20 of" in page_text(app)


def test_where_there_is_little_room_a_map_names_few_of_what_it_marks(sample: Run) -> None:
    shown = seen(sample, selected="alien")
    for space, mark in (("long", "Bilal Ono"), ("short", "m")):
        figure = figures.space_map(words.space_record(shown, space, "pca", "genre", 10))
        wide = figure["data"][len(figure["data"]) - figure["phone"]["replaces"] :]
        texts, few = ([text for one in some for text in one["text"]] for some in (wide, figure["phone"]["data"]))
        assert set(few) <= set(texts)
        assert mark in few
        assert [text for text in few if text.startswith("1 · ")]
        assert [text for text in few if "true next" in text]
        assert [text for text in few if "Alien" in text]
        assert len(few) <= 5 < len(texts)
        checked({**figure, "data": figure["phone"]["data"]})


def test_nobody_has_neither_a_path_nor_a_user_on_the_map() -> None:
    app = opened(window="alien,aliens")
    assert component(app, "map_short")["path"] is None
    assert "m has no path here" in page_text(app)


def test_without_a_user_distances_are_those_to_m(sample: Run) -> None:
    shown = scene(sample, View(window=("alien", "aliens")))
    record = words.space_record(shown, "long", "pca", "distance", 10)
    assert record.cloud.value_name == "short-term distance to m"
    assert record.cloud.values is shown.ranking.short
    table = tables.whole_map(shown, record)
    assert table["squared distance to m"][:5].tolist() == shown.ranking.short[:5].round(4).tolist()


def test_lines_run_to_the_true_neighbours_of_what_is_compared(sample: Run) -> None:
    """m or the user, else the selected item; in the table's order."""
    for selected in (None, "alien"):
        shown = seen(sample, selected=selected)
        for space in words.SPACES:
            lines = drawn(shown, space)["to the 10 truly nearest"]
            near = [item for item, _ in words.space_record(shown, space, "pca", "genre", 10).near]
            users = len(sample.maps["users"]) if space == "long" else 0
            at = sample.maps[f"{space}_pca"][users:]
            assert np.allclose(lines["x"][1::3], at[near, 0])
            assert len(set(lines["x"][0::3])) == 1
            assert lines["x"][2::3] == [None] * 10
            assert (lines.get("meta") == MOMENT) == (selected is None and space == "short")


def test_an_item_of_the_window_has_its_colour_and_its_place(sample: Run) -> None:
    shown = seen(sample)
    squares = drawn(shown, "short")["window (place)"]
    assert squares["marker"]["color"] == [item_colour(shown.hue(item)) for item in shown.window]
    places = [text for text in squares["text"] if text]
    assert set(places) <= {"1", "2", "3", "4", "5"}


def test_an_item_twice_in_the_window_is_one_square_with_both_places(sample: Run) -> None:
    traces = drawn(seen(sample, window=("alien", "amelie", "alien")), "short")
    assert traces["window (place)"]["text"] == ["", "2"]
    assert "places 1, 3" in traces["labels"]["text"]


def test_what_is_several_things_at_once_has_one_label(sample: Run) -> None:
    shown = seen(sample)
    first = int(shown.ranking.top(1)[0])
    marked = words.space_record(seen(sample, selected=shown.item_id(first)), "short", "pca", "genre", 10).marks
    assert marked["top"].texts[0] == f"1 · {short_name(shown.title(first))}"
    assert marked["selected"].texts == ("",)


def test_an_edit_draws_the_arrow_from_a_to_b(sample: Run) -> None:
    name = "m before the edit (A) → now (B)"
    assert name not in drawn(seen(sample), "short")
    edited = seen(sample, window=("alien", "amelie"))
    arrow = drawn(edited, "short")[name]
    intents = [moment.trace.intent for moment in (edited.pinned, edited.moment)]
    axes, mean = sample.maps["short_axes"], sample.maps["short_mean"]
    assert np.allclose(np.stack([arrow["x"], arrow["y"]], 1), (np.array(intents) - mean) @ axes.T, atol=1e-5)
    assert name not in drawn(edited, "long")


def test_what_goes_with_the_moment_is_known_to_the_animation(sample: Run) -> None:
    """It is hidden while m is elsewhere; the cloud and the selection are not."""
    traces = drawn(seen(sample, selected="alien"), "short")
    gone = {name for name, trace in traces.items() if trace.get("meta") == MOMENT}
    assert {"recommended (rank)", "window (place)", "true next", "m, the short-term intent"} <= gone
    assert not gone & {"Drama", "selected", "to the 10 truly nearest"}


def test_without_genres_none_is_offered_and_no_column_stands_empty(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(small_run.interactions.genres)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    runs_run.save(small_run, tmp_path / "runs" / "bare")
    app = opened(run="bare", colour="genre")
    colour = app.segmented_control(key="colour")
    assert (colour.value, list(colour.options)) == ("popularity", ["popularity", "distance to the user or m"])
    near = app.session_state[page_parts.COLLECTION].parts
    assert all("about" not in near[f"near_{space}"].frame() for space in ("long", "short"))
    assert "about" in opened().session_state[page_parts.COLLECTION].parts["near_long"].frame()
    assert opened().segmented_control(key="colour").value == "genre"


def test_the_page_says_how_far_its_maps_may_be_trusted(sample: Run) -> None:
    app = opened(user="Bilal Ono", step="20", projection="pca")
    for space in words.SPACES:
        whole = words.map_trust(sample, space, "pca")
        assert f"Trust in this map: {number(whole.value)} (1 when" in page_text(app)
    shown = seen(sample)
    table, at = sample.arrays["item_short"], sample.maps["short_pca"]
    here = (shown.trace.intent - sample.maps["short_mean"]) @ sample.maps["short_axes"].T
    near = [set(np.argsort(((a - b) ** 2).sum(1))[:15]) for a, b in ((table, shown.trace.intent), (at, here))]
    assert f"Around m: {len(near[0] & near[1])} of the 15 items nearest on the map" in page_text(app)


@pytest.mark.parametrize(
    ("kept", "said"), [(0.3, ": most is not seen"), (0.7, ": the rest is not seen"), (0.999, ""), (1.0, "")]
)
def test_what_a_map_leaves_out_is_said_as_it_is(kept: float, said: str) -> None:
    assert words.unseen(kept) == said


def test_no_more_neighbours_are_counted_than_there_are_other_items(small_run: Run) -> None:
    """Eleven users and three items: the map has enough points for k = 6, but only two items are others."""
    three = interactions_of({f"user {user}": ["a", "b", "c"] for user in range(11)})
    rows = {"item_short": 3, "item_long": 3, "user_long": 11}
    run = replace(
        small_run,
        interactions=three,
        arrays={**small_run.arrays} | {name: small_run.arrays[name][:count] for name, count in rows.items()},
        maps=None,
    )
    shown = scene(run, View(user="user 0", selected="a"))
    said = words.trust_sentences(shown, words.space_record(shown, "long", "pca", "popularity", 10))
    assert "k = 6" in said
    assert "2 of the 2 items nearest on the map are among the 2 truly nearest." in said


def test_the_lesson_takes_the_two_items_that_lie_farthest_apart(sample: Run) -> None:
    app = opened(user="Bilal Ono", step="20")
    had = np.unique(sample.interactions.history(sample.user_index["Bilal Ono"]))
    table = sample.arrays["item_long"][had]
    ways = np.linalg.norm(table[:, None] - table[None], axis=-1)
    chosen = [app.selectbox(key=f"apart_{name}").value for name in "PQ"]
    at = [int(np.searchsorted(had, item)) for item in chosen]
    assert ways[at[0], at[1]] == pytest.approx(ways.max())
    assert f"P and Q are {number(float(ways.max()))} apart." in page_text(app)


def test_the_slider_moves_u_and_stands_in_the_address(sample: Run) -> None:
    app = opened(user="Bilal Ono", apart="alien,amelie")
    assert app.selectbox(key="apart_P").value == sample.item_index["alien"]
    app.slider(key="between").set_value(0).run()
    assert app.query_params["between"] == "0"
    assert "u is .00 from P" in page_text(app)
    assert "P is number 1 and Q" in page_text(app)


def test_the_same_item_twice_swaps_a_and_b(sample: Run) -> None:
    app = opened(user="Bilal Ono", apart="alien,amelie")
    app.selectbox(key="apart_P").set_value(sample.item_index["amelie"]).run()
    assert app.query_params["apart"] == "amelie,alien"


@pytest.mark.parametrize("bad", ["alien", "alien,alien", "alien,nothing", "alien,amelie,heat"])
def test_a_link_to_two_items_that_are_not_says_so(bad: str) -> None:
    app = opened(user="Bilal Ono", apart=bad, between="101")
    said = " ".join(warning.value for warning in app.warning).replace("\\", "")
    assert "as two far-apart items" in said
    assert "'101' as the way between two items" in said


def test_one_item_alone_has_no_lesson() -> None:
    app = opened(window="alien")
    assert any("two items that lie in different places" in text.value for text in app.caption)
    assert not [select for select in app.selectbox if select.key == "apart_P"]
