"""Fields that keep their values while another page is open, and the message of the last click.

Streamlit forgets a widget that is not drawn. Its value is kept here, under its key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, sentence_of
from pages.frame.address import PAGE
from pages.frame.plain_text import name_of, plain

KEPT, SAID, SEEN = "form_kept", "form_said", "form_seen"
AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Said:
    sentence: str
    is_fault: bool
    page: str | None
    place: str


def stored() -> dict[str, Any]:
    return st.session_state.setdefault(KEPT, {})


def value(key: str, default: Any = None) -> Any:
    """The value of a field, drawn or not; `default` while it is untouched."""
    return st.session_state.get(key, stored().get(key, default))


def touched(key: str, default: Any) -> Any:
    """The value that a person has put into a field; else `default`, though the field may still show another value."""
    return stored().get(key, default)


def put(key: str, held: Any) -> None:
    """Sets a field as if a person had; only before the field is drawn, and in callbacks."""
    stored()[key] = st.session_state[key] = held


def forget(*beginnings: str) -> None:
    """Resets the fields whose keys begin like this to their defaults; only before they are drawn."""
    for values in (stored(), st.session_state):
        for key in [key for key in values if str(key).startswith(beginnings)]:
            del values[key]


def field(widget: Callable[..., Any], label: str, *args: Any, key: str, default: Any = None, **options: Any) -> Any:
    """Draws a widget with its kept value; returns its value now. `default`: its value while it is untouched."""
    st.session_state[key] = stored().get(key, default)
    widget(label, *args, key=key, on_change=keep, args=(key,), **options)
    return st.session_state[key]


def keep(key: str) -> None:
    if key not in st.session_state:  # forgotten since the click, with what it was about
        return
    stored()[key] = st.session_state[key]
    if st.session_state.get(SEEN):  # a message about the earlier values of the fields
        st.session_state[SAID] = None


def choice(
    label: str, options: Mapping[Any, str] | Sequence[str], *, key: str, default: Any = None, **more: Any
) -> Any:
    """A select box; forgets a kept value that is no longer an option. options: value → text, or texts."""
    offered, texts = list(options), options if isinstance(options, Mapping) else {}
    if stored().get(key, default) not in offered:
        stored().pop(key, None)
    more |= {"default": default if default in offered else offered[0]}
    return field(st.selectbox, label, offered, key=key, format_func=lambda one: texts.get(one, str(one)), **more)


def say(sentence: str, place: str = "", *, is_fault: bool = False) -> None:
    """A message, shown until another click or field, or until the page is left. place: where; else above the page."""
    st.session_state[SAID] = Said(sentence, is_fault, st.session_state.get(PAGE), place)
    st.session_state[SEEN] = False


def refuse(error: BaseException, place: str = "") -> None:
    say(sentence_of(error, name_of), place, is_fault=True)


def button(label: str, key: str, deed: Callable[..., object], *args: Any, place: str = "", **options: Any) -> None:
    st.button(label, key=key, on_click=attempt, args=(deed, *args), kwargs={"place": place}, **options)


def attempt(deed: Callable[..., object], *args: Any, place: str = "") -> None:
    """For callbacks: does what a button is for. An error becomes one sentence at `place`, and everything stays."""
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
