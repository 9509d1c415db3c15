"""Parts that a run may lack: why it lacks them, what is missing for it, and what can be done about that."""

from __future__ import annotations

from attrec_core.explain.add_maps import has_umap
from attrec_core.runs.run import Run

WITHOUT = {
    "maps.npz": "Without it there are no maps by UMAP; those by PCA are computed anew.",
    "at_large.npz": "Without it the statistics over all users are computed anew, of some hundreds of them at most.",
    "replay.npz": "Without it there is no film of the training.",
}


def damaged(run: Run) -> list[str]:
    """A sentence or two for each part of a run that is there and cannot be opened."""
    return [damage(run, name) for name in run.damaged]


def damage(run: Run, name: str) -> str:
    """What is wrong with one part, and what is missing for it; nothing where it is sound or just not there."""
    return f"{run.damaged[name]} {WITHOUT[name]}" if name in run.damaged else ""


def no_umap(run: Run) -> str:
    """Why a run has no maps by UMAP, without how to get them; nothing where it has some."""
    if has_umap(run):
        return ""
    if "maps.npz" in run.damaged:
        return damage(run, "maps.npz")
    if run.maps is not None:
        return "This run is too small for UMAP, so its maps are by PCA alone."
    if run.history["ended"] == "interrupted":
        return "This training was stopped before maps by UMAP were laid out, so its maps are by PCA alone."
    return "This run was trained without maps by UMAP, so its maps are by PCA alone."


def can_have_umap(run: Run) -> bool:
    """Whether maps by UMAP can still be laid out for it."""
    return not has_umap(run) and run.maps is None
