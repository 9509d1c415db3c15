"""How did it learn? The figures, one person's attention and the map of a metric space, epoch by epoch."""

from __future__ import annotations

from pages.frame import header
from pages.lab import _replay

header.line(with_run=True)
run = _replay.run_with_replay()
probe, space = _replay.choices(run)
epoch = _replay.film(run, probe, space)
_replay.twins(run, probe, space, epoch)
