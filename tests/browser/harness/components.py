"""Components with made-up data. Query: show=window|chart|twin, n, limit, mask, top, catalogue."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from attrec_core.runs.systems import DISTANCE
from attrec_core.views.moment.attention import ItemId
from attrec_core.views.moment.ranking import RankingRecord
from attrec_core.views.panel import Panel, Shown
from pages.widgets.components import SentEdit, SequenceRecord, attention_map, ranking, sequence_editor
from pages.widgets.panels import plot, show
from pages.widgets.widgets import selection_chip
from tests.browser.harness.world import BY_ID, FILMS, record_of, rows_of

st.set_page_config(layout="wide")
asked = st.query_params
state = st.session_state
state.setdefault("ids", tuple(film[0] for film in FILMS[: int(asked.get("n", 5))]))
state.setdefault("revision", 0)
state.setdefault("selected", None)
state.setdefault("heard", [])


def edited(edit: SentEdit) -> None:
    state.ids, state.revision = edit.ids, edit.revision
    state.heard = [*state.heard, edit.did]


def select(item: ItemId | None) -> None:
    state.selected = item


def reset() -> None:
    state.ids, state.revision = tuple(reversed(state.ids)), state.revision + 1


def window() -> None:
    limit = int(asked.get("limit", 8))
    chip, server = st.columns([3, 1])
    with chip:
        if state.selected:
            selection_chip(BY_ID[state.selected][1], lambda: select(None))
    server.button("reverse on the server", on_click=reset)
    left, middle, right = st.columns([1, 1.2, 1.1], gap="medium")
    with left:
        catalogue = asked.get("catalogue", "attrec/catalogue/films")
        items, known = [BY_ID[i] for i in state.ids], FILMS if catalogue == "inline" else catalogue
        window = SequenceRecord(items, state.revision, limit, known, {}, state.selected)
        sequence_editor(window, key="editor", on_change=edited, on_select=select)
        st.text(f"ids {' '.join(map(str, state.ids))}\nheard {' '.join(state.heard)}")
        st.text(f"selected {state.selected}")
    with middle:
        record = record_of(state.ids, asked.get("mask", "after"), state.selected)
        attention_map(record, key="map", on_select=select, revision=state.revision)
    with right:
        rows = rows_of(state.ids, int(asked.get("top", 10)))
        ranking(RankingRecord(rows, DISTANCE, state.selected), key="ranks", on_select=select)


def chart() -> None:
    shift = st.slider("shift", 0, 10, 0)
    points = {"type": "scatter", "mode": "markers", "marker": {"size": 14}}
    points |= {"x": list(range(20)), "y": [(i * i + 3 * shift) % 17 for i in range(20)]}
    points |= {"customdata": [[i, f"film {i}"] for i in range(20)]}
    plot(
        {"data": [points], "layout": {"title": {"text": "Made up"}, "height": 360}},
        key="chart",
        label="chart",
        on_click=lambda point: state.update(clicked=point),
    )
    st.text(f"clicked {state.get('clicked')}")
    st.text("below the chart")


def table() -> None:
    sentence = "“<script>alert(1)</script>” is *looked* at most, .41, $twice$ the :red[uniform] .25."
    sentence += " Titles: [a](http://a.example/x), HTTPS://b.example, www.c.example, d.e@f.example."
    data = pd.DataFrame({"item": ["Alien"], "mean": [0.41]})
    made_up = Panel(key="twin", heading="", record=lambda _: None, sentence=lambda *_: sentence, table=lambda *_: data)
    show(Shown(made_up, None, None), draw=lambda _: st.caption("a figure"))
    selection_chip("*Alien* <b>:red[x]</b> $y$", lambda: None)


{"window": window, "chart": chart, "twin": table}[asked.get("show", "window")]()
