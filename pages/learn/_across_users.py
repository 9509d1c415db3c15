"""Users ordered by a quantity, one quantity against another, and the pairs of items with most attention."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

import streamlit as st

from attrec_core.explain.population.edits import edits as smallest_edits
from attrec_core.explain.population.pairs import top_pairs
from attrec_core.explain.population.users import statistics_of
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene
from attrec_core.views.population import edits, figures, quantities, tables, words
from attrec_core.views.population.extremes import extremes
from attrec_core.views.population.quantities import Quantity
from attrec_core.views.view import QUANTITIES
from pages.frame import page_list, page_parts, session
from pages.widgets import chart, controls, widgets


def influence_and_causes(scene: Scene) -> None:
    """For AttRec only: does attention match influence, and how often does it find the true cause?"""
    run, statistics, twin = scene.run, statistics_of(scene.run), partial(chart.twin, height=figures.HEIGHT)
    matters, cause = st.columns(2, gap="large")
    with matters:
        record, sentence = words.tau_histogram(statistics, scene.user), words.influence_sentence(scene)
        label, heading = "number of users by τ of attention with influence", "Does attention match influence?"
        figure, table = figures.taus(record, scene.who), tables.taus(record)
        twin(figure, table, sentence, key="taus", label=label, heading=heading, guide=words.INFLUENCE_GUIDE)

    with cause:
        heading = "Does attention find the true cause?"
        if (causes := words.causes_found(run)) is None:
            st.header(heading, anchor=False)
            st.info(words.no_causes_sentence(run))
        else:
            figure, sentence = figures.causes(causes), words.causes_sentence(causes)
            table, label = tables.causes(causes), "share of true causes found"
            twin(figure, table, sentence, key="causes", label=label, heading=heading, guide=words.CAUSES_GUIDE)


def choose_quantity(
    label: str, name: str, choices: Mapping[str, Quantity], usual: int, width: int | Literal["stretch"]
) -> Quantity:
    """A menu of quantities; its choice is the field `name` of the view. usual: the index of the default."""
    offered = list(choices)
    default = offered[min(usual, len(offered) - 1)]
    return choices[controls.address_choice(label, name, offered, default, QUANTITIES.__getitem__, menu=width)]


def by_decile(scene: Scene) -> None:
    """Ten users, from the lowest to the highest value of the quantity that is chosen here."""
    run, choices = scene.run, quantities.quantities(scene.run)
    title_area = st.container()
    quantity = choose_quantity("Users from low to high by", "quantity", choices, 0, "stretch")
    with title_area:
        table, guide = partial(quantities.decile_table, run, quantity), quantities.GUIDE
        widgets.title_line("Choose a user", "deciles", table=table, guide=guide)
    with page_parts.part("deciles", "Users from low to high", table), st.container(gap="xxsmall", key="deciles"):
        for row in quantities.deciles(quantity):
            user = run.interactions.user_ids[statistics_of(run).users[row]]
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{quantity.written(quantity.values[row])}**", width=64)
                page_list.link(quantity.page, widgets.plain(user), session.query_of_user(user))


def pairs(scene: Scene) -> None:
    run = scene.run
    best = top_pairs(run, scene.moment.layer, scene.moment.head)
    table, title = tables.pairs(run, best), "Pairs with most attention"
    guide = words.PAIRS_GUIDE if run.explains else words.CAUSAL_PAIRS_GUIDE
    widgets.title_line(title, "pairs", table=table, guide=guide)
    widgets.wrapped(table, key="pairs", title=title, shown=tables.pairs_shown(table))
    st.markdown(words.pairs_sentence(best))


def against(scene: Scene) -> None:
    """Any two quantities on the axes; a click on a point shows that user."""
    run, choices = scene.run, quantities.quantities(scene.run)
    title = "Compare two quantities"
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="against_line")
    line.header(title, anchor=False, width="content")
    with st.container(horizontal=True, gap="small", key="axes"):
        across = choose_quantity("Horizontal axis", "across", choices, 0, 250)
        up = choose_quantity("Vertical axis", "up", choices, 3, 250)
    chart.twin(
        quantities.against(run, across, up, scene.user),
        partial(quantities.against_table, run, across, up),
        quantities.against_sentence(across, up),
        key="against",
        title=title,
        guide=quantities.SCATTER_GUIDE,
        line=line,
        height=quantities.HEIGHT,
        label=f"{up.label} against {across.label}, a point for each user",
        on_click=lambda point: choose(run, point.get("customdata")),
    )


def choose(run: Run, user: object) -> None:
    """Shows the user, if there is one: a browser can be made to send anything."""
    if isinstance(user, str) and user in run.user_index:
        session.choose_user(user)


def small_edits(run: Run) -> None:
    """The smallest edits, measured only on request, because it takes a moment."""
    box = st.expander(edits.ASK, key="small_edits", on_change="rerun")
    if not box.open:
        return
    with box:
        with st.spinner(edits.COST):
            measured = smallest_edits(run)
        figure, table, sentence = edits.bars(measured), partial(edits.table, measured), edits.sentence(measured)
        label = "share of users by the smallest edit that is enough"
        about = {"title": edits.ASK, "guide": edits.GUIDE, "height": edits.HEIGHT, "label": label}
        chart.twin(figure, table, sentence, key="small_edits_chart", **about)


def standing_out(run: Run) -> None:
    """The users with extreme values, each with a link to the page that shows why."""
    outstanding = extremes(run)
    table, sentence = tables.extremes(run, outstanding), words.extremes_sentence(statistics_of(run))
    widgets.twin(None, table, sentence, key="extremes_twin", heading="Who stands out?")
    with st.container(key="standing_out"):
        for extreme in outstanding:
            with st.container(horizontal=True, gap="small"):
                user = run.interactions.user_ids[extreme.user]
                page_list.link(extreme.page, widgets.plain(user), session.query_of_user(user), width=110)
                st.markdown(widgets.plain(f"{extreme.rule}. {extreme.why}"))
