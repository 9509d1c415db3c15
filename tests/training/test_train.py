"""Fitting: repeatable, bounded, stopped in time, able to learn; the losses other than the paper's by hand."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, circle, interactions_of, random_histories
from scipy.special import expit

from attrec_core.config import PRESETS, SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.windows import leave_one_out, training_windows
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.attrec import AttRec
from attrec_core.models.model import Model
from attrec_core.models.registry import TRAINED
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.systems import start_of
from attrec_core.training.engine import MAP, TRIM, Engine, keep_freed
from attrec_core.training.fit import Callbacks, fit
from attrec_core.training.negatives import Negatives, SharedNegatives
from attrec_core.training.optimiser import Optimiser
from attrec_core.training.trainer import Trainer, of_pairs, of_sampled_shares, of_shares

MODEL = ModelConfig(dim=8, window=3)
TRAIN = TrainConfig(epochs=3, targets=1, negatives=2, batch_size=64, engine="torch")
SPLIT, OTHER = (leave_one_out(interactions_of(random_histories(seed))) for seed in (0, 4))


def test_same_seed_same_bits_another_seed_others_and_torch_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    first, second = (fit(SPLIT, MODEL, TRAIN)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other_seed = fit(SPLIT, MODEL, replace(TRAIN, seed=1))[0].state_dict()
    assert not torch.equal(first["item_short"], other_seed["item_short"])
    monkeypatch.setattr(Trainer, "epoch", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit(SPLIT, MODEL, replace(TRAIN, threads=threads + 1))
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(3), expected)


def test_an_epoch_takes_every_window_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, batches = Trainer(SPLIT, MODEL, TRAIN), []

    def step(rows: np.ndarray) -> float:
        batches.append(rows.tolist())
        return 2.0 * len(rows)

    monkeypatch.setattr(trainer, "step", step)
    assert trainer.epoch() == 2
    assert sorted(row for rows in batches for row in rows) == list(range(len(trainer.users)))
    assert {len(rows) for rows in batches[:-1]} == {TRAIN.batch_size}


def test_a_circle_is_learned() -> None:
    split = leave_one_out(interactions_of(circle()))
    settings = TrainConfig(epochs=40, patience=0, targets=1, negatives=5, regularisation="clip", init_sd=0.1)
    model, _ = fit(split, replace(MODEL, long_weight=0.1), settings)
    assert evaluate(model.ranker(), split, 3, "test").metrics["hr@10"] > 0.95


def test_clipping_keeps_every_row_in_the_unit_ball() -> None:
    settings = replace(TRAIN, regularisation="clip", learning_rate=1.0, init_sd=0.05, batch_size=1)
    model, _ = fit(OTHER, MODEL, settings)
    norms = torch.cat([table.norm(dim=1) for table in model.tables])
    assert norms.max() <= 1 + 1e-5
    assert norms.max() > 0.99  # the steps are large enough that clipping is needed


Weights = dict[str, torch.Tensor]


def weights_of_epochs(model: ModelConfig, train: TrainConfig) -> tuple[Weights, dict[str, list[Weights]], History]:
    """Returns the weights of the model at the end, those reported after each epoch of a phase, and the history."""
    reported: dict[str, list[Weights]] = {"search": [], "refit": []}

    def keep(phase: str, number: int, reported_model: Model) -> None:
        if number:
            weights = reported_model.state_dict().items()
            reported[phase].append({name: weight.clone() for name, weight in weights})

    final, history = fit(OTHER, model, train, Callbacks(model=keep))
    return final.state_dict(), reported, history


@pytest.mark.parametrize(("system", "engine"), [*((system, "torch") for system in TRAINED), ("attrec", "compiled")])
def test_the_averaged_model_is_the_mean_of_the_weights_of_the_epochs(system: str, engine: Engine) -> None:
    """With K = 4, an epoch counts 3/4 as much as the next one; and training goes on from its own weights."""
    model, train = start_of(system)
    model = replace(model, dim=8, window=3, taste="both" if system == "attrec" else "vector")
    train = replace(train, epochs=4, patience=0, batch_size=20, regularisation="clip", learning_rate=0.2, engine=engine)
    _, expected, _ = weights_of_epochs(model, train)
    final, averaged, history = weights_of_epochs(model, replace(train, average=4))
    assert all(torch.equal(weights, averaged["search"][0][name]) for name, weights in expected["search"][0].items())
    for number in range(1, 5):
        parts = np.array([0.75 ** (number - epoch) for epoch in range(1, number + 1)])
        for name, actual in averaged["search"][number - 1].items():
            mean = sum(part * weights[name].double() for part, weights in zip(parts, expected["search"], strict=False))
            torch.testing.assert_close(actual.double(), mean / parts.sum(), rtol=1e-5, atol=1e-6, msg=name)
    # The final fit returns the average of its own epochs, as many as are best in the search.
    assert len(averaged["refit"]) == history.best_epoch
    assert all(torch.equal(weights, averaged["refit"][-1][name]) for name, weights in final.items())
    tables = TRAINED[model.model].item_tables
    assert max(averaged["search"][-1][name].norm(dim=1).max() for name in tables) <= 1 + 1e-5


def test_without_an_average_the_model_in_training_is_kept_and_nothing_is_stored_of_one() -> None:
    trainer, averaging = Trainer(SPLIT, MODEL, TRAIN), Trainer(SPLIT, MODEL, replace(TRAIN, average=2))
    assert trainer.average is trainer.model
    of_average = {f"average.{name}" for name, _ in averaging.model.named_parameters()} | {"averaged"}
    assert averaging.tensors.keys() - trainer.tensors.keys() == of_average


def mrr_of(model: AttRec) -> float:
    return evaluate(model.ranker(), OTHER, MODEL.window, "validation").metrics["mrr"]


def test_refit_takes_the_best_number_of_epochs_and_early_stopping_restores_the_best() -> None:
    model, history = fit(OTHER, MODEL, replace(TRAIN, epochs=30, patience=2, refit=False))
    mrrs = [epoch.validation["mrr"] for epoch in history.epochs]
    assert history.ended == "patience"
    assert history.best_epoch == int(np.argmax(mrrs)) + 1 == len(mrrs) - 2
    assert mrr_of(model) == mrrs[history.best_epoch - 1]
    reported: list[Epoch] = []
    _, history = fit(OTHER, MODEL, TRAIN, Callbacks(epoch=reported.append))
    refitted = [epoch for epoch in reported if epoch.phase == "refit"]
    assert len(refitted) == history.best_epoch == refitted[0].of
    assert tuple(reported) == history.epochs


@pytest.mark.parametrize(("phase", "number", "epochs"), [("search", 2, 30), ("refit", 1, 3)])
def test_interrupting_keeps_the_best_so_far_also_in_the_final_fit(phase: str, number: int, epochs: int) -> None:
    def stop(epoch: Epoch) -> None:
        if (epoch.phase, epoch.epoch) == (phase, number):
            raise KeyboardInterrupt

    model, history = fit(OTHER, MODEL, replace(TRAIN, epochs=epochs), Callbacks(epoch=stop))
    assert history.ended == "interrupted"
    searched = [epoch.validation["mrr"] for epoch in history.epochs if epoch.phase == "search"]
    assert len(searched) == min(epochs, 2 if phase == "search" else 3)
    assert mrr_of(model) == max(searched)


def test_negatives_are_uniform_over_what_the_user_has_not_had_in_training() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s", "t"], "b": ["t", "s", "r", "u", "v"]}))
    names = split.interactions.item_ids
    negatives, users = Negatives(split), np.zeros(1, np.int64)
    drawn = negatives.items(users, negatives.draw(users, 40_000, np.random.default_rng(0)))[0]
    counts = dict(zip(*np.unique([names[item] for item in drawn], return_counts=True), strict=True))
    # User a is trained on p, q, r; the held-out items s and t are drawn like the rest.
    assert set(counts) == {"s", "t", "u", "v"}
    assert all(abs(count - 10_000) < 400 for count in counts.values())


Y, REAL = torch.tensor([[1.0, 2.0, 1.2, 9.0]]), torch.tensor([[True, True]])  # two targets, two negatives


def test_hinge_bpr_and_bce_by_hand() -> None:
    def loss(real: torch.Tensor = REAL, y: torch.Tensor = Y, **settings: Any) -> float:
        return of_pairs(y, real, TrainConfig(targets=2, negatives=2, margin=0.5, **settings)).item()

    # (1, 1.2): .3; (1, 9): 0; (2, 1.2): 1.3; (2, 9): 0
    assert loss() == pytest.approx(1.6)
    assert loss(pairs="aligned") == pytest.approx(0.3)
    assert loss(torch.tensor([[False, True]])) == pytest.approx(1.3)
    gaps = np.array([0.2, 8.0, -0.8, 7.0])
    assert loss(loss="bpr") == pytest.approx(-np.log(expit(gaps)).sum())
    assert loss(loss="bce") == pytest.approx(-np.log(expit([-1.0, -2.0, 1.2, 9.0])).sum())
    # A window without targets adds nothing.
    assert loss(torch.cat([REAL, ~REAL]), torch.cat([Y, Y]), loss="bce") == pytest.approx(loss(loss="bce"))


def test_training_windows_by_hand() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s", "t"], "b": ["t", "s", "r", "p"]}))
    users, windows, targets = training_windows(split, 2, 2)
    names = np.array([*split.interactions.item_ids, "-"])
    assert users.tolist() == [0, 0, 1]
    assert names[windows].tolist() == [["-", "p"], ["p", "q"], ["-", "t"]]
    assert names[targets].tolist() == [["q", "r"], ["r", "-"], ["s", "-"]]


# Pages of 4 kB are taken for an array of 1 MB, smaller than one for which numpy requests huge pages. In its own
# process: where other tests have left gaps in the memory, an array may lie in a gap.
FREED = """
import resource
import numpy as np
from attrec_core.training.engine import give_back, keep_freed

