"""Settings of the model and of its training, each once: default, range or choices, symbol and sentence.

The checks, the help of the command line and the form of the page Train are made from these fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from attrec_core.errors import InputError, shown

Mask = Literal["after", "before", "none"]
Aggregation = Literal["mean", "sum", "max", "min"]
System = Literal[
    "popularity", "itemknn", "ease", "markov", "bprmf", "mc", "fpmc", "hrm", "prme", "transrec", "caser", "lstm",
    "gru4rec", "sasrec", "attrec", "own",
]  # fmt: skip
Kind = Literal["whole", "number", "switch", "choice"]
Part = Literal["model", "train"]
Value = TypeVar("Value")

NUMBERS = {"whole": "a whole number", "number": "a number"}
SWITCHES = dict.fromkeys(("true", "on", "yes", "1"), True) | dict.fromkeys(("false", "off", "no", "0"), False)
PROGRAM_VERSION = "0.1.0"  # of this program
LARGEST = 1e300  # of a number: what is beyond is infinite, or soon will be


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, either of them left out where it says so. Where a larger number can only be a slip, or more
    than any memory holds, the end is far away."""

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


def setting(default: Value, name: str, symbol: str, limits: Range | None, sentence: str) -> Value:
    """A field of a configuration. name: as people call it; symbol: the paper's, or nothing; limits: of a number;
    sentence: what it does, or what more of it does."""
    about = {"name": name, "symbol": symbol, "range": limits, "sentence": sentence}
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True)
class ModelConfig:
    """What a model computes; AttRec by equations 1-7. `runs/systems.py` says which model uses which settings."""

    # fmt: off
    model: System = setting("attrec", "model", "", None,
        "Which system is trained: AttRec, or one that it is compared with.")
    dim: int = setting(100, "dimensions", "d", Range(1, 4096),
        "How many numbers describe an item or a user; more is finer but may overfit.")
    window: int = setting(5, "window", "L", Range(1, 200),
        "How many of the latest items the attention sees.")
    long_weight: float = setting(0.2, "weight of the long term", "ω", Range(0, 1),
        "How much long-term taste counts; the rest, 1 − ω, is the recent items'.")
    mask: Mask = setting("after", "diagonal mask", "", None,
        "Whether an item may attend to itself: self-attention is set to 0 after the softmax as in the paper's maps, "
        "masked before the softmax, or kept.")
    aggregation: Aggregation = setting("mean", "pooling", "", None,
        "How the L attended rows become the one short-term intent m.")
    time_signal: bool = setting(True, "time signal", "TE", None,
        "Whether query and key know at which place of the window an item stands.")
    shared_projection: bool = setting(True, "one projection", "W", None,
        "Whether query and key share one matrix, as in the paper, or the key has its own.")
    dropout: float = setting(0.0, "dropout", "", Range(0, 1, below_high=True),
        "Share of the projected query and key that is left out at random while training; against overfitting.")
    vector_dropout: float = setting(0.0, "dropout of the vectors", "", Range(0, 1, below_high=True),
        "Share of m and U, or of a network's inner values, that is left out at random while training.")
    layers: int = setting(2, "layers", "", Range(1, 16),
        "How many blocks of attention stand one on the other.")
    heads: int = setting(1, "heads", "", Range(1, 64),
        "How many attentions a block has side by side; they share the dimensions.")
    filters: int = setting(16, "filters", "", Range(1, 1024),
        "How many filters of each height slide over the window.")
    projected: bool = setting(False, "projected space", "", None,
        "Whether a user's translation is made after a learned projection of the items.")
    place_weights: bool = setting(False, "weights by place", "", None,
        "Whether the latest items count by learned weights of their places, instead of alike.")
    neighbours: int = setting(100, "neighbours", "k", Range(1, 10**6),
        "How many of the most similar items an item keeps.")
    ridge: float = setting(200.0, "ridge", "λ", Range(0, 10**9, above_low=True),
        "How strongly the weights between items are pulled towards 0, or a similarity of few users is.")
    # fmt: on

    def __post_init__(self) -> None:
        check(self, "model")


