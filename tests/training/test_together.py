"""Several processes train as one does: same draws, and the sum of their gradients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.training import fit as fitting
from attrec_core.training.together import place
from tests.conftest import interactions_of, random_histories
from tests.training.test_compiled import compiled_of, trainer_of

ROOT = Path(__file__).resolve().parents[2]
# Nothing leaves this machine, whatever its name stands for.
HERE = os.environ | {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo"}
TOGETHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
MODEL = ModelConfig(dim=7, window=4)
TRAIN = TrainConfig(targets=2, negatives=4, batch_size=37, init_sd=0.4, learning_rate=0.3, l2=0.02)
STEPS = 50


def losses() -> list[float]:
    """Of 50 steps in float64, each of two users' windows more than the step before."""
    trainer = compiled_of(trainer_of(MODEL, TRAIN))
    count = len(trainer.users)
    return [trainer.step(np.arange(k, k + 37) % count) for k in range(0, 2 * STEPS, 2)]


def test_two_processes_have_the_losses_of_one(tmp_path: Path) -> None:
    subprocess.run(
        [*TOGETHER, "-m", "tests.training.test_together", str(tmp_path)], cwd=ROOT, check=True, timeout=300, env=HERE
    )
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert first == second
    assert first == pytest.approx(losses(), rel=1e-5)


def test_the_command_trains_in_two_processes_and_the_first_alone_writes(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    rows = [f"{u},{i},{t}" for u, items in random_histories(3).items() for t, i in enumerate(items)]
    data.write_text("\n".join(["user,item,time", *rows]) + "\n")
    command = ["train", str(data), "--epochs", "2", "--no-maps", "--preset", "movielens"]
    assert main([*command, "--out", str(tmp_path / "alone"), "--set", "engine=compiled"]) == 0
    start = [*TOGETHER, "-m", "attrec_core", *command, "--out", str(tmp_path / "together")]
    subprocess.run(start, cwd=ROOT, check=True, timeout=300, env=HERE, capture_output=True)
    one, both = (json.loads((tmp_path / name / "history.json").read_text()) for name in ("alone", "together"))
    assert both["engine"] == "compiled"
    assert [e["loss"] for e in both["epochs"]] == pytest.approx([e["loss"] for e in one["epochs"]], rel=1e-3)
    again = subprocess.run([*start, "--resume"], cwd=ROOT, timeout=300, env=HERE, capture_output=True, text=True)
    assert again.returncode == 0 and "already complete" in again.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "alone", "together"}


def test_what_needs_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "place", lambda: (0, 2))
    with pytest.raises(InputError) as error:
        fitting.fit(interactions_of(random_histories(3)), replace(MODEL, dropout=0.2), TRAIN)
    assert error.value.code == "needs_compiled"


if __name__ == "__main__":
    from attrec_core.training.together import joined

    with joined() as together:
        together.begins()
        kept = losses()
        Path(sys.argv[1], f"{place()[0]}.json").write_text(json.dumps(kept))
