"""Settings found by a race: the better settings win, no trial is repeated, and the run keeps the log."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from commands import Cli
from conftest import circle, data_file, interactions_of

import attrec_core as attrec
from attrec_core.config import PAPER_PRESETS, PRESETS, SETTINGS, with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import InputError, number
from attrec_core.runs.candidates import (
    SPACES,
    WIDE,
    candidates_of,
    may_change,
)
from attrec_core.runs.history import Epoch
from attrec_core.runs.library.words import drawn_settings_text
from attrec_core.runs.load import load
from attrec_core.runs.studies import Trial
from attrec_core.runs.time_left import Estimate, RaceEstimate
from attrec_core.runs.unfinished import RACE, epochs_kept, race_of
from attrec_core.storage.locks import hold_lock
from attrec_core.training.fit import Callbacks, fit, training_at
from attrec_core.training.side_by_side import of_shared, side_by_side
from attrec_core.training.study import auto, race
from attrec_core.training.study.auto import Costs
from attrec_core.training.study.race import Schedule, Standing

DATA = interactions_of(circle())
START = with_settings(*PRESETS["sparse"], {"dim": "8", "epochs": "24", "long_weight": "0.1", "window": "1"})
SPLIT = leave_one_out(DATA)
EPOCH = Epoch(1, "search", 24, 0.0, 1.0, {})
found = partial(auto.settings_found, with_maps=False)
GOOD = with_settings(*START, {"init_sd": "0.1", "mask": "none", "negatives": "5"})
BAD = with_settings(*START, {"learning_rate": "0.0001"})


def raced(candidates: list[race.Configs], folder: Path, **given: Any) -> tuple[race.Configs, list[Trial]]:
    """Races the candidates, with the states of their trainings in `folder`."""
    best, trials = race.race(SPLIT, "auto", standing_of(candidates), folder, **given)
    return candidates[best], trials


def standing_of(candidates: list[race.Configs], processes: int = 1) -> Standing:
    return Standing(Schedule(tuple(candidates)), [1.0] * len(candidates), processes)


def test_the_better_settings_win_and_nothing_is_tried_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, candidates in {"a": [BAD, GOOD], "b": [GOOD, BAD]}.items():
        winner, trials = raced(candidates, tmp_path / name)
        assert winner == GOOD and len(trials) == 2
    monkeypatch.setattr(race, "run_trial", lambda *arguments: pytest.fail("tried again"))
    assert raced([GOOD, BAD], tmp_path / "b", done=trials) == (GOOD, trials)
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, GOOD])  # then no race is needed
    assert found(DATA, tmp_path / "run", {}, goes_on=False) == auto.Found(GOOD, ())
    assert not race_of(tmp_path / "run").exists()


def data_of(users: int, items: int, length: int) -> Interactions:
    histories = {f"u{u}": [f"i{(u * 7 + step * 3) % items}" for step in range(length)] for u in range(users)}
    return interactions_of(histories)


@pytest.mark.parametrize("sizes", [(30, 12, 9), (900, 400, 50), (900, 1600, 100), (60, 9000, 900), (300, 12_000, 40)])
def test_a_race_costs_at_most_twelve_trainings_of_the_papers_settings(sizes: tuple[int, int, int]) -> None:
    """By the rule: most settings and all epochs for small data, fewer where the softmax is expensive."""
    split = leave_one_out(data_of(*sizes))
    schedule = auto.schedule_for(split, {})
    assert schedule.times <= race.MOST_TIMES and len(schedule.candidates) >= 8
    assert schedule == auto.schedule_for(split, {})
    assert auto.schedule_for(split, {"epochs": "2"}).times <= race.MOST_TIMES
    assert set(auto.schedule_for(split, {"epochs": "2"}).rounds[0].until) == {2}  # never more than a training may have


@pytest.mark.parametrize("epochs", [48, 3])
def test_the_choice_and_the_runner_up_are_those_of_the_last_round(epochs: int, tmp_path: Path) -> None:
    """Some settings allow half the epochs of others; where no epochs are left, no round trains anew."""
    half = with_settings(*GOOD, {"epochs": str(max(3, epochs // 2))})
    long = with_settings(*GOOD, {"epochs": str(epochs), "negatives": "4"})
    candidates = [BAD, half, long, BAD[:1] + GOOD[1:], with_settings(*BAD, {"negatives": "4"})]
    standing = standing_of(candidates)
    best, trials = race.race(SPLIT, "auto", standing, tmp_path)
    last = sorted(trials[-2:], key=lambda trial: -trial.validation["mrr"])
    assert race.changes(candidates[best], "auto") == last[0].settings != last[1].settings
    sentence = auto.Found(candidates[best], tuple(trials)).sentence
    one, two = (f"{number(trial.validation['mrr'], 3)}" for trial in last)
    assert f"the best has MRR {one} on the validation items: {drawn_settings_text(last[0].settings)}; " in sentence
    assert sentence.endswith(f"the next best has {two}: {drawn_settings_text(last[1].settings)}")
    assert len(standing.done) == {48: 8, 3: 6}[epochs]


def test_a_round_goes_on_bit_for_bit_and_the_winner_is_not_trained_twice(tmp_path: Path) -> None:
    candidates = [GOOD, *(with_settings(*GOOD, {"negatives": text}) for text in ("4", "3", "2", "1"))]
    winner, trials = raced(candidates, tmp_path)
    state = race.state_of(tmp_path, candidates.index(winner))
    raced_epochs = epochs_kept(state)
    assert [trial.epochs for trial in trials] == [3] * 5 + [6] * 3 and len(raced_epochs) == 6
    assert list(tmp_path.iterdir()) == [state]  # the others are removed
    at_once, _ = fit(SPLIT, *winner)
    out = tmp_path / "run"
    with training_at(out, DATA, winner, resume=False, overwrite=False) as store:
        store.adopt(state)
        epochs: list[Epoch] = []
        gone_on, history = fit(SPLIT, *winner, Callbacks(epoch=epochs.append, store=store))
    assert epochs[:6] == raced_epochs  # with their seconds: they were not trained again
    assert history.best_validation() == fit(SPLIT, *winner)[1].best_validation()
    for name, weights in at_once.state_dict().items():
        assert torch.equal(weights, gone_on.state_dict()[name])


def test_a_race_asks_before_each_round_whether_the_disk_has_room_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = [GOOD, BAD, START, *(with_settings(*BAD, {"negatives": text}) for text in ("4", "3"))]
    free, done = [2_000], list[Trial]()
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free[0]))
    with pytest.raises(InputError, match=r"the race for the settings needs about \d+ KB, .* 2.* KB left\.$"):
        raced(candidates, tmp_path)
    assert not list(tmp_path.iterdir())

    def fill_up(standing: Standing) -> None:
        done[:] = standing.done
        free[0] = 0 if done else free[0]

    free[0] = 10**6
    with pytest.raises(InputError, match=r"0 bytes left\. What is done is kept\."):
        raced(candidates, tmp_path, on_progress=fill_up)
    assert len(done) == 5 and len(list(tmp_path.iterdir())) == 3
    free[0] = 10**6
    assert raced(candidates, tmp_path, done=done)[0] == GOOD


@pytest.mark.long
def test_side_by_side_the_result_is_the_same_and_the_processes_end_with_the_race(tmp_path: Path) -> None:
    candidates = [GOOD, with_settings(*GOOD, {"negatives": "4"})]
    winner, trials = raced(candidates, tmp_path / "one")
    with side_by_side(2, SPLIT) as pool:
        assert pool.submit(of_shared, len_of_windows).result() == SPLIT.windows
        with_two = raced(candidates, tmp_path / "two", pool=pool)
        assert not pool.submit(of_shared, has_a_compiler).result()  # it takes a second to import
        children = active_children()
    assert with_two[0] == winner
    strip = [replace(trial, seconds=0.0) for trial in trials]
    assert [replace(trial, seconds=0.0) for trial in with_two[1]] == strip
    assert children and not any(child.is_alive() for child in children)
    with pytest.raises(KeyboardInterrupt), side_by_side(1, SPLIT) as pool:
        pool.submit(of_shared, without_end)
        children = until_some(active_children)
        raise KeyboardInterrupt
    assert not any(child.is_alive() for child in children)  # although one was at work


def len_of_windows(split: Split) -> int:
    return split.windows


def has_a_compiler(split: Split) -> bool:
    return "torch._dynamo" in sys.modules


def without_end(split: Split) -> None:
    Event().wait()


def until_some(look: Callable[[], list[Any]]) -> list[Any]:
    while not (seen := look()):
        pass
    return seen


def test_the_first_round_trains_on_a_part_of_many_users_and_the_last_on_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = SPLIT.some(0.5)
    assert len(some.evaluated) == round(len(SPLIT.evaluated) / 2)
    data = some.interactions
    for user, name in enumerate(data.user_ids):
        before = DATA.user_ids.index(name)
        assert data.history(user).tolist() == DATA.history(before).tolist()
        assert some.lengths[user] == SPLIT.lengths[before]
    assert SPLIT.some(0.5).interactions.user_ids == data.user_ids and SPLIT.some(1.0) is SPLIT
    assert len(SPLIT.some(0.0).evaluated) == 1
    candidates = tuple(with_settings(*GOOD, {"negatives": str(n)}) for n in range(2, 10))
    best, trials = race.race(SPLIT, "auto", Standing(Schedule(candidates, part=0.5), [1.0] * 8), tmp_path)
    assert [trial.part for trial in trials] == [0.5] * 8 + [1.0] * 4
    assert epochs_kept(race.state_of(tmp_path, best))
    assert not list(tmp_path.glob("*-part"))
    large = replace(SPLIT, lengths=SPLIT.lengths * 100_000)
    assert race.part_of(SPLIT) == 1.0
    assert race.part_of(large) == 1.0  # few users, however many windows
    monkeypatch.setattr(race, "ENOUGH_USERS", 3)
    assert race.part_of(large) == pytest.approx(max(race.ENOUGH_WINDOWS / large.windows, 3 / len(SPLIT.evaluated)))


def test_each_kind_of_steps_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    softmax = with_settings(*GOOD, {"loss": "softmax", "negatives": "6"})
    items = with_settings(*softmax, {"taste": "items"})
    kinds: list[str] = []

    def estimate(split: Split, *configs: Any, with_maps: bool, for_steps: float) -> Estimate:
        kinds.append(auto.kind_of(split, configs))
        return Estimate(1, 1, epoch=2.0 if "softmax" in kinds[-1] else 1.0, epochs_least=1, epochs_most=2, refit=False,
                        maps=7.0 if with_maps else 0.0, measured=0.0)  # fmt: skip

    monkeypatch.setattr(auto, "estimate", estimate)
    schedule = Schedule((GOOD, softmax, BAD, items))
    costs = auto.costs_of(SPLIT, schedule, with_maps=True)
    assert sorted(kinds) == ["hinge compiled", "softmax compiled", "softmax compiled with a taste from items"]
    bad = race.epoch_by_rule(SPLIT, BAD) / race.epoch_by_rule(SPLIT, GOOD)  # of a kind, the rule gives the ratio
    assert costs.epoch == pytest.approx((1.0, 2.0, bad, 2.0)) and costs.maps == 7.0
    without = auto.costs_of(SPLIT, schedule, with_maps=False)
    after = [auto.race_estimate(schedule, each).training_most for each in (costs, without)]
    assert after[0] == after[1] + 7.0 > 7.0


def test_a_race_in_a_given_time(tmp_path: Path) -> None:
    candidates = tuple(with_settings(*GOOD, {"epochs": "24", "negatives": str(n)}) for n in range(1, 49))
    schedule = Schedule(candidates)
    costs = Costs((1.0,) * 48, compile=0.0, metrics=4.0, maps=6.0, processes=1)
    for seconds in (20.0, 60.0, 200.0, 1000.0, 100_000.0):
        chosen = auto.within(schedule, costs, seconds)
        half, count = (seconds - 10) / 2, len(chosen.candidates)
        assert chosen.epochs == (min(24, int(half)),) * count  # the final fit takes the other half at most
        assert chosen.seconds([1.0] * count) <= half
        more = replace(chosen, candidates=candidates[: count + 1], most=chosen.epochs[:1] * (count + 1))
        assert count == 48 or more.seconds([1.0] * (count + 1)) > half
    assert count == 48
    slow = replace(costs, epoch=(1.0, 1.0, 10.0, *costs.epoch[3:]))
    assert auto.within(schedule, slow, 50.0).candidates[:3] == (*candidates[:2], candidates[3])
    assert auto.again(auto.raced(chosen)) == chosen
    # A race that is late trains no more: its choice is that of the round before.
    five = [GOOD, *(with_settings(*GOOD, {"negatives": text}) for text in ("4", "3", "2", "1"))]
    winner, trials = raced(five, tmp_path, most=0.0)
    assert len(trials) == 5 and trials[-2:] == sorted(trials, key=lambda trial: -trial.validation["mrr"])[:2]
    assert race.changes(winner, "auto") == trials[-2].settings


def test_train_auto_keeps_a_log_and_says_its_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    data, run = data_file(tmp_path / "data.csv", circle()), tmp_path / "run"
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    facts, said = cli.told("estimate", data, "--auto", "--json")
    assert "attrec: The race may change: " in said
    facts = json.loads(facts)
    estimate = RaceEstimate(**{name: facts[name] for name in RaceEstimate.__dataclass_fields__})
    assert (estimate.settings, estimate.trainings) == (2, 2) and 0 < estimate.race < 60
    assert estimate.sentence.startswith("2 short trainings of 2 settings, ")
    assert "(at most 12 × one training of the paper's settings); then the rest of the training" in estimate.sentence
    for name, value in {"preset": "paper", "model": "fpmc"}.items():
        said = cli.refusal("estimate", data, "--auto", f"--{name}", value)
        assert "--auto finds settings of AttRec; leave out" in said
    arguments = ("train", data, "--out", run, "--auto", "--no-maps")
    with monkeypatch.context() as patch:
        patch.setattr(auto, "state_of", Mock(side_effect=KeyboardInterrupt))  # once the race is over
        assert "what was compared is kept" in cli.told(*arguments, code=130)[1]
    assert "unfinished training" in cli.refusal(*arguments)
    assert "not over: add --auto" in cli.refusal("train", data, "--out", run, "--resume")
    _, output = cli.told(*arguments, "--resume")
    assert "Looking for good settings: 2 short trainings of 2 settings" in output
    log = load(run).history["auto"]
    assert (load(run).model_config, load(run).train_config) == GOOD
    assert log["sentence"] in output
    assert [trial["settings"] for trial in log["trials"]]
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "run"}
    assert "already complete" in cli.told(*arguments, "--resume")[1]


@pytest.mark.parametrize("system", [*SPACES, "auto"])
def test_candidates_are_different_the_same_every_time_and_begin_with_the_start(system: str) -> None:
    candidates = candidates_of(system, 8)
    assert len(set(candidates)) == len(candidates) <= 8
    assert candidates == candidates_of(system, 16)[: len(candidates)]


def test_what_a_race_may_change_is_said_before_it_from_its_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence, found = may_change(), [{**vars(model), **vars(train)} for model, train in candidates_of("auto", 16)]
    changed = [SETTINGS[key].label for key in SETTINGS if len({of[key] for of in found}) > 1]
    assert sentence.startswith(f"The race may change: {', '.join(changed)}. ") and SETTINGS["targets"].label in changed
    assert "taste items or both" in sentence and "loss softmax or sampled" in sentence and "mask none" in sentence
    assert SETTINGS["loss"].label not in may_change({"loss": "hinge"}).split(": ")[1].split(", ")
    monkeypatch.setattr("attrec_core.runs.candidates.candidates_of", lambda *_: [PRESETS["sparse"]])
    assert may_change() == "The race changes no setting."


def test_the_result_of_a_race_names_every_setting_that_it_may_change() -> None:
    found = [race.changes(configs, "auto") for configs in candidates_of("auto", 48)]
    assert {"lone_item", "epochs", "patience"} < set().union(*found)
    for settings in found:
        assert all(SETTINGS[key].label in drawn_settings_text(settings) for key in settings)


def test_a_softmax_over_many_items_is_sampled_but_only_in_attrec() -> None:
    few, many, most = race.MANY, race.TOO_MANY, int(WIDE["negatives"])
    start, _, _, wide = candidates_of("auto", 4)
    for items in (few, few + 1, many, most, most + 1):
        split = leave_one_out(interactions_of({"u": [f"i{place}" for place in range(items)], "v": ["i0", "i1"]}))
        assert race.fitted(start, split)[1].loss == ("sampled" if few < items <= many else "softmax")
        assert race.fitted(wide, split)[1].loss == ("sampled" if items > most else "softmax")
        assert race.fitted(candidates_of("gru4rec", 1)[0], split)[1].loss == "softmax"
        assert race.fitted(PRESETS["movielens"], split) == PRESETS["movielens"]


def test_auto_goes_on_after_a_kill_or_anew_with_new_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after each of its trials, it ends as if it had not been. The settings may be others in a newer version."""
    candidates = [with_settings(*each, {"epochs": "96"}) for each in (GOOD, BAD, (GOOD[0], START[1]))]
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: candidates)
    whole = found(DATA, tmp_path / "whole", {}, goes_on=False)
    tried, out = race.run_trial, tmp_path / "new" / "runs" / "run"
    for count in range(len(whole.trials)):
        done: list[Trial] = []

        def once(*given: Any, done: list[Trial] = done) -> Trial:
            if done:
                raise KeyboardInterrupt
            done.append(tried(*given))
            return done[-1]

        monkeypatch.setattr(race, "run_trial", once)
        with pytest.raises(KeyboardInterrupt) if count < len(whole.trials) - 1 else contextlib.nullcontext():
            result = found(DATA, out, {}, goes_on=True)
        assert len(done) == 1
    timeless = [[replace(trial, seconds=0.0) for trial in each.trials] for each in (result, whole)]
    assert timeless[0] == timeless[1] and result.configs == whole.configs
    monkeypatch.setattr(race, "run_trial", tried)
    another = with_settings(*GOOD, {"negatives": "4"})
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [another, BAD])
    result = found(DATA, out, {}, goes_on=True)
    assert result.configs == another and len(result.trials) == 2


