"""The triangle lesson: two items far apart, a user between them, and the dot product compared with the distance."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.errors import InputError, percent
from attrec_core.views.metric_space import tables, triangle, triangle_words
from attrec_core.views.page_context import Scene
from pages.frame import session
from pages.widgets import chart, controls, widgets

ENDS = ("P", "Q")


def section(scene: Scene) -> None:
    """Heading, the choice of P and Q, the slider between them, one picture for each rule, and the distances."""
    st.header("Why distance, not dot product?", anchor=False)
    pair = triangle_words.pair(scene)
    if pair is None:
        st.caption("This needs two different items; there is only one here.")
        return
    st.markdown(
        "Suppose a user likes **P** and **Q**, which are far apart. Move the user's point **u** from P to Q: "
        "each rule ranks the items in its shaded area **above** both."
    )
    choose_pair(scene, pair)
    try:
        record = triangle_words.between(scene)
    except InputError as error:
        st.info(widgets.fault(error))
        return
    sentences = {"product": triangle_words.product_sentence, "distance": triangle_words.distance_sentence}
    for column, (rule, title) in zip(st.columns(2, gap="large"), triangle_words.RULES.items(), strict=True):
        with column:
            chart.twin(
                triangle.rule_figure(scene, record, rule),
                partial(tables.two_rules, scene, record),
                sentences[rule](scene, record),
                key=f"rule_{rule}",
                heading=title,
                height=triangle.HEIGHT,
                on_click=controls.select_clicked_id(),
                revision_key=" ".join([session.run_name(), *(scene.item_id(item) for item in pair)]),
                label=title,
            )
    st.markdown(f"**The triangle inequality.** {widgets.plain(triangle_words.triangle_sentence(scene, record))}")
    st.markdown(widgets.plain(triangle_words.agreement_sentence(record)))
    st.caption(triangle_words.note(scene, record))


def choose_pair(scene: Scene, pair: tuple[int, int]) -> None:
    """The controls for P and Q, chosen from the history, and for the position of u between them."""
    offered = list(dict.fromkeys([*triangle_words.choices(scene), *pair]))
    columns = st.columns([1, 1, 1.6], gap="medium", vertical_alignment="bottom")
    for column, name, item in zip(columns, ENDS, pair, strict=False):
        st.session_state[f"apart_{name}"] = item
        with column:
            st.selectbox(
                f"Item {name} ({triangle_words.offered_words(scene)})",
                offered,
                key=f"apart_{name}",
                format_func=lambda item: scene.title(item)[:80],
                on_change=lambda: take_pair(scene, pair, offered),
            )
    st.session_state["between"] = triangle_words.percent(scene)
    with columns[2]:
        st.slider(
            f"u, from P ({percent(0)}) to Q ({percent(1)})",
            0,
            100,
            key="between",
            format="%d\u00a0%%",
            on_change=lambda: session.choose(between=st.session_state["between"]),
        )


def take_pair(scene: Scene, before: tuple[int, int], offered: list[int]) -> None:
    """Stores the chosen pair; the same item twice swaps P and Q. Ignores an item that is not offered now: the browser
    may send it from the list of another moment."""
    chosen = tuple(st.session_state[f"apart_{name}"] for name in ENDS)
    if not all(item in offered for item in chosen):
        return
    chosen = before[::-1] if len(set(chosen)) == 1 else chosen
    session.choose(apart=tuple(scene.item_id(item) for item in chosen))
