"""The settings of the model and of its training, each defined once: default, range or choices, symbol and sentence.

The checks, the command line's help and the form on the Train page are made from these fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from attrec_core.errors import InputError, shown

Mask = Literal["after", "before", "none"]
LoneItem = Literal["nothing", "itself"]
Taste = Literal["vector", "items", "both"]
Aggregation = Literal["mean", "sum", "max", "min"]
System = Literal[
    "popularity", "itemknn", "ease", "markov", "bprmf", "mc", "fpmc", "hrm", "prme", "transrec", "caser", "lstm",
    "gru4rec", "sasrec", "attrec", "own",
]  # fmt: skip
# All metrics, in the order of tables, from 0 to 1, higher is better: `history.per_user` computes their kinds, which the
# number of first ranks follows, if it counts.
Metric = Literal["hr@10", "hr@50", "ndcg@10", "mrr"]
METRICS = {key: key.upper() for key in get_args(Metric)}  # key → name
OWN = "own"  # stands for the class of a user's own model, FILE.py:Class; nobody chooses it by this name
Kind = Literal["whole", "number", "switch", "choice"]
Part = Literal["model", "train"]
Value = TypeVar("Value")

NOT_A_VALUE = "The setting {name}={value} must be {wanted}."
NUMBERS = {"whole": "a whole number", "number": "a number"}
SWITCHES = dict.fromkeys(("true", "on", "yes", "1"), True) | dict.fromkeys(("false", "off", "no", "0"), False)
PROGRAM_VERSION = "1.0.0"
MOST_REMEMBERED, LEAST_SHARE = 100, 0.001  # items of a taste, and the share from which an item counts
MOST_DIMENSIONS = 4096
SMALL = "a number from 0 to 1"
LARGEST = 1e300  # the largest number allowed: a larger one is infinite or soon overflows


@dataclass(frozen=True)
class Range:
    """The values from `low` to `high`, both included unless a flag excludes one; far away if only for typing errors."""

    low: float
    high: float
    above_low: bool = False
    below_high: bool = False

    def holds(self, value: float) -> bool:
        above = value > self.low if self.above_low else value >= self.low
        return above and (value < self.high if self.below_high else value <= self.high)

    def words(self, kind: str) -> str:
        """Describes the range, such as "a number above 0, at most 10". kind: "a whole number" or "a number"."""
        if self.above_low:
            return f"{kind} above {self.low:,}, at most {self.high:,}"
        end = f"to less than {self.high:,}" if self.below_high else f"to {self.high:,}"
        return f"{kind} from {self.low:,} {end}"


@dataclass(frozen=True)
class Equations:
    """Where implementations of SASRec differ; `explain/sasrec.py` computes each. The defaults are those of the SASRec
    that this program trains. The size inside the feed-forward network F follows from its weights."""

    norm: Literal["query", "before", "after"] = "query"
    residual: Literal["attended", "normed"] = "attended"
    input_norm: bool = False
    scaled: bool = True
    places: Literal["latest", "oldest", "none"] = "latest"
    activation: Literal["relu", "gelu", "swish", "tanh", "sigmoid", "none"] = "relu"
    epsilon: float = 1e-5
    last_epsilon: float = 1e-5
    output: bool = False
    final_norm: bool = True
    padding: Literal["hidden", "attended"] = "hidden"
    score: Literal["product", "cosine"] = "product"

    def __post_init__(self) -> None:
        """Raises InputError for a value of another kind: a run's config.json comes from outside."""
        types = get_type_hints(Equations)
        for name, value in vars(self).items():
            choices = get_args(types[name])
            fits = value in choices if choices else type(value) is types[name]
            if not fits or (types[name] is float and not 0 <= value <= 1):
                wanted = (
                    f"one of {', '.join(choices)}" if choices else "true or false" if types[name] is bool else SMALL
                )
                raise InputError("not_a_value", NOT_A_VALUE, setting=name, value=shown(value), wanted=wanted)
        if self.padding == "attended" and self.norm == "before":
            text = "Padding that is attended to is not computed here for equations that normalise before each part."
            raise InputError("clash", text)


