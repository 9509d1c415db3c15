"""How did the model learn? Metrics, one user's attention and a map, epoch by epoch."""

from __future__ import annotations

from pages.frame import header
from pages.lab import _replay

lead = header.line(with_run=True)
run = _replay.run_with_replay()
with lead:
    probe, space = _replay.choices(run)
epoch = _replay.film(run, probe, space)
_replay.data(run, probe, space, epoch)
