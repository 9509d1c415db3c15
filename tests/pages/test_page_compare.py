"""Two runs side by side on a page: each side shows what its run shows alone, and the address holds the pair."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from app_pages import charts, component, opened_page, page_links
from conftest import interactions_of, recommend
from streamlit.testing.v1 import AppTest

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import percent
from attrec_core.explain.forward import trace
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.rename_and_trash import delete
from attrec_core.runs.library.words import changed_settings
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.training.train_run import train_run
from attrec_core.views.compare import words
from attrec_core.views.compare.sides import sides
from attrec_core.views.view import View

USER = "Ada Abe"


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, sample: Run) -> Home:
    """A workspace with the run `turned`: the sample with other vectors and a shorter window, on the same data."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
    config = dataclasses.replace(sample.model_config, window=3, long_weight=0.6)
    arrays = {name: np.ascontiguousarray(array[:, ::-1]) for name, array in sample.arrays.items()}
    arrays["projection"] = sample.arrays["projection"]
    changed = dataclasses.replace(sample, model_config=config, arrays=arrays, maps=None, across_users=None, replay=None)
    runs_run.save(changed, home().runs / "turned")
    return home()


def opened(**query: str) -> AppTest:
    return opened_page("lab/compare", **query)


def page_text(app: AppTest) -> str:
    elements = [*app.markdown, *app.info, *app.warning, *app.error]
    return " ".join(text.value for text in elements).replace("\\", "")


def test_each_side_shows_what_that_run_says_alone(own_home: Home, sample: Run) -> None:
    app = opened(user=USER, step="20")
    for letter, run in (("a", sample), ("b", load(own_home.runs / "turned"))):
        window = run.interactions.history(run.user_index[USER])[:20][-run.model_config.window :]
        record = component(app, f"attention_run_{letter}")
        assert record["ids"] == [run.interactions.item_ids[item] for item in window]
        np.testing.assert_allclose(record["weights"], trace(run, window).weights, atol=1e-5)
        _, ranking = recommend(
            run, run.user_index[USER], window, exclude=run.interactions.history(run.user_index[USER])[:20]
        )
        first = component(app, f"ranking_run_{letter}")["rows"][0]
        assert first["id"] == run.interactions.item_ids[ranking.top(1)[0]]
    assert "sample_data uses the last 5 items. turned uses the last 3 items." in page_text(app)


def test_an_item_has_one_colour_and_letter_and_a_colour_one_weight_in_both(own_home: Home) -> None:
    app = opened(user=USER, step="20")
    a, b = (component(app, f"attention_run_{letter}") for letter in "ab")
    colours = [dict(zip(record["ids"], record["hues"], strict=True)) for record in (a, b)]
    shared = colours[0].keys() & colours[1].keys()
    assert len(shared) == 3
    letters = [dict(zip(record["ids"], record["places"], strict=True)) for record in (a, b)]
    assert list(letters[0].values()) == list("ABCDE")
    assert all(letters[0][item] == letters[1][item] for item in shared)
    top_letter = b["places"][int(np.argmax(b["column_weights"]))]
    part = app.session_state["page_parts"].parts["attention_run_b_twin"]
    assert f"({top_letter}" in part.sentence
    assert [name[0] for name in part.frame()["query item"]][:3] == b["places"]
    assert all(colours[0][item] == colours[1][item] for item in shared)
    sent = max(np.max(a["weights"]), np.max(b["weights"]))  # rounded to 5 digits
    assert a["most"] == b["most"] >= sent - 1e-5
    assert a["most_column"] == b["most_column"]


def test_the_axis_of_shares_reads_like_every_other_percentage(own_home: Home) -> None:
    axis = charts(opened(user=USER, step="20"))["attention_bars"].layout.xaxis
    assert axis.ticktext[:2] == ("0\u00a0%", percent(axis.tickvals[1])) and axis.tickvals[-1] < 1.5


def test_the_lists_mark_what_the_other_has_as_well(own_home: Home, sample: Run) -> None:
    app = opened(user=USER, step="20", top="5", window="alien,aliens")
    both_sides = sides(sample, load(own_home.runs / "turned"), View(user=USER, step=20, window=("alien", "aliens")))
    lists = words.lists(both_sides, 5)
    marked = sum("also in B" in row["marks"] for row in component(app, "ranking_run_a")["rows"])
    assert marked == lists.overlap
    assert sum("not in A" in row["marks"] for row in component(app, "ranking_run_b")["rows"]) == 5 - lists.overlap
    assert not [row for row in component(app, "ranking_run_a")["rows"] if row["move"] or row["change"]]
    assert lists.sentence in page_text(app)


def test_the_rank_of_the_actual_next_item_is_said_once(own_home: Home) -> None:
    assert page_text(opened(user=USER, step="20")).count("actual next item") == 1


def test_the_address_holds_the_pair_and_swapping_turns_it_round(own_home: Home) -> None:
    app = opened(run="turned", user=USER, step="20", beside="sample_data")
    assert app.selectbox(key="beside").value == "sample_data"
    first = component(app, "attention_run_a")
    app.button(key="swap").click().run()
    assert not app.exception
    view = app.session_state["view"]
    assert (view.run, view.beside, view.user, view.step) == ("sample_data", "turned", USER, 20)
    assert component(app, "attention_run_b")["weights"] == first["weights"]


