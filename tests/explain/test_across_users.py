"""Statistics over all test users: equal in batches and one by one, checked against known answers."""

from __future__ import annotations

import itertools
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from conftest import interactions_of, random_histories
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array

from attrec_core.cli import main
from attrec_core.config import ModelConfig
from attrec_core.data.causes import Causes
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.across_users import users as users_module
from attrec_core.explain.across_users.users import (
    across_users,
    cause_shares,
    effects,
    older_tau,
    statistics_of,
)
from attrec_core.explain.forward import attention, forward, trace, without_each
from attrec_core.explain.influence import influence, tau_b
from attrec_core.explain.moment import moment_of
from attrec_core.explain.ranking import squared_distances
from attrec_core.runs import run as runs_run
from attrec_core.runs.across_users import FINDERS, NO_PLACE, AcrossUsers, arrays_of, record_of
from attrec_core.runs.load import load
from attrec_core.runs.run import Run

SETTINGS = [
    {"mask": mask, "aggregation": aggregation, "time_signal": signal, "shared_projection": shared}
    for (mask, aggregation), (signal, shared) in zip(
        itertools.product(("after", "before", "none"), ("mean", "sum", "max", "min")),
        itertools.cycle(((True, True), (True, False), (False, True))),
        strict=False,
    )
]


def world(run: Run, **settings: object) -> Run:
    """The small run with other settings and larger, random weights, so that attention is uneven."""
    random, config = np.random.default_rng(3), replace(run.model_config, **settings)
    shapes = {name: array.shape for name, array in run.arrays.items()}
    shapes |= {"key_projection": (config.dim, config.dim), "own_share": (1,)}
    tables = {name: random.normal(0, 0.6, shape).astype(np.float32) for name, shape in shapes.items()}
    return replace(run, model_config=config, arrays=tables)


def windows_of(run: Run, length: int) -> np.ndarray:
    return np.random.default_rng(length).integers(0, run.interactions.n_items, (6, length))


def masked_in_place(run: Run, window: np.ndarray, out: int) -> np.ndarray:
    """Returns m when an item keeps its place but is neither query nor key nor pooled, from the trace of the window."""
    full, config = trace(run, window), run.model_config
    rest = np.delete(np.arange(len(window)), out)
    _, weights = attention(full.scores[np.ix_(rest, rest)], config)
    pool = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}[config.aggregation]
    return pool(weights @ full.values[rest], axis=0)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "-".join(map(str, settings.values())))
def test_leaving_out_in_a_batch_is_leaving_out_in_each_window_by_itself(
    small_run: Run, settings: dict[str, object]
) -> None:
    run = world(small_run, **settings)
    for length in range(1, run.model_config.window + 1):
        windows = windows_of(run, length)
        deleted, masked = without_each(run.arrays, run.model_config, windows)
        for row, window in enumerate(windows):
            for out in range(length if length > 1 else 0):
                without = trace(run, np.delete(window, out)).intent
                np.testing.assert_allclose(deleted[row, out], without, atol=1e-5)
                np.testing.assert_allclose(masked[row, out], masked_in_place(run, window, out), atol=1e-5)
        assert np.isnan(deleted).all() == np.isnan(masked).all() == (length == 1)


@pytest.mark.parametrize("aggregation", ["mean", "sum"])
def test_effects_are_what_their_definitions_say(small_run: Run, aggregation: str) -> None:
    run = world(small_run, aggregation=aggregation, long_weight=0.3)
    windows, items, table = windows_of(run, 4), np.arange(6), run.arrays["item_short"]
    batch = forward(run.arrays, run.model_config, windows)
    measured = effects(run, batch, items, *[np.zeros(6, np.int64)] * 2)
    for row, (window, item) in enumerate(zip(windows, items, strict=True)):
        baseline = squared_distances(table, trace(run, window).intent)[item]
        for place, window_item in enumerate(window):
            gaps = squared_distances(table, table[window_item])
            term = 0.7 * batch.column_weights[row, place] * gaps
            deleted = squared_distances(table, trace(run, np.delete(window, place)).intent)[item]
            masked = squared_distances(table, masked_in_place(run, window, place))[item]
            expected = [term.mean() - term[item], -gaps[item], 0.7 * (deleted - baseline), 0.7 * (masked - baseline)]
            found = [measured[name][row, place] for name in ("exact", "nearest", "delete", "mask")]
            assert found == pytest.approx(expected, abs=1e-5)


