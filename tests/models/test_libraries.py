"""Compares the systems with those of maintained libraries, implicit and cornac: `make libraries`, in ten minutes.

Our systems and theirs learn from the training part of the same data, and rank its test items by the same protocol. The
data is the sample, or what the variable LIBRARIES names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from attrec_core.config import with_settings
from attrec_core.data import read
from attrec_core.data.windows import PADDING, Split, leave_one_out
from attrec_core.explain.evaluate import Ranker, evaluate
from attrec_core.models.counted import Ease, ItemKnn, histories_of
from attrec_core.runs.systems import start_of
from attrec_core.training.fit import fit

DATA = os.environ.get("LIBRARIES", "")
pytestmark = pytest.mark.skipif(not DATA, reason="run by `make libraries`")
LENGTH = 20  # items that a library's model may see: SASRec, the slowest, trains about two minutes

# As many epochs as by default.
SASREC = {"n_epochs": 10, "embedding_dim": 64, "batch_size": 256, "n_sample": 256, "max_len": LENGTH}


@cache
def sample() -> Split:
    return leave_one_out(read(ROOT / DATA))


def sure_loss(system: str, theirs: Ranker, **settings: str) -> float:
    """Returns how much higher the library's mean reciprocal rank is than ours, beyond chance by the choice of users:
    below 0 if ours is as good. Our system has its starting settings and no final fit."""
    split, configs = sample(), with_settings(*start_of(system), {"refit": "false", **settings})
    ours = fit(split, *configs)[0].ranker()
    reciprocal_ranks = [
        1 / evaluate(ranker, split, length, "test").ranks
        for ranker, length in ((ours, configs[0].window), (theirs, LENGTH))
    ]
    gain = reciprocal_ranks[1] - reciprocal_ranks[0]
    return float(gain.mean() - 2 * gain.std() / np.sqrt(len(gain)))


def ranker_of(scores: Callable[[int, np.ndarray], np.ndarray]) -> Ranker:
    """Returns a ranker from a function that scores all items for a user and a list of the latest items."""

    def ranked(users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        pairs = zip(users, windows, strict=True)
        return np.stack([-scores(int(user), window[window != PADDING]) for user, window in pairs])

    return ranked


def test_ease_has_the_weights_of_cornac() -> None:
    import cornac

    split, (config, _) = sample(), start_of("ease")
    ours = Ease(config, split.interactions.n_users, split.interactions.n_items)
    ours.learn(split)
    theirs = cornac.models.EASE(lamb=config.ridge, posB=False, verbose=False)
    library_data = rows_of(split, cornac.data.Dataset.from_uir)
    theirs.fit(library_data)
    items, rows = trained_on(split, library_data)
    np.testing.assert_allclose(ours.array("weights")[np.ix_(items, items)], theirs.B[np.ix_(rows, rows)], atol=1e-6)


def test_item_knn_has_the_scores_of_implicit() -> None:
    from implicit import nearest_neighbours as neighbours

    split = sample()
    config, _ = with_settings(
        *start_of("itemknn"), {"ridge": "0.0000001", "neighbours": str(split.interactions.n_items)}
    )
    ours, histories = ItemKnn(config, split.interactions.n_users, split.interactions.n_items), histories_of(split)
    ours.learn(split)
    theirs = neighbours.CosineRecommender(K=histories.shape[1], num_threads=1)
    theirs.fit(histories, show_progress=False)
    similarity = theirs.similarity.toarray()
    np.fill_diagonal(similarity, 0)
    users, nothing = np.arange(50), np.full((50, 1), PADDING)
    np.testing.assert_allclose(ours.scores(users, nothing), histories[users] @ similarity, rtol=1e-5, atol=1e-4)


def test_bpr_ranks_no_worse_than_that_of_implicit() -> None:
    from implicit import bpr

    split, model = sample(), bpr.BayesianPersonalizedRanking(factors=100, random_state=0, num_threads=1)
    model.fit(histories_of(split), show_progress=False)
    users, items = model.user_factors, model.item_factors
    assert sure_loss("bprmf", lambda asking, windows: -(users[asking] @ items.T)) < 0


@pytest.mark.parametrize(
    ("system", "name", "settings"),
    [
        ("fpmc", "FPMC", {"n_epochs": 20, "learning_rate": 0.1}),
        ("gru4rec", "GRU4Rec", {"n_epochs": 20, "layers": [64], "batch_size": 64}),
        ("sasrec", "SASRec", SASREC),
    ],
)
def test_what_reads_a_sequence_ranks_no_worse_than_that_of_cornac(
    system: str, name: str, settings: dict[str, Any]
) -> None:
    import cornac

    split = sample()
    library_data = rows_of(split, cornac.data.SequentialDataset.from_usit)
    model = getattr(cornac.models, name)(seed=0, **settings)
    model.fit(library_data)
    row_of_item = library_data.iid_map
    items, rows = trained_on(split, library_data)

    def scores(user: int, window: np.ndarray) -> np.ndarray:
        known = [row_of_item[item] for item in window if item in row_of_item]
        theirs = model.score(library_data.uid_map[user], known)
        result = np.full(split.interactions.n_items, -1e9)
        result[items] = np.asarray(theirs, float).ravel()[rows]
        return result

    assert sure_loss(system, ranker_of(scores)) < 0


def trained_on(split: Split, library_data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns the items of the training part, and their rows in a library's arrays."""
    items = np.array([item for item in range(split.interactions.n_items) if item in library_data.iid_map])
    return items, np.array([library_data.iid_map[item] for item in items.tolist()])


def rows_of(split: Split, build: Callable[..., Any]) -> Any:
    """Returns the training part in cornac's format: user, item and 1, or user, session, item and position."""
    data, mask = split.interactions, split.train_mask()
    users, items = (part[mask].tolist() for part in (data.users, data.items))
    if build.__name__ == "from_uir":
        return build(list(zip(users, items, [1.0] * len(users), strict=True)))
    return build(list(zip(users, users, items, range(len(users)), strict=True)))
