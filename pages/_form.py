"""Fields that keep what was put into them while one looks at another page, and what the last click has to say.

Streamlit forgets a widget that is not drawn. What it held is kept here, under its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, sentence_of
from pages._widgets import plain

KEPT, SAID, FAULT = "form_kept", "form_said", "form_fault"
AUTOMATIC = "automatic"


def kept() -> dict[str, Any]:
    return st.session_state.setdefault(KEPT, {})


def value(key: str, default: Any = None) -> Any:
    """What a field holds, drawn or not; `default` untouched."""
    return st.session_state.get(key, kept().get(key, default))


def put(key: str, held: Any) -> None:
    """As if somebody had put it into the field; before it is drawn, and in callbacks."""
    kept()[key] = st.session_state[key] = held


def forget(*beginnings: str) -> None:
    """Fields whose key begins like this hold again what they hold by themselves; before they are drawn."""
    for held in (kept(), st.session_state):
        for key in [key for key in held if str(key).startswith(beginnings)]:
            del held[key]


def field(widget: Callable[..., Any], label: str, *args: Any, key: str, default: Any = None, **options: Any) -> Any:
    """A widget with what was kept of it, and what it holds now. `default`: what it holds untouched."""
    st.session_state[key] = kept().get(key, default)
    widget(label, *args, key=key, on_change=keep, args=(key,), **options)
    return st.session_state[key]


def keep(key: str) -> None:
    kept()[key] = st.session_state[key]


def choice(
    label: str,
    options: Sequence[Any],
    *,
    key: str,
    default: Any = None,
    words: Callable[[Any], str] = str,
    **more: Any,
) -> Any:
    """A select box; what was kept and is no option any more counts no longer."""
    if kept().get(key, default) not in options:
        kept().pop(key, None)
    start = default if default in options else options[0]
    return field(st.selectbox, label, options, key=key, default=start, format_func=words, **more)


def say(sentence: str) -> None:
    """Shown above the page until the next click has something to say."""
    st.session_state[SAID], st.session_state[FAULT] = sentence, None


def refuse(sentence: str) -> None:
    st.session_state[SAID], st.session_state[FAULT] = None, sentence


def attempt(deed: Callable[..., object], *args: Any) -> None:
    """What a button does; whatever is wrong is one sentence, and everything stays as it is. For callbacks."""
    st.session_state[SAID] = st.session_state[FAULT] = None
    try:
        deed(*args)
    except (InputError, OSError) as error:
        refuse(sentence_of(error))


def show_said() -> None:
    """What the last click has to say; titles and names in it are nothing but text."""
    if fault := st.session_state.get(FAULT):
        st.error(plain(fault))
    if said := st.session_state.get(SAID):
        st.success(plain(said))
