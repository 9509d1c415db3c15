"""Training on a GPU: which trainings run there; every tensor of a step is on its device; the result is repeatable."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories
from torch.overrides import TorchFunctionMode

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.registry import TRAINED
from attrec_core.runs.history import Epoch
from attrec_core.runs.systems import start_of
from attrec_core.training.engine import engine_of
from attrec_core.training.fit import Callbacks, TrainingState, fit
from attrec_core.training.recorder import Recorder
from attrec_core.training.trainer import Trainer

SPLIT = leave_one_out(interactions_of(random_histories(3)))
MODEL = ModelConfig(dim=6, window=3, dropout=0.2, shared_projection=False)
TRAIN = TrainConfig(targets=2, negatives=4, batch_size=50, epochs=3, init_sd=0.05)


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
    config = replace(MODEL, mask=mask, aggregation=aggregation, taste=taste)
    trainer = Trainer(SPLIT, config, replace(TRAIN, loss=loss, average=2))
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
        fit(SPLIT, MODEL, TRAIN, Callbacks(store=SimpleNamespace(load=lambda: state)))
    assert refused.value.code == "no_gpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("regularisation", ["l2", "clip"])
def test_a_training_on_a_gpu_repeats_and_is_near_that_on_the_processor(regularisation: str) -> None:
    train = replace(TRAIN, regularisation=regularisation, device="cuda")
    (model, history), (again, _) = fit(SPLIT, MODEL, train), fit(SPLIT, MODEL, train)
    assert history.engine == "cuda"
    assert not torch.are_deterministic_algorithms_enabled()
    for name, weight in model.state_dict().items():
        assert weight.device.type == "cpu"
        assert torch.equal(weight, again.state_dict()[name])
    no_dropout = replace(MODEL, dropout=0.0)  # dropout, whose draws depend on the device, is off
    _, on_gpu = fit(SPLIT, no_dropout, train)
    _, on_cpu = fit(SPLIT, no_dropout, replace(train, device="cpu", engine="torch"))
    assert on_gpu.epochs[0].loss == pytest.approx(on_cpu.epochs[0].loss, rel=1e-4)
