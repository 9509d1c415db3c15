"""How much a server takes from its visitors: every limit that whoever runs it can set, by a variable of the
environment. A table of the README names each, and a test holds the two together."""

from __future__ import annotations

import os
from dataclasses import dataclass

from attrec_core.errors import InputError, shown


@dataclass(frozen=True)
class Limit:
    """A whole number from 0 on, read anew at each use."""

    variable: str
    default: int

    def __call__(self) -> int:
        """Raises InputError for what is no such number."""
        value = os.environ.get(self.variable, "").strip()
        if not value:
            return self.default
        if not value.isascii() or not value.isdigit():
            text = "{variable} must be a whole number from 0 on, not {value}."
            raise InputError("bad_limit", text, variable=self.variable, value=shown(value))
        return int(value)


SESSION_UPLOADS = Limit("ATTREC_SESSION_UPLOAD_MB", 400)
ALL_UPLOADS = Limit("ATTREC_TOTAL_UPLOAD_MB", 1024)
QUEUED = Limit("ATTREC_QUEUED_TRAININGS", 20)
LIMITS = (SESSION_UPLOADS, ALL_UPLOADS, QUEUED)


def check_limits() -> None:
    """When a server starts. Raises InputError."""
    for limit in LIMITS:
        limit()
