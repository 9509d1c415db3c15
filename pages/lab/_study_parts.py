"""Below the answer: which part of AttRec does the work, whether attention does more than recency, and whether it finds
the true causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.runs.studies import Study
from attrec_core.storage.workspace import SAMPLE_DATA
from attrec_core.views.does_it_hold import attention, causes, claims, figures, switches, tables, words
from pages.frame import page_list
from pages.lab import _does_it_hold
from pages.lab._does_it_hold import ShownStudy, offers
from pages.widgets import chart, widgets


def parts(page: ShownStudy) -> None:
    """The studies of AttRec's parts and settings as small multiples, and which claims of the paper reproduce."""
    protocol, metric, seen = page.study.protocol, page.metric, page.seen
    kind_protocols = {kind: replace(protocol, kind=kind, budget=1) for kind in claims.PARTS}
    matching = {kind: study for kind, variant in kind_protocols.items() if (study := page.like(variant)) is not None}
    matching = {kind: study for kind, study in matching.items() if tables.rows_of(study)}
    heading = "Which part of AttRec does the work?"
    if matching:
        studies = list(matching.values())
        table, summary = partial(claims.table, studies, metric, seen), claims.summary(studies, metric, seen)
        guide = words.PARTS_GUIDE.format(metric=tables.NAMES[metric])
        draw, about = partial(multiples, matching, metric, seen), {"heading": heading, "guide": guide}
        note = f"{summary.reference} {protocol_line(studies, seen)}".strip()
        widgets.twin(draw, table, summary.sentence, "study_parts", note=note, **about)
        st.markdown(summary.listed(widgets.plain))
    else:
        st.header(heading, anchor=False)
        st.markdown(widgets.plain(words.no_parts(protocol, page.studies_of_parts())))
    offers(
        {f"Set up: {words.KIND_NAMES[kind]}": kind_protocols[kind] for kind in kind_protocols if kind not in matching},
        "parts",
    )


def protocol_line(studies: Sequence[Study], seen: str) -> str:
    return switches.protocol_line([study.protocol for study in studies], seen)


def multiples(found: Mapping[str, Study], metric: str, seen: str) -> None:
    kinds = list(found)
    for first in range(0, len(kinds), 2):
        for column, kind in zip(st.columns(2, gap="medium"), kinds[first : first + 2], strict=False):
            with column:
                draw = partial(chart.plot, figures.panel(found[kind], metric, seen), key=f"study_{kind}")
                label = f"{tables.NAMES[metric]} by {words.KIND_NAMES[kind]}"
                draw(height=figures.panel_height(found[kind]), label=label)


def beyond_recency(page: ShownStudy) -> None:
    """Attention compared with weights by position and uniform weights, for every data set that has all three."""
    protocol, metric, seen = page.study.protocol, page.metric, page.seen
    studies = [study for study in page.shelf.values() if study.protocol.order == protocol.order]
    studies = [study for study in attention.with_three_lines(studies) if study.protocol.split == protocol.split]
    studies.sort(key=lambda study: not switches.same_data(study.protocol, protocol))
    heading = "Is attention doing more than recency?"
    if studies:
        about = {"heading": heading, "guide": attention.GUIDE, "height": attention.height_of(len(studies))}
        table = partial(attention.table, studies, metric, seen)
        about |= {"label": f"{tables.NAMES[metric]} of three ways to weigh the recent items"}
        about |= {"note": protocol_line(studies, seen)}
        sentence = attention.sentence(studies, metric, seen)
        chart.twin(attention.side_by_side(studies, metric, seen), table, sentence, key="study_attention", **about)
        st.markdown(attention.listed(studies, metric, widgets.plain, seen))
    else:
        st.header(heading, anchor=False)
        none_yet = words.no_parts(protocol, page.studies_of_parts())
        st.markdown(widgets.plain(f"A study of the parts of AttRec answers this. {none_yet}"))
    variants = {label: replace(protocol, kind="ablation", loss=loss, budget=1) for loss, label in words.LOSSES.items()}
    offers({label: variant for label, variant in variants.items() if page.like(variant) is None}, "attention")


def attention_and_causes(page: ShownStudy) -> None:
    """For the bundled sample: how often each loss finds the true causes. For all data: where this and the smallest edit
    are shown for one model."""
    if page.study.protocol.data == SAMPLE_DATA.name and (_does_it_hold.SHIPPED / causes.FILE).is_file():
        try:
            seeds = causes.load(_does_it_hold.SHIPPED)
        except InputError as error:
            st.error(widgets.fault(error))
        else:
            heading, sentence = "Does a better ranking come with a better-behaved attention?", causes.sentence(seeds)
            widgets.twin(None, None, sentence, "study_causes", heading=heading, guide=causes.GUIDE)
            widgets.lines(causes.table(seeds))
            st.caption(causes.protocol(seeds))
    st.markdown(words.ACROSS_USERS)
    page_list.link("at-large", "Attention across users")
