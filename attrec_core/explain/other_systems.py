"""The ranking of a run of a system other than AttRec. It needs torch, so a separate process computes it.

The process starts with the first question, keeps the models of the runs it was asked about, and ends when this process
ends, in whatever way. If it was killed, a new one is started.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from attrec_core.errors import InputError, disk_errors
from attrec_core.explain.forward import check_window
from attrec_core.explain.ranking import Ranking
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run, refusal, save
from attrec_core.storage.workspace import PACKAGE

PROGRAM = "attrec_core.models.answering"
LONGEST = 60.0  # seconds for an answer; the first one imports torch and opens the run
NOBODY = -1
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
NO_ANSWER = "There is no ranking by {run}: the process of its model {why}; try again."


class OtherRanking(Ranking):
    """Distances of all N items (`product`, as the system returned them, without rounding). They have no parts: reading
    a part raises the InputError of `Run.weights`."""

    constant = slack = 0.0

    @cached_property
    def blended(self) -> np.ndarray:
        """(N,) y"""
        assert self.product is not None
        return self.product

    def at(self, long_weight: float) -> NoReturn:
        raise refusal(self.run)

    def rank(self, item: int) -> float:
        return float(self.ranks[item])  # also where a distance is infinite or no number

    def distances(self, items: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k,) items → (k,) y."""
        return self.blended[np.asarray(items, np.int64)]


def other_ranking(
    run: Run, user: int | None, window: np.ndarray, exclude: np.ndarray | None, vector: np.ndarray | None = None
) -> OtherRanking:
    """Returns distances and ranks of all items for a user (None: no particular user) and a window of 1 to L items.
    vector (d,): the vector of a new user, in place of a known user's. Raises InputError for an invalid window, for a
    missing user where the system needs one, and without an answer."""
    check_window(window, run.model_config)
    system = run.system
    if user is None and vector is None and system.needs_user:
        text = "{label} needs a user vector: choose a user of its data, or pick items as a new user."
        if system.tastes is None:
            text = "{label} ranks for the users of its data only: choose one of them."
        raise InputError("no_user", text, setting="user", label=system.label)
    index = NOBODY if user is None else user
    key = (index, window.tobytes(), None if vector is None else vector.tobytes())
    distances = cached_latest(run, answer, index, window, vector, key=key, most=64)
    return other_of(run, distances, exclude)


def other_of(run: Run, distances: np.ndarray, exclude: np.ndarray | None = None) -> OtherRanking:
    """Makes the ranking from (N,) distances as the system returned them; exclude: items that are not candidates."""
    return OtherRanking(run, np.empty(0), None, 0.0, exclude, distances)


def answer(run: Run, user: int, window: np.ndarray, vector: np.ndarray | None) -> np.ndarray:
    """Asks the process for (N,) distances, lower is better."""
    folder = run.path.resolve() if run.path != Path() else Path(written(run).name) / "run"
    return WORKER.ask(run.name, (str(folder), run.fingerprint, user, window.tolist(), vector))


@cached
def written(run: Run) -> tempfile.TemporaryDirectory[str]:
    """Writes an unsaved run to a temporary folder that is deleted with the run."""
    folder = tempfile.TemporaryDirectory()
    save(run, Path(folder.name) / "run")
    return folder


class Worker:
    """The process and the connection to it. It answers one question at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.own = ""  # FILE.py:Class of a user's own model, if one was given
        self.process: subprocess.Popen[bytes] | None = None
        self.line: Connection | None = None

    def use(self, own: str) -> None:
        """Ranks with another class of a user's own, as its file is now. own: FILE.py:Class, or empty for none."""
        with self.lock:
            self.own = own and str(Path(own).absolute())
            self.end()

    def ask(self, name: str, question: tuple[Any, ...]) -> np.ndarray:
        """Returns the answer to a question. name: of the run, for messages. Raises InputError."""
        reply: np.ndarray | dict[str, Any] | None  # distances, or an error as JSON; None: the answer takes too long
        with self.lock:
            for is_second in (False, True):
                try:
                    line = self.line or self.start()
                    line.send(question)
                    reply = line.recv() if line.poll(LONGEST) else None
                    break
                except (EOFError, OSError):  # it was killed since the last question
                    self.end()
                    if is_second:
                        raise InputError("no_answer", NO_ANSWER, run=name, why="ended") from None
            if reply is None:
                self.end()
                raise InputError("no_answer", NO_ANSWER, run=name, why=f"took more than {LONGEST:g} seconds")
        if isinstance(reply, dict):
            raise InputError.from_dict(reply)
        return reply

    def start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs, disk_errors("not_started", "The process that runs the model cannot be started: {why}."):
            self.process = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, str(theirs.fileno()), self.own],
                cwd=PACKAGE.parent,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C does not reach it: it ends when the connection closes
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **ONE_THREAD},
            )
        self.line = Connection(ours.detach())
        return self.line

    def end(self) -> None:
        if self.line is not None:
            self.line.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.line = self.process = None


WORKER = Worker()
