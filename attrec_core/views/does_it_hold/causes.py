"""Does a better ranking come with a better-behaved attention? The paper's hinge loss beside the softmax loss, on the
bundled sample, where the true causes are known. `benchmarks/causes.py` writes the figures of each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import mean, pstdev

import pandas as pd

from attrec_core.config import METRICS
from attrec_core.errors import number
from attrec_core.runs.protocol import LOSSES
from attrec_core.storage.checksums import described_in
from attrec_core.storage.read_errors import expect, read_errors, typed
from attrec_core.views.names import POINTERS
from attrec_core.views.texts import text

FILE = "causes.json"  # in benchmarks/results
RANKING = ("mrr", "hr@50")
UNKNOWN = "The true causes are known for the bundled sample alone."

Seeds = Sequence[Mapping[str, float]]


@lru_cache(maxsize=1)
def load(folder: Path) -> dict[str, Seeds]:
    """Returns loss → the figures of each seed. Raises InputError for a damaged file."""
    content = described_in(folder / FILE, "study").description
    with read_errors(folder / FILE, "study"):
        seeds = {loss: typed(content[loss], tuple[dict[str, float], ...], loss) for loss in LOSSES}
        names = {*RANKING, *POINTERS}
        has_all = all(figures and all(seed.keys() >= names for seed in figures) for figures in seeds.values())
        expect(has_all, "a figure is missing")
        return seeds


def texts(seeds: Mapping[str, Seeds], key: str, digits: int) -> list[str]:
    """Returns mean and spread over the seeds, for each loss."""
    values = ([seed[key] for seed in seeds[loss]] for loss in LOSSES)
    return [f"{number(mean(of_loss), digits)} ± {number(pstdev(of_loss), digits)}" for of_loss in values]


def protocol(seeds: Mapping[str, Seeds]) -> str:
    return text("does_it_hold", "protocol of causes", seeds=len(seeds[LOSSES[0]]))


def table(seeds: Mapping[str, Seeds]) -> pd.DataFrame:
    """One row per way to point at an item, after the ranking metrics."""
    labels = {key: METRICS[key] for key in RANKING} | {key: way.label for key, way in POINTERS.items()}
    rows = [[label, *texts(seeds, key, 3)] for key, label in labels.items()]
    return pd.DataFrame(rows, columns=["", *(f"{loss} loss" for loss in LOSSES)])


def sentence(seeds: Mapping[str, Seeds]) -> str:
    """How well both losses rank, and how often attention and the exact sum find the cause."""

    def both(key: str, digits: int = 2) -> str:
        hinge, softmax = (number(mean(seed[key] for seed in seeds[loss]), digits) for loss in LOSSES)
        return f"{hinge} with the hinge loss and {softmax} with the softmax loss"

    figures = {"mrr": both("mrr", 3), "attention": both("attention"), "exact": both("exact")}
    return text("does_it_hold", "causes found", **figures)
