"""The bar at the top of every page: the name of the app, the groups of pages, and the pages of the open group."""

from __future__ import annotations

import streamlit as st

from pages.frame.page_list import PAGES, Page, link

GROUPS = tuple(dict.fromkeys(page.group for page in PAGES if page.group))
NAME = '<span class="attrec-mark" aria-hidden="true"></span><span class="attrec-name">AttRec explorer</span>'
RUN = "run_area"  # where a page about a run puts the choice of the run


def bar(page: Page) -> None:
    """Draws one link per group, which opens the first page of the group, and a link to each page of the open group."""
    with st.container(key="bar", horizontal=True, vertical_alignment="center", gap=None):
        # For screen readers. The start page shows its own sentence.
        with st.container(key="page_name", width="content"):
            if page.key:
                st.title(page.title, anchor=False, width="content")
        st.html(NAME, width="content")
        with st.container(key="groups", horizontal=True, vertical_alignment="center", gap=None, width="content"):
            entry("", "Start", here=not page.key)
            for group in GROUPS:
                first = next(member.key for member in PAGES if member.group == group)
                entry(first, group, here=page.group == group)
        if page.group:
            with st.container(key="tabs", horizontal=True, vertical_alignment="center", gap=None, width="content"):
                for member in PAGES:
                    if member.group == page.group:
                        entry(member.key, member.title, here=member is page)
        st.session_state[RUN] = st.container(
            key="run_area", horizontal=True, horizontal_alignment="right", vertical_alignment="center"
        )


def entry(key: str, label: str, *, here: bool) -> None:
    link(key, f"**{label}**" if here else label)
