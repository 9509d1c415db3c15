"""Every setting in words: its symbol, what it does, and what it may be; what a form for a training is made of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

from attrec_core.config import NUMBERS, RANGES, ModelConfig, Range, TrainConfig

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
