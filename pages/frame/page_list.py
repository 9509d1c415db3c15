"""All pages, in one list: the navigation, links from page to page and the tests read it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.panel import Needs, has


@dataclass(frozen=True)
class Page:
    """A page of the app. key: its path in the address, and its name in the rest of the program."""

    key: str
    title: str
    script: str  # path from the folder of app.py
    group: str = ""  # the part of the navigation that holds it
    charts: bool = False  # whether its first picture is a chart, for which the browser needs Plotly
    needs: Needs = ""  # what a run must have; without it, the page says so
    lead: str = ""  # its question and what to do first, unless a heading of its own says so
    lead_without: str = ""  # the same for a run without attention; on Replay, for a run without a recorded training


START = ""  # the key of the first page
PAGES = (
    Page(START, "Start", "pages/start.py", needs="attrec"),
    Page(
        "attention",
        "Attention",
        "pages/explore/attention.py",
        "Explore",
        lead="Which recent items does the model attend to? Remove, add or drag an item and watch the recommendations.",
        lead_without="{label} has no attention. {reads}",
    ),
    Page("why", "Why this item?", "pages/explore/why.py", "Explore", charts=True, needs="sum"),
    Page(
        "score-split",
        "Score split",
        "pages/explore/score_split.py",
        "Explore",
        charts=True,
        needs="attrec",
        lead="What decides a rank, recent items (short term) or long-term taste? Move the weight ω to see it.",
    ),
    Page(
        "metric-space",
        "Metric space",
        "pages/explore/metric_space.py",
        "Explore",
        charts=True,
        needs="vectors",
        lead="On this map, similar items are roughly near each other. Click an item to see its nearest neighbours.",
    ),
    Page("lesson", "Lesson", "pages/learn/lesson.py", "Learn", needs="attrec"),
    Page(
        "step-by-step",
        "Step by step",
        "pages/learn/step_by_step.py",
        "Learn",
        needs="attention",
        lead="How is one recommendation computed? Read on from stage 1; click any number to follow it.",
    ),
    Page(
        "at-large",
        "Attention across users",
        "pages/learn/at_large.py",
        "Learn",
        charts=True,
        needs="attention",
        lead="What holds for all users, not only for this one? Read the bars, then choose a user who stands out.",
    ),
    Page("try-it-yourself", "Try it yourself", "pages/learn/try_it_yourself.py", "Learn"),
    Page("data", "Data", "pages/lab/data.py", "Lab"),
    Page("train", "Train", "pages/lab/train.py", "Lab"),
    Page(
        "runs",
        "Runs",
        "pages/lab/runs.py",
        "Lab",
        lead="Every row is a trained model. Click one to read how good it is and to open it.",
    ),
    Page(
        "compare",
        "Compare",
        "pages/lab/compare.py",
        "Lab",
        lead="How does the open run (A) differ from another one (B), for the same user and window?",
    ),
    Page(
        "replay",
        "Replay",
        "pages/lab/replay.py",
        "Lab",
        lead="How did the model learn, epoch by epoch? Press play.",
        lead_without="How did the model learn, epoch by epoch?",
    ),
    Page(
        "does-it-hold",
        "Does it hold?",
        "pages/lab/does_it_hold.py",
        "Lab",
        charts=True,
        lead="Is AttRec as good as its paper says, and what beats it? Choose a study.",
    ),
)


def can_show(page: Page, run: Run) -> bool:
    """Whether the run has what the page shows."""
    return has(page.needs, run)


def lead_of(page: Page, run: Run | None) -> str:
    """Returns the sentence that the page begins with. run: the run that it shows, if any."""
    has_all = run is None or (run.replay is not None if page.key == "replay" else run.attends)
    if run is None or has_all or not page.lead_without:
        return page.lead
    system = SYSTEMS[run.model_config.model]
    return page.lead_without.format(label=system.label, reads=system.reading(run.model_config))


BY_KEY = {page.key: page for page in PAGES}
FORMER = {"be-a-user": "try-it-yourself"}  # key of earlier versions → key; their links and saved states open


def link(key: str, label: str | None = None, query: dict[str, str] | None = None, width: str | int = "content") -> None:
    """Draws a link to a page; without a label it has the page's title."""
    page = BY_KEY[key]
    st.page_link(page.script, label=label or page.title, query_params=query, width=width)
