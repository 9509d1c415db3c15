"""The interface for people who write Python: its examples run, and it agrees with the pages."""

from __future__ import annotations

import doctest
import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import attrec_core as attrec
from attrec_core.errors import InputError
from attrec_core.runs.run import Run

ADA = "Ada Abe"
WINDOW = ["shining", "apartment", "rear"]


@pytest.fixture(scope="module")
def run() -> attrec.Run:
    return attrec.load()


@pytest.fixture
def moment(run: attrec.Run) -> attrec.Moment:
    return run.user(ADA)


@pytest.mark.parametrize(
    "module", ["", ".plot", ".views.notebook.moment", ".views.notebook.picture", ".views.notebook.run"]
)
def test_the_examples_of_the_docstrings_give_what_they_say(module: str) -> None:
    tested = importlib.import_module(f"attrec_core{module}")
    failed, tried = doctest.testmod(tested, extraglobs={"attrec": attrec, "pd": pd})
    assert tried >= 1
    assert failed == 0


def test_every_public_function_has_an_example() -> None:
    public = [getattr(attrec, name) for name in attrec.__all__ if name not in ("plot", "InputError")]
    pictures = [value for value in vars(attrec.plot).values() if getattr(value, "__module__", "") == "attrec_core.plot"]
    drawn = [picture for picture in pictures if picture.__annotations__["return"] == "Picture"]
    methods = [
        value
        for kind in (attrec.Run, attrec.Moment)
        for name, value in vars(kind).items()
        if not name.startswith("_") and callable(value) and name != "save"
    ]
    assert len(drawn) >= 9
    assert [member for member in [*public, *drawn, *methods] if ">>>" not in (member.__doc__ or "")] == []


