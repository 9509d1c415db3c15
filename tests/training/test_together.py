"""Several processes train as one does, with the same draws; the example that shards the tables by rows does too."""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT, data_file, interactions_of, random_histories
from processes import PATIENCE, started

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.training import fit as fitting
from attrec_core.training.engine import join_processes, rank_and_count
from attrec_core.training.trainer import SharedNegatives
from tests.training.test_compiled import compiled_of, trainer_of

# No traffic leaves this machine, whatever address its name resolves to.
HERE = {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo"}
TOGETHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
MODEL = ModelConfig(dim=7, window=4)
TRAIN = TrainConfig(targets=2, negatives=4, batch_size=37, init_sd=0.4, learning_rate=0.3, l2=0.02)
STEPS = 50


def losses(loss: str) -> list[float]:
    """Returns the losses of 50 steps in float64. Each step starts two windows later than the step before."""
    SharedNegatives.LEAST, SharedNegatives.BLOCK = 6, 10  # in a process of its own, or set back by the test
    softmax = {"optimiser": "adam", "learning_rate": 0.01} if loss == "sampled" else {}
    trainer = compiled_of(trainer_of(replace(MODEL, taste="both"), replace(TRAIN, loss=loss, **softmax)))
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


def losses_kept(folder: Path, loss: str) -> None:
    with join_processes() as together:
        together.begins()
        values = losses(loss)
        (folder / f"{rank_and_count()[0]}.json").write_text(json.dumps(values))


@pytest.mark.long
@pytest.mark.parametrize("loss", ["hinge", "sampled"])
def test_two_processes_have_the_losses_of_one(loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEAST", "BLOCK"):
        monkeypatch.setattr(SharedNegatives, name, getattr(SharedNegatives, name))
    alone = losses(loss)  # this compiles the loop for all three
    in_two_processes(tmp_path, losses_kept, tmp_path, loss)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert first == second
    assert first == pytest.approx(alone, rel=1e-5)


@pytest.mark.long
def test_the_command_trains_in_two_processes_and_the_first_alone_writes(tmp_path: Path) -> None:
    data = data_file(tmp_path / "data.csv", random_histories(3))
    command = ["train", str(data), "--epochs", "2", "--no-maps", "--preset", "movielens", "--set", "average=2"]
    start = [*TOGETHER, "2", "-m", "attrec_core", *command, "--out", str(tmp_path / "together")]
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


# The example that shards the tables by rows.
EXAMPLE = ROOT / "examples" / "sharded.py"


def test_what_the_example_takes_from_the_project_is_there() -> None:
    imports = [node for node in ast.walk(ast.parse(EXAMPLE.read_text())) if isinstance(node, ast.ImportFrom)]
    project_imports = [node for node in imports if node.module.split(".")[0] == "attrec_core"]
    assert len(project_imports) > 4
    for node in project_imports:
        module = importlib.import_module(node.module)
        assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == [], node.module


def trained(data: Path, out: Path, processes: int) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Trains with the example; returns the loss of each epoch and the tables."""
    # Imported here: it takes a second, which skipped tests should not cost.
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

    command = [*TOGETHER, str(processes), str(EXAMPLE), str(data), "--out", str(out), "--epochs", "3"]
    process = subprocess.run(command, cwd=ROOT, timeout=300, env=os.environ | HERE, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    dcp_to_torch_save(out, out.with_suffix(".pt"))
    losses = [float(loss) for loss in re.findall(r"epoch \d of 3: loss ([\d.]+)", process.stdout)]
    return losses, torch.load(out.with_suffix(".pt"))


@pytest.mark.skipif(find_spec("torchrec") is None, reason="needs TorchRec; examples/sharded.py says how to install it")
def test_two_processes_that_share_the_tables_train_as_one_does(tmp_path: Path) -> None:
    # Odd counts, which do not divide evenly between two processes.
    data = data_file(tmp_path / "data.csv", random_histories(3, users=101, items=61, longest=40))
    (losses_of_one, tables), (losses_of_two, sharded_tables) = (trained(data, tmp_path / f"by {k}", k) for k in (1, 2))
    assert len(losses_of_one) == 3 and losses_of_one[2] < losses_of_one[0]
    assert losses_of_two == pytest.approx(losses_of_one, rel=1e-3)
    assert {name: len(table) for name, table in sharded_tables.items()} == {
        "embeddings.item_short.weight": 61,
        "embeddings.item_long.weight": 61,
        "embeddings.user_long.weight": 101,
        "projection": 100,
    }
    for name, table in tables.items():
        torch.testing.assert_close(sharded_tables[name], table, rtol=1e-2, atol=1e-3)
