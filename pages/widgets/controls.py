"""Controls that pages share: ω, the number of items, the map, and a field for one item or one user.

Up to a thousand entries such a field is Streamlit's own list. A longer list would be sent to the browser and laid out
there at every run of the page; instead the browser searches a catalogue that it has fetched once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.errors import number
from attrec_core.explain.attention import layers_and_heads
from attrec_core.runs import lookup
from attrec_core.views.page_context import Scene
from attrec_core.views.view import TOPS
from pages.frame import address, session
from pages.frame.component import event, of_core
from pages.frame.runs import address_of

MANY = 1000  # entries that a list may hold
WIDTH = 340  # pixels

_search = of_core("pick_search")


def omega_slider(scene: Scene) -> None:
    """ω in hundredths; any value but the trained one is marked as a what-if, beside the trained value."""
    trained = scene.run.model_config.long_weight
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        offered = sorted({scene.omega, *(round(hundredth / 100, 2) for hundredth in range(101))})
        st.session_state["omega"] = scene.omega
        label = "ω, the weight of the long-term distance (short-term weight is 1 − ω)"
        options: dict[str, Any] = {"format_func": lambda omega: number(omega, 2 if round(omega, 2) == omega else 3)}
        options |= {"on_change": lambda: address.change(omega=st.session_state["omega"])}
        st.select_slider(label, offered, key="omega", width=560, disabled=not scene.has_taste, **options)
    if not scene.has_taste:
        st.caption("Without a user, only the short-term distance counts, whatever ω is.")
    elif scene.omega != trained:
        other = "training with this ω would give a different model."
        st.caption(f"**What-if:** trained with ω = {number(trained)}; {other}")
    else:
        st.caption(f"ω = {number(trained)}, as trained.")


def menu(label: str, key: str, offered: Sequence, value: Any, on_pick: Callable[[Any], None], **options: Any) -> None:
    """A menu whose value is kept elsewhere, such as in the address. options: further ones of Streamlit's selectbox."""
    st.session_state[key] = value
    st.selectbox(label, offered, key=key, on_change=lambda: on_pick(st.session_state[key]), **options)


def list_length() -> int:
    """The number of recommendations listed; in the address like every other choice."""
    offered = {count: f"Top {count}" for count in TOPS}
    return address_choice("Items listed", "top", offered, 10, label_visibility="collapsed")


def address_choice(
    label: str, name: str, offered: Mapping[Any, str], default: Any, *, is_menu: bool = False, **options: Any
) -> Any:
    """A segmented control, or a menu. Its choice is the field `name` of the view; the default is not in the address.
    options: further ones of Streamlit's widget."""
    in_view = getattr(address.current(), name)
    st.session_state[name] = in_view if in_view in offered else default

    def changed() -> None:
        picked = st.session_state[name]
        address.change(**{name: None if picked == default else picked})

    options |= {"key": name, "format_func": offered.__getitem__, "on_change": changed}
    if is_menu:
        return st.selectbox(label, list(offered), **options)
    return st.segmented_control(label, list(offered), required=True, **options)


def layer_and_head(scene: Scene, *, with_mean: bool = True) -> None:
    """The layer and head shown, where the model has several. with_mean: whether the mean of the heads is offered."""
    layers, heads = layers_and_heads(scene.run.model_config)
    hidden = partial(address_choice, label_visibility="collapsed")
    with st.container(horizontal=True, gap="small", key="layer_and_head"):
        if layers > 1:
            hidden("Layer", "layer", {layer: f"Layer {layer}" for layer in range(1, layers + 1)}, layers)
        if heads > 1:
            names: dict[int | None, str] = {None: "Mean of heads"} if with_mean else {}
            names |= {head: f"Head {head}" for head in range(1, heads + 1)}
            hidden("Head", "head", names, next(iter(names)))


def select_clicked(
    scene: Scene, select: Callable[[str | int | None], None] = session.select
) -> Callable[[Mapping[str, Any]], None]:
    """Returns a click callback for charts whose points carry the item's index."""

    def clicked(point: Mapping[str, Any]) -> None:
        item = point.get("customdata")
        if isinstance(item, int) and 0 <= item < len(scene.run.interactions.item_ids):
            select(scene.item_id(item))

    return clicked


def select_clicked_id(point: Mapping[str, Any]) -> None:
    """A click on a map: an item's point carries its id."""
    if clicked_id := point.get("customdata"):
        session.select(str(clicked_id))


def catalogue(scene: Scene, of: str = "items") -> str:
    """The relative URL of all items, or users, of the run; with very many items, of a search without its query."""
    query = "&q=" if of == "items" and scene.run.interactions.n_items > lookup.MANY else ""
    return f"{address_of(of, session.run_name())}?v={scene.run.fingerprint}{query}"


def search(
    url: str, label: str, key: str, on_pick: Callable[[str | None], None], *, clearable: bool = False, **shown: object
) -> None:
    """A search box over the catalogue at the URL; `on_pick` gets an id, or None where the box was emptied. A browser
    can be made to send anything, so the id may be unknown. shown: the `name` of the field, and the `chosen` text."""

    def picked() -> None:
        message = event(key, "pick")
        if isinstance(message.get("id"), str) or (message and message.get("id") is None and clearable):
            on_pick(message.get("id"))

    data = {"label": label, "catalogue": url, "name": None, "chosen": None, "clearable": clearable} | shown
    _search(key=key, data=data, on_pick_change=picked)


def item_field(scene: Scene, name: str, key: str, item: int | None, on_pick: Callable[[str | None], None]) -> None:
    """A field for an item of the run; `on_pick` gets its id, or None where the field was emptied."""
    count = scene.run.interactions.n_items
    prompt = f"type one of {count:,} titles"

    def pick(chosen: object) -> None:
        """An item that this run does not have counts as none: the browser may send it from the list of another run."""
        on_pick(scene.item_id(chosen) if isinstance(chosen, int) and 0 <= chosen < count else None)

    if count > MANY:
        with st.container(width=WIDTH):
            chosen = None if item is None else scene.title(item)[:300]
            url, index, about = catalogue(scene), scene.run.item_index, {"name": name, "chosen": chosen}
            search(url, prompt, f"{key}_search", lambda one: pick(one and index.get(one)), clearable=True, **about)
        return
    popular_first = (-scene.run.popularity).argsort(kind="stable").tolist()
    options: dict[str, Any] = {"placeholder": prompt, "format_func": lambda index: scene.title(index)[:80]}
    menu(name, key, popular_first, item, pick, index=None, width=WIDTH, **options)
