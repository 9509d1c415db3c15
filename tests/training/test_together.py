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
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import ROOT, data_file, interactions_of, random_histories
from processes import PATIENCE, started
from torch.overrides import TorchFunctionMode

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.registry import TRAINED
from attrec_core.runs.history import Epoch
from attrec_core.runs.systems import start_of
from attrec_core.training import fit as fitting
from attrec_core.training.engine import engine_of, join_processes, rank_and_count
from attrec_core.training.fit import Callbacks, TrainingState, fit
from attrec_core.training.negatives import SharedNegatives
from attrec_core.training.recorder import Recorder
from attrec_core.training.trainer import Trainer
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


# Training on a GPU: which trainings run there; every tensor of a step is on its device; the result is repeatable.


SPLIT = leave_one_out(interactions_of(random_histories(3)))
SMALL_MODEL = ModelConfig(dim=6, window=3, dropout=0.2, shared_projection=False)
SHORT_TRAINING = TrainConfig(targets=2, negatives=4, batch_size=50, epochs=3, init_sd=0.05)


@pytest.mark.parametrize(
    ("device", "engine", "with_gpu", "without"),
    [
        ("auto", "auto", "cuda", "compiled"),
        ("auto", "torch", "cuda", "torch"),
        ("auto", "compiled", "compiled", "compiled"),
        ("cpu", "torch", "torch", "torch"),
        ("cuda", "auto", "cuda", "no_gpu"),
        ("cuda", "compiled", "clash", "clash"),
    ],
)
def test_which_engine_runs_with_and_without_a_gpu(
    device: str, engine: str, with_gpu: str, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_there, expected in ((True, with_gpu), (False, without)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=is_there: there)
        try:
            assert engine_of(ModelConfig(), TrainConfig(device=device, engine=engine), 10**6) == expected
        except InputError as error:
            assert error.code == expected
            assert error.setting == ("device" if error.code == "no_gpu" else error.setting)


class OnOneDevice(TorchFunctionMode):
    """Records each operation that mixes arrays on different devices. A single number may be on any device."""

    def __init__(self) -> None:
        super().__init__()
        self.mixed: list[str] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):  # noqa: ANN001, ANN204 - torch's signature
        leaves = torch.utils._pytree.tree_leaves((args, kwargs))
        devices = {leaf.device.type for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.ndim}
        if len(devices) > 1:
            self.mixed.append(function.__name__)
        return function(*args, **kwargs or {})


@pytest.mark.parametrize("mask", ["after", "before"])
@pytest.mark.parametrize("aggregation", ["mean", "max"])
@pytest.mark.parametrize("loss", ["hinge", "softmax"])
@pytest.mark.parametrize("taste", ["vector", "both"])
def test_every_tensor_of_a_step_is_moved_to_the_models_device(
    loss: str, mask: str, aggregation: str, taste: str
) -> None:
    """Uses torch's meta device, which has no memory and computes everything but the values."""
    config = replace(SMALL_MODEL, mask=mask, aggregation=aggregation, taste=taste)
    trainer = Trainer(SPLIT, config, replace(SHORT_TRAINING, loss=loss, average=2))
    for model in (trainer.model, trainer.average):
        model.to("meta")
    trainer.log_temperature = torch.nn.Parameter(trainer.log_temperature.detach().to("meta"))
    trainer.optimiser = trainer.new_optimiser()
    with OnOneDevice() as operations:
        with pytest.raises(RuntimeError):  # the loss, which has no value, is read last
            trainer.step(np.arange(50))
        assert trainer.optimiser.state[trainer.model.item_short]["step"] == 1
        trainer.update_average()
        with pytest.raises(NotImplementedError):  # the distances are read
            trainer.model.ranker()(trainer.users[:5], trainer.windows[:5])
        with pytest.raises(NotImplementedError):
            Recorder(trainer.split, config, 0).frame(trainer.model)
        users, windows, targets = (array[:50] for array in (trainer.users, trainer.windows, trainer.targets))
        loss_of = trainer.of_softmax if loss == "softmax" else trainer.of_negatives
        queries = trainer.model.query_vectors(trainer.tensor(users), trainer.tensor(windows))
        _, candidates = loss_of(queries, users, targets)
    assert operations.mixed == []
    assert candidates.device.type == "meta"  # as the windows that are clipped with them


@pytest.mark.parametrize("name", sorted(TRAINED))
def test_distances_are_computed_on_the_device_of_the_weights(name: str) -> None:
    """The device "meta" computes shapes without values. Like a GPU, it refuses a tensor of the processor."""
    model = TRAINED[name](replace(start_of(name)[0], dim=8, window=4), 5, 9).to("meta")
    y = model(*(torch.zeros(shape, dtype=torch.long, device="meta") for shape in ((3,), (3, 4))))
    assert (y.shape, y.device.type) == ((3, 9), "meta")


def test_a_training_from_a_gpu_is_not_resumed_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    state = TrainingState(engine="cuda", epochs=[Epoch(1, "search", 2, 1.0, 0.1, validation={"mrr": 0.1})])
    with pytest.raises(InputError) as refused:
        fit(SPLIT, SMALL_MODEL, SHORT_TRAINING, Callbacks(store=SimpleNamespace(load=lambda: state)))
    assert refused.value.code == "no_gpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("regularisation", ["l2", "clip"])
def test_a_training_on_a_gpu_repeats_and_is_near_that_on_the_processor(regularisation: str) -> None:
    train = replace(SHORT_TRAINING, regularisation=regularisation, device="cuda")
    (model, history), (again, _) = fit(SPLIT, SMALL_MODEL, train), fit(SPLIT, SMALL_MODEL, train)
    assert history.engine == "cuda"
    assert not torch.are_deterministic_algorithms_enabled()
    for name, weight in model.state_dict().items():
        assert weight.device.type == "cpu"
        assert torch.equal(weight, again.state_dict()[name])
    no_dropout = replace(SMALL_MODEL, dropout=0.0)  # dropout, whose draws depend on the device, is off
    _, on_gpu = fit(SPLIT, no_dropout, train)
    _, on_cpu = fit(SPLIT, no_dropout, replace(train, device="cpu", engine="torch"))
    assert on_gpu.epochs[0].loss == pytest.approx(on_cpu.epochs[0].loss, rel=1e-4)
