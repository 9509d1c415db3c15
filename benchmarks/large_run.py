"""Makes a large run for the app: 10,000 users, 10,000 items, d = 64, L = 8. It is simulated, not trained.

Run: python benchmarks/large_run.py RUN [USERS ITEMS], then: streamlit run app.py -- --run RUN
With 200000 1000000 it is the largest run that the app is tested with: a few minutes, 7 GB of memory.
The made-up weights have a structure: items lie around the centres of their genres, users near the items of their
favourites, and popularity has a long tail. Prints the size, the seconds and the memory.
"""

from __future__ import annotations

import dataclasses
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions, Item
from attrec_core.data.reading.rows import Rows
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.maps import make_maps
from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run

SEED, DIM, WINDOW = 7, 64, 8
SHORTEST, LONGEST, FAVOURITES = 20, 60, 3
MOST_RANKED = 2_000_000_000  # users × items that the statistics over test users may rank
SPREAD = 0.08  # sd of an item around the centre of its genre, in each dimension; centres lie on the unit ball
GENRES = ("Action", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Horror", "Romance", "Sci-Fi")
SALIENCE = 0.25  # sd of how much attention an item receives
FIRST = ("Silent", "Golden", "Broken", "Distant", "Hidden", "Crimson", "Endless", "Frozen", "Burning", "Lost")
SECOND = ("River", "Garden", "Empire", "Signal", "Winter", "Harbour", "Mirror", "Orchard", "Voyage", "Shadow")


def histories(random: np.random.Generator, users: int, genre: np.ndarray) -> pd.DataFrame:
    """Returns rows (user, item, time). Each item is of one of the user's favourite genres, popular ones more often."""
    counts = random.integers(SHORTEST, LONGEST + 1, users)
    user = np.repeat(np.arange(users), counts)
    favourites = random.integers(0, len(GENRES), (users, FAVOURITES))
    drawn = favourites[user, random.integers(0, FAVOURITES, len(user))]
    by_genre = np.argsort(genre, kind="stable")
    first, size = np.searchsorted(genre[by_genre], drawn), np.bincount(genre, minlength=len(GENRES))[drawn]
    popularity_rank = (size * random.random(len(user)) ** 2.5).astype(np.int64)  # a long tail
    step = np.arange(len(user)) - np.repeat(np.cumsum(counts) - counts, counts)
    return pd.DataFrame(
        {
            "user": np.char.add("viewer ", user.astype(str)).astype(object),
            "item": np.char.add("item-", by_genre[first + popularity_rank].astype(str)).astype(object),
            "time": 1_500_000_000 + 86_400 * step,
        }
    )


def catalogue(genre: np.ndarray) -> dict[str, Item]:
    """Returns a title, a main and a second genre, and a year for each item."""
    return {
        f"item-{item}": Item(
            title=f"The {FIRST[item % 10]} {SECOND[item // 10 % 10]} {item // 100 + 1}",
            genres=(GENRES[main], GENRES[(main + item) % len(GENRES)])[: 1 + (item % len(GENRES) > 0)],
            year=str(1950 + item % 75),
        )
        for item, main in enumerate(genre.tolist())
    }


def weights(random: np.random.Generator, data: Interactions, genre: np.ndarray) -> dict[str, np.ndarray]:
    """Returns X and V around the centre of each genre, U as the mean of V over the user's items, and W as a rotation.

    As in a trained model, some items receive more attention than others: by one column of X, which W adds to every
    dimension of query and key. In this column the time signal is 1 at every place.
    """
    genre_of_row = genre[[int(name.removeprefix("item-")) for name in data.item_ids]]
    tables = {}
    for name in ("item_short", "item_long"):
        centres = random.normal(size=(len(GENRES), DIM))
        centres *= 0.7 / np.linalg.norm(centres, axis=1, keepdims=True)
        tables[name] = centres[genre_of_row] + random.normal(0, SPREAD, (data.n_items, DIM))
    sums = np.add.reduceat(tables["item_long"][data.items], data.starts[:-1], axis=0)
    tables["user_long"] = sums / np.diff(data.starts)[:, None]
    rotation, _ = np.linalg.qr(random.normal(size=(DIM, DIM)))
    tables["projection"] = 0.5 * rotation
    tables["item_short"][:, -1] = random.normal(0, SALIENCE, data.n_items)
    tables["projection"][-1] += 0.75
    return {name: table.astype(np.float32) for name, table in tables.items()}


def metrics_of(ranks: np.ndarray) -> dict[str, float]:
    hits = {f"hr@{k}": float(np.mean(ranks <= k)) for k in (10, 50)}
    gain = float(np.mean(np.where(ranks <= 10, 1 / np.log2(ranks + 1.0), 0)))
    return {**hits, "ndcg@10": gain, "mrr": float(np.mean(1 / ranks))}


def large_run(users: int, items: int) -> Run:
    """Returns the run, not yet saved, with its maps and the statistics over its users (over some if there are many)."""
    random = np.random.default_rng(SEED)
    genre = random.integers(0, len(GENRES), items)
    rows, items_known = histories(random, users, genre), catalogue(genre)
    table = rows.astype({"user": "category", "item": "category"})
    about = "Simulated, and its model was not trained: made to see how the app does with a large run."
    data, _ = importing.interactions_of(
        Rows(table, "order", len(table), {}, (), format="simulated", catalogue=items_known, about=about)
    )
    arrays = weights(random, data, genre)
    none = {"hr@10": 0.0, "hr@50": 0.0, "ndcg@10": 0.0, "mrr": 0.0}
    run = Run(
        path=Path(),
        model_config=ModelConfig(dim=DIM, window=WINDOW, long_weight=0.3),
        train_config=TrainConfig(),
        arrays=arrays,
        interactions=data,
        metrics={},
        history={"best_epoch": 0, "ended": "simulated", "epochs": []},
        maps=make_maps(arrays, SEED, with_umap=False),
        versions={},
        fingerprint="",
    )
    statistics = across_users(run, most=max(20, MOST_RANKED // items))
    # Ranks among all items are not computed: the run is not trained, so its metrics are only there to be displayed.
    about = {"n_users": len(statistics.users), "tie_rule": data.tie_rule, "all": none, "validation": none}
    return dataclasses.replace(run, across_users=statistics, metrics=metrics_of(statistics.ranks) | about)


def main() -> None:
    if len(sys.argv) not in (2, 4):
        sys.exit("Run: python benchmarks/large_run.py RUN [USERS ITEMS]")
    path = Path(sys.argv[1])
    users, items = map(int, sys.argv[2:] or (10_000, 10_000))
    began = time.perf_counter()
    run = large_run(users, items)
    made = time.perf_counter()
    runs_run.save(run, path, overwrite=True)
    saved = time.perf_counter()
    size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    data = run.interactions
    print(
        f"{path}: {data.n_users:,} users, {data.n_items:,} items, {data.n_interactions:,} interactions, {size:.1f} MB"
    )
    print(f"made in {made - began:.1f} s, written in {saved - made:.1f} s", end="; ")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB of memory (Linux)")


if __name__ == "__main__":
    main()
