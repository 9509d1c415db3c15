"""The page Runs: what it lists, what each click does to the folders, and what it says when that fails."""

from __future__ import annotations

import dataclasses
import json
import shutil
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from app_pages import component, opened_page, said, warnings
from shelf_worlds import everything, without_checksums
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextArea, TextInput
from test_page_train import field_key

from attrec_core.cli import main
from attrec_core.config import PRESETS
from attrec_core.runs import run
from attrec_core.runs.library.listing import entry_at, list_runs
from attrec_core.runs.library.notes import read_notes, write_notes
from attrec_core.runs.library.records import Notes
from attrec_core.runs.library.rename_and_trash import delete, list_trash, rename
from attrec_core.runs.library.words import compare_settings
from attrec_core.runs.library.zips import zip_of
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.runs.systems import NOT_THE_PAPERS
from attrec_core.storage.workspace import Home, home
from attrec_core.views.runs import words
from attrec_core.views.runs.panels import runs_table, settings_table, trials_table
from pages.lab import run_details, runs_list


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_run: Run) -> Home:
    """Two runs: `other` has twice the margin of `mine`."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    run.save(small_run, home().runs / "mine")
    train_config = dataclasses.replace(small_run.train_config, margin=2 * small_run.train_config.margin)
    run.save(dataclasses.replace(small_run, train_config=train_config), home().runs / "other")
    return home()


def listed(app: AppTest) -> dict:
    return component(app, "run_list")


def names(app: AppTest) -> list[str]:
    return [row["name"] for row in listed(app)["rows"]]


def values_of(app: AppTest, column: str) -> dict[str, Any]:
    """Returns a column of the list, by the names of the runs."""
    return {row["name"]: row[column] for row in listed(app)["rows"]}


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("*", "")


def buttons(app: AppTest, *keys: str) -> list[str]:
    """Returns which of these buttons the page has."""
    return [button.key for button in app.button if button.key in keys]


def choose(app: AppTest, name: str) -> None:
    """Chooses a run in the list."""
    app.session_state[runs_list.CHOSEN] = home().runs / name
    app.run()
    assert not app.exception, app.exception


def opened(chosen: str | None = None, **query: str) -> AppTest:
    app = opened_page("lab/runs", **query)
    if chosen is not None:
        choose(app, chosen)
    return app


def test_a_run_of_a_race_says_its_choice_its_trials_and_what_is_not_the_papers(
    own_home: Home, small_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = {"hr@10": 0.2, "hr@50": 0.5, "ndcg@10": 0.1, "mrr": 0.1234}
    result = {"epochs": 4, "best_epoch": 3, "validation": metrics, "seconds": 1.26}
    trials = [{"settings": {"loss": "softmax", "dim": 64}, **result}, {"settings": {}, **result}]
    softmax = dataclasses.replace(small_run.train_config, loss="softmax")
    history = {**small_run.history, "auto": {"sentence": "Of 2 settings the best: dim=64", "trials": trials}}
    run.save(dataclasses.replace(small_run, train_config=softmax, history=history), own_home.runs / "raced")
    app = opened("raced")
    facts = words.facts_of_run(entry_at(own_home.runs / "raced"))
    assert (
        facts["system"] == "AttRec (Zhang et al. 2018); softmax loss, not the paper's" and "nearest preset" not in facts
    )
    assert values_of(app, "system") == {"sample_data": "", "mine": "", "other": "", "raced": NOT_THE_PAPERS}
    assert "Settings tried: 2, in 2 short trainings" in [box.label for box in app.expander]
    table = trials_table(history["auto"])
    assert [*table.columns] == ["MRR", "HR@50", "trainings", "epochs, at most", "settings", "loss", "dimensions d"]
    assert [*table["loss"]] == ["softmax", "hinge"] and [*table["dimensions d"]] == ["64", "100"]
    compared = compare_settings(load(own_home.runs / "mine"), load(own_home.runs / "raced"))
    (loss,) = (row for row in settings_table(compared, "a", "b").to_dict("records") if row["setting"] == "loss")
    assert (loss["a"], loss["b"]) == ("hinge", NOT_THE_PAPERS)
    assert words.facts_of_run(entry_at(own_home.runs / "mine"))["nearest preset"] in PRESETS
    assert main(["info", str(own_home.runs / "raced"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["preset"], facts["auto"], facts["loss"]) == (None, history["auto"]["sentence"], NOT_THE_PAPERS)
    assert main(["runs"]) == 0 and "raced  (softmax loss, not the paper's)" in capsys.readouterr().out


def test_a_search_and_an_order_change_the_list(own_home: Home) -> None:
    write_notes(own_home, "other", tags=["Friday"])
    app = opened()
    app.text_input(key="shelf_search").set_value("friday γ = 1").run()
    assert names(app) == ["other"]
    app.text_input(key="shelf_search").set_value("no such thing").run()
    assert not [part for part in app.get("bidi_component") if part.proto.id.endswith("-run_list")]
    assert "No run matches “no such thing”" in said(app)
    app.text_input(key="shelf_search").set_value("").run()
    app.selectbox(key="shelf_order").set_value("name").run()
    assert names(app) == ["mine", "other", "sample_data"]
    app.checkbox(key="shelf_turned").set_value(True).run()
    assert names(app) == ["sample_data", "other", "mine"]
    assert listed(app)["more"] is None
    # The address holds the search and the order: a link opens the same list.
    again = opened(find="dim = 8", order="-seconds")
    assert set(names(again)) == {"mine", "other"}
    assert (again.text_input(key="shelf_search").value, again.checkbox(key="shelf_turned").value) == ("dim = 8", True)
    assert (listed(again)["by"], listed(again)["more"], listed(again)["rising"]) == ("seconds", "Training time", True)
    again.selectbox(key="shelf_order").set_value("hr@10").run()
    hits = {entry.name: round(entry.metrics["hr@10"], 3) for entry in list_runs(own_home)}
    assert {name: float(value) for name, value in values_of(again, "more").items()} == hits
    assert again.session_state["view"].order == "-hr@10"


def rename_on_page(app: AppTest, old: str, new: str) -> None:
    app.text_input(key=run_details.name_key(old)).set_value(new)
    app.button(key="rename_run").click().run()
    assert not app.exception


def folders(own_home: Home) -> set[str]:
    return {path.name for path in own_home.runs.iterdir()}


def test_a_rename_takes_the_view_along_and_an_impossible_name_changes_nothing(own_home: Home) -> None:
    app = opened("mine", run="mine", beside="other")
    for name in ("", "other", "a/b", "x" * 100):
        rename_on_page(app, "mine", name)
        assert len(app.error) == 1 and folders(own_home) == {"mine", "other"}
    rename_on_page(app, "mine", "better")
    assert folders(own_home) == {"better", "other"}
    assert app.session_state["view"].run == "better"
    assert "Renamed mine to better." in said(app)
    assert not app.warning


def test_a_deleted_run_comes_back_by_undo_and_by_the_trash_under_a_free_name_until_the_trash_is_emptied(
    own_home: Home,
) -> None:
    app = opened("mine", run="mine", beside="mine")
    app.button(key="delete_run").click().run()
    assert not app.exception and not app.warning
    assert "mine" not in names(app) and listed(app)["chosen"] is None
    assert not buttons(app, "delete_run")  # nothing for a second click
    assert app.session_state["view"].run == "sample_data"
    app.button(key="undo_delete").click().run()
    assert "mine" in names(app)
    app.button(key="delete_run").click().run()
    app.button(key="restore_0").click().run()
    assert "mine" in names(app) and load(own_home.runs / "mine").name == "mine"
    app.button(key="delete_run").click().run()
    shutil.copytree(own_home.runs / "other", own_home.runs / "mine")
    app.button(key="undo_delete").click().run()
    assert "Restored mine as mine 2: its name is taken." in said(app)
    assert set(names(app)) == {"sample_data", "mine", "mine 2", "other"} and not list_trash(own_home)
    app.button(key="delete_run").click().run()
    app.button(key="empty_trash").click().run()
    assert not app.exception and list_trash(own_home) == []
    assert not buttons(app, "undo_delete", "empty_trash")


def tags(app: AppTest) -> TextInput:
    return next(box for box in app.text_input if box.label.startswith("Tags"))


def note(app: AppTest) -> TextArea:
    return next(box for box in app.text_area if box.label == "Note")


def test_tags_and_a_note_are_written_when_their_field_is_left_and_can_be_taken_back(own_home: Home) -> None:
    """But no more than was changed, and not in another run of that name."""
    app = opened("mine")
    tags(app).set_value(" small , to talk about, small").run()
    assert tags(app).value == "small, to talk about" and "Saved." in captions(app)
    note(app).set_value("**Not** bold").run()
    assert read_notes(own_home.runs / "mine") == Notes(("small", "to talk about"), "**Not** bold")
    shown = values_of(app, "tags")["mine"], values_of(app, "note")["mine"]
    assert shown == (["small", "to talk about"], "**Not** bold")
    app.button(key="undo_notes").click().run()
    assert read_notes(own_home.runs / "mine").note == note(app).value == ""
    app.button(key="undo_notes").click().run()
    assert note(app).value == "**Not** bold"
    write_notes(own_home, "mine", tags=("theirs",))
    app.button(key="undo_notes").click().run()
    assert read_notes(own_home.runs / "mine") == Notes(("theirs",), "")
    delete(own_home, "mine")
    rename(own_home, "other", "mine")
    app.run()
    assert not buttons(app, "undo_notes")


def test_what_is_typed_when_another_run_is_picked_is_written(own_home: Home) -> None:
    """Leaving the field and the click arrive together."""
    app = opened("mine")
    note(app).set_value("to be kept")
    choose(app, "other")
    assert note(app).value == ""
    assert read_notes(own_home.runs / "mine").note == "to be kept"
    assert not read_notes(own_home.runs / "other").note


def test_what_somebody_else_writes_meanwhile_is_shown_and_not_written_over(own_home: Home) -> None:
    app = opened("mine")
    tags(app).set_value("a").run()
    write_notes(own_home, "mine", note="theirs")
    tags(app).set_value("a, b").run()
    assert note(app).value == "theirs"
    assert read_notes(own_home.runs / "mine") == Notes(("a", "b"), "theirs")


def test_a_text_that_cannot_be_written_stays_until_it_is(own_home: Home) -> None:
    app = opened("mine")
    tags(app).set_value("x" * 41).run()
    assert "too long" in app.error[0].value
    choose(app, "other")
    choose(app, "mine")
    assert tags(app).value == "x" * 41
    assert "Not saved yet." in captions(app)
    app.button(key="retry_notes").click().run()
    assert "too long" in app.error[0].value
    tags(app).set_value("x").run()
    assert read_notes(own_home.runs / "mine").tags == ("x",)
    assert "Not saved yet." not in captions(app)


def test_a_link_is_about_the_run_that_was_chosen(own_home: Home) -> None:
    def described(app: AppTest) -> list[str]:
        return [head.value for head in app.header if head.value in names(app)]

    app = opened(about="other")
    assert described(app) == ["other"]
    rename_on_page(app, "other", "third")
    assert described(app) == ["third"]
    assert app.session_state["view"].about == "third"
    app = opened(about="nobody")
    assert described(app) == []
    assert "This link names the run “nobody”, which does not exist here." in warnings(app)


def test_a_run_that_somebody_else_has_taken_away_is_said_with_where_it_is(own_home: Home) -> None:
    """The view stays, and so does the text that was typed about the run."""
    app = opened("mine", run="mine")
    delete(own_home, "mine")
    note(app).set_value("typed in vain?").run()
    assert app.session_state["view"].run == "mine"
    assert "The folder of the run “mine” is gone: it was moved to the trash on" in warnings(app)
    assert "still shown, from memory" in warnings(app)
    assert next(box for box in app.text_area if "not saved" in box.label).value == "typed in vain?"
    choose(app, "other")
    assert next(box for box in app.text_area if "of mine, not saved" in box.label).value == "typed in vain?"
    choose(app, "mine")
    app.button(key="restore_gone").click().run()
    assert not app.exception
    assert not app.warning
    assert note(app).value == "typed in vain?"
    app.button(key="retry_notes").click().run()
    assert read_notes(own_home.runs / "mine").note == "typed in vain?"
    shutil.rmtree(own_home.runs / "mine")
    note(app).set_value("and more").run()
    app.button(key="forget_note_mine").click().run()
    assert not [box for box in app.text_area if "not saved" in box.label]
    assert warnings(app).count("it was moved or deleted outside this app") == 2


def test_a_run_that_somebody_else_has_renamed_is_followed_by_the_view(own_home: Home) -> None:
    app = opened("mine", run="mine", beside="other")
    for old, new in (("mine", "better"), ("other", "worse")):
        rename(own_home, old, new)
    app.run()
    assert not app.exception
    assert (app.session_state["view"].run, app.session_state["view"].beside) == ("better", None)
    assert "The run “mine” was renamed to “better”." in warnings(app)
    assert "The folder of the run “other” is gone" in warnings(app)  # it was never read
    assert "The run mine was renamed to better." in warnings(app)  # the chosen run
    assert not buttons(app, "delete_run")


@pytest.fixture
def namesakes(own_home: Home, small_run: Run, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Adds the runs `mine (2)` and `sample_data` to the workspace; another run `mine`, elsewhere, is the one that the
    server was started with."""
    for folder in (own_home.runs / "mine (2)", own_home.runs / "sample_data", own_home.path / "elsewhere" / "mine"):
        run.save(small_run, folder)
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(own_home.path / "elsewhere" / "mine")])
    return own_home


