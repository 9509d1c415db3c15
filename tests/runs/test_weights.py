"""weights.safetensors: one table of the items, X and V as its views; a large file is mapped and read later."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.runs import run as runs_run
from attrec_core.runs import weights
from attrec_core.runs.library.listing import entry_at, weights_fingerprint
from attrec_core.runs.load import load, load_whole
from attrec_core.runs.run import Run
from attrec_core.runs.weights import Weights


@pytest.fixture
def saved(small_run: Run, tmp_path: Path) -> Path:
    runs_run.save(small_run, tmp_path / "run-a")
    return tmp_path / "run-a"


def test_short_and_long_term_items_are_views_of_one_table_with_their_squared_lengths(small_run: Run) -> None:
    arrays = {name: array.copy() for name, array in small_run.arrays.items()}
    run = dataclasses.replace(small_run, arrays=arrays)
    parts = [arrays["item_long"], arrays["item_short"]]
    norms = [(part.astype(float) ** 2).sum(1, keepdims=True) for part in parts]
    np.testing.assert_allclose(run.table, np.hstack([*parts, *norms]), rtol=1e-6)
    assert run.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(run.arrays[name], array)
    assert all(np.shares_memory(run.arrays[name], run.table) for name in ("item_long", "item_short"))
    assert dataclasses.replace(run, called="other").table is run.table


def test_a_table_whose_lengths_are_not_those_of_its_rows_is_refused(small_run: Run, tmp_path: Path) -> None:
    table = small_run.table.copy()
    table[3, -1] *= 1.01
    arrays = Weights({**small_run.arrays}, table)
    runs_run.save(dataclasses.replace(small_run, arrays=arrays), tmp_path / "odd")
    with pytest.raises(InputError, match=r"weights\.safetensors .* norms of its items"):
        load(tmp_path / "odd")


def test_a_large_file_is_mapped_and_answers_as_one_that_is_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(saved)
    monkeypatch.setattr(weights, "MAPPED", 1)
    mapped = load(saved)
    assert isinstance(memory_of(mapped.table), np.memmap) and not isinstance(memory_of(read.table), np.memmap)
    assert mapped.fingerprint == read.fingerprint
    for name, array in read.arrays.items():
        assert np.array_equal(mapped.arrays[name], array)
    rankings = [moment_of(run, 2).ranking for run in (read, mapped)]
    assert rankings[0].top(10).tolist() == rankings[1].top(10).tolist()
    assert rankings[0].ranks.tolist() == rankings[1].ranks.tolist()


def test_mapped_weights_are_compared_with_their_checksum_where_the_whole_run_is_asked_for(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "MAPPED", 1)
    assert not load(saved).verified and load_whole(saved).verified
    assert entry_at(saved).fault is None
    file = saved / weights.FILE
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert not load(saved).verified
    with pytest.raises(InputError, match=r"weights\.safetensors .* checksum"):
        load_whole(saved)


@pytest.mark.parametrize("change", ["cut", "header", "kind", "other"])
def test_mapped_weights_that_do_not_fit_are_a_sentence(
    saved: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "MAPPED", 1)
    file = saved / weights.FILE
    content = file.read_bytes()
    changed = {
        "cut": content[:-4],
        "header": content[:20] + b"\xff" + content[21:],
        "kind": content.replace(b'"F32"', b'"I32"', 1),
        "other": content.replace(b'"items"', b'"itemz"', 1),
    }[change]
    file.write_bytes(changed)
    with pytest.raises(InputError, match=r"weights\.safetensors") as error:
        load(saved)
    assert "\n" not in str(error.value)


def test_the_fingerprint_of_a_list_is_that_of_the_run(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprint = load(saved).fingerprint
    assert weights_fingerprint(saved) == fingerprint
    monkeypatch.setattr(weights, "MAPPED", 1)
    assert load(saved).fingerprint == fingerprint


def test_a_table_made_for_the_keys_and_queries_of_two_matrices_keeps_both(small_run: Run, tmp_path: Path) -> None:
    config = dataclasses.replace(small_run.model_config, shared_projection=False)
    arrays = {**small_run.arrays, "key_projection": np.eye(config.dim, dtype=np.float32)}
    runs_run.save(dataclasses.replace(small_run, model_config=config, arrays=arrays, replay=None), tmp_path / "two")
    assert np.array_equal(load(tmp_path / "two").arrays["key_projection"], arrays["key_projection"])


def memory_of(array: np.ndarray) -> object:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
