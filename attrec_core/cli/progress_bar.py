"""The progress bar of a training in a terminal, with the time left for all its phases."""

from __future__ import annotations

import dataclasses
import sys
import time

from attrec_core.config import TrainConfig
from attrec_core.runs.history import Epoch
from attrec_core.runs.run import Run
from attrec_core.runs.time_left import Plan, RaceProgress, phases, slowness

FORM = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"


class ProgressBar:
    """A bar on stderr over the seconds of all phases, as far as they can be estimated, with the latest metrics."""

    def __init__(self) -> None:
        from tqdm import tqdm

        # In a file or a pipe, a line every 10 s is enough.
        pause = 0.1 if sys.stderr.isatty() else 10.0
        # Delayed, so that a training that is refused before its first epoch prints one sentence and no bar. The unit
        # is the second, so the time left is the total minus the elapsed time.
        about = {"desc": "training", "bar_format": FORM, "dynamic_ncols": True, "smoothing": 0.0}
        self.bar = tqdm(total=1.0, mininterval=pause, delay=1e-3, **about)
        self.config, self.parts, self.epochs, self.latest = TrainConfig(), Plan(), list[Epoch](), time.monotonic()
        self.clocks: list[tuple[float, float]] = []  # wall and processor time, at the plan and at each epoch

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def settings(self, config: TrainConfig) -> None:
        self.config = config

    def race(self, race: RaceProgress) -> None:
        """Shows the trainings of the race for good settings; the bar covers the seconds of the whole race."""
        self.bar.set_description(f"settings: training {min(race.done + 1, race.of)} of {race.of}", refresh=False)
        if race.best is not None:
            self.bar.set_postfix_str(f"best {race.figure.upper()} {race.best:.4f}", refresh=False)
        passed = self.bar.format_dict["elapsed"]
        self.bar.total = passed + race.left
        self.bar.update(passed - self.bar.n)

    def plan(self, plan: Plan) -> None:
        self.parts = plan
        self.clocks.append((time.monotonic(), time.process_time()))

    def epoch(self, epoch: Epoch) -> None:
        now = time.monotonic()
        self.clocks.append((now, time.process_time()))
        between, self.latest = now - self.latest, now
        # Includes the time between two epochs, such as for a checkpoint; but not the time before the first epoch, when
        # data is read and code compiled.
        seconds = max(epoch.seconds + epoch.validation_seconds, between if epoch.epoch > 1 else 0.0)
        self.epochs.append(dataclasses.replace(epoch, seconds=seconds, validation_seconds=0.0))
        refit = epoch.phase == "refit"
        phase = "final fit, with the validation items: epoch {} of {}" if refit else "training: epoch {} of at most {}"
        self.bar.set_description(phase.format(epoch.epoch, epoch.of), refresh=False)
        if epoch.validation:
            hit_rate, mrr = epoch.validation["hr@50"], epoch.validation["mrr"]
            figures = f"loss {epoch.loss:.3f} HR@50 {hit_rate:.3f} MRR {mrr:.3f}"
            self.bar.set_postfix_str(figures, refresh=False)
        self.advance("")
        if epoch.epoch == 1:
            self.bar.refresh()

    def advance(self, stage: str) -> None:
        """Moves the bar to the elapsed time. stage: see `phases`."""
        passed = self.bar.format_dict["elapsed"]
        parts = phases(self.epochs, stage, self.config, self.parts, slowness=slowness(self.clocks))
        remaining = sum(phase.left or 0.0 for phase in parts)
        self.bar.total = passed + remaining
        self.bar.update(passed - self.bar.n)

    def stage(self, stage: str, sentence: str) -> None:
        self.bar.write(f"attrec: {sentence}.", file=sys.stderr)
        if stage:
            self.advance(stage)
            self.bar.refresh()

    def trouble(self, sentence: str) -> None:
        self.stage("", sentence)

    def writing(self) -> None:
        """Does nothing: Ctrl-C still interrupts."""

    def wrote(self, run: Run) -> None:
        """Does nothing: nobody else needs to know."""