@pytest.mark.long
def test_what_is_done_is_done_to_the_folder_that_is_shown(namesakes: Home) -> None:
    """Whatever label the list gives each run."""
    app = opened(run="mine")
    belongs = {"mine": "from the command line", "sample_data": "bundled"}
    belongs |= dict.fromkeys(("runs/mine", "runs/sample_data", "mine (2)", "other"), "")
    assert values_of(app, "belongs") == belongs
    elsewhere = everything(namesakes.path / "elsewhere")
    for label, folder in (("runs/mine", "mine"), ("mine (2)", "mine (2)"), ("runs/sample_data", "sample_data")):
        app = opened(folder)
        assert [head.value.replace("\\", "") for head in app.header if head.value] == ["Runs", label]
        note(app).set_value(f"of {folder}").run()
        assert read_notes(namesakes.runs / folder).note == f"of {folder}"
        rename_on_page(app, folder, f"new {folder}")
        assert not app.error
        assert (namesakes.runs / f"new {folder}").is_dir()
        app.button(key="delete_run").click().run()
        assert not (namesakes.runs / f"new {folder}").exists()
    assert folders(namesakes) == {"other"}
    assert everything(namesakes.path / "elsewhere") == elsewhere


def test_a_run_of_the_shelf_that_the_server_was_started_with_can_be_changed(
    own_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(own_home.runs / "mine")])
    app = opened("mine", run="mine")
    assert values_of(app, "belongs")["mine"] == ""
    rename_on_page(app, "mine", "better")
    assert not app.error
    assert app.session_state["view"].run == "better"
    assert set(names(app)) == {"better", "other", "sample_data"}