@settings(max_examples=100)
@given(any_array(np.int8, (3, 5), elements=st.integers(0, 4)), any_array(np.int8, (3, 5), elements=st.integers(0, 4)))
def test_tau_is_kendalls_tau_b(left: np.ndarray, right: np.ndarray) -> None:
    from scipy.stats import kendalltau

    expected = [kendalltau(x, y).statistic for x, y in zip(left, right, strict=True)]
    assert tau_b(left, right) == pytest.approx(expected, nan_ok=True)


TASTES = [
    {**SETTINGS[0], "taste": "items", "half_life": 1.0},
    {**SETTINGS[4], "taste": "both"},
    {**SETTINGS[0], "taste": "items", "half_life": 0.25},  # remembers fewer items than a window holds
]


@pytest.mark.parametrize(
    "settings", [*SETTINGS[::5], *TASTES], ids=lambda settings: "-".join(map(str, settings.values()))
)
def test_each_user_is_told_the_same_on_their_own_page(small_run: Run, settings: dict[str, object]) -> None:
    """Ranks, attention, effects, τ and the item that matters most equal those of the user's own explanation. Missing
    is only what the window is too short for, and the exact effect where m is no sum."""
    run = world(small_run, **settings)
    stats, length = across_users(run), run.model_config.window
    averages = statistics_of(replace(run, across_users=stats))
    assert np.array_equal(stats.users, leave_one_out(run.interactions).evaluated)
    assert {2, length} <= set(stats.lengths.tolist())  # short windows as well as full ones
    exact_exists = settings["aggregation"] in ("mean", "sum")
    for row, user in enumerate(stats.users.tolist()):
        history = run.interactions.history(user)
        moment = moment_of(run, user, step=len(history) - 1)
        count, weights = len(moment.window), moment.trace.column_weights
        assert (stats.lengths[row], stats.ranks[row]) == (count, moment.ranking.ranks[history[-1]])
        assert stats.explained[row] == moment.ranking.top(1)[0]
        np.testing.assert_allclose(stats.weights[row, length - count :], weights, atol=1e-5)
        assert not stats.weights[row, : length - count].any()
        if weights.sum() > 0.5:  # otherwise the mask removes all attention
            assert averages.recency[row] == pytest.approx(moment.average_attention[-1], abs=1e-5)
        if exact_exists:
            share = weights / weights.sum()
            assert stats.entropy[row] == pytest.approx(-(share * np.log(share)).sum() / np.log(count), abs=1e-4)
        explained = influence(moment, int(stats.explained[row]))
        batch = forward(run.arrays, run.model_config, moment.window[None])
        places = np.array([user]), np.array([len(history) - 1])
        measured = effects(run, batch, stats.explained[row : row + 1], *places)
        for name in ("delete", "mask", "exact"):
            top, tau = getattr(stats, f"top_{name}")[row], getattr(stats, f"tau_{name}")[row]
            if name == "exact" and not exact_exists:
                assert np.isnan(tau) and top == NO_PLACE
            elif count > 2:
                expected = getattr(explained, name)
                np.testing.assert_allclose(measured[name][0], expected, atol=2e-5)
                assert tau == pytest.approx(getattr(explained, f"tau_{name}"), abs=1e-5)
                assert top == int(np.argmax(expected)) + length - count
    assert np.array_equal(np.isnan(stats.agrees(stats.top_delete)), stats.top_delete == NO_PLACE)


def equal(one: AcrossUsers, other: AcrossUsers) -> bool:
    names = [field.name for field in fields(AcrossUsers) if field.name != "causes"]
    return all(np.allclose(getattr(one, n), getattr(other, n), atol=1e-5, equal_nan=True) for n in names)