SASREC = Equations()


def setting(default: Value, name: str, symbol: str, limits: Range | None, sentence: str) -> Value:
    """A dataclass field. name: for people; symbol: the paper's, or empty; sentence: its effect, or a larger value's."""
    metadata = {"name": name, "symbol": symbol, "range": limits, "sentence": sentence}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class ModelConfig:
    """What a model computes; for AttRec, equations 1-7. `runs/systems.py` says which model uses which settings."""

    # fmt: off
    model: System = setting("attrec", "model", "", None,
        "Which system is trained: AttRec, or another to compare it with.")
    dim: int = setting(100, "dimensions", "d", Range(1, MOST_DIMENSIONS),
        "How many numbers describe an item or a user; more is finer but may overfit.")
    window: int = setting(5, "window", "L", Range(1, 200),
        "How many of the latest items the model reads at once; in AttRec, how many the attention sees.")
    long_weight: float = setting(0.2, "long-term weight", "ω", Range(0, 1),
        "How much the long-term distance counts; the short-term distance counts 1 − ω.")
    mask: Mask = setting("after", "diagonal mask", "", None,
        "Whether an item may attend to itself: self-attention is set to 0 after the softmax as in the paper's maps, "
        "masked before the softmax, or kept.")
    lone_item: LoneItem = setting("nothing", "single item", "", None,
        "What the item of a window of one attends to: nothing where the mask acts after the softmax, as in the paper, "
        "so m = 0; or itself whatever the mask (not the paper's), so m = x.")
    taste: Taste = setting("vector", "taste", "", None,
        "What the long-term taste U is made of: a vector of the user's own, as in the paper; the user's own items, the "
        "latest weighted most (not the paper's); or both (not the paper's).")
    half_life: float = setting(50.0, "half-life", "h", Range(0.25, 10**6),
        "After how many newer items an item of the history counts half in the taste; only with taste items or both.")
    aggregation: Aggregation = setting("mean", "pooling", "", None,
        "How the L rows of the attention output become one short-term intent m.")
    time_signal: bool = setting(True, "time signal", "TE", None,
        "Whether query and key know the position of an item in the window.")
    shared_projection: bool = setting(True, "one projection", "W", None,
        "Whether query and key share one matrix, as in the paper, or the key has its own.")
    dropout: float = setting(0.0, "dropout", "", Range(0, 1, below_high=True),
        "Share of the projected query and key that is dropped at random in training; against overfitting.")
    vector_dropout: float = setting(0.0, "vector dropout", "", Range(0, 1, below_high=True),
        "Share of m and U, or of a network's hidden values, that is dropped at random in training.")
    layers: int = setting(2, "layers", "", Range(1, 16),
        "How many blocks of attention, or recurrent layers, follow one another.")
    heads: int = setting(1, "heads", "", Range(1, 64),
        "How many attention heads a block has; they share the dimensions.")
    filters: int = setting(16, "filters", "", Range(1, 1024),
        "How many filters of each height slide over the window.")
    projected: bool = setting(False, "projected space", "", None,
        "Whether a user's translation is made after a learned projection of the items.")
    place_weights: bool = setting(False, "position weights", "", None,
        "Whether the latest items count by a learned weight for each position, instead of equally.")
    neighbours: int = setting(100, "neighbours", "k", Range(1, 10**6),
        "How many of the most similar items are stored for each item.")
    recent: int = setting(0, "latest items used", "", Range(0, 200),
        "How many of the window's latest items are used; 0 uses the whole history.")
    ridge: float = setting(200.0, "ridge", "λ", Range(0, 10**9, above_low=True),
        "How strongly weights between items, or similarities based on few users, are pulled towards 0.")
    # fmt: on
    equations: Equations = SASREC  # of SASRec; others for a model that another program trained

    def __post_init__(self) -> None:
        check(self, "model")

    def masks(self, count: int) -> bool:
        """Whether the diagonal of a window of `count` items is masked. With `before`, a single item attends to itself,
        so that m = x and never NaN."""
        return self.mask != "none" and (count > 1 or (self.mask == "after" and not self.frees_lone_item))

    @property
    def remembers(self) -> bool:
        """Whether the taste U is made of the user's own items; not the paper's."""
        return self.model == "attrec" and self.taste != "vector"

    @property
    def history(self) -> int:
        """How many of the latest items the model reads: the window's, and those of the taste."""
        return max(self.window, len(memory_weights(self.half_life))) if self.remembers else self.window

    @property
    def frees_lone_item(self) -> bool:
        """Whether a single item attends to itself although the mask acts after the softmax; not the paper's."""
        return self.mask == "after" and self.lone_item == "itself"


