"""Studies: resuming, refusing a different study, choosing on the validation items, and metrics beyond accuracy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import interactions_of, random_histories

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.counted import MarkovCounts
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import RESULTS, Entry, Study, Trial, load_study
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.training.study import race as race_module
from attrec_core.training.study import study as study_module
from attrec_core.training.study.lines import Line, line_costs, lines_of
from attrec_core.training.study.race import candidates_of, race, rounds
from attrec_core.training.study.study import coverage_and_popularity, protocol_for, run_study, shuffled

DATA = interactions_of(random_histories(1))
SPLIT = leave_one_out(DATA)
KILLED_AFTER = 3


def tiny(system: str) -> tuple[ModelConfig, TrainConfig]:
    model, train = start_of(system)
    return replace(model, dim=4, window=3), replace(train, epochs=2, negatives=2, engine="torch")


def lines() -> list[Line]:
    """Returns two lines that are raced, one of them counted, and one line with fixed settings."""
    raced = tuple(replace(tiny("bprmf")[1], learning_rate=rate) for rate in (0.01, 0.1))
    return [
        Line("markov", "Markov counts", "markov", tuple(candidates_of("markov", 3))),
        Line("bprmf", "BPR-MF", "bprmf", tuple((tiny("bprmf")[0], train) for train in raced)),
        Line("attrec", "AttRec", "attrec", (tiny("attrec"),)),
    ]


def protocol(kind: str = "table2", **more: Any) -> Protocol:
    return protocol_for(DATA, kind, **{"seeds": 2, "budget": 3} | more)


def without_times(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    content["protocol"].pop("began")
    content.pop("sha256")
    for entry in content["entries"]:
        for part in (*entry["trials"], *entry["seeds"]):
            assert 0 <= part.pop("seconds") < 600
        assert {part["engine"] for part in entry["seeds"]} <= {"torch", "numpy"}
    return content


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one at each training, of the race and of the seeds."""
    calls: list[int] = []

    def counted(fit: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **more: Any) -> Any:
            calls.append(len(calls))
            return fit(*args, **more)

        return called

    for module in (race_module, study_module):
        monkeypatch.setattr(module, "fit", counted(module.fit))
    return calls


def test_a_study_that_was_killed_goes_on_without_a_second_training(tmp_path: Path, fits: list[int]) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    progress: list[tuple[int, int]] = []
    run_study(SPLIT, lines(), protocol(), whole, on_progress=lambda done, total, _: progress.append((done, total)))
    expected = len(fits)
    assert expected == sum(line.trainings(2) for line in lines())
    assert progress[-1] == (expected, expected) and progress == sorted(progress)

    def killed(done: int, total: int, label: str) -> None:
        if done == KILLED_AFTER:
            raise KeyboardInterrupt

    fits.clear()
    with pytest.raises(KeyboardInterrupt):
        run_study(SPLIT, lines(), protocol(), broken, on_progress=killed)
    assert len(fits) == KILLED_AFTER
    assert not (broken / RESULTS).exists()
    run_study(SPLIT, lines(), protocol(), broken)
    assert len(fits) == expected
    assert without_times(broken) == without_times(whole)
    run_study(SPLIT, lines(), protocol(), broken)
    assert len(fits) == expected


def test_more_seeds_are_added_to_those_that_are_there(tmp_path: Path, fits: list[int]) -> None:
    one_line = lines()[2:]
    run_study(SPLIT, one_line, protocol(seeds=1), tmp_path)
    study = run_study(SPLIT, one_line, protocol(seeds=2), tmp_path)
    assert len(fits) == 2
    assert [seed.seed for seed in study.entries[0].seeds] == [0, 1]
    assert study.protocol.seeds == 2


def test_the_ranks_are_kept_with_seen_items_left_out_and_ranked_too(tmp_path: Path) -> None:
    study = run_study(SPLIT, lines()[2:], protocol(), tmp_path)
    for seen in ("out", "in"):
        means = (1 / study.ranks["attrec", seen]).mean(1)
        assert means == pytest.approx(study.entries[0].values("mrr", seen))
        assert study.interval("attrec", "mrr", seen)[0] < means.mean() < study.interval("attrec", "mrr", seen)[1]


def test_a_counted_system_is_computed_once_for_all_seeds(tmp_path: Path, fits: list[int]) -> None:
    """As nothing in it is drawn: each seed gives the same ranks."""
    counted = lines()[0]
    told: list[tuple[int, int]] = []
    study = run_study(SPLIT, [counted], protocol(seeds=3), tmp_path, on_progress=lambda *now: told.append(now[:2]))
    assert [seed.seed for seed in study.entries[0].seeds] == [0]
    assert told[-1] == (4, 4) and len(fits) == 4 == len(line_costs(DATA, counted, seeds=3))
    configs = counted.candidates[0]
    (first, ranks), (later, later_ranks) = (study_module.seed_result(SPLIT, configs, seed) for seed in (0, 7))
    assert first.test == later.test and np.array_equal(ranks, later_ranks)