def test_a_what_if_of_the_view_does_not_count_and_is_said(own_home: Home) -> None:
    trained, changed = opened(user=USER, step="20"), opened(user=USER, step="20", omega="0.9", mask="none", pin="heat")
    for key in ("attention_run_a", "ranking_run_a", "ranking_run_b"):
        assert component(changed, key) == component(trained, key)
    assert any("what-if settings do not apply here" in caption.value for caption in changed.caption)
    assert ("settings", "as the model was trained") in changed.session_state["page_parts"].facts


def test_the_settings_that_differ_come_first_and_the_equal_ones_are_folded(own_home: Home, sample: Run) -> None:
    app = opened()
    table = app.session_state["page_parts"].parts["settings"].frame()
    differing = {row.key for row in changed_settings(sample, load(own_home.runs / "turned"))}
    assert differing == {"window", "long_weight"}
    assert set(table["setting"][table["differs"] == "≠"]) == differing
    assert list(table["differs"][:2]) == ["≠", "≠"]
    differ, equal = (element.value for element in app.table if "setting" in element.value.columns)
    assert [name.replace("\\", "") for name in differ["setting"]] == ["window L", "long-term weight ω"]
    assert {"one projection W", "decay of the projection λ of W"} <= set(equal["setting"])  # in full: long names wrap
    assert len(differ) + len(equal) == len(table)
    assert f"2 of {len(table)} settings differ." in page_text(app)
    fold = next(box for box in app.expander if box.label == f"{len(equal)} equal settings")
    assert not fold.proto.expanded
    names = [head.value.replace("\\", "") for head in app.header if head.value]
    sections = ("Both lists", "Metrics", "Settings")
    assert [name for name in names if name in sections] == list(sections)


def test_equal_lengths_are_equal_distances_in_both_score_splits(own_home: Home) -> None:
    a, b = (charts(opened(user=USER, step="20"))[f"split_run_{letter}"] for letter in "ab")
    assert a.layout.xaxis.range == b.layout.xaxis.range
    longest = max(sum(parts) for figure in (a, b) for parts in zip(*(bar.x for bar in figure.data), strict=True))
    assert a.layout.xaxis.range[0] == 0
    assert longest < a.layout.xaxis.range[1] < 1.1 * longest
    # The same room for the titles, so the same width for the bars.
    assert a.layout.margin.l == b.layout.margin.l
    assert not a.layout.yaxis.automargin and not b.layout.yaxis.automargin


def test_the_curves_of_both_lie_over_each_other(own_home: Home) -> None:
    names = {trace.name for trace in charts(opened())["learning_curves"].data}
    assert names == {"A: sample_data", "B: turned"}


@pytest.mark.parametrize("selected", ["alien", "only here"])
def test_other_data_is_said_and_not_called_better(selected: str, own_home: Home, sample: Run) -> None:
    """A run that knows some of the items and none of the users."""
    shared = list(sample.interactions.item_ids[:30])
    histories = {user: [shared[k] for k in range(5, 20)] for user in ("u1", "u2")} | {"u3": ["only here", *shared[:9]]}
    run = train_run(
        interactions_of(histories), ModelConfig(dim=4, window=3), TrainConfig(epochs=1, targets=1), with_maps=False
    )
    runs_run.save(run, own_home.runs / "elsewhere")
    app = opened(user=USER, beside="elsewhere", window=",".join([*shared[3:6], "alien"]), selected=selected)
    assert not app.exception
    text = page_text(app)
    assert "elsewhere does not know the user 'Ada Abe'" in text
    assert "Different data." in text
    assert any("because their data differ." in head.value.replace("\\", "") for head in app.header)


def test_runs_without_a_common_item_compare_only_how_they_were_made(own_home: Home, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "tiny")
    app = opened(user=USER, beside="tiny")
    assert not app.exception
    assert "tiny knows none of the items in this window" in page_text(app)
    assert "learning_curves" in charts(app)
    share_parts = [part for part in app.get("bidi_component") if part.proto.component_name == "attrec_share"]
    assert len(share_parts) == 1  # the rest of the page can be shared and exported
    app = opened(run="tiny", beside="sample_data")
    assert not app.exception


def test_a_broken_or_unknown_other_run_is_a_sentence(own_home: Home) -> None:
    (own_home.runs / "broken").mkdir()
    app = opened(beside="broken")
    assert not app.exception
    assert "config.json" in app.error[0].value.replace("\\", "")
    app = opened(beside="nobody")
    assert "compares with the run 'nobody', which is not here" in page_text(app)
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
    assert "No other run was trained on the data" not in page_text(app)
    app = opened(run="elsewhere")
    assert "No other run was trained on the data of “elsewhere”" in page_text(app)


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
    assert "no metrics can be compared" not in page_text(app)


def test_one_run_alone_says_where_another_comes_from(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:  # noqa: ANN001
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("empty")))
    app = opened()
    assert not app.exception
    assert "You need two runs to compare." in page_text(app)
    assert len(page_links(app)) == 2


def test_nobody_and_a_new_person_can_be_compared(own_home: Home) -> None:
    for query in ({"window": "alien,aliens"}, {"likes": "alien,aliens,heat"}):
        app = opened(**query)
        assert not app.exception
        assert "Recommendations" in " ".join(head.value for head in app.header)