@lru_cache(maxsize=32)
def memory_weights(half_life: float) -> tuple[float, ...]:
    """Returns 2^(−age / h) for each age, from 0: of the MOST_REMEMBERED latest items, those that have at least a share
    of LEAST_SHARE of the sum."""
    weights = [2.0 ** (-age / half_life) for age in range(MOST_REMEMBERED)]
    return tuple(weight for weight in weights if weight >= LEAST_SHARE * sum(weights))


def names_class(model: str) -> bool:
    """Whether a text names a class of a user's own, FILE.py:Class, instead of a system; also one without the class."""
    return ":" in model or model.endswith(".py")


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained (for AttRec, equations 8-9), and the protocol around the training."""

    # fmt: off
    loss: Literal["hinge", "softmax", "sampled", "bpr", "bce"] = setting("hinge", "loss", "", None,
        "What training minimises. hinge: that of AttRec's paper, over pairs of a target and a negative; softmax "
        "(over all items, also the user's own; beyond 10,000, over a sample), sampled (a softmax over at least 256 "
        "drawn items), bpr (a target above a negative), bce (each target and negative by itself).")
    temperature: float = setting(0.2, "temperature", "τ", Range(0, 1000, above_low=True),
        "Divides the distances, or scores, before the softmax; it starts here and is learned. Only with a softmax.")
    optimiser: Literal["adagrad", "adam"] = setting("adagrad", "optimiser", "", None,
        "How gradients become steps: Adagrad, as in the paper of AttRec, or Adam.")
    targets: int = setting(3, "targets", "T", Range(1, 1000),
        "How many next items each window is trained to be near.")
    negatives: int = setting(3, "negatives", "", Range(1, 10_000),
        "How many unseen items are drawn for each window, to move them away from it; AttRec's paper draws T.")
    pairs: Literal["all", "aligned"] = setting("all", "pairs", "", None,
        "Whether every target is compared with every negative, or the k-th with the k-th (authors' code).")
    margin: float = setting(0.5, "margin", "γ", Range(0, 10**6),
        "How much nearer than a negative a target must be; a pair beyond this margin has no loss.")
    learning_rate: float = setting(0.05, "learning rate", "", Range(0, 1000, above_low=True),
        "How large a step is; too large makes training diverge, too small is slow.")
    accumulator: float = setting(0.05, "initial accumulator", "", Range(0, 10**6),
        "Start value of Adagrad's sums of squared gradients; a larger one makes the first steps smaller.")
    batch_size: int = setting(1000, "batch size", "", Range(1, 10**6),
        "How many windows one step uses; larger batches make an epoch faster, with fewer steps.")
    regularisation: Literal["l2", "clip"] = setting("l2", "regularisation", "", None,
        "What keeps the vectors small: ℓ2 decay (for dense data), or clipping to the unit ball (for sparse data).")
    # The decay is (λ/2)‖θ‖², halved as in the authors' code (eq. 8 has λ‖θ‖²); the hinge is summed over the batch.
    l2: float = setting(0.001, "decay of the tables", "λ", Range(0, 10**6),
        "How strongly the vectors of items and users are pulled towards 0; only with regularisation l2.")
    l2_projection: float = setting(0.01, "decay of the projection", "λ of W", Range(0, 10**6),
        "How strongly W, or another system's matrices, are pulled towards 0.")
    init_sd: float = setting(0.001, "initial spread", "", Range(0, 1000, above_low=True),
        "Standard deviation of the initial vectors; if small, AttRec's attention first depends on position alone.")
    epochs: int = setting(30, "epochs", "", Range(1, 10**6),
        "How many passes over the data at most; early stopping usually ends training sooner.")
    patience: int = setting(5, "patience", "", Range(0, 10**6),
        "Training stops after this many epochs without a better validation metric; 0 never stops early.")
    average: int = setting(1, "averaged epochs", "K", Range(1, 1000),
        "The model after an epoch, which is ranked and kept, is the mean of the weights after the epochs so far; each "
        "epoch counts 1 − 1/K as much as the next one. 1 is the latest epoch alone, as in the paper.")
    select_by: Metric = setting("mrr", "select by", "", None,
        "Which metric on the validation items decides the best epoch.")
    refit: bool = setting(True, "final fit", "", None,
        "Whether to train again, for the best number of epochs, with the validation items included.")
    seed: int = setting(0, "seed", "", Range(0, 2**32 - 1),
        "The same seed gives the same model, bit for bit, on one thread, with one engine and on one device.")
    threads: int = setting(1, "threads", "", Range(1, 1024),
        "How many processor threads; more than one is seldom faster here, and not repeatable.")
    engine: Literal["auto", "compiled", "torch"] = setting("auto", "engine", "", None,
        "What computes the steps: torch, or a compiled loop, which is several times as fast and differs in the last "
        "digits; auto uses the loop for all but very short trainings, whether or not it is compiled already.")
    device: Literal["auto", "cpu", "cuda"] = setting("auto", "device", "", None,
        "Where the steps run: on the processor (cpu) or on a GPU (cuda); auto uses a GPU where there is one.")
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

    @property
    def is_softmax(self) -> bool:
        """Whether the loss is a softmax, over all items or over a sample; not the paper's."""
        return self.loss in ("softmax", "sampled")