@dataclass(frozen=True)
class TrainConfig:
    """How a model is fitted; AttRec by equations 8-9. And the protocol around it."""

    # fmt: off
    loss: Literal["hinge", "softmax", "bpr", "bce"] = setting("hinge", "loss", "", None,
        "What is made small: the paper's hinge over pairs, or (softmax, bpr, bce: not the paper's) a target's share "
        "among all items, the chance that it stands above a negative, or both yes or no for each.")
    temperature: float = setting(0.2, "temperature", "τ", Range(0, 1000, above_low=True),
        "By what distances are divided before the softmax; it is learned from this value on. Only with loss softmax.")
    optimiser: Literal["adagrad", "adam"] = setting("adagrad", "optimiser", "", None,
        "What makes steps of gradients: Adagrad as in the paper, or Adam, not the paper's.")
    targets: int = setting(3, "targets", "T", Range(1, 1000),
        "How many next items one window learns to be near to.")
    negatives: int = setting(3, "negatives", "", Range(1, 10_000),
        "How many unseen items are drawn for each window, to move away from it; the paper has T.")
    pairs: Literal["all", "aligned"] = setting("all", "pairs", "", None,
        "Whether every target is held against every negative, or the k-th against the k-th (authors' code).")
    margin: float = setting(0.5, "margin", "γ", Range(0, 10**6),
        "By how much a target must be nearer than a negative before the pair teaches no more.")
    learning_rate: float = setting(0.05, "learning rate", "", Range(0, 1000, above_low=True),
        "How large a step is; too large and training diverges, too small is slow.")
    accumulator: float = setting(0.05, "initial accumulator", "", Range(0, 10**6),
        "Where Adagrad's sums of squared gradients begin; more makes the first steps smaller.")
    batch_size: int = setting(1000, "batch size", "", Range(1, 10**6),
        "How many windows share a step; larger is faster an epoch, with fewer steps in it.")
    regularisation: Literal["l2", "clip"] = setting("l2", "regularisation", "", None,
        "What keeps the tables small: ℓ2 decay for dense data, or rows kept in the unit ball for sparse.")
    # (λ/2)‖θ‖², halved as in the authors' code, where eq. 8 has λ‖θ‖²; beside a hinge that is summed over the batch.
    l2: float = setting(0.001, "decay of the tables", "λ", Range(0, 10**6),
        "How strongly X, V and U are pulled towards 0; only with regularisation l2.")
    l2_projection: float = setting(0.01, "decay of the projection", "λ of W", Range(0, 10**6),
        "How strongly W is pulled towards 0.")
    init_sd: float = setting(0.001, "initial spread", "", Range(0, 1000, above_low=True),
        "Standard deviation of the tables' first values; small ones begin with attention by place alone.")
    epochs: int = setting(30, "epochs", "", Range(1, 10**6),
        "How many passes over the data at most; early stopping mostly ends it sooner.")
    patience: int = setting(5, "patience", "", Range(0, 10**6),
        "How many epochs without a better validation figure end the search; 0 never ends it early.")
    select_by: Literal["mrr", "hr@10", "hr@50", "ndcg@10"] = setting("mrr", "select by", "", None,
        "Which figure on the validation items decides which epoch was best.")
    refit: bool = setting(True, "final fit", "", None,
        "Whether to fit again for the best number of epochs with the validation items in the training data.")
    seed: int = setting(0, "seed", "", Range(0, 2**32 - 1),
        "The same seed gives the same model, bit for bit, on one thread, with one engine and on one device.")
    threads: int = setting(1, "threads", "", Range(1, 1024),
        "How many processor threads; more than one is seldom faster here, and not repeatable.")
    engine: Literal["auto", "compiled", "torch"] = setting("auto", "engine", "", None,
        "What does the steps: torch, or a compiled loop, several times as fast, whose results differ in the last "
        "digits; auto takes the loop where it saves more time than compiling it costs.")
    device: Literal["auto", "cpu", "cuda"] = setting("auto", "device", "", None,
        "Where the steps run: on the processor, or by torch on a GPU; auto takes a GPU where there is one.")
    # fmt: on

    def __post_init__(self) -> None:
        check(self, "train")
        if self.pairs == "aligned" and self.negatives % self.targets:
            text = (
                "The setting {name}={value} is out of range: it must be a multiple of {name:targets} ({targets}) when "
                "{name:pairs}=aligned."
            )
            raise InputError("not_a_multiple", text, setting="negatives", value=self.negatives, targets=self.targets)
        if self.engine == "compiled" and self.device == "cuda":
            text = "{name:device=cuda} needs {name:engine=torch}: the compiled loop runs on the processor alone."
            raise InputError("clash", text, setting="device")