def test_all_seeds_of_a_line_have_the_same_settings(tmp_path: Path, fits: list[int]) -> None:
    """Also if a newer version has other candidate settings, or another preset is named."""
    _, raced, fixed = lines()
    chosen = run_study(SPLIT, [raced, fixed], protocol(seeds=1), tmp_path).entries[1].train
    newer_candidates = tuple((model, replace(train, epochs=1)) for model, train in raced.candidates)
    fits.clear()
    study = run_study(SPLIT, [replace(raced, candidates=newer_candidates)], protocol(seeds=2), tmp_path)
    assert study.entries[1].train == chosen and len(study.entries[1].seeds) == 2
    assert len(fits) == 1
    changed = replace(fixed, candidates=((fixed.candidates[0][0], replace(fixed.candidates[0][1], targets=1)),))
    with pytest.raises(InputError, match="holds AttRec with other settings"):
        run_study(SPLIT, [changed], protocol(seeds=2), tmp_path)


def test_a_study_without_the_final_fit_tests_what_never_saw_the_validation_items(tmp_path: Path) -> None:
    """A counted system then ranks the validation item as it did when its settings were chosen."""
    line = lines_of("table2", "movielens", 1, ["markov"], fit="without-validation")[0]
    study = run_study(SPLIT, [line], protocol(seeds=1, budget=1, fit="without-validation"), tmp_path)
    model = MarkovCounts(line.candidates[0][0], DATA.n_users, DATA.n_items)
    model.learn(SPLIT)
    expected = evaluate(model.ranker(), SPLIT, model.config.window, "test").metrics
    assert study.entries[0].seeds[0].test == pytest.approx(expected)
    assert "fitted without the validation items." in study.protocol.sentence
    assert "fitted with the validation items too." in protocol().sentence


def test_what_was_raced_among_other_settings_is_raced_anew(tmp_path: Path, fits: list[int]) -> None:
    raced = lines()[1]
    other_candidates = tuple((model, replace(train, epochs=1)) for model, train in raced.candidates)
    other_line = [replace(raced, candidates=other_candidates)]

    def killed(done: int, total: int, label: str) -> None:
        if done == raced.trials:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(SPLIT, other_line, protocol(), tmp_path, on_progress=killed)
    study = run_study(SPLIT, [raced], protocol(), tmp_path)
    assert [trial.epochs for trial in study.entries[0].trials] == [2, 2]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (protocol("ablation"), "kind"),
        (protocol(budget=4), "budget"),
        (protocol(order="shuffled"), "order"),
        (protocol(split="temporal"), "split"),
        (protocol(fit="without-validation"), "final fit"),
        (replace(protocol(), fingerprint="another"), "data fingerprint"),
    ],
)
def test_another_study_in_the_same_folder_is_refused(tmp_path: Path, other: Protocol, what: str) -> None:
    run_study(SPLIT, lines()[:1], protocol(), tmp_path)
    before = without_times(tmp_path)
    with pytest.raises(InputError, match=f"another {what}") as refused:
        run_study(SPLIT, lines()[:1], other, tmp_path)
    assert refused.value.code == "other_study"
    assert without_times(tmp_path) == before


def test_a_seed_whose_ranks_are_lost_is_trained_again(tmp_path: Path, fits: list[int]) -> None:
    one_line = lines()[2:]
    run_study(SPLIT, one_line, protocol(), tmp_path)
    before = without_times(tmp_path)
    (tmp_path / "attrec.npz").unlink()
    run_study(SPLIT, one_line, protocol(), tmp_path)
    assert without_times(tmp_path) == before and len(fits) == 4


def following() -> Interactions:
    """All users follow the same circle of items, so that the latest item determines the next item."""
    random = np.random.default_rng(0)
    starts = random.integers(0, 12, 40)
    return interactions_of({f"u{u}": [f"i{(start + k) % 12}" for k in range(8)] for u, start in enumerate(starts)})


def test_the_race_takes_the_better_of_two_wherever_it_stands() -> None:
    data = following()
    latest = start_of("markov")
    popular = start_of("popularity")
    for pair in ([latest, popular], [popular, latest]):
        trials: list[Trial] = []
        best = race(leave_one_out(data), "markov", pair, [], trials.append)
        assert best == latest
        mrrs = [trial.validation["mrr"] for trial in trials]
        assert len(mrrs) == 2 and max(mrrs) == mrrs[pair.index(latest)] > min(mrrs)


def test_the_race_makes_no_trial_of_before_again(fits: list[int]) -> None:
    candidates, trials = candidates_of("markov", 4), []
    first = race(SPLIT, "markov", candidates, [], trials.append)
    assert len(fits) == 4 == sum(count for count, _ in rounds(4, is_counted=True))
    assert race(SPLIT, "markov", candidates, trials[:3], lambda trial: None) == first
    assert len(fits) == 5


