"""Questions that Python and the engine in JavaScript both answer: for the test that compares them.

A new record of the engine: a line in CALLS, which asks the engine for it; its Python functions that make sentences in
WATCHED; and what Python answers in `answers`, or in a function of your own that `cases` yields from.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from conftest import interactions_of, mixed, random_histories
from moments import run_of

from attrec_core import errors
from attrec_core.config import ModelConfig, memory_weights
from attrec_core.data.interactions import Interactions
from attrec_core.explain import exact_sum, explanation, influence, neighbours, rank_curves, smallest_edit, wording
from attrec_core.explain.moment import Moment, moment_of, window_at
from attrec_core.explain.taste import own_share
from attrec_core.runs.run import Run

# In the browser: a run and what is given → the record. `momentFor` makes the moment that is given.
CALLS = {
    "format": "(run, { name, calls }) => calls.map((args) => FORMATS[name](...args))",
    "moment": "(run, given) => stages(momentFor(run, given))",
    "explanation": "(run, given) => explanation(momentFor(run, given), given.item)",
    "why_above": "(run, given) => whyAbove(momentFor(run, given), given.item, given.other)",
    "rank_curves": "(run, given) => rankCurves(momentFor(run, given), given.k)",
    "intervals": "(run, { lines, row }) => intervals(lines, lines, row)",
    "smallest_edit": "(run, given) => smallestEdit(momentFor(run, given), given.item, given.k)",
    "nearest": """(run, given) =>
      nearest(run.weights.item_short, momentFor(run, given).trace.intent, given.k, given.item)""",
}
STAGES = (*("query", "key", "scores", "masked", "softmax", "weights", "column_weights", "missing", "intent", "places"),)
SCRIPT = (
    f"""
const STAGES = {list(STAGES)};
"""
    + """
const FORMATS = { number, percent, ordinal, count_of: countOf, short, amount, listed, letter, times,
  title_at: (window, place) => titleAt(window, place, (item) => `item ${item}`) };

function momentFor(run, { user, window, step, then, config, omega, shares, no_vector }) {
  let moment = momentOf(run, user, window, step);
  if (then) moment = moment.withWindow(then);
  if (no_vector) moment = moment.with({ vector: null, long_weight: 0 });
  if (omega !== null) moment = moment.with({ long_weight: omega });
  return moment.with({ config: { ...run.config, ...config }, shares });
}