@pytest.mark.parametrize("name", ["Sample_Data", "given"])
def test_no_run_gets_the_name_of_one_that_is_not_on_the_shelf(
    name: str, own_home: Home, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = own_home.path / "elsewhere" / "given"
    run.save(small_run, given)
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(given)])
    app = opened("mine")
    rename_on_page(app, "mine", name)
    refused = "is already called" if name == "given" else "The bundled run is called"
    assert refused in app.error[0].value
    uploaded(app, zip_of(shutil.copytree(own_home.runs / "mine", own_home.path / "packed" / name)))
    assert f"Imported {name} 2." in said(app)
    train = opened_page("lab/train")
    train.text_input(key=field_key(train, "train_name")).set_value(name).run()
    train.button(key="train_start").click().run()
    assert refused in train.error[0].value
    assert folders(own_home) == {"mine", "other", f"{name} 2"}


def uploaded(app: AppTest, content: bytes) -> AppTest:
    upload_round = app.session_state[runs_list.ROUND]
    app.file_uploader(key=f"shelf_file_{upload_round}").upload("run.zip", content, "application/zip").run()
    assert not app.exception, app.exception
    return app


def test_an_uploaded_zip_becomes_a_run_a_bad_one_a_sentence_and_the_download_is_the_run(own_home: Home) -> None:
    before, app = load(own_home.runs / "mine"), opened("mine")
    assert app.get("download_button")
    packed = zip_of(own_home.runs / "mine")
    for content in (b"no zip", packed[:5000]):
        assert ".zip" in uploaded(app, content).error[0].value
    assert folders(own_home) == {"mine", "other"}
    uploaded(app, packed)
    assert set(names(app)) == {"sample_data", "mine", "other", "mine 2"} and "Imported mine 2." in said(app)
    assert load(own_home.runs / "mine 2").fingerprint == before.fingerprint


