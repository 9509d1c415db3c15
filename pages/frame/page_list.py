"""All pages, in one list; the bar of the navigation and the links from page to page, which read it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.panel import Needs


@dataclass(frozen=True)
class Page:
    """A page of the app. key: its path in the address, and its name in the rest of the program."""

    key: str
    title: str
    group: str = ""  # the part of the navigation that holds it
    charts: bool = False  # whether its first picture is a chart, for which the browser needs Plotly
    needs: Needs = ""  # what a run must have; without it, the page says so
    lead: str = ""  # its question and what to do first, unless a heading of its own says so
    lead_without: str = ""  # the same for a run without attention; on Replay, for a run without a recorded training

    @property
    def script(self) -> str:
        """The path from the folder of app.py."""
        return "/".join(("pages", *filter(None, (self.group.lower(), f"{self.key.replace('-', '_') or 'start'}.py"))))


START = ""  # the key of the first page
PAGES = (
    Page(START, "Start", needs="attrec"),
    Page(
        "attention",
        "Attention",
        "Explore",
        lead="Which recent items does the model attend to? Remove, add or drag an item and watch the recommendations.",
        lead_without="{label} has no attention. {reads}",
    ),
    Page("why", "Why this item?", "Explore", charts=True, needs="sum"),
    Page(
        "score-split",
        "Score split",
        "Explore",
        charts=True,
        needs="attrec",
        lead="What decides a rank, recent items (short term) or long-term taste? Move the weight ω to see it.",
    ),
    Page(
        "metric-space",
        "Metric space",
        "Explore",
        charts=True,
        needs="vectors",
        lead="On this map, similar items are roughly near each other. Click an item to see its nearest neighbours.",
    ),
    Page("lesson", "Lesson", "Learn", needs="attrec"),
    Page(
        "step-by-step",
        "Step by step",
        "Learn",
        needs="attention",
        lead="How is one recommendation computed? Read on from stage 1; click any number to follow it.",
    ),
    Page(
        "at-large",
        "Attention across users",
        "Learn",
        charts=True,
        needs="attention",
        lead="What holds for all users, not only for this one? Read the bars, then choose a user who stands out.",
    ),
    Page("try-it-yourself", "Try it yourself", "Learn"),
    Page("data", "Data", "Lab"),
    Page("train", "Train", "Lab"),
    Page("runs", "Runs", "Lab", lead="Every row is a trained model. Click one to read how good it is and to open it."),
    Page(
        "compare",
        "Compare",
        "Lab",
        lead="How does the open run (A) differ from another one (B), for the same user and window?",
    ),
    Page(
        "replay",
        "Replay",
        "Lab",
        lead="How did the model learn, epoch by epoch? Press play.",
        lead_without="How did the model learn, epoch by epoch?",
    ),
    Page(
        "does-it-hold",
        "Does it hold?",
        "Lab",
        charts=True,
        lead="Is AttRec as good as its paper says, and what beats it? Choose a study.",
    ),
)
BY_KEY = {page.key: page for page in PAGES}
FORMER = {"be-a-user": "try-it-yourself"}  # key of earlier versions → key; their links and saved states open
GROUPS = tuple(dict.fromkeys(page.group for page in PAGES if page.group))
NAME = '<span class="attrec-mark" aria-hidden="true"></span><span class="attrec-name">AttRec explorer</span>'
RUN = "run_area"  # where a page about a run puts the choice of the run


def lead_of(page: Page, run: Run | None) -> str:
    """Returns the sentence that the page begins with. run: the run that it shows, if any."""
    has_all = run is None or (run.replay is not None if page.key == "replay" else run.attends)
    if run is None or has_all or not page.lead_without:
        return page.lead
    system = SYSTEMS[run.model_config.model]
    return page.lead_without.format(label=system.label, reads=system.reading(run.model_config))


def link(key: str, label: str | None = None, query: dict[str, str] | None = None, width: str | int = "content") -> None:
    """Draws a link to a page; without a label it has the page's title."""
    page = BY_KEY[key]
    st.page_link(page.script, label=label or page.title, query_params=query, width=width)


def bar(page: Page) -> None:
    """Draws one link per group, which opens the first page of the group, and a link to each page of the open group."""

    def entry(key: str, label: str, *, here: bool) -> None:
        link(key, f"**{label}**" if here else label)

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
