"""The equations: closed forms by hand, the paper's degenerate cases, and invariants."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories
from hypothesis import given
from hypothesis import strategies as st
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

MASKS = ("after", "before", "none")
AGGREGATIONS = ("mean", "sum", "max", "min")


def model_of(**options: object) -> AttRec:
    torch.manual_seed(0)
    return AttRec(ModelConfig(**({"dim": 6, "window": 4} | options)), 5, 7, init_sd=0.5).double().eval()


def by_hand(mask: str = "after", aggregation: str = "mean") -> AttRec:
    """d = 1, L = 2, no time signal, W = [1], X = [1, 2], so the scores are [[1, 2], [2, 4]]."""
    model = AttRec(ModelConfig(dim=1, window=2, time_signal=False, mask=mask, aggregation=aggregation), 1, 2).double()
    with torch.no_grad():
        model.projection.copy_(torch.tensor([[1.0]]))
        model.item_short.copy_(torch.tensor([[1.0], [2.0]]))
        model.item_long.copy_(torch.tensor([[0.0], [3.0]]))
        model.user_long.copy_(torch.tensor([[1.0]]))
    return model.eval()


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_two_items_by_hand_without_a_mask_and_with_the_mask_after_the_softmax() -> None:
    stages = by_hand("none").attention(torch.tensor([[0, 1]]))
    assert stages.scores[0].tolist() == [[1, 2], [2, 4]]
    first, second = sigmoid(1), sigmoid(2)  # softmax of (1, 2) and of (2, 4): weight of the second item
    assert stages.weights[0].flatten().tolist() == pytest.approx([1 - first, first, 1 - second, second])
    assert stages.attended[0, :, 0].tolist() == pytest.approx([1 + first, 1 + second])
    assert stages.intent[0, 0].item() == pytest.approx(1 + (first + second) / 2)
    masked = by_hand("after").attention(torch.tensor([[0, 1]])).weights[0]
    assert masked.flatten().tolist() == pytest.approx([0, first, 1 - second, 0])  # the diagonal's mass is lost


def test_two_items_masked_before_the_softmax_are_the_plain_mean() -> None:
    model = by_hand("before")
    stages = model.attention(torch.tensor([[0, 1]]))
    assert stages.weights[0].tolist() == [[0, 1], [1, 0]]
    assert stages.intent[0, 0].item() == 1.5
    model(torch.tensor([0]), torch.tensor([[0, 1]])).sum().backward()
    assert model.projection.grad is None or model.projection.grad.abs().max() == 0


@pytest.mark.parametrize(("mask", "expected"), [("after", 0.0), ("before", 2.0), ("none", 2.0)])
def test_one_item_gives_itself_or_nothing_and_never_nan(mask: str, expected: float) -> None:
    for aggregation in AGGREGATIONS:
        assert by_hand(mask, aggregation).attention(torch.tensor([[-1, 1]])).intent.item() == expected


def test_aggregations_and_the_distance_by_hand() -> None:
    # With the mask before the softmax, each of two items attends to the other: a = (2, 1).
    window = torch.tensor([[0, 1]])
    intents = {pool: by_hand("before", pool).attention(window).intent.item() for pool in AGGREGATIONS}
    assert intents == {"mean": 1.5, "sum": 3.0, "max": 2.0, "min": 1.0}
    # m = 1.5, U = 1, V = (0, 3), X = (1, 2), ω = .2
    distances = by_hand("before")(torch.tensor([0]), window, torch.tensor([[0, 1]]))
    assert distances[0].tolist() == pytest.approx([0.2 * 1 + 0.8 * 0.25, 0.2 * 4 + 0.8 * 0.25])


@pytest.mark.parametrize("mask", MASKS)
def test_padding_gets_no_weight_and_changes_nothing(mask: str) -> None:
    model = model_of(mask=mask)
    stages = model.attention(torch.tensor([[-1, -1, 3, 5]]))
    assert stages.weights[0, :2].abs().max() == 0
    assert stages.weights[0, :, :2].abs().max() == 0
    with torch.no_grad():
        # -1 is looked up as item 0 and then blanked, so the values of item 0 must not matter.
        model.item_short[0] += 100
    again = model.attention(torch.tensor([[-1, -1, 3, 5]]))
    assert torch.equal(stages.intent, again.intent)


@pytest.mark.parametrize("mask", MASKS)
def test_rows_sum_to_one_or_to_one_minus_the_masked_diagonal(mask: str) -> None:
    windows = torch.tensor([[1, 2, 3, 4], [-1, 6, 0, 0], [-1, -1, 2, 1]])
    sums = model_of(mask=mask).attention(windows).weights.sum(-1)
    unmasked = model_of(mask="none").attention(windows).weights
    expected = (windows >= 0).double()
    if mask == "after":
        expected = expected - unmasked.diagonal(dim1=1, dim2=2)
    assert torch.allclose(sums, expected)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("pool", AGGREGATIONS)
def test_a_lone_item_attends_to_itself_where_the_setting_says_so_and_nothing_else_changes(mask: str, pool: str) -> None:
    windows = torch.tensor([[-1, -1, -1, 5], [-1, -1, 2, 5], [1, 2, 3, 4]])
    paper, itself = (model_of(mask=mask, aggregation=pool, lone_item=kind) for kind in ("nothing", "itself"))
    of_paper, of_itself = paper.intent(windows), itself.intent(windows)
    assert torch.allclose(of_itself[0], itself.item_short[5])
    assert torch.allclose(of_paper[0], itself.item_short[5] * (mask != "after"))
    assert torch.equal(of_paper[1:], of_itself[1:])


@pytest.mark.parametrize("mask", MASKS)
def test_permuting_users_and_items_permutes_results(mask: str) -> None:
    model, users, items = model_of(mask=mask), torch.randperm(5), torch.randperm(7)
    windows, people = torch.tensor([[1, 2, 3, 4], [-1, 6, 0, 5]]), torch.tensor([4, 1])
    before = model(people, windows)
    with torch.no_grad():
        for table, order in ((model.item_short, items), (model.item_long, items), (model.user_long, users)):
            table.copy_(table[order].clone())
    new_items, new_users = items.argsort(), users.argsort()
    moved = torch.where(windows >= 0, new_items[windows.clamp(min=0)], windows)
    assert torch.allclose(model(new_users[people], moved), before[:, items])


@pytest.mark.parametrize(("mask", "aggregation"), list(itertools.product(MASKS, AGGREGATIONS)))
def test_fast_distances_are_the_formula(mask: str, aggregation: str) -> None:
    model = model_of(mask=mask, aggregation=aggregation)
    users, windows = torch.tensor([0, 3]), torch.tensor([[1, 2, 3, 3], [-1, -1, 5, 6]])
    intent = model.attention(windows).intent
    long = (model.user_long[users][:, None] - model.item_long[None]).square().sum(-1)
    short = (intent[:, None] - model.item_short[None]).square().sum(-1)
    direct = 0.2 * long + 0.8 * short
    assert torch.allclose(model(users, windows), direct)
    candidates = torch.tensor([[6, 0, 0], [1, 2, 5]])
    assert torch.allclose(model(users, windows, candidates), direct.gather(1, candidates))


# Each mask with each pooling; each mask and each pooling with a shared projection and with two projections.
@pytest.mark.parametrize(
    ("mask", "aggregation", "shared"),
    [(mask, pool, (i + k) % 2 == 0) for i, mask in enumerate(MASKS) for k, pool in enumerate(AGGREGATIONS[:3])],
)
def test_gradient_is_the_slope(mask: str, aggregation: str, shared: bool) -> None:
    model = model_of(mask=mask, aggregation=aggregation, shared_projection=shared, dim=3)
    windows, candidates = torch.tensor([[1, 2, 3, 4], [-1, -1, 5, 6]]), torch.tensor([[0, 1], [2, 6]])
    weights = tuple(model.parameters())

    def distances(*_weights: torch.Tensor) -> torch.Tensor:
        return model(torch.tensor([0, 2]), windows, candidates)

    assert torch.autograd.gradcheck(distances, weights, atol=1e-5, fast_mode=True)


@given(st.lists(st.integers(-1, 6), min_size=4, max_size=4), st.sampled_from(MASKS), st.sampled_from(AGGREGATIONS))
def test_nothing_is_ever_nan(window: list[int], mask: str, aggregation: str) -> None:
    padded_left = torch.tensor([sorted(window, key=lambda item: item >= 0)])
    assert model_of(mask=mask, aggregation=aggregation)(torch.tensor([1]), padded_left).isfinite().all()


def test_dropout_acts_in_training_only() -> None:
    model, windows = model_of(dropout=0.5), torch.tensor([[1, 2, 3, 4]])
    assert torch.equal(model.intent(windows), model.intent(windows))
    model.train()
    assert not torch.equal(model.intent(windows), model.intent(windows))


# Saving and loading a model: in the same folder format as a run, with the method names that notebooks use.


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
