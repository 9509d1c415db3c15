"""Where a server keeps what people bring and make: folders that a person can copy, zip and read.

HOME/data/NAME   data sets
HOME/runs/NAME   trained runs
HOME/jobs/ID     trainings, waiting, running or ended
HOME/trash       what was deleted and can still be put back
HOME/uploads     what sessions have uploaded and not yet imported; each session's goes with it
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from attrec_core.errors import InputError, shown

BESIDE_THE_APP = Path(__file__).resolve().parents[2] / "workspace"


@dataclass(frozen=True)
class Home:
    """The folder and the places in it; none of them need exist."""

    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def jobs(self) -> Path:
        return self.path / "jobs"

    @property
    def trash(self) -> Path:
        return self.path / "trash"

    @property
    def uploads(self) -> Path:
        return self.path / "uploads"


def home() -> Home:
    """What ATTREC_HOME names, else `workspace` beside app.py. Asked each time: tests and servers set it late."""
    named = os.environ.get("ATTREC_HOME", "").strip()
    return Home(Path(named).expanduser().absolute() if named else BESIDE_THE_APP)


def read_only() -> bool:
    """Whether this server only shows: ATTREC_READONLY is set to anything but nothing, 0, false, no or off."""
    return os.environ.get("ATTREC_READONLY", "").strip().lower() not in ("", "0", "false", "no", "off")


def check_may_change(what: str) -> None:
    """Raises InputError on a read-only server. what: such as "No training is started"."""
    if read_only():
        value = shown(os.environ["ATTREC_READONLY"])
        raise InputError(
            f"{what}: this server is read-only (ATTREC_READONLY={value}). Start it without that setting, or train from "
            "a terminal of your own."
        )
