"""AttRec and the systems that it is compared with: name, paper, and the settings that each uses and starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from attrec_core.config import OWN, PRESETS, SASREC, SETTINGS, ModelConfig, TrainConfig, with_settings

# The model settings that AttRec uses. Each system lists those that it uses, and the training settings that it ignores.
OF_ATTREC = (
    "dim window long_weight mask lone_item taste half_life aggregation time_signal shared_projection dropout "
    "vector_dropout"
)
Value = TypeVar("Value", float, np.ndarray)


@dataclass(frozen=True)
class Space:
    """A space that holds a model's items, by the names of the model's arrays."""

    items: str  # an array with a row for each item, or several arrays side by side
    users: str = ""  # an array with a row for each user, if the space holds users too
    through: str = ""  # a matrix that the items are projected by, if the model has one
    by_product: bool = True  # whether near means a large inner product; otherwise a small distance


@dataclass(frozen=True)
class Measure:
    """What a system ranks by, as in its paper. Inside this program all measures are distances: lower is better."""

    name: str
    better: str  # lower or higher
    sign: int  # factor that turns the internal distance into the value that is shown
    total: str  # its name beside other figures

    def of(self, distance: Value) -> Value:
        return self.sign * distance + 0.0  # so that no item has a score of −0


DISTANCE, SCORE = Measure("distance", "lower", 1, "total distance"), Measure("score", "higher", -1, "score")


@dataclass(frozen=True)
class System:
    """One way to rank the next item."""

    label: str
    paper: str  # authors and year; nothing for a simple count
    sentence: str  # what it computes
    reads: str  # what it reads of a user and a window, to follow its name; {items}, {taste}: see `reading`
    uses: str  # settings of the model, separated by spaces
    starts: Mapping[str, str] = field(default_factory=dict)  # setting → text: what differs from the defaults
    is_counted: bool = False  # computed from the data in one pass, without epochs
    attends: bool = False  # it has an attention matrix
    spaces: Mapping[str, Space] = field(default_factory=dict)  # "long": with users, "short": of items alone
    adds: bool = False  # its score is a sum in which each item that it reads has a part
    reads_window: bool = True  # an edit of the recent items may change its order of the items
    needs_user: bool = False  # it ranks by a vector of the user, and cannot rank without one
    tastes: Space | None = None  # the space of that vector, in which a new user's vector is estimated
    measure: Measure = SCORE
    ignores: str = ""  # settings of the training, separated by spaces
    inside: str = ""  # its label inside a sentence, if that differs

    @property
    def knows_new_people(self) -> bool:
        """Whether it can rank for somebody who is not a user of its data."""
        return not self.needs_user or self.tastes is not None

    @property
    def kind(self) -> str:
        """What a run of it is, to follow "is"."""
        return self.inside or f"a run of {self.label}"

    @property
    def full_label(self) -> str:
        """The label with the paper, if there is one."""
        return f"{self.label} ({self.paper})" if self.paper else self.label

    def reading(self, config: ModelConfig, who: str = "It") -> str:
        """Returns what a model with these settings reads of a user and a window, as a sentence."""
        items = "all of a user's training items, even those removed from the window, and the items of the window"
        if config.recent:
            count = min(config.recent, config.window)
            items = "the latest item" if count == 1 else f"the latest {count} items"
        return f"{who} {self.reads.format(items=items, taste=TASTES[config.taste])}"

    def used(self, config: ModelConfig) -> dict[str, Any]:
        """Returns the settings of a model of this system, as a run stores them."""
        names = self.uses.split()
        used = {name: getattr(config, name) for name in SETTINGS if name in names or name == "model"}
        return used if config.equations == SASREC else used | {"equations": asdict(config.equations)}

    def trained_with(self, config: TrainConfig) -> dict[str, Any]:
        """Returns the training settings that a run of this system depends on."""
        if self.is_counted:
            return {"refit": config.refit}  # it is not trained
        return {name: value for name, value in asdict(config).items() if name not in self.ignores.split()}


TASTES = {
    "vector": "the user's vector",
    "items": "the user's latest items, for their taste,",
    "both": "the user's vector and latest items, for their taste,",
}
PAIRS = {"loss": "bpr", "optimiser": "adam", "learning_rate": "0.002", "init_sd": "0.1", "targets": "1"}
PAIRS |= {"negatives": "5", "l2": "0.00001", "l2_projection": "0", "batch_size": "1000", "epochs": "60"}
SHARES = PAIRS | {"loss": "softmax", "temperature": "1", "l2": "0", "init_sd": "0.05", "patience": "8"}
EVERY_PLACE = SHARES | {"batch_size": "32", "window": "50", "vector_dropout": "0.3", "dim": "64"}

MEAN = "the mean of the window's item vectors: with a window of 1, the latest item alone."

TWO_SPACES = {
    "long": Space("item_long", "user_long", by_product=False), "short": Space("item_short", by_product=False),
}  # fmt: skip

SYSTEMS: dict[str, System] = {
    "popularity": System(
        "Popularity", "", "The number of interactions of each item.",
        "uses nothing about the user: everybody gets the same list, without the items they have seen.",
        "window", is_counted=True, reads_window=False,
    ),
    "itemknn": System(
        "Item kNN", "Sarwar et al. 2001", "How similar an item's users are to those of the user's items, by cosine.",
        "reads {items}, without their order: each adds its similarity to every other item.",
        "window neighbours recent ridge", {"neighbours": "100", "ridge": "10", "window": "10"},
        is_counted=True, adds=True,
    ),
    "ease": System(
        "EASE", "Steck 2019", "A linear model from all items to each, by ridge regression in closed form.",
        "reads {items}, without their order: each adds its weight for every other item.",
        "window recent ridge", {"ridge": "300", "window": "10"}, is_counted=True, adds=True,
    ),
    "markov": System(
        "Markov counts", "", "How often an item followed the latest one; for the rest, how popular it is.",
        "reads the items of the window, all with the same weight, and how often other items followed them.",
        "window ridge", {"ridge": "1", "window": "1"}, is_counted=True,
    ),
    "bprmf": System(
        "BPR-MF", "Rendle et al. 2009", "The inner product of user and item.",
        "reads the user's vector alone: an edit of the recent items changes only which items are left out.",
        "dim window vector_dropout", PAIRS,
        reads_window=False, needs_user=True, tastes=Space("item", "user"), spaces={"long": Space("item", "user")},
    ),
    "mc": System(
        "MC", "Rendle et al. 2010", "A factorised Markov chain: the inner product of the latest item and the next.",
        f"reads {MEAN}",
        "dim window vector_dropout", PAIRS | {"window": "1"},
        spaces={"short": Space("next")}, ignores="l2_projection",
    ),
    "fpmc": System(
        "FPMC", "Rendle et al. 2010", "Matrix factorisation with a factorised Markov chain.",
        f"reads the user's vector and {MEAN}",
        "dim window vector_dropout", PAIRS | {"window": "1"}, needs_user=True,
        tastes=Space("item", "user"), spaces={"short": Space("item next")}, ignores="l2_projection",
    ),
    "hrm": System(
        "HRM", "Wang et al. 2015",
        "The latest items pooled, then pooled with the user; the inner product of that and an item.",
        "reads the user's vector and the window's item vectors, pooled dimension by dimension, without their order.",
        "dim window aggregation vector_dropout", PAIRS | {"aggregation": "max", "window": "3"}, needs_user=True,
        tastes=Space("item", "user"), spaces={"long": Space("item", "user")}, ignores="l2_projection",
    ),
    "prme": System(
        "PRME", "Feng et al. 2015", "Squared distances to the user and to the latest item, in two metric spaces.",
        f"reads the user's vector and {MEAN}",
        "dim window long_weight place_weights vector_dropout", PAIRS | {"window": "1", "long_weight": "0.2"},
        needs_user=True, tastes=TWO_SPACES["long"], spaces=TWO_SPACES, measure=DISTANCE,
    ),
    "transrec": System(
        "TransRec", "He et al. 2017", "The user is a translation from the latest item to the next one.",
        f"reads the user's vector and {MEAN}",
        "dim window projected vector_dropout", PAIRS | {"window": "1"}, needs_user=True,
        tastes=Space("item", "user", through="projection"),
        spaces={"short": Space("item", through="projection", by_product=False)},
    ),
    "caser": System(
        "Caser", "Tang and Wang 2018", "Filters that slide over the window as over an image.",
        "reads the user's vector and the window in order, through filters of every height that slide over it.",
        "dim window filters vector_dropout",
        PAIRS | {"loss": "bce", "targets": "3", "negatives": "6", "vector_dropout": "0.3", "init_sd": "0.05"},
        needs_user=True, tastes=Space("answer", "user"), spaces={"short": Space("answer")},
    ),
    "lstm": System(
        "LSTM+", "Zhang et al. 2018", "AttRec with an LSTM in place of the attention.",
        "reads the user's vector and the window in order, item by item, into the state of a recurrent network.",
        "dim window long_weight vector_dropout", {"init_sd": "0.05"}, needs_user=True,
        tastes=TWO_SPACES["long"], spaces=TWO_SPACES, measure=DISTANCE,
    ),
    "gru4rec": System(
        "GRU4Rec", "Hidasi et al. 2016", "A recurrent network whose state is compared with every item.",
        "reads the window in order, item by item, into the state of a recurrent network.",
        "dim window layers vector_dropout", EVERY_PLACE | {"layers": "1"},
        spaces={"short": Space("answer")}, ignores="targets",
    ),
    "sasrec": System(
        "SASRec", "Kang and McAuley 2018",
        "Blocks of causal self-attention; the output at the last position is compared with every item.",
        "reads the window in order: each item attends to itself and to the items before it.",
        "dim window layers heads vector_dropout", EVERY_PLACE, attends=True,
        spaces={"short": Space("item")}, ignores="targets",
    ),
    "attrec": System(
        "AttRec", "Zhang et al. 2018", "Self-attention over the latest items, and squared distances in two spaces.",
        "reads {taste} and the window: each item attends to the others.",
        OF_ATTREC, attends=True, tastes=TWO_SPACES["long"], spaces=TWO_SPACES, measure=DISTANCE,
    ),
    "own": System(
        "A model of your own", "", "The score that its class defines.",
        "reads what its class says.",
        " ".join(key for key, setting in SETTINGS.items() if setting.part == "model" and key != "model"),
        PAIRS, needs_user=True, inside="a model of your own",
    ),
}  # fmt: skip

NOT_THE_PAPERS = "softmax loss, not the paper's"
ADDED = {
    "loss": {"softmax": "softmax loss", "sampled": "sampled softmax loss"},
    "taste": {"items": "taste from items", "both": "taste from a vector and items"},
}


def system_in(model: str, history: Mapping[str, Any]) -> System:
    """The system of a run, with the class of a model of one's own, or with the library that made it."""
    system, name = SYSTEMS[model], str(history.get("class") or "").rpartition(":")[2]
    if "opened" in history:
        doubt = "" if history["opened"].get("agrees", True) else ", another score than its file says"
        label = f"{system.label} of {history['opened']['library']}{doubt}"
        return replace(system, label=label, inside=f"a {label}")
    if model != OWN or not name.isidentifier():
        return system
    return replace(system, label=f"{system.label} ({name})", inside=f"{system.inside} ({name})")


def not_the_papers(settings: Mapping[str, Any], keys: Iterable[str] = ADDED) -> str:
    """Names what of AttRec's loss and taste (or of one of these keys) is not the paper's; empty for the paper's, or for
    another system."""
    if settings.get("model", "attrec") != "attrec":
        return ""
    names = [ADDED[key][settings[key]] for key in keys if settings.get(key) in ADDED.get(key, ())]
    return f"{' and '.join(names)}, not the paper's" if names else ""


def start_of(system: str) -> tuple[ModelConfig, TrainConfig]:
    """Returns the default settings of a system; those of AttRec are the paper's."""
    settings = {"model": system, **SYSTEMS[system].starts}
    return with_settings(*PRESETS["movielens"], settings)
