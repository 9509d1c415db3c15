"""Keeps view and address in step: each action is one entry of the browser's history, and Back and Forward restore it.

On Back and Forward, Streamlit's frontend reruns the script with the query of that entry, and the view follows the
address. On every other run the address follows the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.views.view import Fitted, View, from_query, of_link, to_query
from pages.frame import streamlit_internals
from pages.frame.component import component
from pages.frame.plain_text import plain

VIEW, PAGE, SYNC = "view", "view_page", "view_sync"  # of the session state
# Fields of the view whose changes add no entry to the browser's history.
ASIDE = dict.fromkeys(("progress", "find", "order", "about"))
MOST_REMARKS = 20  # that are shown
# The remarks that come first: with another run or user, everything else is about something else.
FIRST = ("unknown_run", "gone", "closed", "renamed", "unknown_user")
MOST_LATE = 20
AT_ONCE = 2  # shown at once of more than three remarks; the others open below, so that a phone still shows the page
REST = "Everything else is shown. “Copy link” gives a link that works."

_correct = component("address", '<span class="attrec-address" hidden></span>', False, ("streamlit_names",))


@dataclass
class Sync:
    """What this session knows of the browser's address, from run to run."""

    told: dict[str, list[str]] | None = None  # the query of the last run
    late: list[dict[str, list[str]]] = field(default_factory=list)  # of earlier runs, not yet in the browser
    changed: bool = False  # whether a callback has changed the view since the last run; it may not fit the run yet
    arrived: bool = False  # whether the previous run was of another page
    in_place: bool = False  # whether the changes of the last run belong to the present entry
    correction: dict[str, Any] = field(default_factory=dict)  # replaces addresses in the browser
    dropped: tuple[Remark, ...] = ()  # parts of a link that did not fit


def sync_of() -> Sync:
    return st.session_state.setdefault(SYNC, Sync())


def current() -> View:
    """Returns the view that everything on the page shows."""
    return st.session_state.get(VIEW, View())


def change(**fields: Any) -> None:
    """Changes some fields of the view; for callbacks. All changes of one run are one entry of the browser's history.
    Attention set by hand belongs to the items of one window, so that another window has the model's own."""
    if "window" in fields:
        fields = {"by_hand": None} | fields
    replace_view(replace(current(), **fields))


def rerun(*, in_place: bool = False) -> None:
    """Runs the page again, unless the visitor has meanwhile asked for another run, such as by Back: `st.rerun` would
    make Streamlit forget that request. Reading the session state first lets Streamlit stop here and serve it.

    in_place: the changes since the page was opened make no entry of their own, so that Back leaves the page."""
    now = sync_of()
    now.in_place = now.in_place or in_place
    st.rerun()


def replace_view(view: View, remarks: tuple[Remark, ...] = ()) -> None:
    """Replaces the whole view; for callbacks. remarks: one for each part of it that did not fit."""
    now = sync_of()
    st.session_state[VIEW], now.dropped, now.changed = view, first_of(remarks), True


def first_of(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """Returns the first remarks, those on run and user first, and the number of the others, which has no bound."""
    shown = sorted(
        (remark for remark in remarks if remark.code != "more"),
        key=lambda remark: FIRST.index(remark.code) if remark.code in FIRST else len(FIRST),
    )
    count = parts_of(remarks)
    if count <= MOST_REMARKS + 1:
        return tuple(shown)
    text = "{source} holds {count:,} more parts that do not fit."
    return (*shown[:MOST_REMARKS], of_link("more", text, count=count - MOST_REMARKS))


def parts_of(remarks: Sequence[Remark]) -> int:
    """Returns how many parts did not fit; a remark about further parts says how many."""
    return sum(int(remark.facts["count"]) if remark.code == "more" else 1 for remark in remarks)


def query(**fields: Any) -> dict[str, str]:
    """Returns the query of the view with some fields changed, for `st.page_link` and `st.switch_page`."""
    return to_query(replace(current(), **fields))


def show_dropped() -> None:
    """Shows the parts of the link that did not fit, as one warning until the next change. Nothing acts as Markdown."""
    if not (remarks := sync_of().dropped):
        return
    sentences = [plain(remark.sentence()) for remark in remarks]
    at_once = len(sentences) if len(sentences) <= AT_ONCE + 1 else AT_ONCE
    rest = [REST] if any("source" in remark.facts for remark in remarks) else []  # of a link, not of a renamed run
    line_break = "  \n"  # of Markdown: a short block, so that the page is still seen
    st.warning(line_break.join([*sentences[:at_once], *rest]))
    if folded := sentences[at_once:]:
        with st.expander(f"{parts_of(remarks[at_once:]):,} more parts did not fit", key="dropped"):
            st.markdown(line_break.join(folded))


@streamlit_internals.undivided()
def sync(page: str, fit: Callable[[View], Fitted]) -> None:
    """Brings the view and the address together, once a run, before anything reads the view. No other run may stop it
    between sending a query to the browser and noting that query.

    page: the path of the page. fit: any view -> the view as far as it holds, and a remark for each other part.
    """
    state, now = st.session_state, sync_of()
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    is_first, is_new_page = VIEW not in state, state.get(PAGE) != page
    went_back = streamlit_internals.went_back()
    if went_back is None:  # Streamlit does not tell: compare the query with the query that the last run set
        went_back = not is_new_page and given != now.told and not now.changed
    # The navigation's links come without a query: the view stays. A link with a query asks for that view.
    if is_first or went_back or (is_new_page and given):
        state[VIEW], now.dropped = from_query(given)
    state[VIEW], misfits = fit(current())
    now.dropped = first_of((*now.dropped, *misfits))
    state[PAGE], now.arrived = page, is_new_page
    in_place = now.in_place or is_first or is_new_page
    now.late = [] if now.told is None or now.told == given else [*now.late, now.told][-MOST_LATE:]
    now.in_place = now.changed = False
    new_query = to_query(current())
    now.told = query_lists = {name: [value] for name, value in new_query.items()}
    # Late queries arrive before the new one and would stay in the address; a browser that went back may have received
    # them in time.
    in_browser = now.late[-1] if now.late and not went_back else given
    if (given != query_lists or now.late) and (went_back or in_place or in_browser | ASIDE == query_lists | ASIDE):
        # Streamlit would add an entry, even after the entry that opening or changing the page has just made.
        replaced = [urlencode(earlier, doseq=True) for earlier in (given, *now.late)]
        now.correction = {"token": time.time_ns(), "query": urlencode(new_query), "of": replaced}
    elif given != query_lists or in_browser != query_lists:
        now.correction = {}
        st.query_params.from_dict(new_query)
    _correct(key="attrec_address", data=now.correction, on_again_change=lambda: None)
