"""Maps that are laid out later, for a run that was trained without them, or whose training was stopped."""

from __future__ import annotations

from pathlib import Path

from attrec_core.data.stored import npz_bytes
from attrec_core.errors import InputError
from attrec_core.explain.maps import FEWEST_POINTS, make_maps
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_folder import beside
from attrec_core.storage.locks import held
from attrec_core.storage.workspace import check_may_change

FILE = "maps.npz"


def has_umap(run: Run) -> bool:
    return run.maps is not None and {"long_umap", "short_umap"} <= set(run.maps)


def add_maps(path: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Lays the maps out and writes them into the run; gives the names of what they hold. It takes as long as UMAP does.

    Written beside their place first and then renamed. Raises InputError for a run that has maps already (unless
    `overwrite`), that is too small for UMAP, that was replaced meanwhile, or that cannot be written; then nothing has
    changed.
    """
    check_may_change("No maps are added")
    run = load(path)
    if has_umap(run) and not overwrite:
        raise InputError(f"{path} has maps already; say --overwrite to lay them out again.")
    if run.interactions.n_items < FEWEST_POINTS or run.model_config.dim < 2:
        raise InputError(f"{path} is too small for UMAP: it takes {FEWEST_POINTS} items and 2 dimensions at least.")
    made = make_maps(run.arrays, run.train_config.seed)
    partial = beside(path.resolve() / FILE, "partial")
    try:
        partial.write_bytes(npz_bytes(made))
        with held(path.resolve().parent):
            if weights_fingerprint(path.resolve()) != run.fingerprint:
                raise InputError(f"{path} was replaced while its maps were laid out; they are another model's now.")
            partial.replace(path.resolve() / FILE)
    except OSError as error:
        raise InputError(f"The maps cannot be written to {path}: {error.strerror or error}.") from None
    finally:
        partial.unlink(missing_ok=True)
    return tuple(sorted(made))
