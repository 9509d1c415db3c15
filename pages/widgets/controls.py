"""Controls that pages share: ω, the number of items, the map, and a field for one item or one user.

Up to a thousand entries such a field is Streamlit's own list. A longer list would be sent to the browser and laid out
there at every run of the page; instead the browser searches a catalogue that it has fetched once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import streamlit as st

from attrec_core.errors import number
from attrec_core.explain.attention import layers_and_heads
from attrec_core.runs import lookup
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import read_only
from attrec_core.views import caveats
from attrec_core.views.metric_space.words import SPACES, choices
from attrec_core.views.page_context import Scene
from attrec_core.views.view import TOPS
from pages.frame import page_list, session
from pages.frame.component import SHARED, component, event
from pages.frame.plain_text import plain
from pages.frame.runs import address_of, on_shelf

MANY = 1000  # entries that a list may hold
WIDTH = 340  # pixels

_search = component(
    "pick_search",
    '<div class="editor" aria-busy="true"></div>',
    parts=(*SHARED, "type_ahead"),
    styles=("sequence_editor",),
)


def omega_slider(scene: Scene) -> None:
    """ω in hundredths; any value but the trained one is marked as a what-if, beside the trained value."""
    trained = scene.run.model_config.long_weight
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        offered = sorted({scene.omega, *(round(hundredth / 100, 2) for hundredth in range(101))})
        st.session_state["omega"] = scene.omega
        st.select_slider(
            "ω, the weight of the long-term distance (short-term weight is 1 − ω)",
            offered,
            format_func=lambda omega: number(omega, 2 if round(omega, 2) == omega else 3),
            key="omega",
            disabled=not scene.has_taste,
            on_change=lambda: session.choose(omega=st.session_state["omega"]),
            width=560,
        )
    if not scene.has_taste:
        st.caption("Without a user, only the short-term distance counts, whatever ω is.")
    elif scene.omega != trained:
        st.caption(
            f"**What-if:** trained with ω = {number(trained)}; training with this ω would give a different model."
        )
    else:
        st.caption(f"ω = {number(trained)}, as trained.")


def menu(
    label: str, key: str, offered: Sequence[str], value: str, on_pick: Callable[[str], object], **options: Any
) -> None:
    """A menu whose value is kept elsewhere, such as in the address. on_pick: gets what a person picks. options: further
    ones of Streamlit's selectbox."""
    st.session_state[key] = value
    st.selectbox(label, offered, key=key, on_change=lambda: on_pick(st.session_state[key]), **options)


def list_length() -> int:
    """The number of recommendations listed; in the address like every other choice."""
    return address_choice("Items listed", "top", list(TOPS), 10, lambda count: f"Top {count}", "collapsed")


def address_choice(
    label: str,
    name: str,
    offered: list,
    default: Any,
    words: Callable[[Any], str],
    visibility: Literal["visible", "collapsed"] = "visible",
    menu: int | Literal["stretch"] | None = None,
    about: str | None = None,
) -> Any:
    """A segmented control, or a menu of the width `menu`. Its choice is the field `name` of the view; the default is
    not in the address. about: the help beside the label of a segmented control."""
    in_view = getattr(session.view(), name)
    chosen = in_view if in_view in offered else default
    st.session_state[name] = chosen

    def changed() -> None:
        picked = st.session_state[name]
        session.choose(**{name: None if picked == default else picked})

    choice = {"key": name, "format_func": words, "on_change": changed, "label_visibility": visibility}
    if menu:
        return st.selectbox(label, offered, width=menu, **choice)
    return st.segmented_control(label, offered, required=True, help=about, **choice)


def layer_and_head(scene: Scene, *, with_mean: bool = True) -> None:
    """The layer and the head whose attention is shown, where the model has more than one. with_mean: whether the mean
    of the heads is offered first, as the default; else the default is the first head."""
    layers, heads = layers_and_heads(scene.run.model_config)
    hidden = partial(address_choice, visibility="collapsed")
    with st.container(horizontal=True, gap="small", key="layer_and_head"):
        if layers > 1:
            hidden("Layer", "layer", list(range(1, layers + 1)), layers, lambda layer: f"Layer {layer}")
        if heads > 1:
            names = {None: "Mean of heads"} if with_mean else {}
            names |= {head: f"Head {head}" for head in range(1, heads + 1)}
            hidden("Head", "head", list(names), next(iter(names)), names.__getitem__)