def test_an_epoch_of_a_killed_trial_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = raced([GOOD, BAD], tmp_path / "whole"), None
    searched = race.search

    def killed(*given: Any) -> Any:
        searched(*given[:3], 2, *given[4:])  # after two of three epochs
        raise KeyboardInterrupt

    monkeypatch.setattr(race, "search", killed)
    with pytest.raises(KeyboardInterrupt):
        raced([GOOD, BAD], tmp_path / "race")
    before = epochs_kept(race.state_of(tmp_path / "race", 0))
    monkeypatch.setattr(race, "search", searched)
    again = raced([GOOD, BAD], tmp_path / "race")
    after = epochs_kept(race.state_of(tmp_path / "race", 0))
    assert after[:2] == before and len(before) == 2
    assert again[0] == whole[0]
    assert [trial.validation for trial in again[1]] == [trial.validation for trial in whole[1]]


def test_nothing_is_raced_anew_for_a_training_that_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On other data the training is refused at once, and the log of its race stays unchanged."""
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    out = tmp_path / "run"
    result = found(DATA, out, {}, goes_on=False)
    log = (race_of(out) / RACE).read_bytes()
    with training_at(out, DATA, result.configs, resume=False, overwrite=False) as store:
        fit(SPLIT, *result.configs, Callbacks(store=store))
        monkeypatch.setattr(race, "run_trial", lambda *given: pytest.fail("raced"))
        assert replace(result, state=None) == found(DATA, out, {}, goes_on=True)
        assert replace(result, state=None) == found(data_of(30, 12, 9), out, {}, goes_on=True)
        timed = found(DATA, out, {"epochs": "99"}, goes_on=True, minutes=5)  # the time has chosen fewer
        assert timed.configs == result.configs
        smaller = found(DATA, out, {"dim": "4"}, goes_on=True)
        assert smaller.configs == with_settings(*GOOD, {"dim": "4"})
    assert (race_of(out) / RACE).read_bytes() == log


def test_one_race_at_a_time_and_that_of_an_older_version_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto, "candidates_of", lambda system, budget: [GOOD, BAD])
    out = tmp_path / "run"
    race_of(out).write_text("{}")  # in older versions, it was a file
    assert found(DATA, out, {}, goes_on=True).configs == GOOD
    with hold_lock(race_of(out)), pytest.raises(InputError, match="is being trained by another process"):
        found(DATA, out, {}, goes_on=True)
    (race_of(out) / RACE).write_text('{"data": ')
    with pytest.raises(InputError, match="is damaged"):
        found(DATA, out, {}, goes_on=True)


@pytest.mark.long
def test_where_the_density_is_unsure_a_few_epochs_of_both_presets_decide(tmp_path: Path, cli: Cli) -> None:
    """Many interactions per user, but so many items that the density is below 1 %."""
    histories = {f"u{u}": [f"i{(u * 50 + step) % 5_500}" for step in range(51)] for u in range(110)}
    data, run = data_file(tmp_path / "data.csv", histories), tmp_path / "run"
    _, output = cli.told("train", data, "--out", run, "--no-maps", "--epochs", "2")
    assert "Looking for good settings: 2 short trainings of 2 settings" in output
    trained = load(run)
    log = trained.history["auto"]
    assert log["sentence"] in output and len(log["trials"]) == 2
    best, other = sorted((trial["validation"]["mrr"] for trial in log["trials"]), reverse=True)
    chosen = {PRESETS[name][0].window: name for name in PAPER_PRESETS}[trained.model_config.window]
    wins = next(trial for trial in log["trials"] if trial["validation"]["mrr"] == best)
    assert best != other and wins["settings"].get("window", 5) == trained.model_config.window
    assert (trained.model_config, replace(trained.train_config, epochs=30)) == PRESETS[chosen]
    assert attrec.train(data, maps=False, epochs=2).record.model_config == trained.model_config
    # A preset that is named is taken.
    assert "Looking" not in cli.told("train", data, "--out", run, "--overwrite", "--no-maps", "--epochs", "2",
                                     "--preset", "sparse")[1]  # fmt: skip
