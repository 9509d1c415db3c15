"""What a run cannot tell: figures that the data alone explains, a damaged part, a missing UMAP map."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from attrec_core.data.data_sets import open_data_set
from attrec_core.data.report import repeats_sentence
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import InputError
from attrec_core.explain.maps import has_umap
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.load import open_run
from attrec_core.runs.run import Run
from attrec_core.storage.arrays import arrays_in
from attrec_core.storage.atomic_folder import RUN
from attrec_core.storage.read_errors import read_errors

FIRST = 50


def says_nothing(hit_rate: float, candidates: int, items: int) -> str:
    """Says that HR@50 is 1 because of the data, not the model; else empty. candidates: see `most_candidates`."""
    if f"{hit_rate:.3f}" != "1.000" or candidates > FIRST:
        return ""
    return (
        f"HR@{FIRST} says nothing about the model here: at most {candidates} of {items:,} items are candidates, all "
        f"in the top {FIRST}."
    )


def of_run(run: Run) -> str:
    """The sentences for a run that is open."""
    data = run.interactions
    return of_histories(run.metrics["hr@50"], data.items, data.starts, data.n_items)


def of_histories(hit_rate: float, items: np.ndarray, starts: np.ndarray, n_items: int) -> str:
    """The sentences on HR@50 and on repeats. items (n,), starts (M + 1,): of `Interactions`."""
    candidates = n_items
    # Some user's history is at most the average length; a user with fewer seen items has more candidates.
    if says_nothing(hit_rate, n_items - len(items) // max(1, len(starts) - 1), n_items):
        candidates = most_candidates(items, starts, n_items)
    repeats = repeats_sentence(repeated_targets(items, starts))
    return f"{says_nothing(hit_rate, candidates, n_items)} {repeats}".strip()


def of_entry(entry: LibraryEntry, hit_rate: float) -> str:
    """The sentences for a run or a data set of the library; empty if its histories cannot be read."""
    if entry.sizes is None:
        return ""
    file = entry.path / "interactions.npz"
    try:
        with read_errors(file):
            stat = file.stat()
            return of_file(hit_rate, file, entry.sizes.items, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    except (InputError, OSError):
        return ""


@functools.lru_cache(maxsize=100)
def of_file(hit_rate: float, file: Path, n_items: int, *version: int) -> str:
    """`of_histories` for stored histories, cached while the file (`version`) stays the same."""
    folder = (open_run if (file.parent / RUN.mark).is_file() else open_data_set)(file.parent)
    with folder.opened(file.name) as stream:
        stored = arrays_in(stream, "items", "starts")
        return of_histories(hit_rate, stored["items"], stored["starts"], n_items)


def most_candidates(items: np.ndarray, starts: np.ndarray, n_items: int) -> int:
    """The largest number of candidates that a tested user has: items (n,), starts (U + 1,).

    Seen items are no candidates, except a next item that was seen before. The validation item counts rather than the
    test item: it has more candidates.
    """
    lengths = np.diff(starts)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    late = np.arange(len(items)) >= np.repeat(starts[1:], lengths) - 2
    keys = owners * np.int64(n_items) + items
    seen_keys = np.unique(keys[~late])
    candidates = n_items - np.bincount(seen_keys // n_items, minlength=len(lengths))
    users_with_repeat = np.unique(owners[late][np.isin(keys[late], seen_keys)])
    candidates[users_with_repeat] += 1
    return int(candidates[lengths >= 3].max(initial=0))


WITHOUT = {
    "maps.npz": "Without it there are no UMAP maps; PCA maps are recomputed.",
    "at_large.npz": "Without it the statistics are recomputed, from a few hundred users at most.",
    "replay.npz": "Without it the training cannot be replayed.",
}


def damage(run: Run, name: str) -> str:
    """The fault of one part and its consequence; empty if the part is sound or missing."""
    return f"{run.damaged[name].seen_from(run.path.parent)} {WITHOUT[name]}" if name in run.damaged else ""


def no_umap(run: Run) -> str:
    """Why a run has no UMAP maps; empty if it has them."""
    if has_umap(run):
        return ""
    if "maps.npz" in run.damaged:
        return damage(run, "maps.npz")
    if run.maps is not None:
        return "This run is too small for UMAP, so its maps use PCA only."
    if run.history["ended"] == "interrupted":
        return "No UMAP map for this run yet: its training was stopped before maps were computed."
    return f"No UMAP map for this run yet: it was {'trained' if run.trained_here else 'made'} without one."
