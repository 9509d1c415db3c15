"""Where a server keeps what people bring and make: folders that a person can copy, zip and read.

HOME/data/NAME      data sets
HOME/runs/NAME      trained runs
HOME/studies/NAME   systems or settings compared
HOME/jobs/ID        trainings, waiting, running or ended
HOME/trash          what was deleted and can still be put back
HOME/uploads        what sessions have uploaded and not yet imported; each session's goes with it
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from attrec_core.errors import InputError, shown

PACKAGE = Path(__file__).resolve().parents[1]
# In a checkout the app lies beside the package. A wheel has it inside, or `app` and `pages` would be names of its own.
INSTALLED = PACKAGE / "_app"
APP = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent  # app.py, pages/ and sample_data/
SAMPLE_DATA = APP / "sample_data"
SAMPLE_RUN = SAMPLE_DATA / "run"


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
    def studies(self) -> Path:
        return self.path / "studies"

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
    """What ATTREC_HOME names, else the usual place. Asked each time: tests and servers set it late."""
    named = os.environ.get("ATTREC_HOME", "").strip()
    return Home(Path(named).expanduser().absolute() if named else usual_home())


def usual_home() -> Path:
    """`workspace` beside app.py in a checkout; of an installed package attrec in the user's folder for data, since an
    update replaces everything that lies in the package."""
    if APP != INSTALLED:
        return APP / "workspace"
    base = Path(os.environ.get("XDG_DATA_HOME", "").strip())
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "attrec"


def read_only() -> bool:
    """Whether this server only shows: ATTREC_READONLY is set to anything but nothing, 0, false, no or off."""
    return os.environ.get("ATTREC_READONLY", "").strip().lower() not in ("", "0", "false", "no", "off")


def check_may_change(what: str) -> None:
    """Raises InputError on a read-only server. what: such as "No training is started"."""
    if read_only():
        value = shown(os.environ["ATTREC_READONLY"])
        text = (
            "{what}: this server is read-only (ATTREC_READONLY={value}). Start it without that setting, or train from "
            "a terminal of your own."
        )
        raise InputError("read_only", text, what=what, value=value)