def test_importing_the_package_loads_nothing_heavy_and_looking_loads_no_torch() -> None:
    program = """
import sys
from dataclasses import replace
from inspect import isfunction, signature
import attrec_core as attrec
heavy = {"torch", "streamlit", "umap", "numba", "sklearn", "pandas", "numpy", "plotly"} & set(sys.modules)
assert not heavy, heavy
moment = attrec.load().user("Ada Abe")
attrec.plot.path(moment)._repr_html_(), moment.why("alien")._repr_html_()
heavy = {"torch", "streamlit", "umap", "numba", "sklearn"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("aggregation", ["mean", "sum", "max", "min"])
def test_contributions_sum_to_the_distance_whatever_makes_m(moment: attrec.Moment, aggregation: str) -> None:
    for start in (moment, moment.with_window(["alien"]), attrec.load().window(WINDOW)):
        why = start.what_if(aggregation=aggregation).why("dragon")
        assert why.contributions.columns.tolist() == ["source", "kind", "value"]
        assert why.contributions["value"].sum() == pytest.approx(why.distance, abs=1e-5)


@pytest.mark.parametrize(
    ("ask", "code", "words"),
    [
        (lambda run: run.user("Ada Abbe"), "unknown_user", "Did you mean 'Ada Abe'"),
        (lambda run: run.user(ADA).why("Rocy II"), "unknown_item", "Did you mean 'rocky-2' (Rocky II)"),
        (lambda run: run.user(ADA).why("alienn"), "unknown_item", "Did you mean 'alien'"),
        (lambda run: run.user(ADA).with_window([]), None, "0 items"),
        (lambda run: run.user(ADA).with_window(["alien"] * 6), None, "6 items"),
        (lambda run: run.user(ADA).with_window(["alien"]).without("alien"), None, "0 items"),
        (lambda run: run.user(ADA).without("alien"), "not_in_window", "does not hold 'alien'"),
        (lambda run: run.user(ADA).at(step=0), None, "Step 0"),
        (lambda run: run.window(WINDOW).at(step=2), "no_history", "user"),
        (lambda run: run.new_user([]), "no_items", "at least one"),
        (lambda run: run.user(ADA).what_if(mask="sideways"), None, "sideways"),
        (lambda run: run.user(ADA).what_if(long_weight=2.0), None, "long_weight"),
        (lambda run: run.user(ADA).recommend(0), "out_of_range", "k=0"),
        (lambda run: run.user(ADA).recommend(None), "out_of_range", "k=None"),
        (lambda run: run.user(ADA).at(step=2.0), "no_step", "Step 2.0"),
        (lambda run: run.user(ADA).why("alien").smallest_edit(0), "out_of_range", "k=0"),
        (lambda run: attrec.plot.changes(run.user(ADA)), "nothing_to_show", "nothing to compare"),
        (lambda run: attrec.plot.rank_curves(run.window(WINDOW)), "nothing_to_show", "ω has no effect"),
        (lambda run: attrec.plot.path(run.user(ADA), projection="sphere"), "out_of_range", "pca, umap"),
        (lambda run: attrec.plot.training(run, "beauty"), "out_of_range", "loss"),
        (lambda run: attrec.load("nowhere"), None, "nowhere"),
        (lambda run: attrec.read("nowhere.csv"), None, "nowhere.csv"),
        (lambda run: attrec.read("sample_data", minimum=3), "unknown_setting", "min_rating"),
        (lambda run: attrec.read("sample_data", min_rating="three"), "wrong_type", "'three'"),
        (lambda run: attrec.read("sample_data", metadata=3), "wrong_type", "metadata=3"),
        (lambda run: attrec.train("sample_data", preset="huge"), "unknown_preset", "quick"),
        (lambda run: attrec.train("sample_data", dimensions=3), None, "dim"),
        (lambda run: attrec.train("sample_data", earlier=run, preset="best"), "clash", "leave out preset"),
        (lambda run: attrec.train("sample_data", earlier=run, dim=8), "other_model", "dim"),
        (lambda run: attrec.train("sample_data", earlier="nowhere"), None, "nowhere"),
    ],
)
def test_what_cannot_be_is_one_sentence_that_says_what_can(
    run: attrec.Run, ask: object, code: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        ask(run)
    assert code is None or caught.value.code == code
    assert words in str(caught.value)


def test_everything_draws_itself_without_a_network(run: attrec.Run, moment: attrec.Moment) -> None:
    edited, plot = moment.without("shining"), attrec.plot
    pictures = [
        *(draw(moment) for draw in (plot.attention, plot.ranking, plot.score_split, plot.rank_curves, plot.path)),
        *(draw(edited) for draw in (plot.changes, plot.attention_change)),
        plot.influence(moment, "alien"),
        plot.why(moment, "alien", against_average=False),
        plot.why(moment.what_if(aggregation="max"), "alien"),
        plot.metric_space(moment, projection="umap", colour="distance"),
        plot.experiments(moment),
        plot.training(run),
    ]
    for drawable in [run, run.data, moment, edited, moment.why("alien"), *pictures]:
        html = drawable._repr_html_()
        assert html.startswith("<")
        assert 'src="http' not in html and "href" not in html and "<link" not in html
    assert sum(isinstance(picture.content, str) for picture in pictures) == 8


def test_titles_are_text_wherever_an_object_draws_itself(small_run: Run) -> None:
    data = replace(small_run.interactions, titles=("</script><b>&amp;",) * small_run.interactions.n_items)
    run = attrec.Run(replace(small_run, interactions=data))
    moment = run.user(next(user for user in data.user_ids if len(data.history(run.record.user_index[user])) > 3))
    plot = attrec.plot
    drawings = [draw(moment) for draw in (plot.attention, plot.ranking, plot.why, plot.score_split, plot.rank_curves)]
    for drawable in (run, run.data, moment, moment.why(), *drawings):
        assert "<b>" not in drawable._repr_html_().replace("<b>distance", "")
    page = plot.path(moment).page()
    assert page.count("</script>") == 1 and "<b>&amp;" not in page


def test_a_picture_is_saved_as_a_file_that_stands_alone(run: attrec.Run, moment: attrec.Moment, tmp_path: Path) -> None:
    drawing, chart = attrec.plot.attention(moment), attrec.plot.training(run)
    assert drawing.save(tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert "<svg" in drawing.save(tmp_path / "map.html").read_text(encoding="utf-8")
    assert "DecompressionStream" in chart.save(tmp_path / "training.html").read_text(encoding="utf-8")
    figure = chart.figure
    assert figure.layout.template.layout.font.color == "#1B2733"
    assert len(figure.data) == len(chart.content["data"])
    refusals = {"map.bmp": (drawing, "unknown_ending"), "training.bmp": (chart, "unknown_ending")}
    if importlib.util.find_spec("kaleido") is None:
        refusals["training.png"] = chart, "needs_browser"
    for name, (picture, code) in refusals.items():
        with pytest.raises(InputError) as caught:
            picture.save(tmp_path / name)
        assert caught.value.code == code
    for wrong_kind in (lambda: drawing.figure, lambda: chart.svg):
        with pytest.raises(InputError):
            wrong_kind()


def test_tables_go_in_and_the_same_tables_come_out(tmp_path: Path) -> None:
    rows = [(f"u{user}", f"i{(user + time) % 7}", time) for user in range(6) for time in range(5)]
    frame = pd.DataFrame(rows, columns=["user", "item", "time"])
    data = attrec.read(frame)
    assert data.frame[["user", "item"]].to_numpy().tolist() == frame[["user", "item"]].to_numpy().tolist()
    dated = frame.assign(time=pd.Timestamp("2024-05-01") + pd.to_timedelta(frame["time"], unit="D"))
    assert attrec.read(dated).frame["time"].tolist() == dated["time"].tolist()
    renamed = frame.rename(columns={"user": "who", "item": "what", "time": "when"})
    again = attrec.read(renamed, user_column="who", item_column="what", time_column="when")
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    for same in (again, attrec.read(tmp_path / "ratings.csv")):
        assert same.frame.equals(data.frame)
    pd.DataFrame({"item": sorted(set(frame["item"])), "title": "Heat"}).to_csv(tmp_path / "items.csv", index=False)
    assert set(attrec.read(frame, metadata=str(tmp_path / "items.csv")).frame["title"]) == {"Heat"}
    numbered = frame.assign(user=frame["user"].str[1:].astype(int))
    assert attrec.read(numbered).interactions.user_ids == tuple("012345")
    assert attrec.read(attrec.load().data.frame.rename(columns={"title": "name"})).interactions.n_users == 1000


@pytest.mark.parametrize(
    "columns",
    [
        {"user": [{1: 2}, "a"], "item": ["x", 3], "time": [1, 2]},
        {"user": [], "item": [], "time": []},
        {"a": [1, 2]},
        {},
    ],
)
def test_a_table_that_holds_no_interactions_is_refused_in_a_sentence(columns: dict[str, list]) -> None:
    with pytest.raises(InputError) as caught:
        attrec.read(pd.DataFrame(columns))
    assert "DataFrame" in str(caught.value) and "/" not in str(caught.value)


def test_a_trained_run_opens_the_same_and_a_training_goes_on_from_it_with_its_settings_and_weights(
    tmp_path: Path,
) -> None:
    rows = [(user, item, time) for user in "abcdef" for time, item in enumerate("vwxyz")]
    frame, reports = pd.DataFrame(rows, columns=["user", "item", "time"]), []
    run = attrec.train(frame, preset="quick", maps=False, dim=4, epochs=2, seed=3, on_epoch=reports.append)
    assert [report.epoch for report in reports] == run.history["epoch"].tolist() == [1, 2]
    assert attrec.plot.path(run.user("a")).title
    before = run.save(tmp_path / "before")
    assert before.user("a").recommend(3).equals(run.user("a").recommend(3))
    assert before.record.path == tmp_path / "before"
    with pytest.raises(InputError) as caught:
        run.save(tmp_path / "before")
    assert caught.value.setting in (None, "overwrite")
    run.save(tmp_path / "before", overwrite=True)
    for earlier in (before, tmp_path / "before"):
        # With so small a learning rate the weights stay the same.
        after = attrec.train(frame, earlier=earlier, maps=False, epochs=1, learning_rate=1e-12).record
        assert (after.model_config, after.train_config.seed) == (before.record.model_config, 3)
        assert np.allclose(after.arrays["user_long"], before.record.arrays["user_long"], atol=1e-9)
        assert after.history["from"]["run"] == "before"


@pytest.mark.long
def test_the_notebook_runs_and_shows_six_pictures() -> None:
    """Runs its cells in the order of the file, in IPython without a kernel. The file holds no outputs."""
    program = """
import json
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
with open("docs/notebook.ipynb", encoding="utf-8") as file:
    cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
shell, pictures = InteractiveShell.instance(), 0
for cell in cells:
    assert not cell["outputs"]
    with capture_output() as seen:
        result = shell.run_cell("".join(cell["source"]), store_history=True)
    result.raise_error()
    drawn = getattr(result.result, "_repr_html_", str)()
    pictures += "<svg" in drawn or "<iframe" in drawn
print(pictures)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) >= 6
