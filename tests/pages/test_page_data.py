"""“Data”: a file is understood, corrected, filtered and imported; each fault is one sentence."""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_pages import errors, opened_page, said
from conftest import ROOT
from download_server import MAKERS
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf_worlds import forbid
from streamlit.testing.v1 import AppTest

from attrec_core.cli.data import add_data, reading_options
from attrec_core.data import data_sets, importing
from attrec_core.data.formats import FORMATS
from attrec_core.data.importing import preset_reason
from attrec_core.data.offers import TABLE_1, TWELVE
from attrec_core.data.options import DELIMITERS, Columns, Options, arguments_of
from attrec_core.data.report import Counts
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.process import BackgroundCommand
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library.rename_and_trash import list_trash
from attrec_core.storage import uploads
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.uploads import Uploads
from attrec_core.storage.workspace import Home
from attrec_core.views.data import tables, upload, words
from tests.processes import PATIENCE, wait_for

ODD = "who;what;when;liked\n" + "".join(
    f"u{row % 9};film {row * 7 % 13};{1_500_000_000 + 5_000 * row};{row % 5 + 1}\n" for row in range(180)
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(uploads.FOLDERS, raising=False)
    return Home(tmp_path / "home")


@pytest.fixture
def kept(home: Home) -> Path:
    """A data set in the workspace."""
    (home.path.parent / "mine.csv").write_text(ODD)
    options = Options(columns=Columns("who", "what", "when", "liked"))
    interactions, report = importing.import_data(home.path.parent / "mine.csv", options)
    data_sets.save(interactions, report, home.data / "mine", options=options)
    return home.data / "mine"


def opened(**query: str) -> AppTest:
    return opened_page("lab/data", **query)


def brought(content: str = ODD, name: str = "odd.csv") -> AppTest:
    app = opened()
    app.file_uploader(key="data_upload_0").upload(name, content.encode()).run()
    return app


def corrected(app: AppTest) -> AppTest:
    """Chooses the columns of ODD by hand."""
    app.session_state["read_more"] = True  # shows the field of the rating
    app.run()
    for role, column in (("user", "who"), ("item", "what"), ("time", "when"), ("rating", "liked")):
        app.selectbox(key=f"read_{role}").set_value(column)
    return app.run()


def warnings(app: AppTest) -> list[str]:
    assert not app.exception and not app.error
    return [warning.value.replace("\\", "") for warning in app.warning]


def address_of(app: AppTest) -> str:
    """Returns the data set that the address names."""
    value = app.query_params["data"]
    return value if isinstance(value, str) else value[-1]


def until(app: AppTest, holds: Callable[[AppTest], bool]) -> None:
    wait_for(lambda: holds(app.run()), lambda: said(app))


def table(app: AppTest, column: str) -> pd.DataFrame:
    """Returns the table whose first column has this name, without the escapes of Markdown."""
    found = next(element.value for element in app.table if element.value.columns[0] == column)
    return found.replace(r"\\", "", regex=True)


def frame(app: AppTest, column: str) -> dict[str, object]:
    """Returns such a table as first value → last value of each row."""
    found = table(app, column)
    return dict(zip(found.iloc[:, 0], found.iloc[:, -1], strict=True))


def counts(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def imported(app: AppTest) -> None:
    app.button(key="data_import").click().run()
    until(app, lambda page: "Imported " in said(page))
    assert errors(app) == []


def renamed(app: AppTest, old: str, new: str) -> None:
    app.text_input(key=f"rename_{old}").set_value(new).run()
    app.button(key="data_rename").click().run()


def looked_at(app: AppTest, path: str) -> None:
    app.text_input(key="bring_path").set_value(path).run()
    app.button(key="data_look").click().run()


def test_a_file_with_odd_columns_becomes_a_data_set(home: Home) -> None:
    app = brought()
    missing = "Not recognised: the user column, the item column and the time column. Choose below."
    assert warnings(app)[0].startswith(missing) and "order of the file" in warnings(app)[0]
    labels = [app.selectbox(key=f"read_{role}").label for role in ("user", "item", "time")]
    assert labels == ["User (required)", "Item (required)", "Time (required)"]
    assert [box for box in app.selectbox if box.key == "data_set"] == []  # only the file is shown
    assert not [button for button in app.button if button.key == "data_import"]
    corrected(app)
    assert errors(app) == []
    assert "Columns: user = who, item = what, time = when, rating = liked." in said(app)
    assert app.number_input(key="keep_rating").value is None

    app.number_input(key="keep_rating").set_value(3.0).run()
    n_kept = sum(row % 5 + 1 >= 3 for row in range(180))
    assert frame(app, "")["interactions"] == str(n_kept)
    assert f"{n_kept} of 180 rows are kept" in said(app)

    app.text_input(key="import_name").set_value("my films").run()
    imported(app)
    data_set = data_sets.load(home.data / "my films")
    assert data_set.interactions.n_interactions == n_kept
    assert data_set.about["options"]["min_rating"] == 3.0
    assert address_of(app) == "my films" and counts(app)["interactions"] == str(n_kept)
    assert not list(home.uploads.rglob("odd.csv"))


def test_broken_rows_are_left_out_by_a_click_and_counted(home: Home) -> None:
    rows = [f"{n % 9},{n % 13},{10**9 + n}" for n in range(60)]
    rows[7], rows[30] = "1,2", "3,4,yesterday"
    app = brought("user,item,time\n" + "\n".join(rows), "spoilt.csv")
    assert "line 9 has 2 fields" in errors(app)[0] and "--" not in errors(app)[0]
    assert "left out and counted" in errors(app)[0]
    app.button(key="read_skip").click().run()
    assert errors(app) == []
    assert "2 of 60 rows left out before these filters" in said(app)
    imported(app)
    data_set = data_sets.load(home.data / "spoilt")
    assert dict(data_set.report.dropped) == {"line with too few fields": 1, "time is not a time": 1}
    assert data_set.about["options"]["broken_rows"] == "skip"


def test_lines_above_the_table_are_left_out_by_a_click(home: Home) -> None:
    app = brought("Exportiert am 3.12.2026\n\n" + ODD)
    assert "line 3 looks like its header" in errors(app)[0] and "--" not in errors(app)[0]
    assert app.button(key="read_skip").label == "Skip the first 2 lines"
    app.button(key="read_skip").click().run()
    corrected(app)
    assert errors(app) == [] and app.number_input(key="read_skip_lines").value == 2
    imported(app)
    data_set = data_sets.load(home.data / "odd")
    assert (data_set.report.read, data_set.about["options"]["skip_lines"]) == (180, 2)


def test_a_file_of_titles_is_shown_its_columns_can_be_chosen_and_it_can_be_taken_back(home: Home) -> None:
    app = corrected(brought())
    where = "No titles or genres were recognised. A second file can add them: see “More reading options”."
    assert where in said(app)
    content = "Kürzel;Genre;Werk\n" + "".join(f"film {n};Drama;Film number {n}\n" for n in range(13))
    app.file_uploader(key="data_items_0_0").upload("titel.csv", content.encode()).run()
    (fault,) = errors(app)
    assert fault.startswith("titel.csv has no item column")
    assert fault.endswith("Choose “Item in this file”.")
    app.selectbox(key="read_metadata_item").set_value("Kürzel").run()
    assert app.selectbox(key="read_genres").options[0] == "automatic (Genre)"
    assert any("No titles: no column of titel.csv is read as the title" in text for text in warnings(app))
    app.selectbox(key="read_title").set_value("Werk").run()
    assert "File of titles and genres: **titel.csv**" in said(app) and where not in said(app)
    assert not any("No titles" in text for text in warnings(app))
    items = table(app, "item")
    assert [*items.iloc[0]] == ["film 0", "Film number 0", "Drama", "none"] and len(items) == 3
    app.selectbox(key="read_genres").set_value("none").run()
    assert [*table(app, "item").iloc[0]] == ["film 0", "Film number 0", "none", "none"] and errors(app) == []
    app.session_state["read_more"] = False
    app.button(key="read_no_items").click().run()
    assert where in said(app) and "titel.csv" not in said(app) and errors(app) == []
    app.session_state["read_more"] = True
    app.run()
    assert app.selectbox(key="read_title").options[0] == "automatic (none)" and errors(app) == []


def test_a_corrected_file_of_titles_of_the_same_name_is_read_again(home: Home) -> None:
    app = corrected(brought())
    for word in ("Flim", "Film"):
        content = "item,title\n" + "".join(f"film {n},{word} {n}\n" for n in range(13))
        app.file_uploader(key="data_items_0_0").upload("titles.csv", content.encode()).run()
        assert [*table(app, "item").iloc[0][:2]] == ["film 0", f"{word} 0"]


def test_a_column_may_play_no_role_and_a_choice_goes_with_its_file_and_with_its_column(home: Home) -> None:
    app = corrected(brought())
    app.selectbox(key="read_time").set_value("none")
    app.selectbox(key="read_rating").set_value("none").run()
    assert errors(app) == [] and not app.button(key="data_import").disabled
    assert "No column of ratings or events was recognised." in said(app)
    assert [*table(app, "column")["used as"]] == ["user", "item", "not used", "not used"]
    app.selectbox(key="read_delimiter").set_value(",").run()  # it does away with all columns
    assert len(warnings(app)) == 1
    app.selectbox(key="read_delimiter").set_value("automatic").run()
    assert "the user column" in warnings(app)[0]
    corrected(app).button(key="data_another").click().run()
    app.file_uploader(key="data_upload_1").upload("other.csv", ODD.encode()).run()
    assert "the user column" in warnings(app)[0]
    app.selectbox(key="read_user").set_value("who").run()
    assert app.selectbox(key="read_user").value == "who"
    assert warnings(app)[0].startswith("Not recognised: the item column and the time column.")


def test_what_is_chosen_survives_another_page_and_a_file_that_goes_is_one_sentence(home: Home) -> None:
    app = corrected(brought())
    app.selectbox(key="keep_duplicates").set_value("drop").run()
    app.switch_page("pages/explore/attention.py").run()
    app.switch_page("pages/lab/data.py").run()
    assert (app.selectbox(key="read_user").value, app.selectbox(key="keep_duplicates").value) == ("who", "drop")
    assert "Columns: user = who" in said(app)
    next(home.uploads.rglob("odd.csv")).unlink()
    app.run()
    assert "odd.csv cannot be read any more" in errors(app)[0]
    app.button(key="data_another").click().run()
    assert errors(app) == []


def test_impossible_names_and_filters_are_refused_where_they_are_chosen(home: Home, kept: Path) -> None:
    app = corrected(brought())
    impossible = [("a/b", "do not allow"), ("", "empty"), ("mine", "already"), ("Mine", "already")]
    for name, says in (*impossible, ("sample_data", "The bundled data set"), ("Sample_Data", "The bundled data set")):
        app.text_input(key="import_name").set_value(name).run()
        app.button(key="data_import").click().run()
        assert says in errors(app)[0]
    app.number_input(key="keep_rating").set_value(9.0).run()
    assert len(errors(app)) == 1 and app.button(key="data_import").disabled
    app.number_input(key="keep_rating").set_value(None).run()
    assert errors(app) == []


def test_data_sets_are_renamed_deleted_and_put_back(home: Home, kept: Path) -> None:
    app = opened(data="mine")
    assert counts(app)["users"] == "9"
    renamed(app, "mine", "yours")
    assert (home.data / "yours").is_dir() and address_of(app) == "yours"
    assert data_sets.load(home.data / "yours").name == "yours"
    app.button(key="data_delete").click().run()
    assert not (home.data / "yours").exists() and "data" not in app.query_params
    app.button(key="data_undo_delete").click().run()
    assert (home.data / "yours").is_dir() and address_of(app) == "yours"
    app.button(key="data_delete").click().run()
    app.button(key="data_empty_trash").click().run()
    assert list_trash(home, DATA_SET) == [] and errors(app) == []


def test_a_link_to_no_data_set_says_so_and_the_list_holds_all_that_are_counted(home: Home, kept: Path) -> None:
    app = opened(data="<b>gone</b>")
    assert "no data set “<b>gone</b>”" in warnings(app)[0]
    assert app.selectbox(key="data_set").value == "sample_data"
    assert "Both data sets" in [box.label for box in app.expander]
    listed = table(app, "data set")
    assert [*listed["data set"]] == ["sample_data (bundled)", "mine"] and [*listed["users"]] == ["1,000", "9"]
    size = sum(file.stat().st_size for file in kept.iterdir())
    assert listed["on disk"][1] == f"{size / 1000:.0f} KB"


def test_a_broken_data_set_hides_no_other(
    home: Home, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed with its fault, cannot be trained on and can be deleted; so is one without read permission."""
    for name in ("broken", "secret"):
        shutil.copytree(kept, home.data / name)
    (home.data / "broken" / "data.json").write_text("{")
    (kept / "interactions.npz").write_bytes(b"no archive")
    app = opened(data="mine")
    assert "interactions.npz" in errors(app)[0]
    with monkeypatch.context() as patch:
        forbid(patch, home.data / "secret")
        app = opened(data="broken")
        names = ["sample_data (bundled)", "mine", "broken (damaged)", "secret (damaged)"]
        assert app.selectbox(key="data_set").options == names == [*frame(app, "data set")]
        assert "data.json is damaged" in errors(app)[0] and "not JSON" in errors(app)[0]
        message = " ".join(warning.value for warning in app.warning).replace("\\", "")
        assert "The data set secret cannot be opened" in message and "Permission denied" in message
        train = opened_page("lab/train", data="broken")
        assert "data.json is damaged" in train.error[0].value.replace("\\", "")
        assert not [button for button in train.button if button.key == "train_start"]
    app.button(key="data_delete").click().run()
    assert errors(app) == [] and not (home.data / "broken").exists()


def test_a_data_set_that_is_being_trained_on_is_neither_renamed_nor_deleted(
    home: Home, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Queue, "tend", lambda queue: None)  # the job keeps waiting
    Queue(home).submit(JobRequest(kept, "a run", "quick"))
    app = opened(data="mine")
    renamed(app, "mine", "yours")
    assert "cannot be renamed now: the training 'a run', which waits for its turn, needs it" in errors(app)[0]
    app.button(key="data_delete").click().run()
    assert "cannot be deleted now" in errors(app)[0]
    assert kept.is_dir()


def test_a_workspace_that_cannot_be_written_is_a_sentence(home: Home) -> None:
    home.path.write_text("a file where the folder should be")
    app = brought()
    assert "Nothing can be uploaded" in errors(app)[0]
    assert app.selectbox(key="data_set").value == "sample_data"


def test_a_path_is_read_only_from_allowed_folders_which_no_link_in_them_leaves(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploads.FOLDERS in said(opened())
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    for folder in (allowed / "a file", allowed / "a folder", allowed / "packed", secret):
        folder.mkdir(parents=True)
    (allowed / "ratings.csv").write_text("user,item,time\na,b,1\nz,c,2\nz,d,3\n")
    (secret / "ratings.csv").write_text("user,item,time\nhidden,b,1\n")
    (allowed / "way out").symlink_to(tmp_path)
    (allowed / "circle").symlink_to(allowed / "circle")
    (allowed / "a file" / "ratings.csv").symlink_to(secret / "ratings.csv")
    (allowed / "a folder" / "inner").symlink_to(secret)
    entry = zipfile.ZipInfo("ratings.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(allowed / "packed" / "films.zip", "w") as archive:
        archive.writestr(entry, str(secret / "ratings.csv"))
    monkeypatch.setenv(uploads.FOLDERS, f"{tmp_path / 'nowhere'}{os.pathsep}{allowed}")
    app = opened()
    outside = ["/etc/passwd", "../secret/ratings.csv", "way out/secret/ratings.csv", str(secret / "ratings.csv")]
    for path in (*outside, "circle", "a\0b"):
        looked_at(app, path)
        assert len(errors(app)) == 1, path
    looked_at(app, "ratings.csv")
    assert errors(app) == [] and "Columns: user = user" in said(app)
    for way in ("a file", "a folder", "packed"):
        looked_at(app := opened(), way)
        assert errors(app) and "hidden" not in said(app), way
        assert ("leads out of the folders" in errors(app)[0]) == (way != "packed")


@pytest.mark.long
def test_a_large_file_is_counted_when_asked_for(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LIVE", 100)
    app = corrected(brought())
    assert "too much to read again" in said(app)
    app.button(key="data_count").click().run()
    until(app, lambda page: "180 of 180 rows are kept" in said(page))
    assert errors(app) == []


def test_uploads_go_with_their_session_and_with_a_killed_server(home: Home) -> None:
    living = Uploads(home)
    path = living.put("../../a b/.hidden\\ratings?.csv", b"1")
    assert path.parent == living.folder and path.name == "ratings_.csv"
    program = f"""
from attrec_core.storage.workspace import Home
from attrec_core.storage.uploads import Uploads
import os
from pathlib import Path
killed = Uploads(Home(Path({str(home.path)!r})))
killed.put("left.csv", b"1")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT)
    assert len(list(home.uploads.iterdir())) == 2
    newer = Uploads(home)
    assert sorted(home.uploads.iterdir()) == sorted([living.folder, newer.folder])
    assert path.read_bytes() == b"1"
    del living
    gc.collect()
    assert list(home.uploads.iterdir()) == [newer.folder]


def test_uploads_outlive_a_break_of_the_network_but_not_their_session(home: Home) -> None:
    session_uploads = Uploads(home)
    session_uploads.close_after(30)
    session_uploads.stay()
    session_uploads.timer.join()  # the timer ends at once and closes nothing
    assert session_uploads.folder.is_dir() and not session_uploads.closed
    session_uploads.close_after(0.05)
    session_uploads.timer.join()
    assert not session_uploads.folder.exists() and session_uploads.closed
    session_uploads.close()


@pytest.mark.parametrize("name", ["", "..", "/", "a\0b", "\u202e", "x" * 500 + ".csv", "CON", "ä.csv"])
def test_any_name_of_an_upload_is_a_file_in_its_folder(home: Home, name: str) -> None:
    session_uploads = Uploads(home)
    path = session_uploads.put(name, b"1")
    assert path.parent == session_uploads.folder and path.is_file()
    assert path.suffix == (".csv" if name.endswith(".csv") else "")


def test_an_import_that_is_stopped_leaves_nothing(home: Home, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 10**6, (400_000, 2))
    big = "\n".join(f"{user},{item},{time}" for time, (user, item) in enumerate(rows.tolist()))
    (tmp_path / "big.csv").write_text(f"user,item,time\n{big}\n")
    for pause in (0.8, 0.4, 0.2, 0.1):  # a fast machine may finish the import within a long pause
        command = BackgroundCommand(["import", str(tmp_path / "big.csv"), "--out", str(home.data / "big"), "--json"])
        time.sleep(pause)
        command.stop()
        command.process.wait(PATIENCE)
        if command.was_stopped:
            break
        shutil.rmtree(home.data)
    assert command.was_stopped
    assert not home.data.exists() or list(home.data.iterdir()) == []


# argparse removes "--" wherever it stands.
columns = st.none() | st.just("none") | st.text("abc -=é1", min_size=1).filter(lambda name: name != "--")
options = st.builds(
    Options,
    tie_rule=st.sampled_from([None, "file-first", "file-last"]),
    duplicates=st.sampled_from(["keep", "drop"]),
    columns=st.builds(Columns, columns, columns, columns, columns, columns),
    format=st.sampled_from([None, *(known_format.name for known_format in FORMATS)]),
    delimiter=st.sampled_from([None, *DELIMITERS]),
    encoding=st.sampled_from([None, "utf-8", "latin-1"]),
    header=st.sampled_from([None, True, False]),
    time_unit=st.sampled_from([None, "s", "none", "day-first"]),
    min_rating=st.none() | st.floats(-10, 10),
    events=st.lists(columns.filter(bool), max_size=3).map(tuple),
    k_core=st.none() | st.integers(2, 9),
    cold_items=st.integers(1, 9),
    metadata=st.none() | st.just(Path("a b.csv")),
)


@settings(max_examples=30)
@given(options)
def test_options_survive_the_command_line(chosen: Options) -> None:
    parser = argparse.ArgumentParser()
    add_data(parser)
    assert reading_options(parser.parse_args(["x.csv", *arguments_of(chosen)])) == chosen


def test_table_1_is_the_papers() -> None:
    """Its printed density and interactions per user follow from its counts, except for the last digit."""
    for row in TABLE_1:
        assert float(row.density) == pytest.approx(100 * row.counts.density, rel=0.02), row.name
        assert float(row.per_user) == pytest.approx(row.counts.per_user, abs=0.03), row.name
    counts = Counts(1_000, 418, 52_129)
    assert counts.density_text == "12.5\u00a0%"
    assert counts.density_text in preset_reason(counts)
    rows = tables.beside_paper(Counts(1_036, 4_900 // 2, 15_576 * 2), TWELVE["garden"])
    assert list(rows["difference"]) == [f"{share}\u00a0%" for share in (".0", "−50.0", "+100.0", "+300.0", "+100.0")]
    assert list(rows["Table 1"]) == ["1,036", "4,900", "15,576", ".307\u00a0%", "15.03"]


@pytest.mark.long
def test_a_data_set_of_the_paper_is_downloaded_and_stands_beside_table_1(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try has no network, whatever this machine has. Then the cache has the file, and no server is asked."""
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "cache"))
    app = opened()
    app.session_state["paper_sets"] = True
    app.run()
    field = app.selectbox(key="paper_set")
    assert len(field.options) == 12 and field.options[3] == "HetRec 2011: LastFM"
    field.set_value("movietweetings").run()
    assert "MIT licence" in said(app) and "SHA-256 of the first download" in said(app)
    assert "9,608 users, 14,220 items, 461,970 interactions" in said(app)
    assert app.button(key="paper_download").label == "Download and import"
    app.button(key="paper_download").click().run()
    until(app, lambda page: bool(page.error))
    assert "cannot be fetched" in errors(app)[0]

    for file, content in MAKERS["movietweetings"]().items():
        (tmp_path / "cache" / "movietweetings" / file).write_bytes(content)
        (tmp_path / "cache" / "movietweetings" / f"{file}.sha256").write_text(hashlib.sha256(content).hexdigest())
    app.run()
    assert app.button(key="paper_download").label == "Import"
    app.button(key="paper_download").click().run()
    until(app, lambda page: "Imported movietweetings: 2 users" in said(page))
    assert address_of(app) == "movietweetings" and data_sets.load(home.data / "movietweetings").about["options"]
    beside = app.table[-1].value
    assert beside["data set"].tolist()[0] == "→ movietweetings" and "MovieTweetings" in beside["data set"].tolist()
    assert beside["users"].tolist()[0] == "2"
    assert "does not give the threshold for items" in said(app)


@pytest.mark.real
def test_movielens_100k_is_the_papers(home: Home, real_data: Path) -> None:
    path = real_data / "ml-100k"
    recognised = words.facts_or_fault(path, upload.stamp(path))
    assert isinstance(recognised, words.DataFacts)
    assert "exactly those of ML-100K" in words.paper_sentence(recognised.report)
