"""How two runs were trained, with the learning curves of both; their metrics, and whether these may be compared."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.config import METRICS, SETTINGS
from attrec_core.data.importing import counts_of
from attrec_core.errors import number
from attrec_core.explain.evaluate import ranks_of_test_items
from attrec_core.explain.wording import listed
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.runs.history import epochs_of, leading, per_user
from attrec_core.runs.library.words import FACTS
from attrec_core.runs.run import Run
from attrec_core.views import caveats
from attrec_core.views.drawing.epochs import epochs_frame
from attrec_core.views.drawing.plot import axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import RUN_A, RUN_B, short_title, signed

HEIGHT, MORE = 320, 100  # pixels: of any figure, and more for each panel
GAP = 0.05  # of the height, between two panels
RUN_NAME = 32  # characters of a run's name
FEW_EPOCHS = 10  # up to so many, each epoch has a number on the axis; Plotly would put halves between them
# The line style and the shape identify the run, not only the colour.
STYLES = {"A": (RUN_A, "solid", "circle"), "B": (RUN_B, "dash", "square")}
# Loss → the settings, beside its name, that change its values on the same data.
SCALED_BY = {
    "hinge": ("targets", "negatives", "pairs", "margin"),
    "bpr": ("targets", "negatives", "pairs"),
    "bce": ("targets", "negatives"),
    "softmax": ("targets",),
    "sampled": ("targets", "negatives"),
}


@dataclass(frozen=True)
class MetricBeside:
    key: str  # such as "hr@50"
    name: str  # such as "HR@50"
    a: float
    b: float
    error: float | None  # standard error of B − A over the same users; None if it is not known

    @property
    def difference(self) -> float:
        return self.b - self.a

    @property
    def half_width(self) -> float | None:
        """Half of the 95 % interval of B − A; None if the error is not known."""
        return None if self.error is None else 1.96 * self.error

    @property
    def beyond_chance(self) -> bool | None:
        """Whether the 95 % interval of B − A excludes 0; None if the error is not known."""
        return None if self.half_width is None else abs(self.difference) > self.half_width


@dataclass(frozen=True)
class MetricsBeside:
    """Metrics of both runs, and remarks on why they cannot be compared. No remarks: the same data."""

    rows: tuple[MetricBeside, ...]
    remarks: tuple[str, ...]
    verdict: str  # which run ranks better on which metric, and by how much
    caveat: str  # why a metric says little; may be empty

    @property
    def comparable(self) -> bool:
        return not self.remarks

    @property
    def sentence(self) -> str:
        return f"{self.verdict} {self.caveat}".strip()


def curves_sentence(a: Run, b: Run) -> str:
    """The best epoch of each run, and why their losses are not drawn, if they cannot be compared."""
    return f"{best_epoch_words(a)}; {best_epoch_words(b)}.{losses_sentence(a, b)}"


def losses_sentence(a: Run, b: Run) -> str:
    """Says why the losses of two runs on the same data cannot be compared; empty if they can."""
    if no_curves(a, b) or not (differing := losses_apart(a, b)):
        return ""
    first, second = (
        listed([f"{SETTINGS[key].label} {getattr(run.train_config, key)}" for key in differing]) for run in (a, b)
    )
    return f" The losses cannot be compared: “{a.name}” was trained with {first}, “{b.name}” with {second}."


def no_curves(a: Run, b: Run) -> str:
    """Says why the training curves of two runs are not shown; empty if they are."""
    if not metrics(a, b).comparable:
        return "The data differ, so neither the losses nor the metrics can be compared."
    untrained = [best_epoch_words(run) for run in (a, b) if not trained(run)]
    return f"{'; '.join(untrained)}." if untrained else ""


def trained(run: Run) -> bool:
    return bool(epochs_of(run.history, "search"))


def losses_apart(a: Run, b: Run) -> tuple[str, ...]:
    """The settings that make the losses of two runs on the same data differ in scale; empty if they have one scale."""
    loss = a.train_config.loss
    keys = ("loss",) if loss != b.train_config.loss else SCALED_BY[loss]
    return tuple(key for key in keys if getattr(a.train_config, key) != getattr(b.train_config, key))


def best_epoch_words(run: Run) -> str:
    epochs, best = epochs_of(run.history, "search"), run.history["best_epoch"]
    if not epochs:
        return f"{run.name}: {'no epochs recorded' if run.trained_here else 'not trained here, so it has no epochs'}"
    mrr = next((epoch.value("mrr") for epoch in epochs if epoch.epoch == best), math.nan)
    return f"{run.name}: best epoch {best} of {len(epochs)} (validation MRR {number(mrr, 3)})"


def metrics(a: Run, b: Run) -> MetricsBeside:
    """Metrics on the test items, with the standard error of their difference if both runs rank the same items for the
    same users and these ranks are available at once. Cached, because the page begins with the verdict at each rerun."""
    # The key does not keep B in memory; a later run, at the same address there, is another.
    return cached_latest(a, computed_metrics, b, key=(b.name, b.fingerprint, weakref.ref(b)))


def computed_metrics(a: Run, b: Run) -> MetricsBeside:
    remarks = data_remarks(a, b)
    ranks = None if remarks else paired_ranks(a, b)
    rows = tuple(
        MetricBeside(key, name, a.metrics[key], b.metrics[key], None if ranks is None else standard_error(*ranks, key))
        for key, name in METRICS.items()
    )
    caveat, caveat_b = caveats.of_run(a), caveats.of_run(b)
    if caveat != caveat_b:  # else it is stated once
        caveat = " ".join(f"In {run.name}: {of_run}" for run, of_run in ((a, caveat), (b, caveat_b)) if of_run)
    return MetricsBeside(rows, remarks, verdict(a, b, rows, remarks), caveat)


def paired_ranks(a: Run, b: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """The ranks (E,) of the test items in A and in B, paired by user id. None without ranks, or with fewer than two
    users."""
    by_id = []
    for run in (a, b):
        if (users_and_ranks := ranks_of_test_items(run)) is None:
            return None
        by_id.append({run.interactions.user_ids[user]: rank for user, rank in zip(*users_and_ranks, strict=True)})
    ranks_a, ranks_b = by_id
    if ranks_a.keys() != ranks_b.keys() or len(ranks_a) < 2:
        return None
    return np.array(list(ranks_a.values())), np.array([ranks_b[user] for user in ranks_a])


def standard_error(ranks_a: np.ndarray, ranks_b: np.ndarray, key: str) -> float:
    """The standard error of the mean of B − A over the users; both rank the same item of the same user."""
    gained = per_user(ranks_b[None], key) - per_user(ranks_a[None], key)
    return float(gained.std(ddof=1) / np.sqrt(len(gained)))


def verdict(a: Run, b: Run, rows: tuple[MetricBeside, ...], remarks: tuple[str, ...]) -> str:
    """Which run ranks better by MRR, or may, by how much, how certainly; then the metrics by which the other is better,
    or each of them where both have the same MRR as shown."""
    row = next(row for row in rows if row.key == "mrr")
    if remarks:
        return "The data differ, so no metric says which run ranks better."
    if number(row.a, 4) == number(row.b, 4):
        return f"Both runs have an MRR of {number(row.a, 4)}.{opposite(a, rows, 1)}{opposite(b, rows, -1)}"
    sign = 1 if row.difference > 0 else -1
    better, worse = (b, a)[::sign]
    high, low = (row.b, row.a)[::sign]
    ranks = "ranks" if row.beyond_chance else "may rank"
    more = number(high - low, 4) if round(high - low, 4) else "less than .0001"
    return (
        f"{better.name} {ranks} better than {worse.name}: MRR {number(high, 4)} against {number(low, 4)}, "
        f"{more} more ({certainty(row, sign)}).{opposite(worse, rows, sign)}"
    )


def certainty(row: MetricBeside, sign: int) -> str:
    """The 95 % interval of a difference that is counted in the direction of `sign`."""
    if row.half_width is None:
        return "no interval is known, so it may be chance"
    low, high = (sign * row.difference + end for end in (-row.half_width, row.half_width))
    interval = f"95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}"
    return interval if row.beyond_chance else f"{interval}, so it may be chance"


def opposite(worse: Run, rows: tuple[MetricBeside, ...], sign: int) -> str:
    """The metrics other than MRR by which `worse` is better beyond chance; empty if there are none. sign: 1 if it is A,
    -1 if it is B."""
    others = [row for row in rows if row.key != "mrr" and sign * row.difference < 0 and row.beyond_chance]
    names = " and ".join(f"{row.name}, by {number(abs(row.difference), 4)}" for row in others)
    return f" {worse.name} is better on {names}." if others else ""


def data_remarks(a: Run, b: Run) -> tuple[str, ...]:
    """A sentence for each difference between the data of two runs; empty where both have the same data."""
    remarks, data = [], (a.interactions, b.interactions)
    same = [data[0].user_ids == data[1].user_ids, data[0].item_ids == data[1].item_ids]  # lists are compared quickly
    indices = ("users", a.user_index, b.user_index), ("items", a.item_index, b.item_index)
    for is_same, (noun, ids_a, ids_b) in zip(same, indices, strict=True):
        if not is_same and ids_a.keys() != ids_b.keys():
            shared = len(ids_a.keys() & ids_b.keys())
            remarks.append(f"{a.name} has {len(ids_a):,} {noun} and {b.name} {len(ids_b):,}; {shared:,} are in both.")
    for name in ("tie_rule", "duplicates"):
        rule_a, rule_b = (getattr(run.interactions, name) for run in (a, b))
        if rule_a != rule_b and (name != "tie_rule" or any(run.interactions.may_tie for run in (a, b))):
            what, words = FACTS[f"data {name}"]
            remarks.append(f"{what.capitalize()}: {words[rule_a]} in {a.name}, {words[rule_b]} in {b.name}.")
    if not remarks and not same_histories(a, b):
        remarks.append(f"The histories of the users differ between {a.name} and {b.name}.")
    return tuple(remarks)


def same_histories(a: Run, b: Run) -> bool:
    """Whether every user has the same items in the same order. Both runs have the same users and items."""
    data_a, data_b = a.interactions, b.interactions
    if data_a.user_ids == data_b.user_ids and data_a.item_ids == data_b.item_ids:
        return np.array_equal(data_a.starts, data_b.starts) and np.array_equal(data_a.items, data_b.items)
    items = np.array([b.item_index[item] for item in data_a.item_ids])
    return all(
        np.array_equal(items[data_a.history(user)], data_b.history(b.user_index[name]))
        for user, name in enumerate(data_a.user_ids)
    )


def learning_curves(a: Run, b: Run) -> Figure:
    """The loss, if it can be compared, and two metrics by epoch, one below the other for a narrow page. The best epoch
    has a larger mark."""
    titles = {} if losses_apart(a, b) else {"loss": "loss<br>(lower is better)"}
    titles |= {key: f"{METRICS[key]}<br>(validation)" for key in leading(counts_of(a.interactions))}
    height = (1 - GAP * (len(titles) - 1)) / len(titles)
    data: list[Trace] = []
    last = max(epoch.epoch for run in (a, b) for epoch in epochs_of(run.history, "search"))
    whole = {"dtick": 1} if last <= FEW_EPOCHS else {}
    axes = {"xaxis": axis("epoch", anchor=f"y{len(titles)}", rangemode="tozero", **whole)}
    for panel, (key, title) in enumerate(titles.items()):
        suffix, top = "" if panel == 0 else str(panel + 1), 1 - panel * (height + GAP)
        axes[f"yaxis{suffix}"] = axis(title, domain=[max(top - height, 0.0), top], anchor="x", automargin=True)
        look = {"yaxis": f"y{suffix}", "showlegend": panel == 0}
        data += [line(letter, run, key) | look for letter, run in (("A", a), ("B", b))]
    below = legend(-0.36 / len(titles), "top")
    return figure(data, HEIGHT + MORE * len(titles), (56, 10, 10, 80), hovermode="closest", legend=below, **axes)


def line(letter: str, run: Run, key: str) -> Trace:
    colour, dash, shape = STYLES[letter]
    epochs, best = epochs_of(run.history, "search"), run.history["best_epoch"]
    name = f"{letter}: {short_title(run.name, RUN_NAME)}"
    sizes = [12 if epoch.epoch == best else 6 for epoch in epochs]
    texts = [
        f"{name}, epoch {epoch.epoch}: {number(epoch.value(key), 3)}{' (best epoch)' if epoch.epoch == best else ''}"
        for epoch in epochs
    ]
    look = {"name": name, "legendgroup": letter, "line": {"color": colour, "width": 2, "dash": dash}, "xaxis": "x"}
    look["marker"] = {"color": colour, "symbol": shape, "size": sizes}
    values = packed(np.array([epoch.value(key) for epoch in epochs], float))
    return hover(texts) | scatter([epoch.epoch for epoch in epochs], values, "lines+markers", **look)


def metrics_table(metrics: MetricsBeside, name_a: str, name_b: str) -> pd.DataFrame:
    """Both runs' metrics with B − A, and the standard error if it is known."""
    rows = metrics.rows
    table: dict[str, list[Any]] = {
        "metric": [row.name for row in rows],
        f"A: {name_a}": [row.a for row in rows],
        f"B: {name_b}": [row.b for row in rows],
        "B − A": [row.difference for row in rows],
    }
    if all(row.error is not None for row in rows):
        table["standard error"] = [row.error for row in rows]
    return pd.DataFrame(table).round(4)


def curves_table(a: Run, b: Run) -> pd.DataFrame:
    shown = leading(counts_of(a.interactions))
    tables = [epochs_frame(epochs_of(run.history, "search"), shown).drop(columns=["epoch", "phase"]) for run in (a, b)]
    joined = pd.concat([table.add_suffix(f", {letter}") for table, letter in zip(tables, "AB", strict=True)], axis=1)
    joined.insert(0, "epoch", np.arange(1, len(joined) + 1))
    return joined.astype(dict.fromkeys(joined.columns[1:], float)).round(4)
