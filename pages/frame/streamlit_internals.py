"""All private names of Streamlit that the app uses, and what the app does without them.

Streamlit guarantees none of them. `tests/pages/test_streamlit_internals.py` fails when a name has changed, and tests
what happens without it. The names that the browser code uses are in `browser/streamlit_names.js`, `frame.css`
and `frame_presenter.css`.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import pkgutil
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import streamlit as st
from google.protobuf.message import Error

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer
    from streamlit.delta_generator import DeltaGenerator as Block
else:
    Block = ComponentRenderer = object  # only for annotations


def private(path: str) -> Any:
    """Returns the object with this path in Streamlit; None where it is gone."""
    with contextlib.suppress(ImportError, AttributeError):
        return pkgutil.resolve_name(f"streamlit.{path}")
    return None


PagesManager = private("runtime.pages_manager:PagesManager")  # the tests need it, see tests/conftest.py
get_script_run_ctx = private("runtime.scriptrunner:get_script_run_ctx")
get_runtime = private("runtime:get_instance")
ScriptRequests = private("runtime.scriptrunner_utils.script_requests:ScriptRequests")
ScriptRequestType = private("runtime.scriptrunner_utils.script_requests:ScriptRequestType")
SafeSessionState = private("runtime.state:SafeSessionState")
ForwardMsg = private("proto.ForwardMsg_pb2:ForwardMsg")
ForwardMsgQueue = private("runtime.forward_msg_queue:ForwardMsgQueue")

Sessions = WeakValueDictionary[str, Any]  # id -> a session, which has a method `shutdown`
SMALL = 200  # bytes; the message that a run has ended is smaller
WARNS_WITHOUT_VISITOR = "streamlit.runtime.scriptrunner_utils.script_run_context"  # the name of a logger
_undivided = ContextVar("undivided", default=False)
FRONTEND = Path(st.__file__).parent / "static"


def use_navigation_alone() -> None:
    """Makes Streamlit ignore the folder pages/. Called before the first visitor. Streamlit uses that folder as the
    navigation until `st.navigation` was called once: the first visitor of a deep link would get a page without its
    frame."""
    with no_visitor_yet():
        st.navigation([st.Page(lambda: None, title="none")], position="hidden")


def drop_messages_without_a_place() -> None:
    """Makes Streamlit drop messages whose block it has dropped. Called once, before the first visitor.

    When a fragment runs again before all its messages are sent, it draws itself anew, and Streamlit drops the messages
    that are left. It spares two kinds: the messages of a fragment inside, and messages that refer to what the browser
    has already. If their block was dropped, the browser finds no place for them, and the page is dead until it is
    reloaded."""
    clear = getattr(ForwardMsgQueue, "clear", None)
    if clear is None or hasattr(clear, "__wrapped__"):
        return

    @functools.wraps(clear)
    def clear_all(queue: Any, *args: Any, **kwargs: Any) -> None:
        queued = list(getattr(queue, "_queue", ()))
        clear(queue, *args, **kwargs)
        if queued and (spared := getattr(queue, "_queue", ())):
            spared_ids = {id(message) for message in spared}  # by identity, since two messages may be equal
            dropped = [message for message in queued if id(message) not in spared_ids]
            queue._queue = with_a_place(spared, dropped)

    ForwardMsgQueue.clear = clear_all


def with_a_place(messages: list[Any], dropped: list[Any]) -> list[Any]:
    """Returns the messages except those that belong in a dropped block."""
    blocks = {tuple(message.metadata.delta_path) for message in dropped if message.delta.HasField("add_block")}
    paths = [tuple(message.metadata.delta_path) for message in messages]
    placed = [not any(path[:depth] in blocks for depth in range(1, len(path))) for path in paths]
    return list(compress(messages, placed))


def let_callbacks_end() -> None:
    """Makes Streamlit finish callbacks. Called once, before the first visitor.

    When the browser has asked for another run, Streamlit stops a callback, or the code before it, as soon as that reads
    or writes the session state: the first of two actions of the visitor is lost or half done. Now the other run comes
    just after the callbacks, or after code that is `undivided`."""
    original_yield = getattr(ScriptRequests, "on_scriptrunner_yield", None)
    original_begin = getattr(SafeSessionState, "on_script_will_rerun", None)
    if original_yield is None or original_begin is None or hasattr(original_yield, "__wrapped__"):
        return

    @functools.wraps(original_yield)
    def unless_undivided(requests: Any) -> Any:
        waits = _undivided.get() and getattr(requests, "_state", None) is ScriptRequestType.RERUN
        return None if waits else original_yield(requests)

    ScriptRequests.on_scriptrunner_yield = unless_undivided
    SafeSessionState.on_script_will_rerun = undivided()(original_begin)


@contextlib.contextmanager
def undivided() -> Iterator[None]:
    """No other run stops the code in the block. Nor does an `st.rerun` in the block itself: call it after the block."""
    token = _undivided.set(True)
    try:
        yield
    finally:
        _undivided.reset(token)


def went_back() -> bool | None:
    """Whether Back or Forward in the browser caused this run of the script; None if Streamlit does not tell."""
    return None if get_script_run_ctx is None else getattr(get_script_run_ctx(), "is_history_navigation", None)


def ends_a_run(message: bytes) -> bool:
    """Whether a message to the browser says that a run of the script has ended. True if that cannot be known, since
    then no message may be held back."""
    if ForwardMsg is None:
        return True
    if len(message) >= SMALL:
        return False
    try:
        return ForwardMsg.FromString(message).WhichOneof("type") == "script_finished"
    except (Error, ValueError):  # no such message, or no such field in it
        return True


def uploads_in_memory() -> dict[str, int]:
    """Returns how many bytes of uploads Streamlit holds, by session. Empty if Streamlit does not tell; then of its
    uploads only those that are still arriving are counted."""
    try:
        stored = list(get_runtime().uploaded_file_mgr.file_storage.items())
        return {session: sum(len(file.data) for file in list(files.values())) for session, files in stored}
    except (AttributeError, RuntimeError, TypeError):
        return {}


def release(file: Any) -> None:
    """Frees the bytes of an uploaded file, which Streamlit would hold as long as the session lives. Does not close the
    file, since Streamlit still copies it."""
    file.truncate(0)
    with contextlib.suppress(AttributeError, TypeError):
        context = get_script_run_ctx()
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=file.file_id)


def sessions() -> Sessions:
    """Returns the sessions of tabs that are open or may come back, without keeping them in memory. Streamlit drops an
    expired session only when the next session is closed; this function drops it at once."""
    by_id: Sessions = WeakValueDictionary()
    with contextlib.suppress(AttributeError, RuntimeError, TypeError):
        manager = get_runtime()._session_mgr
        manager._session_storage._cache.expire()
        by_id.update({tab.session.id: tab.session for tab in manager.list_sessions()})
    return by_id


def frontend_files() -> dict[str, Path]:
    """Returns Streamlit's scripts and style sheets by their path on the server; empty if they are in another folder."""
    folders = [FRONTEND / "static" / name for name in ("js", "css")]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return {f"/{file.relative_to(FRONTEND).as_posix()}": file for file in files}


@contextlib.contextmanager
def no_visitor_yet() -> Iterator[None]:
    """Silences Streamlit's warnings about calls without a visitor. A logger with another name would go on warning."""
    logger = logging.getLogger(WARNS_WITHOUT_VISITOR)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