Config = TypeVar("Config", ModelConfig, TrainConfig, Equations)


@dataclass(frozen=True)
class Setting:
    key: str  # as in --set key=value
    part: Part
    kind: Kind
    name: str
    symbol: str  # or empty
    sentence: str
    default: Any
    range: Range | None  # only for numbers
    choices: tuple[str, ...]  # only for a choice

    @property
    def label(self) -> str:
        return f"{self.name} {self.symbol}".rstrip()

    @property
    def may_be(self) -> str:
        """The allowed values, in the words of the error message."""
        if self.range is not None:
            return self.range.words(NUMBERS[self.kind])
        offered = [choice for choice in self.choices if choice != OWN]
        return "one of " + ", ".join(offered) if offered else "true or false"

    def check(self, value: Any) -> None:
        """Raises InputError unless the value has the type of the field and lies in its range."""
        fits, requirement = type(value) is type(self.default), NUMBERS.get(self.kind, self.may_be)
        if self.kind == "choice":
            fits = value in self.choices
        elif self.kind == "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            fits, requirement = number and abs(value) <= LARGEST, "a finite number"
        if not fits:
            raise InputError("not_a_value", NOT_A_VALUE, setting=self.key, value=shown(value), wanted=requirement)
        if self.range is not None and not self.range.holds(value):
            text = "The setting {name}={value} is out of range: it must be {wanted}."
            raise InputError("out_of_range", text, setting=self.key, value=shown(value), wanted=self.may_be)

    def parsed(self, text: str) -> Any:
        """Converts typed text; a choice stays text, for `check` to check. Raises InputError when it cannot."""
        try:
            if self.kind == "switch":
                return SWITCHES[text.lower()]
            return text if self.kind == "choice" else type(self.default)(text)
        except (KeyError, ValueError):
            requirement, given = NUMBERS.get(self.kind, self.may_be), shown(text)
            raise InputError("not_a_value", NOT_A_VALUE, setting=self.key, value=given, wanted=requirement) from None


