"""Where a server stores what people upload and make: folders that a person can copy, zip and read.

HOME/data/NAME      data sets
HOME/runs/NAME      trained runs
HOME/studies/NAME   comparisons of systems or settings
HOME/jobs/ID        trainings, waiting, running or ended
HOME/trash          what was deleted and can still be restored
HOME/uploads        what sessions have uploaded and not yet imported; removed when the session ends
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from attrec_core.errors import InputError, shown

PACKAGE = Path(__file__).resolve().parents[1]
# In a checkout the app is beside the package. A wheel has it inside, else `app` and `pages` would be top-level names.
INSTALLED = PACKAGE / "_app"
APP = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent  # app.py, pages/ and sample_data/
SAMPLE_DATA = APP / "sample_data"
SAMPLE_RUN = SAMPLE_DATA / "run"


@dataclass(frozen=True)
class Home:
    """The home folder and the folders in it; none of them need exist."""

    path: Path
    data: Path = field(init=False)
    runs: Path = field(init=False)
    studies: Path = field(init=False)
    jobs: Path = field(init=False)
    trash: Path = field(init=False)
    uploads: Path = field(init=False)

    def __post_init__(self) -> None:
        for name in ("data", "runs", "studies", "jobs", "trash", "uploads"):
            object.__setattr__(self, name, self.path / name)


def home() -> Home:
    """Returns the folder in ATTREC_HOME, else the usual one. Read at each call: tests and servers set it late."""
    path = os.environ.get("ATTREC_HOME", "").strip()
    return Home(Path(path).expanduser().absolute() if path else usual_home())


def usual_home() -> Path:
    """Returns `workspace` beside app.py in a checkout. For an installed package, returns `attrec` in the user's data
    folder, since an update replaces everything in the package."""
    if APP != INSTALLED:
        return APP / "workspace"
    base = Path(os.environ.get("XDG_DATA_HOME", "").strip())
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "attrec"


def read_only() -> bool:
    """Whether this server is read-only: ATTREC_READONLY is set, and not to an empty text, 0, false, no or off."""
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