def test_an_uploaded_model_of_recbole_with_its_data_becomes_a_run(own_home: Home) -> None:
    foreign, app = Path(__file__).parents[1] / "foreign", opened("mine")

    def packed(*checkpoints: str) -> bytes:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in ("tiny/tiny.inter", "tiny/tiny.item", *checkpoints):
                archive.write(foreign / name, name)
        return buffer.getvalue()

    uploaded(app, packed("recbole_gelu.pth"))
    assert "Imported SASRec." in said(app)
    assert load(own_home.runs / "SASRec").history["opened"]["agrees"]
    assert "2 checkpoints" in uploaded(app, packed("recbole_gelu.pth", "recbole_relu.pth")).error[0].value
    uploaded(app, packed("rectools_one.ckpt"))
    assert "Imported SASRec 2." in said(app)
    assert folders(own_home) == {"mine", "other", "SASRec", "SASRec 2"}


@pytest.mark.parametrize("file", ["metrics.json", "history.json"])
def test_a_broken_run_is_listed_with_its_fault_and_can_be_deleted(own_home: Home, file: str) -> None:
    """Metrics that are missing, and the log of a race that cannot be."""
    path = without_checksums(own_home.runs / "mine") / file
    history = json.loads(path.read_bytes()) | {"auto": {"sentence": "", "trials": [{"epochs": 1}]}}
    path.write_text(json.dumps(history)) if file == "history.json" else path.unlink()
    app = opened("mine")
    assert file in values_of(app, "fault")["mine"] and names(app)[-1] == "mine"
    assert file in app.error[0].value.replace("\\", "")
    app.button(key="delete_run").click().run()
    assert "mine" not in names(app)


