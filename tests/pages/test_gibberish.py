"""The code never decides by a message's text: with gibberish for every message, the pages still offer the right
buttons and refuse the same input."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_page_data import ODD, brought, errors, home, kept
from test_page_train import Processes, keys, nothing_by_itself, processes, queue
from test_page_train import opened as opened_training

from attrec_core import errors as errors_module
from attrec_core.errors import InputError
from attrec_core.jobs.folder import write_state
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs import unfinished
from attrec_core.storage.workspace import Home

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
