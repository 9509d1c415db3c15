"""The code never decides by a message's text: with gibberish for every message, the pages still offer the right
buttons and refuse the same input."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_page_data import ODD, brought, corrected, errors, home, kept
from test_page_train import Processes, field, keys, nothing_by_itself, processes, queue, with_all_settings
from test_page_train import opened as opened_training

from attrec_core import errors as errors_module
from attrec_core.config import ModelConfig
from attrec_core.data import data_sets
from attrec_core.errors import InputError
from attrec_core.jobs.folder import write_state
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.process import BackgroundCommand
from attrec_core.jobs.queue import Queue
from attrec_core.runs import unfinished
from attrec_core.storage.workspace import Home
from tests.processes import PATIENCE

pytestmark = pytest.mark.long

__all__ = ["home", "kept", "nothing_by_itself", "processes", "queue"]  # fixtures
GIBBERISH = "Xyzzy plugh."


@pytest.fixture(autouse=True)
def gibberish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces the text of every error and every remark."""
    monkeypatch.setattr(errors_module, "filled", lambda *_: GIBBERISH)
    assert str(InputError("code", "A sentence.")) == GIBBERISH


def test_a_file_without_times_still_offers_its_order(home: Home) -> None:
    app = brought("user,item\n" + "".join(f"{n % 9},{n % 13}\n" for n in range(60)), "order.csv")
    assert errors(app) == [] and not keys(app, "data_import")  # a missing column is a question
    app.selectbox(key="read_time").set_value("none").run()
    assert errors(app) == [] and keys(app, "data_import")


def test_a_file_with_broken_rows_still_offers_to_leave_them_out(home: Home) -> None:
    app = brought(
        "user,item,time\n" + "".join(f"{n % 9},{n % 13},{10**9 + n}\n" for n in range(60)) + "1,2\n", "bad.csv"
    )
    assert GIBBERISH in errors(app)[0] and "read_skip" in keys(app, "read_")
    app.button(key="read_skip").click().run()
    assert errors(app) == [] and keys(app, "data_import")


def test_the_name_of_a_data_set_that_exists_is_still_refused(home: Home, kept: Path) -> None:
    before, app = data_sets.load(kept).about, brought()
    assert "read_skip" not in keys(app, "read_") and not keys(app, "data_import")  # it has no user column
    corrected(app).text_input(key="import_name").set_value("mine").run()
    app.button(key="data_import").click().run()
    assert errors(app) == [GIBBERISH]
    assert app.text_input(key="import_name").value == "mine" and keys(app, "data_import")
    assert data_sets.load(kept).about == before


def test_settings_that_cannot_be_still_keep_a_training_from_its_start(queue: Queue, processes: Processes) -> None:
    app = with_all_settings(opened_training())
    field(app, "targets").set_value(3)
    field(app, "pairs").set_value("aligned").run()
    assert errors(app) == [GIBBERISH]
    assert app.button(key="train_start").disabled and app.button(key="train_ask").disabled


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_training_that_failed_can_still_be_resumed_where_its_checkpoint_is_kept(
    queue: Queue, processes: Processes, tmp_path: Path, is_kept: bool
) -> None:
    (tmp_path / "odd.csv").write_text(ODD)
    job = queue.submit(JobRequest(tmp_path / "odd.csv", "mine", "quick"))
    if is_kept:
        folder = unfinished.folder_of(queue.home.runs / "mine")
        folder.mkdir(parents=True)
        (folder / "state.json").write_text("{}")
    error = InputError("full", "No room on the disk.")
    processes.end(job, queue, "running")
    write_state(job.folder, "failed", error=error, ended=time.time())
    app = opened_training()
    assert bool(keys(app, f"resume_{job.id}")) is is_kept
    assert keys(app, f"remove_{job.id}")


def test_what_another_process_refuses_still_has_its_code(home: Home, tmp_path: Path) -> None:
    codes = {
        "missing": ["inspect", "no such file", "--json"],
        "out_of_range": ["train", "x.csv", "--out", str(tmp_path / "run"), "--set", "dim=0"],
        "not_a_choice": ["inspect", "x.csv", "--delimiter", "%", "--json"],
        "usage": ["no-such-command"],
    }
    for code, command in {code: BackgroundCommand(arguments) for code, arguments in codes.items()}.items():
        command.process.wait(PATIENCE)
        with pytest.raises(InputError) as refused:
            command.answer()
        assert refused.value.code == code
    with pytest.raises(InputError) as refused:
        ModelConfig(dim=0)
    assert (refused.value.code, refused.value.setting) == ("out_of_range", "dim")
