"""What a run cannot tell: figures that the data alone explains, a damaged part, a missing UMAP map."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from attrec_core.data.data_sets import open_data_set
from attrec_core.data.report import repeats_sentence
from attrec_core.data.stored import histories_in
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import InputError, number
from attrec_core.explain.maps import has_umap
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.load import open_run
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_folder import RUN
from attrec_core.storage.read_errors import read_errors
from attrec_core.views.texts import text

FIRST = 50
LOW = 0.2  # HR@50 of a random order that needs no remark


def of_chance(items: np.ndarray, starts: np.ndarray, n_items: int) -> str:
    """Says that HR@50 is high by chance, or 1 for any model; else empty. items (n,), starts (U + 1,)."""
    lengths = np.diff(starts)
    fewest = np.maximum(n_items - lengths[lengths >= 3], 1)  # candidates, if no item occurs twice in a history
    if len(fewest) == 0 or hit_rate_by_chance(fewest) <= LOW:
        return ""
    tested, validated = (candidate_counts(items, starts, n_items, left) for left in (1, 2))
    most, chance = max(int(tested.max()), int(validated.max())), hit_rate_by_chance(tested)
    if most <= FIRST:
        return text("caveats", "all in the top", first=FIRST, most=most, items=n_items)
    if chance <= LOW:
        return ""
    return text("caveats", "chance", first=FIRST, chance=number(chance, 3), candidates=tested.mean())


def hit_rate_by_chance(candidates: np.ndarray) -> float:
    """HR@50 of a random order. candidates (E,): the number of each user."""
    return float(np.minimum(FIRST / candidates, 1).mean())


def of_run(run: Run) -> str:
    return of_histories(run.interactions.items, run.interactions.starts, run.interactions.n_items)


def of_histories(items: np.ndarray, starts: np.ndarray, n_items: int) -> str:
    """The sentences on HR@50 and on repeats. items (n,), starts (M + 1,): of `Interactions`."""
    return f"{of_chance(items, starts, n_items)} {repeats_sentence(repeated_targets(items, starts))}".strip()


def of_entry(entry: LibraryEntry) -> str:
    """The sentences for a run or a data set of the library; empty if its histories cannot be read."""
    if entry.sizes is None:
        return ""
    file = entry.path / "interactions.npz"
    try:
        with read_errors(file):
            stat = file.stat()
            return of_file(file, entry.sizes.users, entry.sizes.items, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    except (InputError, OSError):
        return ""


@functools.lru_cache(maxsize=100)
def of_file(file: Path, n_users: int, n_items: int, *version: int) -> str:
    """`of_histories` for stored histories, cached while the file (`version`) stays the same."""
    folder = (open_run if (file.parent / RUN.mark).is_file() else open_data_set)(file.parent)
    with histories_in(folder, n_users) as (starts, items):
        return of_histories(items, starts, n_items)


def candidate_counts(items: np.ndarray, starts: np.ndarray, n_items: int, left: int) -> np.ndarray:
    """Returns (E,) the number of candidates of each evaluated user for the item that is `left` from the end of the
    history: 1 is the test item, 2 the validation item. Seen items are no candidates, except that item itself."""
    lengths = np.diff(starts)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    place = np.repeat(starts[1:], lengths) - np.arange(len(items))  # from the end, from 1
    keys = owners * np.int64(n_items) + items
    seen_keys = np.unique(keys[place > left])
    candidates = n_items - np.bincount(seen_keys // n_items, minlength=len(lengths))
    candidates[owners[place == left]] += np.isin(keys[place == left], seen_keys)
    return np.asarray(candidates[lengths >= 3])


def damage(run: Run, name: str) -> str:
    """The fault of one part and its consequence; empty if the part is sound or missing."""
    if name not in run.damaged:
        return ""
    return f"{run.damaged[name].seen_from(run.path.parent)} {text('caveats', f'without {name}')}"


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