def item_search(scene: Scene, label: str) -> None:
    """A search box that shows the selected item; an item picked in it becomes the selected item."""

    def picked(item: int | None) -> None:
        session.choose(selected=None if item is None else scene.item_id(item))

    item_field(scene, label, key="item", item=scene.selected, on_pick=picked)


def map_choices(scene: Scene) -> None:
    """Space, projection and colour of a map."""
    offered = choices(scene)

    def choose(label: str, name: str, words: Callable[[str], str]) -> None:
        address_choice(label, name, offered[name], offered[name][0], words, "collapsed")

    if len(offered["space"]) > 1:
        choose("Space", "space", SPACES.__getitem__)
    choose("Projection", "projection", str.upper)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.caption("Colour by", width="content")
        choose("Colour by", "colour", str.capitalize)


def no_umap(run: Run) -> None:
    """Why there is no UMAP map to choose, and how to get one; nothing where there is one."""
    if why := caveats.no_umap(run):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="no_umap"):
            st.caption(plain(why), width="content")
            if run.maps is None:
                if on_shelf(run.path) and not read_only():
                    page_list.link("runs", "Compute maps on Runs →")
                st.caption("or in a terminal: `python -m attrec_core maps RUN`", width="content")


def select_clicked(scene: Scene) -> Callable[[dict[str, Any]], None]:
    """Returns a click callback for charts whose points carry the item's index."""

    def clicked(point: dict[str, Any]) -> None:
        item = point.get("customdata")
        if isinstance(item, int) and 0 <= item < len(scene.run.interactions.item_ids):
            session.select(scene.item_id(item))

    return clicked


def select_clicked_id() -> Callable[[dict[str, Any]], None]:
    """Returns a click callback for maps: a point carries an item's id or {"user": id}; the point m carries nothing."""

    def clicked(point: dict[str, Any]) -> None:
        clicked_id = point.get("customdata")
        if isinstance(clicked_id, dict):
            session.choose_user(str(clicked_id.get("user")))
        elif clicked_id:
            session.select(str(clicked_id))

    return clicked


def catalogue(scene: Scene, of: str = "items") -> str:
    """The relative URL of all items, or users, of the run; with very many items, of a search without its query."""
    query = "&q=" if of == "items" and scene.run.interactions.n_items > lookup.MANY else ""
    return f"{address_of(of, session.run_name())}?v={scene.run.fingerprint}{query}"


def search(
    url: str,
    label: str,
    *,
    key: str,
    on_pick: Callable[[str | None], None],
    name: str | None = None,
    chosen: str | None = None,
    clearable: bool = False,
) -> None:
    """A search box over the catalogue at the URL; `on_pick` gets an id, or None where the box was emptied. A browser
    can be made to send anything, so the id may be unknown."""

    def picked() -> None:
        message = event(key, "pick")
        if isinstance(message.get("id"), str) or (message and message.get("id") is None and clearable):
            on_pick(message.get("id"))

    data: dict[str, Any] = {"label": label, "catalogue": url, "name": name, "chosen": chosen, "clearable": clearable}
    _search(key=key, data=data, on_pick_change=picked)


def item_field(scene: Scene, name: str, *, key: str, item: int | None, on_pick: Callable[[int | None], None]) -> None:
    """A field for an item of the run; `on_pick` gets None where the field was emptied."""
    data = scene.run.interactions
    count = data.n_items
    if count > MANY:
        with st.container(width=WIDTH):
            search(
                catalogue(scene),
                f"type one of {count:,} titles",
                key=f"{key}_search",
                on_pick=lambda item_id: on_pick(scene.run.item_index.get(item_id)),
                name=name,
                chosen=None if item is None else scene.title(item)[:300],
                clearable=True,
            )
        return

    def known(chosen: object) -> int | None:
        """None for an item that this run does not have: the browser may send it from the list of another run."""
        return chosen if isinstance(chosen, int) and 0 <= chosen < count else None

    st.session_state[key] = item
    st.selectbox(
        name,
        (-scene.run.popularity).argsort(kind="stable").tolist(),
        index=None,
        key=key,
        format_func=lambda index: scene.title(index)[:80],
        placeholder=f"type one of {count:,} titles",
        on_change=lambda: on_pick(known(st.session_state[key])),
        width=WIDTH,
    )
