"""An estimate of a training's time, by the command line: the server itself never loads torch.

A command of this program beside the pages, for what takes long: it can be stopped, and holds nobody up.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

from attrec_core.errors import InputError
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.process import ONE_THREAD, ROOT, environment
from attrec_core.runs.estimate import Estimate

# A server that was started in the background may be deaf to Ctrl-C, and its children with it.
PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from attrec_core.__main__ import main
sys.exit(main())"""
GRACE = 5.0  # seconds between being asked to stop, and being stopped
NICER = 10  # pages come first


class Errand:
    """One command, and its answer as JSON. What it says meanwhile is kept in memory or in nameless files."""

    def __init__(self, words: Sequence[str]) -> None:
        """words: the command line after `python -m attrec_core`. Raises InputError where no process can be had."""
        self.began, self.asked_to_stop = time.monotonic(), 0.0
        self.output, self.said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - the process's
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.said,
                start_new_session=True,
                env=environment(ONE_THREAD),
            )
        except OSError as error:
            raise InputError(f"This cannot be begun: {error.strerror or error}.") from None
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICER)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def running(self) -> bool:
        """Also makes an end of what was asked to stop and does not."""
        running = self.process.poll() is None
        if running and self.asked_to_stop and time.monotonic() - self.asked_to_stop > GRACE:
            self.process.kill()
        return running

    def stop(self) -> None:
        """As Ctrl-C would: what it has half written goes."""
        if self.process.poll() is None and not self.asked_to_stop:
            self.asked_to_stop = time.monotonic()
            self.process.send_signal(signal.SIGINT)

    @property
    def was_stopped(self) -> bool:
        """Whether it has ended before its end, because somebody asked for that."""
        return bool(self.asked_to_stop) and self.process.poll() not in (None, 0)

    def wait(self, patience: float) -> None:
        """Raises InputError, and stops it, when it takes longer than so many seconds."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise InputError(f"This took longer than {patience:.0f} seconds, and was stopped.") from None

    def answer(self) -> dict[str, Any]:
        """What it found, once it has ended. Raises InputError with what it said is wrong."""
        if self.process.returncode == 0:
            self.output.seek(0)
            return json.loads(self.output.read())
        self.said.seek(0)
        lines = self.said.read().decode("utf-8", "replace").strip().splitlines()
        sentence = next((line for line in reversed(lines) if line.startswith("attrec: ")), "")
        raise InputError(sentence.removeprefix("attrec: ") or "It ended without a word; was it out of memory?")


PATIENCE = 300.0  # seconds; reading twenty million rows takes half a minute


def estimate_of(request: JobRequest, patience: float = PATIENCE) -> Estimate:
    """Takes a few seconds and the time of reading the data. Raises InputError with what the training would say."""
    errand = Errand(estimate_words(request))
    try:
        errand.wait(patience)
    except InputError:
        raise InputError(f"The time of this training could not be estimated within {patience:.0f} seconds.") from None
    return estimate_in(errand.answer())


def estimate_words(request: JobRequest) -> list[str]:
    """`estimate …` as it would be typed."""
    settings = [word for key, text in request.settings.items() for word in ("--set", f"{key}={text}")]
    maps = [] if request.with_maps else ["--no-maps"]
    return ["estimate", str(request.data), "--json", "--preset", request.preset, *settings, *maps, *request.reading]


def estimate_in(answer: Mapping[str, Any]) -> Estimate:
    """What `estimate --json` answered."""
    return Estimate(**{name: answer[name] for name in Estimate.__dataclass_fields__})