@dataclass(frozen=True)
class Setting:
    """One field of a configuration."""

    key: str  # as in --set key=value
    part: Part
    kind: Kind
    name: str
    symbol: str  # or nothing
    sentence: str
    default: Any
    range: Range | None  # of a number
    choices: tuple[str, ...]  # of a choice

    @property
    def label(self) -> str:
        """Name and symbol."""
        return f"{self.name} {self.symbol}".rstrip()

    @property
    def may_be(self) -> str:
        """What it may be, as the refusal says it."""
        if self.range is not None:
            return self.range.words(NUMBERS[self.kind])
        return "one of " + ", ".join(self.choices) if self.choices else "true or false"

    def check(self, value: Any) -> None:
        """Raises InputError unless the value has the type of the field and lies in its range."""
        if self.kind == "choice":
            fits, wanted = value in self.choices, self.may_be
        elif self.kind == "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            fits, wanted = number and abs(value) <= LARGEST, "a finite number"
        else:
            fits, wanted = type(value) is type(self.default), NUMBERS.get(self.kind, self.may_be)
        if fits and self.range is not None:
            fits, wanted = self.range.holds(value), self.may_be
        if not fits:
            text = "The setting {name}={value} is out of range: it must be {wanted}."
            raise InputError("out_of_range", text, setting=self.key, value=shown(value), wanted=wanted)

    def parsed(self, text: str) -> Any:
        """The value that was typed; a choice stays text, which `check` checks. Raises InputError."""
        try:
            if self.kind == "switch":
                return SWITCHES[text.lower()]
            return text if self.kind == "choice" else type(self.default)(text)
        except (KeyError, ValueError):
            sentence, wanted = "The setting {name}={value} must be {wanted}.", NUMBERS.get(self.kind, self.may_be)
            raise InputError("not_a_value", sentence, setting=self.key, value=shown(text), wanted=wanted) from None


def settings_in(part: Part, config: type[ModelConfig | TrainConfig]) -> dict[str, Setting]:
    """Key → setting, in the order of the fields."""
    kinds: dict[type, Kind] = {int: "whole", float: "number", bool: "switch"}
    types = get_type_hints(config)
    return {
        field.name: Setting(
            key=field.name,
            part=part,
            kind=kinds.get(types[field.name], "choice"),
            default=field.default,
            choices=get_args(types[field.name]),
            **field.metadata,
        )
        for field in dataclasses.fields(config)
    }


SETTINGS = settings_in("model", ModelConfig) | settings_in("train", TrainConfig)


def check(config: ModelConfig | TrainConfig, part: Part) -> None:
    """Raises InputError for the first field that cannot be: a run's config.json comes from outside."""
    for one in SETTINGS.values():
        if one.part == part:
            one.check(getattr(config, one.key))


def with_settings(
    model: ModelConfig, train: TrainConfig, settings: Mapping[str, str]
) -> tuple[ModelConfig, TrainConfig]:
    """The two configurations with `settings` (key → text, as typed) put over them. InputError on an unknown key."""
    changes: dict[Part, dict[str, Any]] = {"model": {}, "train": {}}
    for key, text in settings.items():
        if key not in SETTINGS:
            sentence = "There is no setting {key}; the settings are: {known}."
            raise InputError("no_setting", sentence, key=shown(key), known=", ".join(SETTINGS))
        changes[SETTINGS[key].part][key] = SETTINGS[key].parsed(text)
    return dataclasses.replace(model, **changes["model"]), dataclasses.replace(train, **changes["train"])


# "movielens" and "sparse" are the paper's, the latter as on MovieTweetings (L = 3, T = 1) with the ω it found best on
# sparse data, .4, and clipping (eq. 9). "quick" shows in a few short epochs what data can do. "best" is ours.
PRESETS: dict[str, tuple[ModelConfig, TrainConfig]] = {
    "movielens": (ModelConfig(), TrainConfig()),
    "sparse": (ModelConfig(window=3, long_weight=0.4), TrainConfig(targets=1, negatives=1, regularisation="clip")),
    "quick": (
        ModelConfig(dim=32, window=5, long_weight=0.2),
        TrainConfig(negatives=6, regularisation="clip", init_sd=0.05, epochs=6, patience=2, refit=False),
    ),
    "best": (
        ModelConfig(dim=64, window=5, long_weight=0.3),
        TrainConfig(targets=1, negatives=10, regularisation="clip", init_sd=0.05, epochs=60, patience=10),
    ),
}

# Two more starts: "movielens" or "sparse", as the data decides; and settings that a race finds.
PAPER, AUTO = "paper", "auto"
PRESET_WORDS = {
    "movielens": "The paper's settings for MovieLens: many interactions per user, a window of five.",
    "sparse": "The paper's settings for sparse data: few interactions per user, a short window, vectors in "
    "the unit ball.",
    "quick": "Few dimensions, a handful of epochs, no final fit: a first model in seconds.",
    "best": "Not from the paper: the best of the presets measured on several data sets. Ten negatives, more patience.",
}


def nearest_preset(model: ModelConfig, train: TrainConfig, suits: str) -> tuple[str, dict[str, Any]]:
    """The preset from which the fewest settings differ, of several the one that `suits`; and those settings."""
    values = {**vars(model), **vars(train)}

    def differing(name: str) -> dict[str, Any]:
        start = {**vars(PRESETS[name][0]), **vars(PRESETS[name][1])}
        return {key: value for key, value in values.items() if value != start[key]}

    name = min(PRESETS, key=lambda name: (len(differing(name)), name != suits))
    return name, differing(name)