def test_each_system_has_the_same_number_of_candidates() -> None:
    lines = {line.key: line for line in lines_of("table2", "sparse", 4)}
    assert {len(lines[key].candidates) for key in ("bprmf", "fpmc", "sasrec", "ease", "auto")} == {4}
    assert len(lines["attrec"].candidates) == len(lines["popularity"].candidates) == 1


def test_every_line_of_table_2_is_raced_trained_and_ranked(tmp_path: Path) -> None:
    small_lines = [
        replace(line, candidates=tuple(map(smaller, line.candidates[:2]))) for line in lines_of("table2", "sparse", 2)
    ]
    study = run_study(SPLIT, small_lines, protocol(seeds=1), tmp_path)
    assert {entry.key for entry in study.entries} == {*SYSTEMS, "auto"} - {"own"}
    assert all(len(entry.seeds) == 1 and len(entry.trials) == line.trials for entry, line in paired(study, small_lines))
    costs = [seconds for line in small_lines[:3] for seconds in line_costs(DATA, line, 2)]
    assert len(costs) == sum(line.trainings(2) for line in small_lines[:3]) and min(costs) > 0


def smaller(configs: tuple[ModelConfig, TrainConfig]) -> tuple[ModelConfig, TrainConfig]:
    model, train = configs
    return replace(model, dim=4, window=min(model.window, 3), layers=1, heads=1), replace(
        train, epochs=1, refit=False, engine="torch", batch_size=1000
    )


def paired(study: Study, lines: list[Line]) -> list[tuple[Entry, Line]]:
    by_key = {entry.key: entry for entry in study.entries}
    return [(by_key[line.key], line) for line in lines]


def test_parts_by_the_softmax_loss_are_another_study(tmp_path: Path) -> None:
    (mean, *_), (place, *_) = (
        lines_of("ablation", "sparse", 1, [key], "softmax")[0].candidates for key in ("mean", "place")
    )
    assert mean[1] == place[1] and mean[1].loss == "softmax"
    assert (mean[0].model, place[0].model, place[0].place_weights) == ("attrec", "prme", True)
    assert "the softmax loss, not the paper's" in protocol("ablation", loss="softmax").sentence
    run_study(SPLIT, lines()[:1], protocol("ablation"), tmp_path)
    with pytest.raises(InputError, match="another loss"):
        run_study(SPLIT, lines()[:1], protocol("ablation", loss="softmax"), tmp_path)


def test_a_shuffled_order_keeps_each_history_and_the_times() -> None:
    reordered = shuffled(DATA)
    assert np.array_equal(reordered.users, DATA.users)
    for user in range(DATA.n_users):
        assert sorted(reordered.history(user)) == sorted(DATA.history(user))
    assert not np.array_equal(reordered.items, DATA.items)
    assert np.array_equal(shuffled(DATA).items, reordered.items)
    assert not np.array_equal(shuffled(DATA, seed=1).items, reordered.items)


def test_coverage_and_popularity_by_hand() -> None:
    histories = {"a": ["x", "y", "z"], "b": ["x", "y", "z"], "c": ["x", "y", "w"], "d": [*"xyw", *"0123456789"]}
    data = interactions_of(histories)
    split = leave_one_out(data)
    ids = list(data.item_ids)
    order = [*"0123456789", *"xyzw"]  # nearest first, for every user
    distances = np.array([float(order.index(item)) for item in ids])

    def ranker(users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return np.tile(distances, (len(users), 1))

    listed = dict.fromkeys(ids, 0)
    for user in split.evaluated:
        seen = set(histories[data.user_ids[user]][:-1])
        for item in [item for item in order if item not in seen][:10]:
            listed[item] += 1
    counts = {item: sum(item in history for history in histories.values()) for item in ids}
    mean = sum(listed[item] * counts[item] for item in ids) / sum(listed.values()) / max(counts.values())
    coverage, popularity = coverage_and_popularity(ranker, split, 2)
    assert coverage == sum(count > 0 for count in listed.values()) / len(ids)
    assert 0 < coverage < 1
    assert popularity == pytest.approx(mean)
    alone = leave_one_out(interactions_of({"d": ["x", "y", "z"], "e": ["x"]}))
    assert coverage_and_popularity(lambda users, windows: np.zeros((1, 3)), alone, 2) == (1 / 3, 0.5)


def test_a_study_of_the_papers_counts_is_the_papers(tmp_path: Path) -> None:
    assert (protocol().paper, protocol().data) == ("", "unnamed data")
    assert protocol_for(replace(DATA, name="films"), "table2", seeds=1, budget=1).data == "films"
    assert protocol(paper_set="Garden").paper == "Garden"
    assert protocol(paper_set="Garden").title == "Garden"
    run_study(SPLIT, lines()[:1], protocol(), tmp_path)
    assert load_study(tmp_path).protocol == replace(protocol(), began=load_study(tmp_path).protocol.began)
