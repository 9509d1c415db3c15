"""The simulated world in sample_data/: what its README promises, checked on the files themselves."""

import csv
import dataclasses
import importlib.util
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from conftest import ROOT

from attrec_core import data
from attrec_core.data.causes import causes_beside
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import window_at
from attrec_core.runs.across_users import COLUMNS, FINDERS
from attrec_core.runs.run import Run
from attrec_core.training.fit import fit
from attrec_core.training.train_run import evaluate_run

pytestmark = pytest.mark.long

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
Line = dict[str, str]


class Step(NamedTuple):
    """A viewing with its recorded cause, and the items that the viewer had seen before it, in order."""

    cause: Line
    before: tuple[str, ...]


def read(name: str) -> list[Line]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def simulator() -> Iterator[ModuleType]:
    name = "sample_world_simulate"
    spec = importlib.util.spec_from_file_location(name, FOLDER / "simulate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up here
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


@pytest.fixture(scope="module")
def films() -> dict[str, Line]:
    return {film["item"]: film for film in read("catalogue.csv")}


@pytest.fixture(scope="module")
def rows() -> list[Line]:
    return read("interactions.csv")


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    histories: dict[str, list[str]] = defaultdict(list)
    all_steps = []
    for cause in read("causes.csv"):
        history = histories[cause["user"]]
        all_steps.append(Step(cause, tuple(history)))
        history.append(cause["item"])
    return all_steps


def directors(film: Line) -> set[str]:
    return set(film["director"].split(" & "))


def series_of(films: dict[str, Line]) -> dict[str, list[Line]]:
    parts: dict[str, list[Line]] = defaultdict(list)
    for film in films.values():
        if film["series"]:
            parts[film["series"]].append(film)
    return parts


def later_parts(films: dict[str, Line]) -> dict[str, list[str]]:
    """For every part of a series, the items of the parts after it; simulate.py has its own code for this."""
    return {
        part["item"]: [later["item"] for later in parts if int(later["year"]) > int(part["year"])]
        for parts in series_of(films).values()
        for part in parts
    }


def test_simulating_again_gives_the_same_bytes(simulator: ModuleType, tmp_path: Path) -> None:
    simulator.write_world(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["causes.csv", "interactions.csv"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
        assert path.stat().st_size < 2_000_000


def test_another_seed_gives_another_world_and_without_fall_through_every_open_path_is_taken(
    simulator: ModuleType,
) -> None:
    catalogue = simulator.read_catalogue(FOLDER / "catalogue.csv")
    small = simulator.Parameters(viewers=20, p_series=1.0, p_mood=0.0)
    world = simulator.simulate(catalogue, small)
    assert simulator.simulate(catalogue, small) == world != simulator.simulate(catalogue, replace(small, seed=1))
    assert {cause.kind for cause in world[1]} == {"series", "taste"}
    # Then only a viewer's first viewing, which has no viewing before it, can be a matter of taste.
    falling = replace(small, series_falls_to_mood=True, mood_falls_to_genre=True)
    tastes = [cause.step for cause in simulator.simulate(catalogue, falling)[1] if cause.kind == "taste"]
    assert tastes == [0] * 20


def test_the_catalogue_is_unique_and_plain_and_its_series_have_two_to_eight_parts_in_order_of_year(
    films: dict[str, Line],
) -> None:
    lines = read("catalogue.csv")
    assert 380 <= len(lines) <= 420
    assert len(films) == len(lines) == len({line["title"] for line in lines})
    assert all(item.isascii() and item.replace("-", "").isalnum() and item == item.lower() for item in films)
    assert all(1 <= len(line["genres"].split("|")) <= 3 for line in lines)
    assert len({genre for line in lines for genre in line["genres"].split("|")}) <= 14
    assert all(line["director"] and 1900 < int(line["year"]) < 2025 for line in lines)
    series = series_of(films)
    assert len(series) >= 45
    for name, parts in series.items():
        years = [int(part["year"]) for part in parts]
        assert 2 <= len(parts) <= 8 and years == sorted(set(years)), name
        assert len({part["genres"].split("|")[0] for part in parts}) == 1, name
    made = Counter(name for film in films.values() if not film["series"] for name in directors(film))
    assert sum(count >= 3 for count in made.values()) >= 40


def test_interactions_are_complete_histories_and_causes_follow_them(
    rows: list[Line], films: dict[str, Line], steps: list[Step]
) -> None:
    histories: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        histories[row["user"]].append(row)
    assert len(histories) == 1000 and len(rows) >= 40_000
    assert {row["item"] for row in rows} == set(films)
    assert list(histories) == sorted(histories)
    for user, history in histories.items():
        times = [int(row["timestamp"]) for row in history]
        assert user.isascii() and len(user.split()) == 2
        assert 25 <= len(history) <= 80
        assert len({row["item"] for row in history}) == len(history), user
        assert all(earlier < later for earlier, later in pairwise(times)), user
        assert 2015 <= datetime.fromtimestamp(times[0], UTC).year <= datetime.fromtimestamp(times[-1], UTC).year <= 2024
    assert [(row["user"], row["item"]) for row in rows] == [(s.cause["user"], s.cause["item"]) for s in steps]
    assert all(int(step.cause["step"]) == len(step.before) for step in steps)


def test_every_cause_is_recent_and_has_its_relation(steps: list[Step], films: dict[str, Line]) -> None:
    later = later_parts(films)
    for cause, before in steps:
        if cause["kind"] == "taste":
            assert cause["cause_step"] == cause["cause_item"] == ""
            continue
        assert cause["kind"] in ("series", "mood")
        source, item = cause["cause_item"], cause["item"]
        assert 1 <= len(before) - int(cause["cause_step"]) <= 8
        assert before[int(cause["cause_step"])] == source
        if cause["kind"] == "series":
            unseen = [part for part in later[source] if part not in before]
            assert unseen[0] == item, (source, item)
        else:
            assert directors(films[source]) & directors(films[item]), (source, item)


def test_kinds_have_the_stated_chances_where_they_are_possible(
    simulator: ModuleType, steps: list[Step], films: dict[str, Line]
) -> None:
    """A viewer falls through to taste where no film is open, so a chance shows only in steps with an open film."""
    p, later = simulator.Parameters(), later_parts(films)
    sequels = {part for parts in later.values() for part in parts}
    works: dict[str, set[str]] = defaultdict(set)
    for item, film in films.items():
        for name in directors(film) if item not in sequels else ():
            works[name].add(item)
    taken: dict[str, list[bool]] = {"series": [], "mood": []}
    for cause, before in steps:
        seen, recent = set(before), before[-p.window :]
        is_open = {
            "series": any(set(later.get(item, ())) - seen for item in recent),
            "mood": any(works[name] - seen for item in recent for name in directors(films[item])),
        }
        for kind, chosen in taken.items():
            if is_open[kind]:
                chosen.append(cause["kind"] == kind)
            else:
                assert cause["kind"] != kind
    # 30,000 steps and more: four standard errors are about 0.011.
    for kind, chance in (("series", p.p_series), ("mood", p.p_mood)):
        assert len(taken[kind]) > 30_000
        assert sum(taken[kind]) / len(taken[kind]) == pytest.approx(chance, abs=0.012)


def test_the_cause_is_often_not_the_latest_viewing(steps: list[Step]) -> None:
    lags: dict[str, Counter[int]] = defaultdict(Counter)
    for cause, before in steps:
        if cause["cause_step"]:
            lags[cause["kind"]][len(before) - int(cause["cause_step"])] += 1
    assert set(lags["series"]) == set(lags["mood"]) == set(range(1, 9))
    assert lags["series"][1] / lags["series"].total() < 0.42
    assert lags["mood"][1] / lags["mood"].total() < 0.20
    assert min(lags["series"].values()) / lags["series"].total() > 0.02


# The bundled model is small, agrees with its figures, comes from the documented command and is worth exploring.


SAMPLE = ROOT / "sample_data"
TOLERANCE = 0.03  # of a metric, for the arithmetic of another machine or torch; on one machine the bits are the same


def test_it_is_small_and_whole_and_was_trained_on_the_data_beside_it(sample: Run) -> None:
    assert sum(file.stat().st_size for file in Path(sample.path).iterdir()) <= 3_000_000
    assert {"long_pca", "long_umap", "short_pca", "short_umap"} <= set(sample.maps)
    assert "simulated" in sample.interactions.about and sample.interactions.n_interactions >= 40_000
    data_set = data.read(SAMPLE)
    assert data_set.item_ids == sample.interactions.item_ids
    assert data_set.titles == sample.interactions.titles
    assert np.array_equal(data_set.items, sample.interactions.items)


def test_its_figures_are_those_of_its_weights(sample: Run) -> None:
    computed = evaluate_run(sample)
    for name in ("hr@10", "hr@50", "ndcg@10", "mrr"):
        assert computed[name] == pytest.approx(sample.metrics[name], abs=1e-3)
    assert computed["hr@10"] >= 0.31
    assert computed["mrr"] >= 0.19


def test_the_same_settings_learn_the_same_again(sample: Run) -> None:
    short = dataclasses.replace(sample.train_config, epochs=4, patience=0, refit=False)
    _, history = fit(leave_one_out(data.read(SAMPLE)), sample.model_config, short)
    for epoch, stored in zip(history.epochs, sample.history["epochs"], strict=False):
        assert epoch.validation == pytest.approx(stored["validation"], abs=TOLERANCE)


def test_attention_finds_true_causes_far_more_often_than_the_latest_item_does(sample: Run) -> None:
    """Among viewings whose cause lies in a full window: is the most attended item the cause?"""
    length = sample.model_config.window
    attended, latest = [], []
    with (SAMPLE / "causes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            step = int(row["step"])
            if not row["cause_step"] or step < length or step - int(row["cause_step"]) > length:
                continue
            window = window_at(sample, sample.user_index[row["user"]], step)
            cause = int(row["cause_step"]) - (step - length)
            attended.append(int(trace(sample, window).column_weights.argmax()) == cause)
            latest.append(cause == length - 1)
    assert len(attended) > 10_000
    stored = dict(zip(FINDERS, sample.across_users.causes.shares[0], strict=True))
    assert stored["attention"] == pytest.approx(np.mean(attended), abs=1e-3)
    assert stored["latest"] == pytest.approx(np.mean(latest))
    assert np.mean(attended) >= max(0.46, np.mean(latest) + 0.15)


def test_its_statistics_are_those_of_its_weights(sample: Run) -> None:
    again = across_users(sample, causes_beside(SAMPLE, sample.interactions))
    for name in COLUMNS:
        stored, computed = (getattr(record, name).astype(float) for record in (sample.across_users, again))
        assert np.isclose(stored, computed, atol=1e-4, equal_nan=True).mean() > 0.99, name
    assert sample.across_users.causes.kinds == again.causes.kinds == ("all", "mood", "series")
    assert np.array_equal(sample.across_users.causes.viewings, again.causes.viewings)
    np.testing.assert_allclose(sample.across_users.causes.shares, again.causes.shares, atol=1e-3)
    assert np.mean(1 / sample.across_users.ranks) == pytest.approx(sample.metrics["mrr"], abs=1e-3)


def test_what_attracts_finds_more_causes_than_what_is_looked_at(sample: Run) -> None:
    """The simulated world was made to show this. Causes by series are found, causes by mood hardly."""
    causes = sample.across_users.causes
    table = {
        kind: dict(zip(FINDERS, shares, strict=True)) for kind, shares in zip(causes.kinds, causes.shares, strict=True)
    }
    overall, series, mood = (table[kind] for kind in ("all", "series", "mood"))
    assert overall["chance"] == pytest.approx(0.2)
    assert overall["chance"] < overall["latest"] < overall["attention"] < overall["exact"]
    assert all(0.8 < overall[name] < 1 for name in ("delete", "mask", "nearest"))
    assert all(series[name] > mood[name] for name in ("attention", "exact", "delete", "nearest"))
    assert mood["attention"] < mood["chance"]
