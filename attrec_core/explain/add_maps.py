"""Maps that are laid out later, for a run that was trained without them, or whose training was stopped."""

from __future__ import annotations

from pathlib import Path

from attrec_core.data.stored import npz_bytes
from attrec_core.errors import InputError
from attrec_core.explain.maps import FEWEST_POINTS, make_maps
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.load import load, open_run
from attrec_core.runs.run import Run
from attrec_core.storage.locks import held
from attrec_core.storage.workspace import check_may_change

FILE = "maps.npz"


def has_umap(run: Run) -> bool:
    return run.maps is not None and {"long_umap", "short_umap"} <= set(run.maps)


def add_maps(path: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Lays the maps out and writes them into the run; gives the names of what they hold. It takes as long as UMAP does.

    Raises InputError for a run that has maps already (unless `overwrite`), that is too small for UMAP, that was
    replaced meanwhile, or that cannot be written; then nothing has changed.
    """
    check_may_change("No maps are added")
    run, folder = load(path), path.resolve()
    if has_umap(run) and not overwrite:
        raise InputError(
            "exists",
            "{path} has maps already; say {name:overwrite} to lay them out again.",
            setting="overwrite",
            path=path,
        )
    if run.interactions.n_items < FEWEST_POINTS or run.model_config.dim < 2:
        raise InputError(
            "too_small",
            "{path} is too small for UMAP: it takes {most} items and 2 dimensions at least.",
            path=path,
            most=FEWEST_POINTS,
        )
    made = make_maps(run.arrays, run.train_config.seed)
    try:
        with held(folder.parent):
            if weights_fingerprint(folder) != run.fingerprint:
                raise InputError(
                    "replaced",
                    "{path} was replaced while its maps were laid out; they are another model's now.",
                    path=path,
                )
            open_run(folder).replace(FILE, npz_bytes(made))
    except OSError as error:
        raise InputError(
            "cannot_write", "The maps cannot be written to {path}: {why}.", path=path, why=error.strerror or str(error)
        ) from None
    return tuple(sorted(made))
