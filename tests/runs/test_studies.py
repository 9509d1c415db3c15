"""A study on disk: bootstrap intervals, figures from results.json alone, and damaged files."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from shelf_worlds import sentence, without_checksums

from attrec_core.config import METRICS
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import metrics
from attrec_core.runs import history, studies
from attrec_core.runs.history import RESAMPLES
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Entry, SeedResult, Study, load_entry, load_ranks, load_study, save_entry
from attrec_core.storage import checksums
from attrec_core.storage.arrays import npz_bytes
from attrec_core.storage.checksums import described_in

USERS = 60
RANKS = {
    key: np.random.default_rng(seed).integers(1, end, (2, USERS)).astype(float)
    for seed, (key, end) in enumerate({"auto": 80, "ease": 90, "fpmc": 32}.items())
}


def entry_of(key: str, ranks: np.ndarray) -> Entry:
    seeds = [
        SeedResult(seed, 3, metrics(seed_ranks), metrics(seed_ranks), metrics(seed_ranks + 5), 1.0, 0.0, 1.5)
        for seed, seed_ranks in enumerate(ranks)
    ]
    return Entry(key, key.upper(), {"dim": 4}, {"epochs": 2}, seeds=tuple(seeds))


def both(ranks: np.ndarray) -> list[np.ndarray]:
    """Returns (2, E) for each seed: seen items left out, and ranked too."""
    return [np.stack([seed_ranks, seed_ranks + 5]) for seed_ranks in ranks]


EASE = RANKS["ease"]
ENTRY = entry_of("ease", EASE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    studies.save_protocol(folder, Protocol("table2", "films", USERS, 100, 999, "file-first", "as it is", 2, 4, "abc"))
    for key, ranks in RANKS.items():
        save_entry(folder, entry_of(key, ranks), both(ranks))
    studies.save_results(folder)
    return folder


def test_ranks_are_those_of_the_seeds_whatever_a_kill_or_an_older_version_has_left(folder: Path) -> None:
    last, first = (replace(ENTRY, seeds=[seed]) for seed in ENTRY.seeds[::-1])
    assert np.array_equal(load_ranks(folder, last), both(EASE)[-1:])  # the file also has an earlier seed
    without_checksums(folder)
    older = {"ranks": EASE.astype(np.float32)}
    (folder / "ease.npz").write_bytes(npz_bytes(older))
    assert np.array_equal(load_ranks(folder, ENTRY)[:, 0], EASE)
    assert np.isnan(load_ranks(folder, ENTRY)[:, 1]).all()
    assert np.array_equal(load_ranks(folder, first)[:, 0], EASE[:1])
    for wrong in ({"seeds": np.array([5, 7])}, {"ranks_all": older["ranks"] - 1}):
        (folder / "ease.npz").write_bytes(npz_bytes(older | wrong))
        with pytest.raises(InputError, match=r"ease\.npz.*its ranks are wrong"):
            load_ranks(folder, ENTRY)


def figure(metric: str, rank: float) -> float:
    if metric == "mrr":
        return 1 / rank
    inside = rank <= int(metric.partition("@")[2])
    return inside / math.log2(rank + 1) if metric.startswith("ndcg") else float(inside)


def drawn(values: np.ndarray) -> list[float]:
    """Returns the means of 4,000 bootstrap samples of users, drawn one by one."""
    random = np.random.default_rng(9)
    return [float(values[random.integers(0, USERS, USERS)].mean()) for _ in range(4000)]


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_and_paired_differences_are_those_of_a_direct_bootstrap(folder: Path, metric: str) -> None:
    study = load_study(folder)
    auto, fpmc = (np.vectorize(partial(figure, metric))(RANKS[key]).mean(0) for key in ("auto", "fpmc"))
    mean, *differences = study.difference("auto", "fpmc", metric)
    assert mean == pytest.approx(np.mean(auto - fpmc))
    for values, (low, high) in ((auto, study.interval("auto", metric)), (auto - fpmc, differences)):
        assert (low, high) == pytest.approx(np.percentile(drawn(values), (2.5, 97.5)), abs=0.15 * (high - low))
        assert low < np.mean(values) < high
    assert study.difference("ease", "ease", metric) == (0, 0, 0)


def test_users_are_drawn_in_blocks_as_they_are_all_at_once() -> None:
    users, values = 211, np.random.default_rng(4).random(211)
    counts = np.random.default_rng(0).multinomial(users, np.full(users, 1 / users), RESAMPLES)
    history.draws.cache_clear()
    tracemalloc.start()
    means = history.resampled(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(history.draws(users), counts)
    assert means == pytest.approx(counts @ values / users, rel=1e-12)
    assert peak < counts.nbytes / 2


def figures_alone(folder: Path) -> Study:
    alone = folder.with_name("alone")
    alone.mkdir()
    shutil.copy(folder / "results.json", alone)
    return load_study(alone)


def test_results_of_before_open_with_what_they_keep(folder: Path) -> None:
    """Older results store in the summary of each line how far it is below the reference."""
    whole, file = load_study(folder), folder / "results.json"
    without_checksums(folder)
    content = json.loads(file.read_bytes()) | {"reference": "auto"}
    for entry in content["entries"]:
        for name in ("above", "above_all", "summary_all"):
            del entry[name]
        for metric, one in entry["summary"].items():
            one["below"], one["below_low"], one["below_high"] = whole.difference("auto", entry["key"], metric)
    file.write_text(json.dumps(content), encoding="utf-8")
    older = figures_alone(folder)
    for one, other in (("auto", "ease"), ("ease", "auto")):
        assert older.difference(one, other, "mrr") == pytest.approx(whole.difference(one, other, "mrr"))
    assert np.isnan(older.difference("ease", "fpmc", "mrr")).all()
    assert np.isnan(older.difference("auto", "ease", "mrr", "in")).all()
    assert np.isnan(older.interval("ease", "mrr", "in")).all()


def test_what_no_ranks_are_kept_of_is_not_a_number_and_no_zero(folder: Path) -> None:
    for file in folder.glob("*.npz"):
        file.unlink()
    study = studies.save_results(folder)
    assert np.isnan(study.interval("ease", "mrr")).all() and np.isnan(study.difference("auto", "ease", "mrr")).all()
    text = (folder / "results.json").read_text(encoding="utf-8")
    assert "NaN" not in text and json.loads(text)["entries"][0]["summary"]["mrr"]["low"] is None


def changed(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("study.json", changed('"table2"', '"table9"')),
        ("study.json", changed('"with-validation"', '"without"')),
        ("study.json", changed('"budget": 4', '"budget": "4"')),
        ("study.json", changed('"paper": ""', '"paper": "zz"')),
        ("study.json", changed('"tie_rule": "file-first"', '"tie_rule": {}')),
        ("study.json", lambda content: content[:40]),
        ("study.json", lambda content: b"[]"),
        ("ease.json", changed('"mrr": ', '"mrr": 7')),
        ("ease.json", changed('"trials"', '"other"')),
        ("ease.json", changed('"key": "ease"', '"key": "../../ease"')),
        ("ease.json", changed('"seed": 1', '"seed": 0')),
        ("ease.json", lambda content: b"\xff\xfe"),
        ("ease.npz", lambda content: content[:50]),
        ("ease.npz", lambda content: b""),
        ("results.json", changed('"summary"', '"other"')),
        ("results.json", lambda content: content[:400]),
    ],
)
def test_a_damaged_file_is_named(folder: Path, name: str, damage: Callable[[bytes], bytes], older: bool) -> None:
    file = folder / name
    if older:
        without_checksums(folder)
    file.write_bytes(damage(file.read_bytes()))
    if name == "results.json":
        (folder / "study.json").unlink()
    assert str(file) in sentence(lambda: load_study(folder))


def test_an_older_study_opens_and_has_checksums_once_it_is_written_again(folder: Path) -> None:
    before = load_study(folder)
    without_checksums(folder)
    older = load_study(folder)
    assert (older.protocol, older.entries) == (before.protocol, before.entries)
    save_entry(folder, ENTRY, [])
    assert described_in(folder / "ease.json", "study").sums == {}
    save_entry(folder, ENTRY, both(EASE))
    assert described_in(folder / "ease.json", "study").sums.keys() == {"ease.json", "ease.npz"}
    assert load_study(folder).interval("ease", "mrr") == before.interval("ease", "mrr")


def test_ranks_that_a_kill_has_left_without_their_entry_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at each of the writes with which a seed is added to a line, the line is as it was or as it will be."""
    one, two = replace(ENTRY, seeds=ENTRY.seeds[:1]), ENTRY
    write, kills = checksums.atomic_write, range(1, 6)
    for kill in kills:
        for file in folder.glob("ease.*"):
            file.unlink()
        save_entry(folder, one, both(EASE[:1]))
        writes: list[str] = []

        def killed(file: Path, content: bytes, kill: int = kill, writes: list[str] = writes) -> None:
            writes.append(file.name)
            if len(writes) == kill:
                raise KeyboardInterrupt
            write(file, content)

        with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
            patched.setattr(checksums, "atomic_write", killed)
            save_entry(folder, two, both(EASE))
        entry = load_entry(folder, "ease")
        assert entry == (two if kill == kills[-1] else one)
        assert np.array_equal(load_ranks(folder, entry), both(EASE)[: len(entry.seeds)])
    assert writes == ["ease.json", "ease.npz", "ease.json", "ease.json"]


def test_ranks_of_other_users_are_refused_and_a_folder_without_a_study(folder: Path, tmp_path: Path) -> None:
    save_entry(folder, entry_of("fpmc", RANKS["fpmc"][:, :50]), both(RANKS["fpmc"][:, :50]))
    for place, expected in ((folder, r"fpmc\.npz.*other users"), (tmp_path, "There is no study at")):
        with pytest.raises(InputError, match=expected):
            load_study(place)
