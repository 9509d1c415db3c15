"""Settings of the model and of its training: frozen, checked where they enter, with the paper's symbol beside each.

Every setting in words: its symbol, what it does, and what it may be; what a form for a training is made of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

from attrec_core.errors import InputError, shown

Mask = Literal["after", "before", "none"]
Aggregation = Literal["mean", "sum", "max", "min"]


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, either of them left out where it says so."""

    low: float
    high: float
    above_low: bool = False
    below_high: bool = False

    def holds(self, value: float) -> bool:
        above = value > self.low if self.above_low else value >= self.low
        return above and (value < self.high if self.below_high else value <= self.high)

    def words(self, kind: str) -> str:
        """kind: "a whole number" or "a number"."""
        if self.above_low:
            return f"{kind} above {self.low:,}, at most {self.high:,}"
        end = f"up to, not including, {self.high:,}" if self.below_high else f"to {self.high:,}"
        return f"{kind} from {self.low:,} {end}"


# Where a larger number can only be a slip, or more than any memory holds, the end is far away.
RANGES = {
    "dim": Range(1, 4096),
    "window": Range(1, 200),
    "long_weight": Range(0, 1),
    "dropout": Range(0, 1, below_high=True),
    "targets": Range(1, 1000),
    "negatives": Range(1, 10_000),
    "margin": Range(0, 10**6),
    "learning_rate": Range(0, 1000, above_low=True),
    "accumulator": Range(0, 10**6),
    "batch_size": Range(1, 10**6),
    "l2": Range(0, 10**6),
    "l2_projection": Range(0, 10**6),
    "init_sd": Range(0, 1000, above_low=True),
    "epochs": Range(1, 10**6),
    "patience": Range(0, 10**6),
    "seed": Range(0, 2**32 - 1),
    "threads": Range(1, 1024),
}


@dataclass(frozen=True)
class ModelConfig:
    """What AttRec computes. Equations 1-7."""

    dim: int = 100  # d, embedding size
    window: int = 5  # L, recent items that the attention sees
    long_weight: float = 0.2  # ω, weight of the long-term distance; 1 - ω is the short-term one's
    mask: Mask = "after"  # the diagonal: set to 0 after the softmax, to -∞ before it, or left alone
    aggregation: Aggregation = "mean"  # the L rows of a → m
    time_signal: bool = True  # TE, added to query and key only
    shared_projection: bool = True  # one W for query and key; False gives the key a matrix of its own
    dropout: float = 0.0  # on the projected query and key, while training

    def __post_init__(self) -> None:
        check_types(self)


@dataclass(frozen=True)
class TrainConfig:
    """How AttRec is fitted. Equations 8-9 and the protocol around them."""

    targets: int = 3  # T, next items predicted from one window
    negatives: int = 3  # sampled negatives a window; the paper takes T
    pairs: Literal["all", "aligned"] = "all"  # every target with every negative, or the k-th with the k-th
    margin: float = 0.5  # γ
    learning_rate: float = 0.05
    accumulator: float = 0.05  # Adagrad's initial accumulator
    batch_size: int = 1000
    regularisation: Literal["l2", "clip"] = "l2"  # on X, V, U: (λ/2)‖θ‖², or touched rows kept in the unit ball
    # Halved, as in the authors' code, where eq. 8 has λ‖θ‖²; beside a hinge that is summed over the batch.
    l2: float = 0.001  # λ of X, V, U
    l2_projection: float = 0.01  # λ of W, always on
    init_sd: float = 0.001  # truncated normal, of X, V and U
    epochs: int = 30  # at most
    patience: int = 5  # epochs without a better validation figure before stopping; 0 never stops early
    select_by: Literal["mrr", "hr@10", "hr@50", "ndcg@10"] = "mrr"  # on the validation items
    refit: bool = True  # fit again for the best number of epochs with the validation items in the training data
    seed: int = 0
    threads: int = 1  # 1 is repeatable bit for bit

    def __post_init__(self) -> None:
        check_types(self)
        aligned_fits = self.pairs == "all" or self.negatives % self.targets == 0
        check(self, "negatives", aligned_fits, f"a multiple of targets ({self.targets}) when pairs=aligned")


NUMBERS = {int: "a whole number", float: "a number"}


