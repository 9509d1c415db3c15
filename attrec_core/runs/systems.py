"""The systems that AttRec is compared with, and AttRec: name, paper, the settings that each uses and starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from attrec_core.config import PRESETS, SETTINGS, ModelConfig, TrainConfig, with_settings

# Settings of the model that a system may use; those of the training are used by whatever is trained.
OF_ATTREC = "dim window long_weight mask aggregation time_signal shared_projection dropout vector_dropout"


@dataclass(frozen=True)
class Space:
    """Where a model lays its items, by the names of its arrays."""

    items: str  # an array with a row for each item, or several, which stand side by side
    users: str = ""  # with a row for each user, where users lie in it, too
    through: str = ""  # a matrix that the items go through, where the model has it
    by_product: bool = True  # whether near is a large inner product, or else a small distance


@dataclass(frozen=True)
class System:
    """One way to rank the next item."""

    label: str
    paper: str  # authors and year; nothing for a simple count
    sentence: str  # what it computes
    reads: str  # what of a user and a window decides
    uses: str  # settings of the model, separated by spaces
    starts: Mapping[str, str] = field(default_factory=dict)  # setting → text: what differs from the defaults
    is_counted: bool = False  # from the data in one pass: it has no epochs
    attends: bool = False  # it has an attention matrix
    spaces: Mapping[str, Space] = field(default_factory=dict)  # "long": with users, "short": of items alone
    needs_user: bool = False  # it has a vector for each user, and ranks for nobody else

    @property
    def full_label(self) -> str:
        """With its paper, where it has one."""
        return f"{self.label} ({self.paper})" if self.paper else self.label

    def used(self, config: ModelConfig) -> dict[str, Any]:
        """The settings of a model of this kind, as a run keeps them."""
        names = self.uses.split()
        return {name: getattr(config, name) for name in SETTINGS if name in names or name == "model"}


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
        "Popularity", "", "How many interactions an item has.",
        "It reads nothing of a user: everybody gets the same list, without the items they have seen.",
        "window", is_counted=True,
    ),
    "itemknn": System(
        "Item kNN", "Sarwar et al. 2001",
        "How similar an item's users are to those of the user's items, by cosine.",
        "It reads all of a user's items, without their order: each adds its similarity to every other item.",
        "window neighbours ridge", {"neighbours": "100", "ridge": "10"}, is_counted=True,
    ),
    "ease": System(
        "EASE", "Steck 2019",
        "A linear model from all items to each, by ridge regression in closed form.",
        "It reads all of a user's items, without their order: each adds its weight for every other item.",
        "window ridge", {"ridge": "300"}, is_counted=True,
    ),
    "markov": System(
        "Markov counts", "",
        "How often an item followed the latest one, and beyond that how popular it is.",
        "It reads the items of the window, each as much as the next, and how often others followed them.",
        "window ridge", {"ridge": "1", "window": "1"}, is_counted=True,
    ),
    "bprmf": System(
        "BPR-MF", "Rendle et al. 2009",
        "The inner product of user and item.",
        "It reads the user's vector alone: an edit of the recent items changes nothing but what is left out.",
        "dim window vector_dropout", PAIRS,
        needs_user=True,
        spaces={"long": Space("item", "user")},
    ),
    "mc": System(
        "MC", "Rendle et al. 2010",
        "A factorised Markov chain: the inner product of the latest item and the next.",
        f"It reads {MEAN}",
        "dim window vector_dropout", PAIRS | {"window": "1"},
        spaces={"short": Space("next")},
    ),
    "fpmc": System(
        "FPMC", "Rendle et al. 2010",
        "Matrix factorisation with a factorised Markov chain.",
        f"It reads the user's vector and {MEAN}",
        "dim window vector_dropout", PAIRS | {"window": "1"}, needs_user=True,
        spaces={"short": Space("item next")},
    ),
    "hrm": System(
        "HRM", "Wang et al. 2015",
        "The user and the latest items pooled, twice, and the inner product with an item.",
        "It reads the user's vector and the window's item vectors, pooled dimension by dimension, without their order.",
        "dim window aggregation vector_dropout", PAIRS | {"aggregation": "max", "window": "3"}, needs_user=True,
        spaces={"long": Space("item", "user")},
    ),
    "prme": System(
        "PRME", "Feng et al. 2015",
        "Squared distances to the user and to the latest item, in two metric spaces.",
        f"It reads the user's vector and {MEAN}",
        "dim window long_weight place_weights vector_dropout", PAIRS | {"window": "1", "long_weight": "0.2"},
        needs_user=True,
        spaces=TWO_SPACES,
    ),
    "transrec": System(
        "TransRec", "He et al. 2017",
        "The user is a translation from the latest item to the next one.",
        f"It reads the user's vector and {MEAN}",
        "dim window projected vector_dropout", PAIRS | {"window": "1"}, needs_user=True,
        spaces={"short": Space("item", through="projection", by_product=False)},
    ),
    "caser": System(
        "Caser", "Tang and Wang 2018",
        "Filters that slide over the window as over a picture.",
        "It reads the user's vector and the window in order, through filters of every height that slide over it.",
        "dim window filters vector_dropout",
        PAIRS | {"loss": "bce", "targets": "3", "negatives": "6", "vector_dropout": "0.3", "init_sd": "0.05"},
        needs_user=True,
        spaces={"short": Space("answer")},
    ),
    "lstm": System(
        "LSTM+", "Zhang et al. 2018",
        "AttRec with an LSTM in place of the attention.",
        "It reads the user's vector and the window in order, item by item, into the state of a recurrent network.",
        "dim window long_weight vector_dropout", {"init_sd": "0.05"}, needs_user=True,
        spaces=TWO_SPACES,
    ),
    "gru4rec": System(
        "GRU4Rec", "Hidasi et al. 2016",
        "A recurrent network whose state meets every item.",
        "It reads the window in order, item by item, into the state of a recurrent network.",
        "dim window layers vector_dropout", EVERY_PLACE | {"layers": "1"},
        spaces={"short": Space("answer")},
    ),
    "sasrec": System(
        "SASRec", "Kang and McAuley 2018",
        "Blocks of causal self-attention; the latest place meets every item.",
        "It reads the window in order: each item attends to itself and to those before it, and the last place answers.",
        "dim window layers heads vector_dropout", EVERY_PLACE, attends=True,
        spaces={"short": Space("item")},
    ),
    "attrec": System(
        "AttRec", "Zhang et al. 2018",
        "Self-attention over the latest items, and squared distances in two spaces.",
        "It reads the user's vector and the window: each item attends to the others.",
        OF_ATTREC, attends=True,
        spaces=TWO_SPACES,
    ),
    "own": System(
        "A model of one's own", "",
        "What its class says, which must be given again to look at it.",
        "What it reads, its class says.",
        "dim window long_weight aggregation layers heads filters ridge vector_dropout", PAIRS, needs_user=True,
    ),
}  # fmt: skip


NOT_THE_PAPERS = "softmax loss, not the paper's"


def loss_note(settings: Mapping[str, Any]) -> str:
    """What is said of AttRec wherever its loss is not the paper's; nothing of the paper's, or of another system."""
    is_attrec = settings.get("model", "attrec") == "attrec"
    return NOT_THE_PAPERS if is_attrec and settings.get("loss") == "softmax" else ""


def start_of(system: str) -> tuple[ModelConfig, TrainConfig]:
    """The settings that a system starts from where nothing else is said; AttRec's are those of the paper."""
    settings = {"model": system, **SYSTEMS[system].starts}
    return with_settings(*PRESETS["movielens"], settings)
