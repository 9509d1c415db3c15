"""The view and the address: one action is one entry of the browser's history, Back and Forward restore it.

Streamlit's frontend reruns the script on Back and Forward with the query of that entry. Here the view then
follows the address; on every other run the address follows the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.views.view import Fitted, View, from_query, of_link, to_query
from pages.frame import streamlit_internals
from pages.widgets.component import component
from pages.widgets.widgets import plain

VIEW, DROPPED, PAGE, CORRECTION = "view", "view_dropped", "view_page", "view_correction"
TOLD, CHANGED = "view_told", "view_changed"  # the query after the last run; whether a callback changed the view since
ARRIVED = "view_arrived"  # whether the last run was of another page
LATE = "view_late"  # what was left since the browser last had what it was told
IN_PLACE = "view_in_place"  # whether what the last run changed belongs to the entry that is there
# Of the view, but no step of it: another value is no entry of the browser's history.
ASIDE = dict.fromkeys(("progress", "find", "order", "about"))
MOST_REMARKS = 10  # that are told
MOST_LATE = 20
AT_ONCE = 2  # of more than three remarks; the others open below, so that a phone still shows the page

REST = "Everything else is shown. “Copy link” gives a link that works."

_correct = component(
    "address",
    '<span class="attrec-address" hidden></span>',
    isolate=False,
    parts=("streamlit_names",),
)


def current() -> View:
    """The view that everything on the page shows."""
    return st.session_state.get(VIEW, View())


def change(**fields: Any) -> None:
    """Another view, some of its fields changed; for callbacks. The changes of one run are one entry."""
    take(replace(current(), **fields))


def changed() -> bool:
    """Whether a callback of this run has changed the view, so that it may not fit the run until `sync`."""
    return bool(st.session_state.get(CHANGED))


def arrived() -> bool:
    """Whether this run is the first one of the page since another was shown."""
    return bool(st.session_state.get(ARRIVED))


def rerun() -> None:
    """Runs the page again. Not where the visitor has asked for another run meanwhile, such as by Back: Streamlit would
    forget it for ours, and stops here for it instead."""
    current()
    st.rerun()


def rerun_in_place() -> None:
    """Runs the page again; what it has changed since it was opened is no entry of its own: Back leaves the page."""
    st.session_state[IN_PLACE] = (
        True  # as in `rerun`, what was asked for meanwhile comes first, and then this is not set
    )
    st.rerun()


def take(view: View, remarks: tuple[Remark, ...] = ()) -> None:
    """Another view, whole, and a remark for each part of it that did not fit; for callbacks."""
    st.session_state.update({VIEW: view, DROPPED: first_of(remarks), CHANGED: True})


def first_of(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """A link can hold any number of parts that do not fit."""
    if len(remarks) <= MOST_REMARKS + 1:
        return remarks
    text = "{source} holds {count} more parts that do not fit."
    return (*remarks[:MOST_REMARKS], of_link("more", text, count=f"{len(remarks) - MOST_REMARKS:,}"))


def query(**fields: Any) -> dict[str, str]:
    """The query of the view, some of its fields changed: for `st.page_link` and `st.switch_page`."""
    return to_query(replace(current(), **fields))


def show_dropped() -> None:
    """What of the link did not fit, as one warning; it stays until the next change. The sentences repeat foreign text:
    nothing in it may act as Markdown."""
    if not (remarks := st.session_state.get(DROPPED)):
        return
    sentences = [plain(remark.sentence()) for remark in remarks]
    at_once = len(sentences) if len(sentences) <= AT_ONCE + 1 else AT_ONCE
    rest = [REST] if any("source" in remark.facts for remark in remarks) else []  # of a link, not of a renamed run
    st.warning(lines([*sentences[:at_once], *rest]))
    if folded := sentences[at_once:]:
        with st.expander(f"{len(folded)} more parts did not fit", key="dropped"):
            st.markdown(lines(folded))


def lines(sentences: list[str]) -> str:
    """Markdown with a line each, so that the page is still seen."""
    return "  \n".join(sentences)


@streamlit_internals.undivided()
def sync(page: str, fit: Callable[[View], Fitted]) -> None:
    """Bring view and address together; once a run, before anything reads the view. Another run may not stop it between
    what it tells the browser and its note of that.

    page: its path. fit: any view -> what holds of it, and a remark for the rest.
    """
    state = st.session_state
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    opened, turned = VIEW not in state, state.get(PAGE) != page
    went_back = streamlit_internals.went_back()
    if went_back is None:  # else another query than the last run has left, which nothing here has changed
        went_back = not turned and given != state.get(TOLD) and not state.get(CHANGED)
    # The navigation's links come without a query: the view stays. A link with a query asks for that view.
    if opened or went_back or (turned and given):
        state[VIEW], state[DROPPED] = from_query(given)
    state[VIEW], misfits = fit(current())
    state[DROPPED] = first_of((*state.get(DROPPED, ()), *misfits))
    state[PAGE], state[ARRIVED] = page, turned
    in_place, told = state.pop(IN_PLACE, False) or opened or turned, state.get(TOLD)
    state[LATE] = [] if told in (None, given) else [*state.get(LATE, []), told][-MOST_LATE:]
    _write(given, in_place, went_back)
    state[CHANGED] = False


def _write(given: dict[str, list[str]], in_place: bool, went_back: bool) -> None:
    """What is late comes before this and would stay; a browser that went back from it may have had it in time."""
    wanted, late = to_query(current()), st.session_state[LATE]
    st.session_state[TOLD] = wanted_lists = {name: [value] for name, value in wanted.items()}
    has = late[-1] if late and not went_back else given
    if (given != wanted_lists or late) and (went_back or in_place or has | ASIDE == wanted_lists | ASIDE):
        # Streamlit would add an entry, even to the one that opening or turning the page has just made.
        replaced = [urlencode(one, doseq=True) for one in (given, *late)]
        st.session_state[CORRECTION] = {"token": time.time_ns(), "query": urlencode(wanted), "of": replaced}
    elif given != wanted_lists or has != wanted_lists:
        st.session_state.pop(CORRECTION, None)
        st.query_params.from_dict(wanted)
    _correct(key="attrec_address", data=st.session_state.get(CORRECTION, {}), on_again_change=lambda: None)