function stages(moment) {
  const { trace: own, attention: shown, ranking, memory } = moment, all = ranking.blended.map((_, item) => item);
  const [short, long] = ranking.parts();
  return {
    trace: Object.fromEntries(STAGES.map((name) => [name, own[name]])),
    attention: shown, memory, taste: moment.taste, excluded: moment.excluded, edited: moment.edited,
    pushed: moment.pushed, target: moment.target, short, long, distances: ranking.blended,
    each: Array.from(all, (item) => [ranking.distance(item), ranking.rank(item)]),
    top: ranking.top(10), other_omega: ranking.at(0.75).blended, unedited: moment.unedited().window,
  };
}
"""
)


def named(module: Any, names: str) -> list[Callable[..., Any]]:
    """Returns these functions of a module."""
    return [inspect.unwrap(getattr(module, name)) for name in names.split()]


# Whose conditions must all have been true and false in the cases.
WATCHED: list[Callable[..., Any]] = [
    *named(errors, "number percent ordinal count_of"),
    *named(wording, "short title_at amount listed letter times"),
    *named(exact_sum, "exact_sum difference_sentence"),
    *named(influence, "leave_one_out removal_sentence sentence verdict"),
    *named(rank_curves, "sentence"),
    *named(smallest_edit, "sentence"),
    *named(explanation, "main_reason reason_sentence"),
]


@dataclass(frozen=True)
class Case:
    call: str  # a name in CALLS
    run: int  # an index of `runs`
    given: dict[str, Any]
    expected: Any  # the record for JSON
    scale: float = 1.0  # the size of a distance

    @property
    def name(self) -> str:
        return f"{self.call} of run {self.run}, {str(self.given)[:300]}"


@dataclass(frozen=True)
class Between:
    """A number that may lie between two: the rank of an item among others that are as near but for rounding."""

    low: float
    high: float


def plain(value: Any) -> Any:
    """A record as JSON values; None for NaN."""
    if is_dataclass(value) and not isinstance(value, Between):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def run_data(run: Run) -> dict[str, Any]:
    """What the engine needs of a run, as JSON values."""
    config, weights, data = run.model_config, run.weights, run.interactions
    settings = ("dim", "window", "long_weight", "mask", "lone_item", "aggregation", "time_signal", "shared_projection")
    tables = [name for name in ("item_short", "item_long", "projection", "key_projection") if name in run.arrays]
    return {
        "n_items": data.n_items,
        "catalogue": data.n_items,
        "config": {name: getattr(config, name) for name in (*settings, "taste", "half_life")}
        | {"memory_weights": list(memory_weights(config.half_life)), "history": config.history},
        "weights": {name: weights[name].reshape(-1).tolist() for name in tables}
        | ({"own_share": own_share(weights)} if config.taste == "both" else {}),
        "titles": list(data.titles),
        "people": [
            {
                "name": name,
                "history": data.history(user).tolist(),
                "vector": None if config.taste == "items" else weights["user_long"][user].tolist(),
            }
            for user, name in enumerate(data.user_ids)
        ],
    }


@functools.cache
def runs(every: bool) -> list[Run]:
    """Runs of random vectors: one for every choice of all settings that are named, or of three; then some with a window
    of which the smallest edit takes no pairs, and some in which the order of the items matters more."""
    random = np.random.default_rng(6)
    choices = {
        "mask": ("after", "before", "none"),
        "lone_item": ("nothing", "itself"),
        "aggregation": ("mean", "sum", "max", "min"),
        "time_signal": (True, False),
        "shared_projection": (True, False),
        "taste": ("vector", "items", "both"),
    }
    result = []
    for way in mixed(*choices.values(), together=len(choices) if every else 3):
        numbers = {
            "half_life": float(random.choice([0.5, 3.0, 50.0])),
            "window": int(random.choice([5, 5, 2])),
            "dim": int(random.choice([6, 5])),
            "long_weight": float(random.choice([0.0, 0.2, 0.6, 1.0])),
        }
        config = ModelConfig(**dict(zip(choices, way, strict=True)), **numbers)
        result.append(changed(run_of(config, float(random.choice([0.3, 0.5, 0.8])))))
    wide, ordered = (9, 30) if every else (1, 10)
    for window, scale, taste, count in ((45, 0.4, "vector", wide), (45, 0.4, "items", 2), (5, 0.8, "vector", ordered)):
        result += [changed(run_of(ModelConfig(window=window, dim=6, taste=taste, half_life=3.0), scale))] * count
    return result


def changed(run: Run) -> Run:
    """The run with two items of the same V and, where order matters, two of the same X, two with the same vectors, and
    histories that repeat items. Without the time signal, only rounding decides which of two items with the same X has
    more attention."""
    arrays, is_ordered = dict(run.arrays), run.model_config.time_signal
    arrays["item_long"], arrays["item_short"] = arrays["item_long"].copy(), arrays["item_short"].copy()
    arrays["item_long"][3] = arrays["item_long"][2]
    if is_ordered:
        arrays["item_short"][5] = arrays["item_short"][4]
    else:
        arrays["item_short"][1] *= 1.1
    return replace(run, arrays=arrays, interactions=repeating() if is_ordered else run.interactions)


@functools.cache
def repeating() -> Interactions:
    """The usual histories, each with a third of its items once more, at random places."""
    random = np.random.default_rng(3)
    histories = random_histories(2)
    for items in histories.values():
        for item in items[::3]:
            items.insert(int(random.integers(len(items) + 1)), item)
    return interactions_of(histories)


def moment_for(run: Run, given: dict[str, Any]) -> Moment:
    window = None if given["window"] is None else np.array(given["window"], np.int64)
    moment = moment_of(run, given["user"], window, given["step"])
    if given["then"] is not None:
        moment = moment.with_window(np.array(given["then"], np.int64))
    if given["no_vector"]:
        moment = replace(moment, vector=None, long_weight=0.0)
    if given["omega"] is not None:
        moment = replace(moment, long_weight=given["omega"])
    shares = None if given["shares"] is None else tuple(given["shares"])
    return replace(moment, config=replace(run.model_config, **given["config"]), shares=shares)


def given_moment(run: Run, random: np.random.Generator) -> dict[str, Any]:
    """Draws a moment: a person at any step, or nobody; the actual window or an edited one, of 1 to L items, perhaps
    pushed on by another item; what-if settings, any ω."""
    config, data = run.model_config, run.interactions

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    def items(count: int) -> list[int]:
        # Without the time signal, only rounding decides which of two equal vectors comes first. So no item is repeated,
        # and of items 0 and 1, which have the same vector, at most one is taken. A long window leaves some candidates.
        repeats = count > 5 or (config.time_signal and chance(0.5))
        first, last = (0 if config.time_signal else 1), (12 if count > 5 else data.n_items)
        return (first + random.choice(last - first, count, replace=repeats)).tolist()

    user = int(random.integers(data.n_users)) if chance(0.75) else None
    step = None if user is None else int(random.integers(1, len(data.history(user)) + 1))
    is_long = config.window > smallest_edit.LONGEST  # only single items are removed; all pairs of 40 would take long
    length = config.window if is_long or chance(0.3) else int(random.integers(1, config.window + 1))
    window = items(length) if user is None or chance(0.6) else None
    what_if: dict[str, Any] = {}
    if chance(0.2):
        what_if = {"mask": str(random.choice(["after", "before", "none"]))}
    if chance(0.2):
        what_if["aggregation"] = str(random.choice(["mean", "sum", "max", "min"]))
    if chance(0.2):
        what_if["time_signal"] = True
    no_vector = config.taste == "vector" and chance(0.2)
    has_taste = config.remembers or (user is not None and not no_vector)
    omegas = [None, 0.0, 1.0, round(float(random.random()), 3)]
    omegas += [0.999, 0.999] if config.window < 6 else [None]  # removing an item then changes little
    omega = omegas[random.integers(len(omegas))] if has_taste else None
    given = {"user": user, "window": window, "step": step, "config": what_if, "omega": omega, "no_vector": no_vector}
    pushed = None
    full = window if user is None or window else window_at(run, user, step).tolist()  # items are pushed out of it
    if full and len(full) == config.window > 1 and chance(0.5):
        other = items(1)[0]
        pushed = None if other in full and not config.time_signal else [*full[1:], other]
    return given | {"then": pushed, "shares": None}


def cases(seed: int, every: bool) -> Iterator[Case]:
    """All questions, with Python's answers."""
    random = np.random.default_rng(seed)
    yield from formats(random)
    for index, run in enumerate(runs(every)):
        given = given_moment(run, random)
        yield from answers(moment_for(run, given), index, given, random)
    yield deep(random)


