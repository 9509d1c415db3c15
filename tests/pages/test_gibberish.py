"""The code never decides by a message's text: with gibberish for every message, the pages still offer the right
buttons and refuse the same input."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_page_data import ODD, brought, corrected, errors, home, kept
from test_page_train import Processes, field_key, keys, nothing_by_itself, processes, queue, with_all_settings
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


def buttons(app: object) -> set[str]:
    return set(keys(app, "read_"))


def test_a_file_without_times_still_offers_its_order(home: Home) -> None:
    app = brought("user,item\n" + "".join(f"{n % 9},{n % 13}\n" for n in range(60)), "order.csv")
    assert errors(app) == [] and not keys(app, "data_import")  # a missing column is a question
    app.selectbox(key="read_time").set_value("none").run()
    assert errors(app) == [] and keys(app, "data_import")


def test_a_file_with_broken_rows_still_offers_to_leave_them_out(home: Home) -> None:
    rows = [f"{n % 9},{n % 13},{10**9 + n}" for n in range(60)]
    rows[7], rows[30] = "1,2", "3,4,yesterday"
    app = brought("user,item,time\n" + "\n".join(rows), "spoilt.csv")
    assert GIBBERISH in errors(app)[0]
    assert "read_skip" in buttons(app)
    app.button(key="read_skip").click().run()
    assert errors(app) == [] and keys(app, "data_import")


def test_a_file_without_a_user_column_offers_neither(home: Home) -> None:
    app = brought()
    assert "read_skip" not in buttons(app)
    assert not keys(app, "data_import")


def test_the_name_of_a_data_set_that_exists_is_still_refused(home: Home, kept: Path) -> None:
    before = data_sets.load(kept).about
    app = corrected(brought())
    app.text_input(key="import_name").set_value("mine").run()
    app.button(key="data_import").click().run()
    assert errors(app) == [GIBBERISH]
    assert app.text_input(key="import_name").value == "mine" and keys(app, "data_import")
    assert data_sets.load(kept).about == before


def test_settings_that_cannot_be_still_keep_a_training_from_its_start(queue: Queue, processes: Processes) -> None:
    app = with_all_settings(opened_training())
    app.number_input(key=field_key(app, "train_set_targets")).set_value(3)
    app.selectbox(key=field_key(app, "train_set_pairs")).set_value("aligned").run()
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
    for arguments, code in (
        (["inspect", "no such file", "--json"], "missing"),
        (["train", "x.csv", "--out", str(tmp_path / "run"), "--set", "dim=0"], "out_of_range"),
        (["inspect", "x.csv", "--delimiter", "%", "--json"], "not_a_choice"),
        (["no-such-command"], "usage"),
    ):
        command = BackgroundCommand(arguments)
        command.process.wait(PATIENCE)
        with pytest.raises(InputError) as refused:
            command.answer()
        assert refused.value.code == code, arguments


def test_a_setting_out_of_its_range_is_known_by_code_and_key() -> None:
    with pytest.raises(InputError) as refused:
        ModelConfig(dim=0)
    assert (refused.value.code, refused.value.setting) == ("out_of_range", "dim")