def test_a_read_only_server_changes_nothing(own_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened("mine")
    monkeypatch.setenv("ATTREC_READONLY", "1")
    before.button(key="delete_run").click().run()  # a page that was open before
    assert "read-only" in before.error[0].value.replace("\\", "")
    assert folders(own_home) == {"mine", "other"}


def test_a_click_on_a_heading_orders_by_it_and_the_next_click_turns_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    view = SimpleNamespace(order=None)
    monkeypatch.setattr(runs_list.address, "current", lambda: view)
    monkeypatch.setattr(runs_list.address, "change", lambda order: setattr(view, "order", order))
    for by, order in (("mrr", "mrr"), ("mrr", "-mrr"), ("mrr", "mrr"), ("size", "size"), ("created", None)):
        runs_list.sorted_by(by)
        assert view.order == order
    runs_list.sorted_by("created")
    assert view.order == "-created"


def test_a_name_with_markup_is_text(own_home: Home) -> None:
    (own_home.runs / "mine").rename(own_home.runs / "**a** $x$ :red[y]")
    app = opened("**a** $x$ :red[y]")
    assert not [text.value for text in [*app.header, *app.markdown] if ":red[y]" in text.value]


def test_the_table_is_the_list(own_home: Home) -> None:
    entries = list_runs(own_home)
    table = runs_table(entries)
    assert list(table["run"]) == [entry.name for entry in entries]
    assert list(table["MRR"]) == [round(entry.metrics["mrr"], 4) for entry in entries]


def test_the_sentence_never_calls_a_run_the_best_on_other_data(own_home: Home) -> None:
    entry, other_entry = list_runs(own_home)
    entry = dataclasses.replace(entry, metrics={**entry.metrics, "mrr": 0.9})
    assert f"“{entry.name}” has the highest MRR, .900" in words.list_sentence([other_entry, entry], 2, "")
    assert words.list_sentence([entry, entry], 2, "") == "2 runs; 2 share the highest MRR, .900."
    unknown = dataclasses.replace(other_entry, data_sums=())  # without checksums, the name and the counts decide
    moved = dataclasses.replace(unknown, source="elsewhere")
    assert "only metrics on the same data can be compared" in words.list_sentence([entry, moved], 2, "")
    named = dataclasses.replace(entry, source="My films", about={**entry.about, "name": "My films"})
    yours = dataclasses.replace(unknown, source="yours", about={**other_entry.about, "name": "yours"})
    assert "only metrics on the same data can be compared" in words.list_sentence([named, yours], 2, "")
    assert "has the highest MRR" in words.list_sentence([named, unknown], 2, "")  # an older run has no name
    assert words.list_sentence([], 0, "") == "No runs yet."


def test_of_a_model_of_ones_own_the_changed_settings_are_named(own_home: Home) -> None:
    entry, _ = list_runs(own_home)
    own = dataclasses.replace(entry, settings={**entry.settings, "model": "own", "window": 7, "heads": 1})
    facts = words.facts_of_run(own)
    assert (facts["system"], facts["window L"]) == ("A model of your own", "7") and "heads" not in facts