def pages_taken():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(256 * 512).fill(2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed()
pages_taken()
kept = max(pages_taken() for _ in range(5))
give_back()
print(kept, pages_taken())
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="The C library has no mallopt.")
def test_what_is_freed_is_kept_until_it_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], cwd=ROOT, check=True, capture_output=True, text=True)
    kept, taken = map(int, done.stdout.split())
    assert kept < 256 / 10
    assert taken > 256 / 2


def test_an_older_library_keeps_as_much_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the mapping threshold refused but the trim threshold accepted, it would keep less than with neither."""
    accepted: dict[int, int] = {}

    class Library:
        def mallopt(self, what: int, size: int) -> int:
            if what == MAP and size > 2**25:
                return 0
            return bool(accepted.update({what: size}) or 1)

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    keep_freed()
    assert accepted == {MAP: 2**25, TRIM: 2**30}


# Losses. A sampled softmax over all items equals the full softmax.
SOFTMAX = {"loss": "softmax", "optimiser": "adam", "learning_rate": "0.01", "targets": "1", "l2": "0", "dim": "8"}


def softmax(**more: str) -> tuple[ModelConfig, TrainConfig]:
    return with_settings(*PRESETS["movielens"], SOFTMAX | more)


def test_a_share_is_the_log_of_a_softmax_and_a_sample_of_everything_else_the_whole_one() -> None:
    logits, targets = torch.randn(5, 9), torch.tensor([[1], [0], [8], [3], [3]])
    real = torch.ones_like(targets, dtype=torch.bool)
    expected = torch.nn.functional.cross_entropy(logits, targets[:, 0], reduction="sum").item()
    assert of_shares(logits.gather(1, targets), logits, real).item() == pytest.approx(expected, rel=1e-5)
    others = logits[:, None].masked_fill(torch.arange(9) == targets[..., None], -torch.inf)
    assert of_sampled_shares(logits.gather(1, targets), others, real).item() == pytest.approx(expected, rel=1e-5)


def test_what_a_sample_stands_for_is_on_average_the_whole() -> None:
    """Items that nobody has in training, too: without them as negatives, they would rank first."""
    rare = interactions_of(circle() | {"once": ["i00", "i01", "i02", "never", "never too"]})
    shared = SharedNegatives(leave_one_out(rare), softmax(loss="sampled", negatives="5")[1])
    shared.size, exponentials = 5, np.random.default_rng(0).exponential(size=rare.n_items)
    samples = shared.draw(20_000, np.random.default_rng(0))
    assert all(len(np.unique(items)) == len(items) == 5 for items, _ in samples)
    # A mean of 20,000 draws, which have each of 14 items with a chance of 5 in 14.
    times = np.bincount(np.concatenate([items for items, _ in samples])) / len(samples)
    assert times == pytest.approx(5 / rare.n_items, abs=0.02)
    sums = [np.sum(exponentials[items]) * np.exp(-correction) for items, correction in samples]
    error = np.std(sums) / np.sqrt(len(sums))
    assert np.mean(sums) == pytest.approx(exponentials.sum(), abs=4 * error)


def test_each_block_of_a_batch_has_its_own_sample() -> None:
    trainer = Trainer(SPLIT, *softmax(loss="sampled"))
    trainer.shared.size, trainer.shared.needed = 4, True
    first, second, third = trainer.others(2 * SharedNegatives.BLOCK + 1)
    assert not np.array_equal(first.items, second.items) or not np.array_equal(second.items, third.items)
    whole = Trainer(SPLIT, *softmax()).others(SharedNegatives.BLOCK)
    assert len(whole) == 1 and not whole[0].correction


@pytest.mark.parametrize("kind", ["adam", "adagrad"])
def test_the_steps_are_those_of_torch_bit_for_bit(kind: str) -> None:
    config = replace(TrainConfig(), optimiser=kind, learning_rate=0.01)
    ours, theirs = ([torch.nn.Parameter(torch.linspace(-1, 1, n).reshape(-1, 3)) for n in (3, 6)] for _ in range(2))
    optimiser = Optimiser([(ours[:1], 0.1), (ours[1:], 0.0)], config)
    groups = [{"params": theirs[:1], "weight_decay": 0.1}, {"params": theirs[1:]}]
    if kind == "adam":
        reference: torch.optim.Optimizer = torch.optim.Adam(groups, lr=0.01)
    else:
        reference = torch.optim.Adagrad(groups, lr=0.01, initial_accumulator_value=config.accumulator)
    for step in range(3):
        for parameters, each in ((ours, optimiser), (theirs, reference)):
            # At first, one parameter has no gradient.
            for number, parameter in enumerate(parameters):
                parameter.grad = (parameter.detach() + step).sin() if number or step else None
            each.step()
        assert all(map(torch.equal, ours, theirs))
    for parameter, other in zip(ours, theirs, strict=True):
        assert all(torch.equal(optimiser.state[parameter][name], sums) for name, sums in reference.state[other].items())


def test_a_sampled_softmax_has_the_gradient_of_the_whole_one_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Trainer(SPLIT, *softmax())
    assert f"; beyond {SharedNegatives.ALL:,}, over a sample" in SETTINGS["loss"].sentence
    monkeypatch.setattr(SharedNegatives, "LEAST", 15)  # of 25
    monkeypatch.setattr(SharedNegatives, "BLOCK", 50)
    sampled = Trainer(SPLIT, *softmax(loss="sampled"))
    assert sampled.shared.needed and not whole.shared.needed
    gradients: list[torch.Tensor] = []
    for trainer, times in ((whole, 1), (sampled, 100)):
        total = torch.zeros_like(trainer.model.item_long)
        start = trainer.snapshot()
        for _ in range(times):
            trainer.restore(replace(start, random=trainer.random.bit_generator.state))
            trainer.step(np.arange(len(trainer.users)))
            total += trainer.model.item_long.grad
        gradients.append(total.flatten() / times)
    assert torch.cosine_similarity(*gradients, dim=0) > 0.99
    # The logarithm of a sampled sum is a little smaller than that of the whole one.
    assert gradients[1].norm().item() == pytest.approx(gradients[0].norm().item(), rel=0.1)


def test_when_a_softmax_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of before say softmax, and are as before."""
    items = SPLIT.interactions.n_items
    for loss, least, most, expected in (
        ("softmax", 1, items, False),
        ("softmax", items, items - 1, True),
        ("sampled", items, items, False),
        ("sampled", items - 1, items, True),
    ):
        monkeypatch.setattr(SharedNegatives, "LEAST", least)
        monkeypatch.setattr(SharedNegatives, "ALL", most)
        assert SharedNegatives(SPLIT, replace(TrainConfig(), loss=loss, negatives=1)).needed == expected


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize(("spread", "temperature"), [("0.5", 3.0), ("1.0", 0.01)])
def test_the_softmax_is_over_distances_divided_by_the_temperature(
    engine: Engine, spread: str, temperature: float
) -> None:
    """The temperature begins as it was set and is learned. A share that is too small for a number has a loss, too."""
    trainer = Trainer(SPLIT, *softmax(init_sd=spread, temperature=str(temperature / 2)), engine)
    with torch.no_grad():
        trainer.log_temperature += np.log(2)  # as if learned
        distances = trainer.model(*map(torch.from_numpy, (trainer.users, trainer.windows)))
    targets = torch.from_numpy(trainer.targets[:, 0])
    losses = torch.nn.functional.cross_entropy(-distances / temperature, targets, reduction="none")
    assert (losses.max() > 100) == (temperature < 1)
    assert trainer.step(np.arange(len(trainer.users))) == pytest.approx(losses.sum().item(), rel=1e-5)


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("loss", ["softmax", "sampled"])
def test_softmax_goes_on_bit_for_bit_with_its_temperature(
    loss: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedNegatives, "LEAST", 6)
    configs = softmax(epochs="3", window="3", loss=loss, vector_dropout="0.1", taste="both")
    whole, first, resumed = (Trainer(SPLIT, *configs, engine) for _ in range(3))
    torch.manual_seed(1)  # which draws what is dropped
    for _ in range(3):
        whole.epoch()
    torch.manual_seed(1)
    first.epoch()
    resumed.restore(first.snapshot())
    for _ in range(2):
        resumed.epoch()
    assert resumed.log_temperature.item() != pytest.approx(np.log(0.2), abs=1e-6)
    assert all(torch.equal(resumed.tensors[name], tensor) for name, tensor in whole.tensors.items())


def test_vectors_are_dropped_only_while_training() -> None:
    configs = softmax(epochs="1", vector_dropout="0.5")
    model, _ = fit(SPLIT, *configs)
    ranks = [evaluate(model.ranker(), SPLIT, 5, "test").ranks for _ in range(2)]
    assert np.array_equal(*ranks)
