"""What receives attention over all test users, and does it match influence?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Literal

import streamlit as st

from attrec_core.errors import percent
from attrec_core.runs.across_users import CauseShares
from attrec_core.views.across_users import panels, quantities, statistics
from attrec_core.views.across_users.quantities import Quantity
from attrec_core.views.across_users.statistics import measured
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text
from attrec_core.views.view import QUANTITIES
from pages.frame import page_list, session
from pages.frame.plain_text import plain
from pages.widgets import controls, widgets
from pages.widgets.header import header
from pages.widgets.panels import show


def choose_quantity(scene: Scene, label: str, name: str, width: int | Literal["stretch"] = "stretch") -> None:
    run = measured(scene)
    offered = {quantity: QUANTITIES[quantity] for quantity in quantities.quantities(run)}
    controls.address_choice(label, name, offered, quantities.usual(run, name), is_menu=True, width=width)


def by_decile(scene: Scene, quantity: Quantity) -> None:
    """Ten users, from the lowest to the highest value of the quantity that is chosen here."""
    choose_quantity(scene, "Users from low to high by", "quantity")
    with st.container(gap="xxsmall", key="deciles"):
        table = quantities.decile_table(scene, quantity)
        for user, value in zip(table["user"], table[quantity.label], strict=True):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{quantity.written(value)}**", width=64)
                page_list.link(quantity.page, plain(user), session.query_of_user(user))


def bars(record: CauseShares) -> None:
    """A table of shares, each with a bar, whose look is a class of the style sheet."""
    lines = (
        f'<tr class="{kind}"><th scope="row">{escape(label)}</th><td><i style="width: {100 * share:.1f}%"></i></td>'
        f"<td>{percent(share)}</td></tr>"
        for label, share, kind in statistics.cause_bars(record)
    )
    caption = "<caption>true causes found (higher is better)</caption>"
    with st.container(key="causes"):
        st.html(f'<table class="attrec-bars">{caption}{"".join(lines)}</table>')


def against(scene: Scene) -> None:
    """Any two quantities on the axes; a click on a point shows that user."""
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="against_line")
    line.header(panels.AGAINST.name, anchor=False, width="content")
    with st.container(horizontal=True, gap="small", key="axes"):
        choose_quantity(scene, "Horizontal axis", "across", 250)
        choose_quantity(scene, "Vertical axis", "up", 250)

    def clicked(point: Mapping[str, object]) -> None:
        """Shows the user, if there is one: a browser can be made to send anything."""
        user = point.get("customdata")
        if isinstance(user, str) and user in scene.run.user_index:
            session.choose_user(user)

    show(panels.AGAINST.of(scene), line=line, on_click=clicked)


scene = header()
if not scene.run.explains:
    controls.layer_and_head(scene)
place, mean_map, choice = st.columns([1, 1.3, 0.7], gap="medium")
with place:
    show(panels.PLACES.of(scene))
with mean_map:
    if reason := panels.MEAN_MAP.lacks(scene):
        st.info(reason)
    else:
        show(panels.MEAN_MAP.of(scene))
with choice:
    show(panels.DECILES.of(scene), draw=partial(by_decile, scene))

if scene.run.explains:
    matters, cause = st.columns(2, gap="large")
    with matters:
        show(panels.TAUS.of(scene))
    with cause:
        if reason := panels.CAUSES.lacks(scene):
            st.header(panels.CAUSES.name, anchor=False)
            st.info(reason)
        else:
            show(panels.CAUSES.of(scene), draw=bars)

with widgets.offscreen_part("users"):
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        against(scene)
    with right:
        pairs = panels.PAIRS.of(scene)
        show(pairs, draw=lambda _: widgets.lines(panels.pairs_shown(pairs.table())))
    if scene.run.explains:
        box = st.expander(panels.SMALL_EDITS.name, key="small_edits_box", on_change="rerun")
        if box.open:
            with box:
                with st.spinner(panels.COST):  # measured only on request, because it takes a moment
                    shown = panels.SMALL_EDITS.of(scene)
                show(shown)
        standing_out = panels.EXTREMES.of(scene)
        show(standing_out)
        users = [scene.run.interactions.user_ids[extreme.user] for extreme in standing_out.record]
        width = min(max((14 + 10 * len(user) for user in users), default=0), 180)  # pixels; longer names are cut
        with st.container(key="standing_out"):
            for user, extreme in zip(users, standing_out.record, strict=True):
                with st.container(horizontal=True, gap="small"):
                    page_list.link(extreme.page, plain(user), session.query_of_user(user), width=width)
                    st.markdown(plain(f"{extreme.rule}. {extreme.why}"))
    else:
        st.caption(text("across_users", "only attrec"))
