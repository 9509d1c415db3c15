"""How did it learn? The figures, one person's attention and the map of a metric space, epoch by epoch."""

from __future__ import annotations

from pages import _header as header
from pages import _replay as replay

header.line(with_run=True)
run = replay.run_with_replay()
probe, space = replay.choices(run)
epoch = replay.film(run, probe, space)
replay.twins(run, probe, space, epoch)
