"""Saving and loading a model: in the same folder format as a run, with the method names that notebooks use."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories
from other_runs import made
from shelf_worlds import everything, sentence

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.models.attrec import AttRec
from attrec_core.models.registry import model_in
from attrec_core.runs import run as runs_run
from attrec_core.runs import weights
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.training.train_run import train_run

WINDOWS = torch.tensor([[-1, 3, 4, 5], [0, 1, 2, 3]])


def answers(model: AttRec) -> torch.Tensor:
    return model(torch.tensor([0, 1]), WINDOWS).detach()


@pytest.fixture
def saved(small_run: Run, tmp_path: Path) -> Path:
    runs_run.save(small_run, tmp_path / "run-a")
    return tmp_path / "run-a"


@pytest.mark.parametrize("shared_projection", [True, False])
def test_a_model_alone_comes_back_bit_for_bit(tmp_path: Path, shared_projection: bool) -> None:
    config = ModelConfig(dim=6, window=4, mask="before", shared_projection=shared_projection)
    model = AttRec(config, n_users=3, n_items=7, init_sd=0.1).eval()
    model.save_pretrained(tmp_path / "alone")
    opened = AttRec.from_pretrained(tmp_path / "alone")
    assert opened.config == config
    assert torch.equal(answers(opened), answers(model))
    assert set(everything(tmp_path / "alone")) == {"config.json", "weights.safetensors"}
    assert "AttRec.from_pretrained opens it" in sentence(lambda: load(tmp_path / "alone"))


def test_with_its_run_it_is_written_whole_and_as_it_was(saved: Path, tmp_path: Path) -> None:
    AttRec.from_pretrained(saved).save_pretrained(tmp_path / "copy", like=load(saved))
    assert everything(tmp_path / "copy") == everything(saved)
    run = made("gru4rec")  # without vectors of users
    model_in(run).save_pretrained(tmp_path / "other", like=run)
    opened = load(tmp_path / "other")
    assert (opened.metrics, opened.interactions.n_users) == (run.metrics, run.interactions.n_users)


def test_ranking_again_gives_what_training_gave() -> None:
    """Without a refit, the saved model is that of the best epoch, whose validation metrics are stored."""
    settings = ModelConfig(dim=4, window=3), TrainConfig(epochs=2, refit=False)
    run = train_run(interactions_of(random_histories(2)), *settings, with_maps=False)
    model = AttRec.of(run.model_config, run.arrays)
    changed = dataclasses.replace(run, arrays={**run.arrays, "projection": np.eye(4)})
    assert model._run_like(changed, dict(run.arrays)).metrics == run.metrics


def test_a_folder_is_replaced_only_when_told_and_a_run_about_others_does_not_fit(saved: Path, tmp_path: Path) -> None:
    model, run = AttRec.from_pretrained(saved), load(saved)
    before = everything(tmp_path)
    assert "use overwrite" in sentence(lambda: model.save_pretrained(saved))
    assert "use overwrite" in sentence(lambda: model.save_pretrained(saved, like=run))
    stranger = AttRec(run.model_config, n_users=3, n_items=7)
    assert "not about the same users" in sentence(lambda: stranger.save_pretrained(tmp_path / "x", like=run))
    assert everything(tmp_path) == before
    model.save_pretrained(saved, overwrite=True)
    assert "only a model" in sentence(lambda: load(saved))


def test_what_is_no_model_is_named(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not a folder" in sentence(lambda: AttRec.from_pretrained(tmp_path / "none"))
    config, content = json.loads((saved / "config.json").read_text()), (saved / "weights.safetensors").read_bytes()
    for name, wrong in (
        ("config.json", json.dumps(config | {"model": config["model"] | {"dim": 9}}).encode()),
        ("config.json", json.dumps(config | {"version": 99}).encode()),
        ("config.json", b"\x80pickle"),
        ("weights.safetensors", b"\x80pickle"),
        ("weights.safetensors", b""),
    ):
        before = (saved / name).read_bytes()
        (saved / name).write_bytes(wrong)
        message = sentence(lambda: AttRec.from_pretrained(saved))
        assert any(word in message for word in ("damaged", "newer version"))
        (saved / name).write_bytes(before)
    monkeypatch.setattr(weights, "MAPPED", 1)  # weights that are mapped are compared with their checksum, too
    AttRec.from_pretrained(saved)
    (saved / "weights.safetensors").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "weights.safetensors" in sentence(lambda: AttRec.from_pretrained(saved))
    (saved / "weights.safetensors").unlink()
    assert "weights.safetensors is missing" in sentence(lambda: AttRec.from_pretrained(saved))