def check(config: Any, name: str, holds: bool, wanted: str) -> None:
    """Raises InputError naming the setting, its value and what it may be."""
    if not holds:
        raise InputError(f"The setting {name}={shown(getattr(config, name))} is out of range: it must be {wanted}.")


def check_types(config: Any) -> None:
    """Every field has the type it declares and lies in its range: a run's config.json comes from outside."""
    for name, kind in get_type_hints(type(config)).items():
        value = getattr(config, name)
        choices = get_args(kind)
        if choices:
            check(config, name, value in choices, "one of " + ", ".join(map(str, choices)))
        elif kind is float:
            number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300
            check(config, name, number, "a finite number")
        else:
            check(config, name, type(value) is kind, {int: "a whole number", bool: "true or false"}[kind])
        if name in RANGES:
            check(config, name, RANGES[name].holds(value), RANGES[name].words(NUMBERS[kind]))


def with_settings(
    model: ModelConfig, train: TrainConfig, settings: Mapping[str, str]
) -> tuple[ModelConfig, TrainConfig]:
    """The two configurations with `settings` (key → text, as typed) put over them. InputError on an unknown key."""
    model_keys, train_keys = get_type_hints(ModelConfig), get_type_hints(TrainConfig)
    changes: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for key, text in settings.items():
        if key in model_keys:
            changes[0][key] = parsed(key, text, model_keys[key])
        elif key in train_keys:
            changes[1][key] = parsed(key, text, train_keys[key])
        else:
            known = ", ".join([*model_keys, *train_keys])
            raise InputError(f"There is no setting {shown(key)}; the settings are: {known}.")
    return dataclasses.replace(model, **changes[0]), dataclasses.replace(train, **changes[1])


def parsed(key: str, text: str, kind: Any) -> Any:
    """The typed value of `text` for a field of type `kind`; choices stay text and are checked by the dataclass."""
    if get_args(kind):
        return text
    if kind is bool:
        known = {
            "true": True,
            "on": True,
            "yes": True,
            "1": True,
            "false": False,
            "off": False,
            "no": False,
            "0": False,
        }
        if text.lower() not in known:
            raise InputError(f"The setting {key}={shown(text)} must be true or false.")
        return known[text.lower()]
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise InputError(f"The setting {key}={shown(text)} must be {wanted}.") from None


# "movielens" and "sparse" are the paper's, the latter as on MovieTweetings (L = 3, T = 1) with the ω it found best on
# sparse data, .4, and clipping (eq. 9). "quick" shows in a few short epochs what data can do. "best" is ours: the
# largest mean of MRRs over the settings and data sets that the README lists.
PRESETS: dict[str, tuple[ModelConfig, TrainConfig]] = {
    "movielens": (ModelConfig(), TrainConfig()),
    "sparse": (
        ModelConfig(window=3, long_weight=0.4),
        TrainConfig(targets=1, negatives=1, regularisation="clip"),
    ),
    "quick": (
        ModelConfig(dim=32, window=5, long_weight=0.2),
        TrainConfig(negatives=6, regularisation="clip", init_sd=0.05, epochs=6, patience=2, refit=False),
    ),
    "best": (
        ModelConfig(dim=64, window=5, long_weight=0.3),
        TrainConfig(targets=1, negatives=10, regularisation="clip", init_sd=0.05, epochs=60, patience=10),
    ),
}


Kind = Literal["whole", "number", "switch", "choice"]


@dataclass(frozen=True)
class Words:
    """name: as people call it; symbol: the paper's, or nothing; sentence: what it does, or what more of it does."""

    name: str
    symbol: str
    sentence: str


@dataclass(frozen=True)
class Setting:
    """One field of a configuration, as a form shows it."""

    key: str  # as in --set key=value
    part: Literal["model", "train"]
    kind: Kind
    words: Words
    default: Any
    range: Range | None  # of a number; what is checked when it is set
    choices: tuple[str, ...]  # of a choice

    @property
    def may_be(self) -> str:
        """What it may be, as the refusal says it."""
        if self.range is not None:
            return self.range.words(NUMBERS[int if self.kind == "whole" else float])
        return "one of " + ", ".join(self.choices) if self.choices else "true or false"


