"""Limits on what is accepted from outside: every limit that whoever runs the program can set, each by an environment
variable. A table of docs/serving.md names each limit; a test checks that the two agree."""

from __future__ import annotations

import os
from dataclasses import dataclass

from attrec_core.errors import InputError, shown


@dataclass(frozen=True)
class Limit:
    """A whole number, 0 or more, read anew at each use."""

    variable: str
    default: int

    def __call__(self) -> int:
        """Returns the limit. Raises InputError if the variable is not such a number."""
        value = os.environ.get(self.variable, "").strip()
        if not value:
            return self.default
        if not value.isascii() or not value.isdigit():
            text = "{variable} must be a whole number, 0 or more, not {value}."
            raise InputError("bad_limit", text, variable=self.variable, value=shown(value))
        return int(value)


SESSION_UPLOADS = Limit("ATTREC_SESSION_UPLOAD_MB", 400)
ALL_UPLOADS = Limit("ATTREC_TOTAL_UPLOAD_MB", 1024)
QUEUED = Limit("ATTREC_QUEUED_TRAININGS", 20)
ARCHIVE_GB = Limit("ATTREC_ARCHIVE_GB", 32)
ARCHIVE_RATIO = Limit("ATTREC_ARCHIVE_RATIO", 200)
ARCHIVE_FILES = Limit("ATTREC_ARCHIVE_FILES", 10_000)
ARCHIVE_DEPTH = Limit("ATTREC_ARCHIVE_DEPTH", 3)
RUN_ZIP_MB = Limit("ATTREC_RUN_ZIP_MB", 4096)
DOWNLOAD_MB = Limit("ATTREC_DOWNLOAD_MB", 500)
LIMITS = tuple(value for value in globals().values() if isinstance(value, Limit))  # all of the above


def check_limits() -> None:
    """Checks all limits when a server starts. Raises InputError."""
    for limit in LIMITS:
        limit()
