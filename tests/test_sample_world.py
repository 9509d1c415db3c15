"""The simulated world in sample_data/: what its README promises, checked on the files themselves."""

import csv
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

import pytest

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
