"""The progress bar of a training in a terminal, with the time left for all its phases."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time

from attrec_core.config import TrainConfig
from attrec_core.data.report import Counts
from attrec_core.runs.history import Epoch, leading
from attrec_core.runs.run import Run
from attrec_core.runs.time_left import Plan, RaceProgress, all_left, phases, slowness

TICK = 0.5  # seconds
NAMES = {
    "compile": "compiling the training step",
    "search": "training",
    "refit": "final fit, with the validation items",
    "metrics": "metrics",
    "maps": "maps",
}


class ProgressBar:
    """A bar on stderr for the phase that runs, with the time left for all phases, if known, and the latest metrics."""

    def __init__(self) -> None:
        from tqdm import tqdm

        # In a file or a pipe, a line every 10 s is enough.
        pause = 0.1 if sys.stderr.isatty() else 10.0
        # Delayed, so that a training that is refused before its first epoch prints one sentence and no bar.
        self.bar = tqdm(total=1.0, mininterval=pause, miniters=0, delay=1e-3, dynamic_ncols=True)
        self.show("training", None, None)
        self.config, self.parts, self.epochs, self.latest = TrainConfig(), Plan(), list[Epoch](), time.monotonic()
        self.leading = leading(None)
        self.clocks: list[tuple[float, float]] = []  # wall and processor time, at the plan and at each epoch
        # A phase without epochs says nothing while it runs, so a thread moves its bar.
        self.now, self.since, self.closed = "", 0.0, threading.Event()
        threading.Thread(target=self.tick, daemon=True).start()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed.set()
        self.bar.close()

    def tick(self) -> None:
        while not self.closed.wait(TICK):
            if self.now:
                self.advance(self.now, time.monotonic() - self.since)
            else:
                self.bar.update(0)  # the time that has gone by

    def settings(self, config: TrainConfig, counts: Counts | None = None) -> None:
        """counts: of the data."""
        self.config, self.leading = config, leading(counts)

    def race(self, race: RaceProgress) -> None:
        """Shows the trainings of the race for good settings, and the time left for the whole race."""
        self.now = ""
        if race.best is not None:
            self.bar.set_postfix_str(f"best {race.figure.upper()} {race.best:.4f}", refresh=False)
        name = f"settings: {race.done} of {race.of} short trainings done"
        self.show(name, race.share or None, race.left or None)

    def show(self, name: str, share: float | None, left: float | None) -> None:
        """name: of the phase. share: what is done of it; None: unknown, without a bar. left: seconds, if known."""
        bar = "" if share is None else "{percentage:3.0f}%|{bar}| "
        rest = "" if left is None else f"<{self.bar.format_interval(left)}"
        self.bar.bar_format = f"{{desc}}{bar}{{elapsed}}{rest}{{postfix}}"
        self.bar.set_description(name, refresh=False)
        self.bar.update((share or 0.0) - self.bar.n)

    def plan(self, plan: Plan) -> None:
        self.parts = plan
        self.clocks.append((time.monotonic(), time.process_time()))

    def epoch(self, epoch: Epoch) -> None:
        now, self.now = time.monotonic(), ""
        self.clocks.append((now, time.process_time()))
        between, self.latest = now - self.latest, now
        # Includes the time between two epochs, such as for a checkpoint; but not the time before the first epoch, when
        # data is read and code compiled.
        seconds = max(epoch.seconds + epoch.validation_seconds, between if epoch.epoch > 1 else 0.0)
        self.epochs.append(dataclasses.replace(epoch, seconds=seconds, validation_seconds=0.0))
        if epoch.validation:
            values = [f"{key.upper()} {epoch.validation[key]:.3f}" for key in self.leading]
            self.bar.set_postfix_str(" ".join([f"loss {epoch.loss:.3f}", *values]), refresh=False)
        self.advance("")
        if epoch.epoch == 1:
            self.bar.refresh()

    def advance(self, stage: str, waits: float = 0.0) -> None:
        """Shows the phase that runs. stage and waits: see `phases`."""
        if stage == "compile":
            self.show(NAMES[stage], None, None)
            return
        parts = phases(self.epochs, stage, self.config, self.parts, waits=waits, slowness=slowness(self.clocks))
        now = next((phase for phase in parts if phase.state == "now"), parts[-1])
        of = f"{'at most ' if now.name == 'search' else ''}{now.of}"
        name = NAMES[now.name] + (f": epoch {now.epoch} of {of}" if now.epoch else "")
        self.show(name, now.share or None, all_left(parts))

    def stage(self, stage: str, sentence: str) -> None:
        self.bar.write(f"attrec: {sentence}.", file=sys.stderr)
        if stage:
            self.now, self.since = "" if stage == "search" else stage, time.monotonic()
            self.advance(stage)
            self.bar.refresh()

    def trouble(self, sentence: str) -> None:
        self.stage("", sentence)

    def writing(self) -> None:
        """Does nothing: Ctrl-C still interrupts."""

    def wrote(self, run: Run) -> None:
        """Does nothing: nobody else needs to know."""
