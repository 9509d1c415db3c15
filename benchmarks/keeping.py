"""The cost of saving a training: its checkpoint and its recording for the replay, as shares of an epoch.

Run: python benchmarks/keeping.py [DATA] [EPOCHS]. DATA defaults to the bundled sample; the settings are those that suit
its format; one thread. An epoch is the pass over the windows and the ranking of the validation items.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from _table import add
from torch.nn import Module

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core import data
from attrec_core.config import PRESETS, with_settings
from attrec_core.data import importing
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.history import Epoch
from attrec_core.runs.replay import arrays_of
from attrec_core.storage.arrays import npz_bytes
from attrec_core.training.fit import (
    Callbacks,
    CheckpointStore,
    TrainingState,
    fit,
    training_at,
)
from attrec_core.training.recorder import Recorder


class Timed:
    """Passes calls on to the checkpoint store and the recorder, and records the seconds of each call."""

    def __init__(self, kept: CheckpointStore, recorder: Recorder) -> None:
        self.kept, self.recorder = kept, recorder
        self.keeping: list[float] = []
        self.recording: list[float] = []

    def load(self) -> TrainingState:
        return self.kept.load()

    def save(self, state: TrainingState) -> None:
        began = time.perf_counter()
        self.kept.save(state)
        self.keeping.append(time.perf_counter() - began)

    def record(self, phase: str, number: int, model: Module) -> None:
        began = time.perf_counter()
        self.recorder(phase, number, model)
        self.recording.append(time.perf_counter() - began)


def main(path: Path, epochs: str) -> None:
    interactions = data.read(path)
    settings = {"epochs": epochs, "patience": "0"}
    preset = importing.preset_of(importing.counts_of(interactions))
    configs = with_settings(*PRESETS[preset], settings)
    finished_epochs: list[Epoch] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        training_at(Path(folder) / "run", interactions, configs, resume=False, overwrite=False) as store,
    ):
        split = leave_one_out(interactions)
        timed = Timed(store, recorder := Recorder(split, configs[0], 0, store.frames))
        callbacks = Callbacks(epoch=finished_epochs.append, store=timed, model=timed.record)
        model, history = fit(split, *configs, callbacks)
        size = len(npz_bytes(arrays_of(recorder.replay(model, history))))
    epoch = statistics.median(finished.seconds for finished in finished_epochs)
    for name, seconds in (("checkpoint", timed.keeping), ("replay", timed.recording)):
        median = statistics.median(seconds)
        add(f"{name} of an epoch", "s", median, epoch, "the epoch's steps")
        print(f"{name}: {median * 1000:.1f} ms an epoch, {median / epoch:.1%} of its {epoch:.2f} s")
    print(f"replay.npz of {history.best_epoch} epochs: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "sample_data", sys.argv[2] if len(sys.argv) > 2 else "8")