def answers(moment: Moment, run: int, given: dict[str, Any], random: np.random.Generator) -> Iterator[Case]:
    """Every question of this file about one moment."""
    scale = float(np.abs(moment.ranking.blended).max())
    items = moment.run.interactions.n_items

    def case(call: str, answer: Any, **more: Any) -> Case:
        return Case(call, run, given | more, plain(answer), scale)

    yield case("moment", stages(moment))
    if moment.config.aggregation in ("mean", "sum") and random.random() < 0.3:
        shares = random.integers(0, 50, len(moment.window)).tolist()
        shares[0] += not any(shares)
        changed = replace(moment, shares=tuple(shares))
        yield case("moment", stages(changed), shares=shares)
        yield case("why_above", exact_sum.why_above(changed, 3, 4), shares=shares, item=3, other=4)
    k = int(random.choice([1, 3, 10]))
    close = moment.ranking.top(k + 2)[-3:]  # to the top k: an edit of the window may bring the item in, or out
    item = int(random.choice(close) if random.random() < 0.7 else random.integers(items))
    if len({*moment.window.tolist()}) > 1 or len(moment.window) == 1:  # of [3, 3], rounding alone changes the distance
        yield case("explanation", explanation.explanation(moment, item), item=item)
    yield case("smallest_edit", smallest_edit.smallest_edit(moment, item, k), item=item, k=k)
    other = 1 - item if item < 2 else int(random.integers(items))  # items 0 and 1 have the same vector
    yield case("why_above", exact_sum.why_above(moment, item, other), item=item, other=other)
    yield case("rank_curves", rank_curves.rank_curves(moment, k), k=k)
    if len(moment.window) > 2:  # m may be as near to one item of two as to the other, but for rounding
        table, intent = moment.run.weights["item_short"], moment.trace.intent
        yield case("nearest", neighbours.nearest(table, intent, k, item), k=k, item=item)


