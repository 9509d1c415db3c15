"""Settings found by a race: the better settings win, no trial is repeated, and the run keeps the log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from commands import Cli
from conftest import circle, data_file, interactions_of

from attrec_core.config import PRESETS, with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import number
from attrec_core.runs.history import METRICS
from attrec_core.runs.library.words import DRAWN, drawn_settings_text
from attrec_core.runs.load import load
from attrec_core.runs.studies import Trial
from attrec_core.runs.time_left import Estimate, RaceEstimate
from attrec_core.runs.unfinished import race_of
from attrec_core.training.engine import FASTER, torch_seconds
from attrec_core.training.estimate import maps_seconds
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.study import auto, race
from attrec_core.training.study.race import Schedule

DATA = interactions_of(circle())
START = with_settings(*PRESETS["sparse"], {"dim": "8", "epochs": "24", "long_weight": "0.1", "window": "1"})


SPLIT = leave_one_out(DATA)
found = partial(auto.settings_found, with_maps=False)
GOOD = with_settings(*START, {"init_sd": "0.1", "mask": "none", "negatives": "5"})
BAD = with_settings(*START, {"learning_rate": "0.0001"})


def test_the_better_settings_win_and_nothing_is_tried_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for candidates in ([BAD, GOOD], [GOOD, BAD]):
        trials: list[Trial] = []
        assert race.race(SPLIT, "auto", candidates, [], trials.append) == GOOD
        assert len(trials) == 2
    monkeypatch.setattr(race, "run_trial", lambda *arguments: pytest.fail("tried again"))
    trials_again: list[Trial] = []
    assert race.race(SPLIT, "auto", [GOOD, BAD], trials, trials_again.append) == GOOD
    assert trials_again == trials
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, GOOD])  # then no race is needed
    assert found(DATA, tmp_path / "run", {}, goes_on=False) == auto.Found(GOOD, ())


def test_the_rounds_of_a_race_and_what_it_costs_by_hand() -> None:
    assert race.rounds(16) == [(16, 1 / 8), (8, 1 / 4), (4, 1 / 2), (2, 1.0)]
    assert race.rounds(16, is_counted=True) == [(16, 1 / 8)]
    assert race.rounds(1) == []
    # A round that trains no longer than the one before costs nothing.
    candidates = tuple(with_settings(*GOOD, {"epochs": "8", "dim": str(dim)}) for dim in range(4, 12))
    short = Schedule(candidates, 1.0, 0.0, GOOD)
    assert short.rounds == [(8, [3] * 8), (4, [0] * 8), (2, [4] * 8)]
    assert short.trainings == 10
    assert short.seconds([1.0] * 8) == 8 * 3 + 2 * 4
    figures = [0.1 * n for n in range(8)]
    assert short.seconds([1.0] * 8, [*figures, *figures[4:]]) == 2 * 4
    split, (model, train) = SPLIT, GOOD
    epoch = torch_seconds(model, replace(train, epochs=1), split.windows) / FASTER["hinge"]
    assert race.epoch_by_rule(split, GOOD) == pytest.approx(epoch)
    maps = maps_seconds(DATA, model, 0)
    whole = race.training_by_rule(split, GOOD)
    assert whole == pytest.approx(2 * 24 * epoch + maps)  # the search and the final fit
    assert race.training_by_rule(split, (model, replace(train, refit=False))) == pytest.approx(24 * epoch + maps)
    schedule = race.affordable(split, [GOOD, GOOD], GOOD)
    # Each candidate trains for an eighth of 24 epochs.
    assert (schedule.haste, schedule.times) == (1, pytest.approx(2 * 3 * epoch / whole))
    longer = tuple(with_settings(*GOOD, {"epochs": str(80 + n)}) for n in range(3))
    assert replace(schedule, candidates=longer, haste=2.0).rounds == [(3, [5, 5, 5]), (2, [10, 10, 10])]


def data_of(users: int, items: int, length: int) -> Interactions:
    histories = {f"u{u}": [f"i{(u * 7 + step * 3) % items}" for step in range(length)] for u in range(users)}
    return interactions_of(histories)


@pytest.mark.parametrize("sizes", [(30, 12, 9), (900, 400, 50), (900, 1600, 100), (60, 9000, 900), (300, 12_000, 40)])
def test_a_race_costs_at_most_fifteen_trainings_of_the_papers_settings(sizes: tuple[int, int, int]) -> None:
    """By the rule: most settings and all epochs for small data, fewer where the softmax is expensive."""
    split = leave_one_out(data_of(*sizes))
    schedule = auto.schedule_for(split, {})
    assert schedule.times <= race.MOST_TIMES and len(schedule.candidates) >= 8
    assert schedule == auto.schedule_for(split, {})
    assert auto.schedule_for(split, {"epochs": "2"}).times <= race.MOST_TIMES
    assert race.epochs_in(replace(GOOD[1], epochs=2), 1 / 8) == 2  # never more epochs than a training may have


@pytest.mark.parametrize("epochs", [48, 3])
def test_the_choice_and_the_runner_up_are_those_of_the_last_round(epochs: int) -> None:
    """Some settings allow half the epochs of others, and in a short race no round trains anew."""
    half = with_settings(*GOOD, {"epochs": str(max(3, epochs // 2))})
    candidates = [BAD, half, with_settings(*GOOD, {"epochs": str(epochs), "negatives": "4"}), BAD[:1] + GOOD[1:]]
    trials: list[Trial] = []
    best = race.race(SPLIT, "auto", candidates, [], trials.append)
    last = sorted(trials[-2:], key=lambda trial: -trial.validation["mrr"])
    assert race.changes(best, "auto") == last[0].settings != last[1].settings
    sentence = auto.Found(best, tuple(trials)).sentence
    one, two = (f"{number(trial.validation['mrr'], 3)}" for trial in last)
    assert f"the best has MRR {one} on the validation items: {drawn_settings_text(last[0].settings)}; " in sentence
    assert sentence.endswith(f"the next best has {two}: {drawn_settings_text(last[1].settings)}")
    assert len(auto.different(trials)) == {48: 6, 3: 4}[epochs]


def test_each_kind_of_steps_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    softmax, split = with_settings(*GOOD, {"loss": "softmax", "negatives": "6"}), SPLIT
    kinds: list[str] = []

    def estimate(split: Split, *configs: object, with_maps: bool = True) -> Estimate:
        kinds.append(auto.kind_of(split, configs))
        return Estimate(1, 1, epoch=2.0 if "softmax" in kinds[-1] else 1.0, epochs_least=1, epochs_most=2, refit=False,
                        maps=7.0 if with_maps else 0.0, measured=0.0)  # fmt: skip

    monkeypatch.setattr(auto, "estimate", estimate)
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, softmax, BAD])
    schedule = auto.schedule_for(split, {})
    race_estimate = auto.race_estimate(split, schedule, with_maps=True)
    assert sorted(kinds) == ["hinge, compiled", "softmax, compiled"]
    assert race_estimate.training_most > auto.race_estimate(split, schedule, with_maps=False).training_most > 0


def test_what_is_left_of_a_race_shrinks_to_nothing() -> None:
    schedule: Schedule = race.affordable(SPLIT, [GOOD, BAD, START], PRESETS["sparse"])
    epoch = [race.epoch_by_rule(SPLIT, configs) for configs in schedule.candidates]
    remaining = [schedule.seconds(epoch, [0.1, 0.3, 0.2, 0.4, 0.5][:count]) for count in range(schedule.trainings + 1)]
    assert schedule.trainings == 5 and remaining == sorted(remaining, reverse=True) and remaining[-1] == 0
    second_round = 12 * (epoch[1] + epoch[2])  # it trains the two better candidates for half of their epochs
    assert remaining[3] == pytest.approx(second_round / 2)  # 24 epochs: 3 in the first round, 6 in the second


def test_the_rest_of_a_race_goes_at_the_pace_of_the_trainings_so_far() -> None:
    schedule: Schedule = race.affordable(SPLIT, [GOOD, BAD, START], PRESETS["sparse"])
    slow = 7.0  # times as slow as by the rule
    trial = Trial(
        race.changes(schedule.candidates[0], "auto"), 3, 1, dict.fromkeys(METRICS, 0.2), slow * 3 * schedule.by_rule[0]
    )
    progress = auto.progress_of(schedule, Mock(race=1.0), [trial])
    assert progress.left == pytest.approx(slow * schedule.seconds(schedule.by_rule, [0.2]))
    assert (progress.done, progress.best) == (1, 0.2)
    before = auto.progress_of(schedule, Mock(race=5.0), [])
    assert before.left == pytest.approx(5.0) and before.best is None


def test_train_auto_keeps_a_log_and_says_its_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    data, run = data_file(tmp_path / "data.csv", circle()), tmp_path / "run"
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    facts = cli.answer("estimate", data, "--auto")
    estimate = RaceEstimate(**{name: facts[name] for name in RaceEstimate.__dataclass_fields__})
    assert (estimate.settings, estimate.trainings) == (2, 2) and 0 < estimate.race < 60
    assert estimate.sentence.startswith("2 settings in 2 short trainings, ")
    assert "(at most 15 × one training of the paper's settings); then the training" in estimate.sentence
    for name, value in {"preset": "paper", "model": "fpmc"}.items():
        said = cli.refusal("estimate", data, "--auto", f"--{name}", value)
        assert "--auto finds settings of AttRec; leave out" in said
    arguments = ("train", data, "--out", run, "--auto", "--no-maps")
    _, output = cli.told(*arguments)
    assert "Looking for good settings: 2 settings in 2 short trainings" in output
    log = load(run).history["auto"]
    assert (load(run).model_config, load(run).train_config) == GOOD
    assert log["sentence"] in output
    assert [trial["settings"] for trial in log["trials"]]
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "run"}
    assert "already complete" in cli.told(*arguments, "--resume")[1]


@pytest.mark.parametrize("system", [*race.SPACES, "auto"])
def test_candidates_are_different_the_same_every_time_and_begin_with_the_start(system: str) -> None:
    assert set(DRAWN) == {*race.SHARES, *race.OF_ITEMS, *race.PAIRS}  # what a race draws is what it says of its choice
    candidates = race.candidates_of(system, 8)
    assert len(set(candidates)) == len(candidates) <= 8
    assert candidates == race.candidates_of(system, 8)
    assert candidates == race.candidates_of(system, 16)[: len(candidates)]


def test_adam_makes_a_hundred_steps_an_epoch_of_few_windows_and_the_papers_settings_stay() -> None:
    split = leave_one_out(interactions_of({f"u{user}": [f"i{place}" for place in range(12)] for user in range(1000)}))
    softmax, items, paper, *_ = race.candidates_of("auto", 3)
    assert items[0].remembers and not softmax[0].remembers
    assert split.windows == 9_000  # 9 of 12 items per user: the last two are held out, nothing precedes the first
    assert race.fitted(softmax, split)[1].batch_size == 90
    assert race.fitted(paper, split) == paper
    assert race.fitted(softmax, replace(split, lengths=split.lengths // 5))[1].batch_size == race.SMALLEST
    large = replace(split, lengths=split.lengths * 20)
    assert race.fitted(softmax, large) == softmax


def test_a_softmax_over_many_items_is_sampled_but_only_in_attrec() -> None:
    few, many = race.MANY, race.TOO_MANY
    for items, expected in ((few, "softmax"), (few + 1, "sampled"), (many, "sampled"), (many + 1, "softmax")):
        split = leave_one_out(interactions_of({"u": [f"i{place}" for place in range(items)], "v": ["i0", "i1"]}))
        assert race.fitted(race.softmax_start(), split)[1].loss == expected
        assert race.fitted(race.candidates_of("gru4rec", 1)[0], split)[1].loss == "softmax"
        assert race.fitted(PRESETS["movielens"], split) == PRESETS["movielens"]


def test_auto_goes_on_after_a_kill_or_anew_with_new_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings may be others in a newer version."""
    tried, out = race.run_trial, tmp_path / "new" / "runs" / "run"

    def only(configs: object) -> None:
        trial = lambda *given: tried(*given) if given[2] == configs else pytest.fail("another")  # noqa: E731
        monkeypatch.setattr(race, "run_trial", trial)

    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    only(GOOD)
    with pytest.raises(pytest.fail.Exception):
        found(DATA, out, {}, goes_on=False)
    shutil.copytree(tmp_path / "new", tmp_path / "newer")
    only(BAD)
    assert found(DATA, out, {}, goes_on=True).configs == GOOD
    monkeypatch.setattr(race, "run_trial", tried)
    another = with_settings(*GOOD, {"negatives": "4"})
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [another, BAD])
    result = found(DATA, tmp_path / "newer" / "runs" / "run", {}, goes_on=True)
    assert result.configs == another and len(result.trials) == 2


def test_nothing_is_raced_anew_for_a_training_that_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On other data the training is refused at once, and the log of its race stays unchanged."""
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    out = tmp_path / "run"
    result = found(DATA, out, {}, goes_on=False)
    log = race_of(out).read_bytes()
    with training_at(out, DATA, result.configs, resume=False, overwrite=False) as store:
        fit(SPLIT, *result.configs, Callbacks(store=store))
        monkeypatch.setattr(race, "run_trial", lambda *given: pytest.fail("raced"))
        assert found(DATA, out, {}, goes_on=True) == result
        assert found(data_of(30, 12, 9), out, {}, goes_on=True) == result
        smaller = found(DATA, out, {"dim": "4"}, goes_on=True)
        assert smaller.configs == with_settings(*GOOD, {"dim": "4"})
    assert race_of(out).read_bytes() == log
