"""Every trained system computes on the device of its weights."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from conftest import interactions_of, random_histories

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.models.registry import TRAINED
from attrec_core.runs.history import Epoch
from attrec_core.runs.systems import start_of
from attrec_core.training.checkpoint import TrainingState
from attrec_core.training.fit import fit


@pytest.mark.parametrize("name", sorted(TRAINED))
def test_distances_are_computed_on_the_device_of_the_weights(name: str) -> None:
    """The device "meta" computes shapes without values. Like a GPU, it refuses a tensor of the processor."""
    config = replace(start_of(name)[0], dim=8, window=4)
    model = TRAINED[name](config, 5, 9).to("meta")
    users, windows = (torch.zeros(shape, dtype=torch.long, device="meta") for shape in ((3,), (3, 4)))
    y = model(users, windows)
    assert (y.shape, y.device.type) == ((3, 9), "meta")


def test_a_training_from_a_gpu_is_not_resumed_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    state = TrainingState(engine="cuda", epochs=[Epoch(1, "search", 2, 1.0, 0.1, validation={"mrr": 0.1})])
    with pytest.raises(InputError) as refused:
        fit(
            interactions_of(random_histories(3)),
            ModelConfig(),
            TrainConfig(),
            store=SimpleNamespace(load=lambda: state),
        )
    assert refused.value.code == "no_gpu"
