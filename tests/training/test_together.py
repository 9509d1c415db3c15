"""Several processes train as one does: with the same draws and the sum of their gradients."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from processes import PATIENCE, started

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.training import fit as fitting
from attrec_core.training.engine import join_processes, rank_and_count
from tests.training.test_compiled import compiled_of, trainer_of

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
# No traffic leaves this machine, whatever address its name resolves to.
HERE = {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo"}
TOGETHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
MODEL = ModelConfig(dim=7, window=4)
TRAIN = TrainConfig(targets=2, negatives=4, batch_size=37, init_sd=0.4, learning_rate=0.3, l2=0.02)
STEPS = 50


def losses() -> list[float]:
    """Returns the losses of 50 steps in float64. Each step starts two windows later than the step before."""
    trainer = compiled_of(trainer_of(MODEL, TRAIN))
    count = len(trainer.users)
    return [trainer.step(np.arange(k, k + 37) % count) for k in range(0, 2 * STEPS, 2)]


def ranked(rank: int, port: int, folder: Path, act: Callable[..., int | None], *args: object) -> int | None:
    """Runs one of two processes, without torchrun, which would load torch three times. Writes its stderr to a file."""
    os.environ |= HERE | {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with (folder / f"{rank}.err").open("w") as stderr, contextlib.redirect_stderr(stderr):
        return act(*args)


def in_two_processes(folder: Path, act: Callable[..., int | None], *args: object) -> None:
    with socket.socket() as free_socket:
        free_socket.bind(("127.0.0.1", 0))
        port = free_socket.getsockname()[1]
    children = [started(ranked, rank, port, folder, act, *args) for rank in range(2)]
    for child in children:
        child.join(PATIENCE)
        child.kill()  # in case it waits for the other for ever
    assert [child.exitcode for child in children] == [0, 0]


def losses_kept(folder: Path) -> None:
    with join_processes() as together:
        together.begins()
        values = losses()
        (folder / f"{rank_and_count()[0]}.json").write_text(json.dumps(values))


def test_two_processes_have_the_losses_of_one(tmp_path: Path) -> None:
    alone = losses()  # this compiles the loop for all three
    in_two_processes(tmp_path, losses_kept, tmp_path)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert first == second
    assert first == pytest.approx(alone, rel=1e-5)


def test_the_command_trains_in_two_processes_and_the_first_alone_writes(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    rows = [f"{u},{i},{t}" for u, items in random_histories(3).items() for t, i in enumerate(items)]
    data.write_text("\n".join(["user,item,time", *rows]) + "\n")
    command = ["train", str(data), "--epochs", "2", "--no-maps", "--preset", "movielens"]
    start = [*TOGETHER, "-m", "attrec_core", *command, "--out", str(tmp_path / "together")]
    subprocess.run(start, cwd=ROOT, check=True, timeout=300, env=os.environ | HERE, capture_output=True)
    history = json.loads((tmp_path / "together" / "history.json").read_text())
    assert history["engine"] == "compiled" and len(history["epochs"]) >= 2
    in_two_processes(tmp_path, main, [*command, "--out", str(tmp_path / "together"), "--resume"])
    outputs = [(tmp_path / f"{rank}.err").read_text() for rank in range(2)]
    assert "already complete" in outputs[0] + outputs[1]
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "together", "0.err", "1.err"}


def test_what_needs_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "rank_and_count", lambda: (0, 2))
    with pytest.raises(InputError) as error:
        fitting.fit(leave_one_out(interactions_of(random_histories(3))), replace(MODEL, dropout=0.2), TRAIN)
    assert error.value.code == "needs_compiled"