def settings_in(part: Part, config: type[ModelConfig | TrainConfig]) -> dict[str, Setting]:
    kinds: dict[type, Kind] = {int: "whole", float: "number", bool: "switch", str: "choice"}
    types = get_type_hints(config)
    settings = {}
    for field in dataclasses.fields(config):
        if not field.metadata:
            continue
        about: dict[str, Any] = {"default": field.default, "choices": get_args(types[field.name]), **field.metadata}
        settings[field.name] = Setting(field.name, part, kinds[type(field.default)], **about)
    return settings


SETTINGS = settings_in("model", ModelConfig) | settings_in("train", TrainConfig)


def check(config: ModelConfig | TrainConfig, part: Part) -> None:
    """Raises InputError for the first field with an invalid value: a run's config.json comes from outside."""
    for setting in SETTINGS.values():
        if setting.part == part:
            setting.check(getattr(config, setting.key))


def config_of(kind: type[Config], values: Any) -> Config:
    """Returns settings that a file holds, in parsed JSON. Settings that it lacks have their defaults. Raises InputError
    for a setting that this version does not have, and for an invalid value."""
    if not isinstance(values, dict):
        raise InputError("no_settings", "Where the settings should be, it holds {value}.", value=shown(values))
    known = {field.name for field in dataclasses.fields(kind)}
    if "equations" in values and kind is ModelConfig:
        values = values | {"equations": config_of(Equations, values["equations"])}
    for key in values:
        if key not in known:
            text = (
                "There is no setting {key} in this version of the program. If a newer version wrote the file, update "
                "the program to open it."
            )
            raise InputError("unknown_setting", text, key=shown(key))
    return kind(**values)


def with_settings(
    model: ModelConfig, train: TrainConfig, settings: Mapping[str, str]
) -> tuple[ModelConfig, TrainConfig]:
    """Returns both configurations, changed by `settings` (key → typed text). Raises InputError for an unknown key."""
    changes: dict[Part, dict[str, Any]] = {"model": {}, "train": {}}
    for key, text in settings.items():
        if key not in SETTINGS:
            sentence = "There is no setting {key}; the settings are: {known}."
            raise InputError("no_setting", sentence, key=shown(key), known=", ".join(SETTINGS))
        changes[SETTINGS[key].part][key] = SETTINGS[key].parsed(text)
    return dataclasses.replace(model, **changes["model"]), dataclasses.replace(train, **changes["train"])


# "movielens" and "sparse" are the paper's. "sparse" has its settings for MovieTweetings (L = 3, T = 1), its best ω for
# sparse data (.4), and clipping (eq. 9). "quick" gives a first impression in a few short epochs. "best" is ours.
PRESETS: dict[str, tuple[ModelConfig, TrainConfig]] = {
    "movielens": (ModelConfig(), TrainConfig()),
    "sparse": (ModelConfig(window=3, long_weight=0.4), TrainConfig(targets=1, negatives=1, regularisation="clip")),
    "quick": (
        ModelConfig(dim=32, window=5, long_weight=0.2, lone_item="itself"),
        TrainConfig(negatives=6, regularisation="clip", init_sd=0.05, epochs=6, patience=2, refit=False),
    ),
    "best": (
        ModelConfig(dim=64, window=5, long_weight=0.3, lone_item="itself"),
        TrainConfig(targets=1, negatives=10, regularisation="clip", init_sd=0.05, epochs=60, patience=10),
    ),
}

# Two more starting points: "movielens" or "sparse", depending on the data; and settings that a race finds.
PAPER, AUTO = "paper", "auto"
PAPER_PRESETS = ("movielens", "sparse")