def stages(moment: Moment) -> dict[str, Any]:
    """What a moment computes, as `stages` in SCRIPT."""
    trace, ranking = moment.trace, moment.ranking
    short, long = ranking.parts()
    ranks = rank_ranges(ranking.blended, ranking.candidates, ranking.ranks)
    return {
        "trace": {name: getattr(trace, name) for name in STAGES},
        "attention": moment.attention,
        "memory": moment.memory,
        "taste": moment.taste,
        "excluded": moment.excluded,
        "edited": moment.edited,
        "pushed": moment.pushed,
        "target": moment.target,
        "short": short,
        "long": long,
        "distances": ranking.blended,
        "each": list(zip(ranking.blended, ranks, strict=True)),
        "top": ranking.top(10),
        "other_omega": ranking.at(0.75).blended,
        "unedited": moment.unedited().window,
    }


def rank_ranges(distances: np.ndarray, candidates: np.ndarray, ranks: np.ndarray) -> list[float | Between]:
    """The rank of each item; a range where others are as near but for rounding, 1e-6 of the distance."""
    result: list[float | Between] = []
    for item, (distance, rank) in enumerate(zip(distances.astype(float), ranks.tolist(), strict=True)):
        gaps = np.delete(np.where(candidates, distances.astype(float) - distance, np.inf), item)
        near = np.abs(gaps) <= 1e-6 * distance
        if (gaps[near] == 0).all():
            result.append(rank)
        else:
            nearer = 1 + int((gaps[~near] < 0).sum())
            result.append(Between(nearer, nearer + int(near.sum())))
    return result


def deep(random: np.random.Generator) -> Case:
    """The rank curve of one of 12,000 items, which is below rank 10,000 for many ω."""
    lines = random.random((2, 12_000)).astype(np.float32)
    lines[:, 7] = 0.9, 0.7
    edges, ranks = rank_curves.intervals(lines, lines[:, 7])
    given = {"lines": dict(zip(("short", "long"), lines.tolist(), strict=True)), "row": 7}
    return Case("intervals", 0, given, {"edges": edges.tolist(), "ranks": ranks.tolist()})


def formats(random: np.random.Generator) -> Iterator[Case]:
    """Numbers and names by the functions that write them: exact ties of rounding, small, large and random values."""
    ties = [n / 2**power for n in (1, 3, 5, 7, 85, 1025, 2047) for power in (1, 2, 3, 4, 5, 10)]
    near = [0.35, 0.005, 0.015, 1.005, 0.0005, 0.9995, 0.99949, 0.00004, 9.995, 1e-9, 0.0, 1.0, 12345.678]
    values = [*ties, *near, *random.random(200).tolist(), *(10 ** random.uniform(-6, 6, 200)).tolist()]
    texts = ["", "a", "  two \t words\n ", "x" * 61, "é" * 60, "𝄞" * 61, "\x1c a\ufeffb\x85c", "word " * 300]
    ranks = [1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 1001, 1003, 1.5, 12.5, 999.5, 1_234_567, 21.5]
    counts = [0, 1, 2, 999, 1000, 25_000, 1_234_567]
    calls: dict[Callable[..., str], list[list[Any]]] = {
        errors.number: [[sign * value, digits] for value in values for digits in (0, 1, 2, 3) for sign in (1, -1)],
        errors.percent: [[value] for value in values],
        wording.amount: [[value, digits, only] for value in values for digits in (1, 2, 3) for only in ("", "by ")],
        errors.ordinal: [[value] for value in ranks],
        errors.count_of: [[value, "item"] for value in counts],
        wording.times: [[value] for value in counts],
        wording.letter: [[value] for value in (0, 1, 25, 26, 51, 52, 701, 702, 703)],
        wording.short: [[text, limit] for text in texts for limit in (60, 7)],
        wording.listed: [[list("abcd"[:count]), most] for count in (1, 2, 3, 4) for most in (None, 1, 2, 3)],
    }
    for function, each in calls.items():
        expected = [function(*args) for args in each]
        yield Case("format", 0, {"name": function.__name__, "calls": each}, expected)
    window = np.array([4, 5, 4])
    expected = [wording.title_at(window, place, "item {}".format) for place in (1, 2, 3)]
    given = {"name": "title_at", "calls": [[window.tolist(), place] for place in (1, 2, 3)]}
    yield Case("format", 0, given, expected)
