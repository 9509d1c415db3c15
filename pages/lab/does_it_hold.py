"""Is AttRec as good as its paper says, which part of it does the work, and what beats it?"""

from __future__ import annotations

from pages.frame import header
from pages.lab import _does_it_hold

header.line()
study, metric = _does_it_hold.chosen()
_does_it_hold.answer(study, metric)