WORDS = {
    "dim": Words("dimensions", "d", "How many numbers describe an item or a person; more can tell finer, and overfit."),
    "window": Words("window", "L", "How many of the latest items the attention sees."),
    "long_weight": Words(
        "weight of the long term", "ω", "How much long-term taste counts; the rest, 1 − ω, is the recent items'."
    ),
    "mask": Words(
        "diagonal mask",
        "",
        "Whether an item may look at itself: set to 0 after the softmax as in the paper's maps, kept out before it, or "
        "left alone.",
    ),
    "aggregation": Words("pooling", "", "How the L attended rows become the one short-term intent m."),
    "time_signal": Words(
        "time signal", "TE", "Whether query and key know at which place of the window an item stands."
    ),
    "shared_projection": Words(
        "one projection", "W", "Whether query and key share one matrix, as in the paper, or the key has its own."
    ),
    "dropout": Words(
        "dropout",
        "",
        "Share of the projected query and key that is left out at random while training; against overfitting.",
    ),
    "targets": Words("targets", "T", "How many next items one window learns to be near to."),
    "negatives": Words(
        "negatives",
        "",
        "How many items that the person has not had are drawn to be pushed away, each time; the paper has T.",
    ),
    "pairs": Words(
        "pairs",
        "",
        "Whether every target is held against every negative, or the k-th against the k-th (authors' code).",
    ),
    "margin": Words(
        "margin", "γ", "By how much a target must be nearer than a negative before the pair teaches no more."
    ),
    "learning_rate": Words(
        "learning rate", "", "How large a step is; too large and training diverges, too small and it lasts."
    ),
    "accumulator": Words(
        "initial accumulator",
        "",
        "Where Adagrad's sums of squared gradients begin; more makes the first steps smaller.",
    ),
    "batch_size": Words(
        "batch size", "", "How many windows share a step; larger is faster an epoch, with fewer steps in it."
    ),
    "regularisation": Words(
        "regularisation",
        "",
        "What keeps the tables small: ℓ2 decay for dense data, or rows kept in the unit ball for sparse.",
    ),
    "l2": Words(
        "decay of the tables", "λ", "How strongly X, V and U are pulled towards 0; only with regularisation l2."
    ),
    "l2_projection": Words("decay of the projection", "λ of W", "How strongly W is pulled towards 0."),
    "init_sd": Words(
        "initial spread",
        "",
        "Standard deviation of the tables' first values; small ones begin with attention by place alone.",
    ),
    "epochs": Words("epochs", "", "How many passes over the data at most; early stopping mostly ends it sooner."),
    "patience": Words(
        "patience", "", "How many epochs without a better validation figure end the search; 0 never ends it early."
    ),
    "select_by": Words("select by", "", "Which figure on the validation items decides which epoch was best."),
    "refit": Words(
        "final fit",
        "",
        "Whether to fit again for the best number of epochs with the validation items in the training data.",
    ),
    "seed": Words("seed", "", "The same seed gives the same model, bit for bit, on one thread."),
    "threads": Words(
        "threads", "", "How many processor threads; more than one is seldom faster here, and not repeatable."
    ),
}

PRESET_WORDS = {
    "movielens": "The paper's settings for MovieLens: many actions a user, a window of five.",
    "sparse": "The paper's settings for its other data: few actions a user, a short window, rows kept in a ball.",
    "quick": "A quick look: few dimensions, a handful of epochs, no final fit.",
    "best": "Not the paper's: the best of those measured over several data sets. Ten negatives, more patience.",
}


def settings() -> tuple[Setting, ...]:
    """All of them, in the order of the two configurations."""
    return tuple(
        setting_of(part, field)
        for part, config in (("model", ModelConfig), ("train", TrainConfig))
        for field in dataclasses.fields(config)
    )


def setting_of(part: Literal["model", "train"], field: dataclasses.Field[Any]) -> Setting:
    kind = get_type_hints(ModelConfig if part == "model" else TrainConfig)[field.name]
    choices = tuple(map(str, get_args(kind)))
    named: Kind = "choice" if choices else {int: "whole", float: "number", bool: "switch"}[kind]
    return Setting(field.name, part, named, WORDS[field.name], field.default, RANGES.get(field.name), choices)
