"""Fields that keep what was put into them while another page is open, and what the last click has to say.

Streamlit forgets a widget that is not drawn. What it held is kept here, under its key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, sentence_of
from pages.frame.address import PAGE
from pages.widgets.control_names import name_of
from pages.widgets.widgets import plain

KEPT, SAID, SEEN = "form_kept", "form_said", "form_seen"
AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Said:
    """What the last click had to say, and where."""

    sentence: str
    is_fault: bool
    page: str | None
    place: str


def stored() -> dict[str, Any]:
    return st.session_state.setdefault(KEPT, {})


def value(key: str, default: Any = None) -> Any:
    """What a field holds, drawn or not; `default` untouched."""
    return st.session_state.get(key, stored().get(key, default))


def touched(key: str, default: Any) -> Any:
    """What somebody has put into a field; `default` where nobody has, though the field may still show another one."""
    return stored().get(key, default)


def put(key: str, held: Any) -> None:
    """As if somebody had put it into the field; before it is drawn, and in callbacks."""
    stored()[key] = st.session_state[key] = held


def forget(*beginnings: str) -> None:
    """Fields whose key begins like this hold again what they hold by themselves; before they are drawn."""
    for held in (stored(), st.session_state):
        for key in [key for key in held if str(key).startswith(beginnings)]:
            del held[key]


def field(widget: Callable[..., Any], label: str, *args: Any, key: str, default: Any = None, **options: Any) -> Any:
    """A widget with what was kept of it, and what it holds now. `default`: what it holds untouched."""
    st.session_state[key] = stored().get(key, default)
    widget(label, *args, key=key, on_change=keep, args=(key,), **options)
    return st.session_state[key]


def keep(key: str) -> None:
    if key not in st.session_state:  # forgotten between the click and this: it was about what is gone
        return
    stored()[key] = st.session_state[key]
    if st.session_state.get(SEEN):  # what was said about what the fields held before
        st.session_state[SAID] = None


def choice(
    label: str, options: Mapping[Any, str] | Sequence[str], *, key: str, default: Any = None, **more: Any
) -> Any:
    """A select box; what was kept and is no option any more counts no longer. options: with their words, or words."""
    offered = list(options)
    if stored().get(key, default) not in offered:
        stored().pop(key, None)
    start, words = default if default in offered else offered[0], options if isinstance(options, Mapping) else {}
    return field(
        st.selectbox, label, offered, key=key, default=start, format_func=lambda one: words.get(one, str(one)), **more
    )


def say(sentence: str, place: str = "", *, is_fault: bool = False) -> None:
    """Shown until another click or field, or until the page is left. place: where; else above the page."""
    st.session_state[SAID] = Said(sentence, is_fault, st.session_state.get(PAGE), place)
    st.session_state[SEEN] = False


def refuse(error: BaseException, place: str = "") -> None:
    """What is wrong, shown in the same way."""
    say(sentence_of(error, name_of), place, is_fault=True)


def button(label: str, key: str, deed: Callable[..., object], *args: Any, place: str = "", **options: Any) -> None:
    """A button with its deed, which is attempted."""
    st.button(label, key=key, on_click=attempt, args=(deed, *args), kwargs={"place": place}, **options)


def attempt(deed: Callable[..., object], *args: Any, place: str = "") -> None:
    """What a button does; whatever is wrong is one sentence, and everything stays as it is. For callbacks. place: where
    it is said; on a long page nobody would see it at the top."""
    st.session_state[SAID] = None
    try:
        deed(*args)
    except (InputError, OSError) as error:
        refuse(error, place)


def show_said(place: str = "") -> bool:
    """Shows the message of the last click that belongs here, as plain text. Returns whether there is one."""
    message = st.session_state.get(SAID)
    if message is None or (message.page, message.place) != (st.session_state.get(PAGE), place):
        return False
    st.session_state[SEEN] = True
    (st.error if message.is_fault else st.success)(plain(message.sentence))
    return True
