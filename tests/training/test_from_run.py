"""A training that starts from a run begins with its weights, whatever the order of the ids and the new ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from other_runs import made

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.models.registry import TRAINED
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.train_run import start_from, train_run
from attrec_core.views.runs.words import run_sentence

MODEL, TRAIN = ModelConfig(dim=8, window=4), TrainConfig(epochs=2, targets=1, negatives=2, engine="torch")
# The users and items of the run, an additional item for each user, and a new user and item that sort first by name.
HISTORIES = {name: [*items, "a new item"] for name, items in random_histories(1).items()} | {
    "a new user": ["item 1", "a new item", "item 2", "item 3"]
}
MORE = interactions_of(HISTORIES)


def test_known_rows_are_the_run_s_and_new_ones_random(small_run: Run) -> None:
    model, fresh = (AttRec(MODEL, MORE.n_users, MORE.n_items) for _ in range(2))
    fresh.load_state_dict(model.state_dict())
    start_from(small_run, MORE, MODEL)(model)
    for name, ids, index in (
        ("item_short", MORE.item_ids, small_run.item_index),
        ("item_long", MORE.item_ids, small_run.item_index),
        ("user_long", MORE.user_ids, small_run.user_index),
    ):
        table, before = getattr(model, name).detach().numpy(), getattr(fresh, name).detach().numpy()
        for row, entity_id in enumerate(ids):
            expected = small_run.arrays[name][index[entity_id]] if entity_id in index else before[row]
            np.testing.assert_array_equal(table[row], expected)
    assert "a new item" not in small_run.item_index and "a new user" not in small_run.user_index
    np.testing.assert_array_equal(model.projection.detach().numpy(), small_run.arrays["projection"])


def test_both_phases_start_from_the_run_and_the_new_run_says_so(small_run: Run, tmp_path: Path) -> None:
    earlier = replace(small_run, called="before", fingerprint="0123456789ab")
    starts: list[np.ndarray] = []

    def first(phase: str, number: int, model: AttRec) -> None:
        if number == 0:
            starts.append(model.projection.detach().numpy().copy())

    fit(leave_one_out(MORE), MODEL, TRAIN, Callbacks(model=first, start=start_from(earlier, MORE, MODEL)))
    assert len(starts) == 2  # the search and the final fit
    assert all(np.array_equal(start, earlier.arrays["projection"]) for start in starts)

    save(train_run(MORE, MODEL, TRAIN, with_maps=False, earlier=earlier), tmp_path / "after")
    assert load(tmp_path / "after").history["from"] == {"run": "before", "fingerprint": "0123456789ab"}
    assert "It started from the run “before”." in run_sentence(entry_at(tmp_path / "after"))


def test_a_start_that_does_not_fit_is_refused(small_run: Run) -> None:
    with pytest.raises(InputError) as refused:
        start_from(small_run, MORE, replace(MODEL, dim=4))
    assert (refused.value.code, refused.value.setting) == ("other_model", "dim")
    with pytest.raises(InputError) as refused:
        start_from(small_run, interactions_of({"user 1": ["x", "y", "z"], "user 2": ["x", "z", "y"]}), MODEL)
    assert refused.value.code == "other_data"


@pytest.mark.parametrize(
    ("system", "changed"),
    [
        ("gru4rec", {"layers": 2}),
        ("sasrec", {"layers": 1}),
        ("transrec", {"projected": True}),
        ("caser", {"filters": 3}),
        ("sasrec", {"window": 7}),
        ("caser", {"window": 7}),
    ],
)
def test_a_model_of_another_shape_is_refused(system: str, changed: dict[str, int]) -> None:
    run = made(system, window="4")
    config = replace(run.model_config, **changed)
    with pytest.raises(InputError) as refused:
        start = start_from(run, MORE, config)
        start(TRAINED[system](config, MORE.n_users, MORE.n_items))
    assert refused.value.code == "other_model"


@pytest.mark.parametrize("system", sorted(TRAINED))
def test_every_system_starts_from_its_own_run(system: str) -> None:
    run = made(system)
    model = TRAINED[system](run.model_config, MORE.n_users, MORE.n_items)
    start_from(run, MORE, run.model_config)(model)
    known = [run.item_index[name] for name in MORE.item_ids if name in run.item_index]
    here = [place for place, name in enumerate(MORE.item_ids) if name in run.item_index]
    for name in {*model.item_tables, "bias"} & run.arrays.keys():
        np.testing.assert_array_equal(getattr(model, name).detach().numpy()[here], run.arrays[name][known])


class KilledError(Exception):
    """Stands for a kill after an epoch."""


def test_it_is_resumed_with_the_same_run_alone_and_ends_bit_for_bit_the_same(small_run: Run, tmp_path: Path) -> None:
    start = start_from(small_run, MORE, MODEL)
    whole, _ = fit(leave_one_out(MORE), MODEL, TRAIN, Callbacks(start=start))

    def kill(epoch: object) -> None:
        raise KilledError

    arguments = tmp_path / "run", MORE, (MODEL, TRAIN)
    with pytest.raises(KilledError), training_at(*arguments, resume=False, overwrite=False, earlier="one") as store:
        fit(leave_one_out(MORE), MODEL, TRAIN, Callbacks(epoch=kill, store=store, start=start))
    for earlier in ("", "two"):
        with (
            pytest.raises(InputError) as refused,
            training_at(*arguments, resume=True, overwrite=False, earlier=earlier),
        ):
            pass
        assert refused.value.code == "other_training"
    with training_at(*arguments, resume=True, overwrite=False, earlier="one") as store:
        resumed, _ = fit(leave_one_out(MORE), MODEL, TRAIN, Callbacks(store=store, start=start))
    for name, weights in whole.state_dict().items():
        np.testing.assert_array_equal(weights.numpy(), resumed.state_dict()[name].numpy())