def test_statistics_of_an_older_version_get_tau_as_it_is_now(small_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In them, effects of rounding had an order, too, and their file does not say which effects tie. Where computing it
    takes long, the stored τ stays and is named."""
    run = world(small_run)
    now, length = across_users(run), run.model_config.window
    arrays = {name: -array if name.startswith("tau_") else array for name, array in arrays_of(now).items()}
    del arrays["tau_ties"]
    old = record_of(arrays, run.interactions, length)
    assert old.tau_ties == 0
    computed = statistics_of(replace(run, across_users=old))
    assert equal(computed, now) and not older_tau(computed)
    monkeypatch.setattr(users_module, "CELLS", 1)  # more than a page computes while somebody waits
    kept = statistics_of(replace(run, across_users=old))
    assert kept is old and older_tau(kept)
    assert record_of(arrays_of(now), run.interactions, length).tau_ties == now.tau_ties > 0


def test_causes_are_found_where_the_world_puts_them(small_run: Run) -> None:
    """Item k is caused by item k − 2, which is nearest to it. All users go through the items in order."""
    data = interactions_of({f"user {user}": [f"item {item:02}" for item in range(12)] for user in range(3)})
    config = ModelConfig(dim=2, window=4, long_weight=0.0)
    angle = np.arange(12) * np.pi * 0.95  # almost half a turn per step: every second item is near
    points = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    tables = {"item_short": points, "item_long": points, "user_long": points[:3], "projection": np.eye(2, dtype="f4")}
    run = replace(small_run, model_config=config, arrays=tables, interactions=data)
    steps = np.tile(np.arange(2, 12), 3)
    causes = Causes(np.repeat(np.arange(3), 10), steps, steps - 2, ("far", "near"), np.tile([0, 1], 15), 0)
    result = cause_shares(run, causes)
    assert result.kinds == ("all", "far", "near")
    assert result.viewings.tolist() == [24, 12, 12]  # the window is full from step 4 on
    table = dict(zip(FINDERS, result.shares.T, strict=True))
    assert [table[name].tolist() for name in ("nearest", "latest", "chance")] == [[1] * 3, [0] * 3, [0.25] * 3]
    assert result.shares[0] == pytest.approx(result.shares[1:].mean(0))
    for pool in ("max", "min"):
        pooled = replace(run, model_config=replace(config, aggregation=pool))
        shares = dict(zip(FINDERS, cause_shares(pooled, causes).shares.T, strict=True))
        assert np.isnan(shares["exact"]).all() and not np.isnan(shares["delete"]).any()
    early = replace(causes, steps=causes.steps * 0 + 3, cause_steps=causes.steps * 0 + 1)
    assert cause_shares(run, early) is None


CAUSES = "user,item,step,kind,cause_step,cause_item\n"


def test_the_command_line_gives_what_is_stored_or_computes_it_and_asks_for_causes_of_a_file(
    small_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored, bare = tmp_path / "stored", tmp_path / "bare"
    runs_run.save(small_run, stored)
    runs_run.save(replace(small_run, across_users=None), bare)
    given, computed = (Cli(capsys).answer("at-large", path) for path in (stored, bare))
    assert (given.pop("stored"), computed.pop("stored")) == (True, False)
    assert given.pop("run") != computed.pop("run")
    assert given == computed
    assert (given["test_users"], given["causes"]) == (small_run.metrics["n_users"], None)
    assert sum(given["weight_by_place"]) < 1  # the rest is lost to the mask

    data = small_run.interactions
    user = int(np.argmax(np.diff(data.starts)))
    name, ids = data.user_ids[user], [data.item_ids[item] for item in data.history(user)]
    lines = [f"{name},{ids[step]},{step},habit,{step - 1},{ids[step - 1]}\n" for step in range(1, len(ids))]
    file = tmp_path / "causes.csv"
    file.write_text(CAUSES + "".join(lines) + f"{name},{ids[1]},2,habit,0,{ids[0]}\n")
    assert main(["at-large", str(stored), "--causes", str(file), "--json"]) == 0
    captured = capsys.readouterr()
    causes = json.loads(captured.out)["causes"]
    assert causes["all"] == causes["habit"]
    assert (causes["all"]["viewings"], causes["all"]["latest"]) == (len(ids) - small_run.model_config.window, 1)
    assert "1 cause left out" in captured.err


def test_train_asks_the_causes_beside_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    histories = random_histories(4, longest=9)
    rows = [f"{user},{item},{step}\n" for user, items in histories.items() for step, item in enumerate(items)]
    (tmp_path / "interactions.csv").write_text("user,item,timestamp\n" + "".join(rows))
    causes = (
        f"{user},{items[k]},{k},habit,{k - 2},{items[k - 2]}\n"
        for user, items in histories.items()
        for k in range(2, len(items))
    )
    (tmp_path / "causes.csv").write_text(CAUSES + "".join(causes))
    settings = ["--epochs", "1", "--no-maps", "--set", "dim=4", "--set", "window=3"]
    assert main(["train", str(tmp_path), "--out", str(tmp_path / "run"), *settings]) == 0
    assert load(tmp_path / "run").across_users.causes.kinds == ("all", "habit")
    (tmp_path / "causes.csv").write_text(CAUSES + "u,i,x,habit,0,j\n")
    capsys.readouterr()
    assert main(["train", str(tmp_path), "--out", str(tmp_path / "other"), *settings]) == 2
    assert "line 2, column 'step'" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
