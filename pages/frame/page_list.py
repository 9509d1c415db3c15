"""All pages, in one list; the bar of the navigation and the links from page to page, which read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

if TYPE_CHECKING:
    from attrec_core.views.panel import Needs


@dataclass(frozen=True)
class Page:
    """A page of the app. key: its path in the address, and its name in the rest of the program."""

    key: str
    title: str
    group: str = ""  # the part of the navigation that holds it
    charts: bool = False  # whether its first picture is a chart, for which the browser needs Plotly
    needs: Needs = ""  # what a run must have; without it, the page says so

    @property
    def script(self) -> str:
        return "/".join(("pages", *filter(None, (self.group.lower(), f"{self.key.replace('-', '_') or 'start'}.py"))))


START = ""  # the key of the first page
PAGES = (
    Page(START, "Start", needs="attrec"),
    Page("attention", "Attention", "Explore"),
    Page("why", "Why this item?", "Explore", needs="sum"),
    Page("score-split", "Score split", "Explore", needs="attrec"),
    Page("metric-space", "Metric space", "Explore", charts=True, needs="vectors"),
    Page("lesson", "Lesson", "Learn", needs="attrec"),
    Page("step-by-step", "Step by step", "Learn", needs="steps"),
    Page("at-large", "Attention across users", "Learn", charts=True, needs="attention"),
    Page("try-it-yourself", "Try it yourself", "Learn"),
    Page("data", "Data", "Lab"),
    Page("train", "Train", "Lab"),
    Page("runs", "Runs", "Lab"),
    Page("compare", "Compare", "Lab"),
    Page("replay", "Replay", "Lab"),
    Page("does-it-hold", "Does it hold?", "Lab", charts=True),
)
# The question of a page and what to do first, unless a heading of its own says so.
LEADS = {
    "attention": (
        "Which recent items does the model attend to? Remove, add or drag an item and watch the recommendations."
    ),
    "score-split": "What decides a rank, recent items (short term) or long-term taste? Move the weight ω to see it.",
    "metric-space": (
        "On this map, similar items are roughly near each other. Click an item to see its nearest neighbours."
    ),
    "step-by-step": "How is one recommendation computed? Open a stage; click any number to follow it.",
    "at-large": "What holds for all users, not only for this one? Read the bars, then choose a user who stands out.",
    "runs": "Every row is a trained model. Click one to read how good it is and to open it.",
    "compare": "How does the open run (A) differ from another one (B), for the same user and window?",
    "replay": "How did the model learn, epoch by epoch? Press play.",
    "does-it-hold": "Is AttRec as good as its paper says, and what beats it? Choose a study.",
}
# The same for a run without attention; on Replay, for a run without a recorded training.
LEADS_WITHOUT = {"attention": "{label} has no attention. {reads}", "replay": "How did the model learn, epoch by epoch?"}
BY_KEY = {page.key: page for page in PAGES}
FORMER = {"be-a-user": "try-it-yourself"}  # key of earlier versions → key; their links and saved states open
GROUPS = tuple(dict.fromkeys(page.group for page in PAGES if page.group))
NAME = '<span class="attrec-mark" aria-hidden="true"></span><span class="attrec-name">AttRec explorer</span>'
RUN = "run_area"  # where a page about a run puts the choice of the run


def link(
    key: str, label: str | None = None, query: dict[str, str] | None = None, width: int | Literal["content"] = "content"
) -> None:
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
        at_right: dict[str, Any] = {"horizontal_alignment": "right", "vertical_alignment": "center"}
        st.session_state[RUN] = st.container(key="run_area", horizontal=True, **at_right)
