"""Controls that pages share: ω, how many items, which map, and the search for one item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attrec_core.questions import spaces as where
from attrec_core.scene import Scene
from pages import _session as session

MANY = 10_000  # items that a search box may hold, popular first


def omega_slider(shown: Scene) -> None:
    """ω in hundredths; another value than the trained one is marked as a what-if, with the way back."""
    trained = shown.run.model_config.long_weight
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.session_state["omega"] = shown.omega
        st.slider(
            "ω, the weight of the long-term distance (1 − ω is the short-term one's)",
            0.0,
            1.0,
            step=0.01,
            key="omega",
            disabled=shown.user is None,
            on_change=lambda: session.choose_omega(st.session_state["omega"]),
            width=560,
        )
    if shown.user is None:
        st.caption("Without a user only the short-term distance counts, whatever ω is.")
    elif shown.what_if:
        st.caption(
            f"**What if:** the model was trained with ω = {trained:g}; with this ω it would have learned otherwise."
        )
    else:
        st.caption(f"ω = {trained:g} is the value that the model was trained with.")


def list_length() -> int:
    return st.segmented_control("Top", [5, 10, 20], default=10, key="list_length", required=True)


def item_search(shown: Scene, label: str) -> None:
    """A search box whose item becomes the selected one, and the other way round."""
    items = (-shown.run.popularity).argsort(kind="stable")[:MANY].tolist()
    if shown.selected is not None and shown.selected not in items:
        items.append(shown.selected)
    st.session_state["item"] = shown.selected
    st.selectbox(
        label,
        items,
        index=None,
        key="item",
        format_func=lambda item: shown.title(item)[:80],
        placeholder=f"type one of {len(items):,} titles",
        on_change=lambda: session.show_selected(shown, st.session_state["item"]),
        width=340,
    )


def map_choices(shown: Scene) -> tuple[str, str]:
    """Projection and colour. UMAP is offered where the run has it."""
    names = {"pca": "PCA", "umap": "UMAP"}
    offered = where.projections(shown)
    st.session_state.setdefault("projection", offered[-1])
    if st.session_state["projection"] not in offered:
        st.session_state["projection"] = offered[-1]
    projection = st.segmented_control(
        "Projection", offered, key="projection", format_func=names.__getitem__, required=True
    )
    colours = {"genre": "genre", "popularity": "popularity"}
    if shown.user is not None:
        colours["distance"] = "distance to the user or m"
    if st.session_state.setdefault("colour", "genre") not in colours:
        st.session_state["colour"] = "genre"
    colour = st.segmented_control("Colour", list(colours), key="colour", format_func=colours.__getitem__, required=True)
    return projection, colour


def select_clicked(shown: Scene) -> Callable[[dict[str, Any]], None]:
    """For charts whose points carry the item's index."""

    def clicked(point: dict[str, Any]) -> None:
        item = point.get("customdata")
        if isinstance(item, int) and 0 <= item < len(shown.run.interactions.item_ids):
            session.select(shown.item_id(item))

    return clicked


def select_clicked_id() -> Callable[[dict[str, Any]], None]:
    """For maps, whose points carry the item's id, or the user's, said to be one; m's is empty."""

    def clicked(point: dict[str, Any]) -> None:
        found = point.get("customdata")
        if isinstance(found, dict):
            session.choose_user(str(found.get("user")))
        elif found:
            session.select(str(found))

    return clicked
