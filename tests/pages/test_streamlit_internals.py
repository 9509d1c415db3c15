"""Streamlit's private names: they are as the app expects them, and the app works if one is missing."""

from __future__ import annotations

import ipaddress
import logging
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from urllib.parse import urlsplit

import pytest
from app_pages import opened_page
from conftest import ROOT
from packaging.requirements import Requirement
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1 import AppTest

from pages.frame import address, server, streamlit_internals
from pages.frame.streamlit_internals import SMALL, ends_a_run, frontend_files, went_back

FINISHED = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
DELTA = ForwardMsg(ref_hash="abc").SerializeToString()


def test_the_range_of_versions_is_what_the_tests_run_on() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirement = next(Requirement(line) for line in lines if line.startswith("streamlit"))
    installed = version("streamlit")
    major, minor = map(int, installed.split(".")[:2])
    assert requirement.specifier.contains(installed)
    assert not requirement.specifier.contains(f"{major}.{minor + 1}")


def test_every_name_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hasattr(streamlit_internals.ForwardMsg, "FromString")
    assert streamlit_internals.get_script_run_ctx is not None
    assert streamlit_internals.WARNS_WITHOUT_VISITOR in logging.Logger.manager.loggerDict
    answers = []
    monkeypatch.setattr(address.streamlit_internals, "went_back", lambda: answers.append(went_back()) or answers[-1])
    opened_page("explore/attention")
    assert set(answers) == {False}  # whether Back was pressed
    monkeypatch.setattr(streamlit_internals.PagesManager, "uses_pages_directory", None)
    streamlit_internals.use_navigation_alone()
    assert streamlit_internals.PagesManager.uses_pages_directory is False


START = """
from streamlit.web import bootstrap
bootstrap.load_config_options({"server_address": "0.0.0.0", "server_headless": True})
bootstrap._print_url(False)
from pages.frame import server
print(*server.addresses())
import app
"""


def test_a_server_for_a_room_starts_without_a_warning_prints_its_addresses_and_asks_nobody_for_them() -> None:
    """The fixture `outside` fails if Streamlit asks another machine."""
    result = subprocess.run([sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    local, network = result.stdout.split()
    assert local == "http://localhost:8501"
    assert ipaddress.ip_address(urlsplit(network).hostname)


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({}, "http://localhost:8501"),
        ({"server.address": "10.0.0.7", "server.baseUrlPath": "app"}, "http://10.0.0.7:8501/app"),
        ({"server.address": "0.0.0.0", "browser.serverAddress": "a.example"}, "http://a.example:8501"),
        ({"server.sslCertFile": "a.pem", "browser.serverPort": 443}, "https://localhost:443"),
    ],
)
def test_the_address_that_the_settings_give(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, object], printed: str
) -> None:
    usual = {"server.address": "localhost", "browser.serverAddress": "localhost", "browser.serverPort": 8501}
    monkeypatch.setattr(server.st, "get_option", (usual | {"server.baseUrlPath": ""} | options).get)
    assert server.addresses() == [printed]


def message(path: list[int], fragment: str, **of_delta: object) -> ForwardMsg:
    """Returns a message with a block, or without `of_delta` a reference to a figure that the browser has."""
    msg = ForwardMsg(metadata={"delta_path": path})
    if of_delta:
        msg.delta.CopyFrom(Delta(fragment_id=fragment, **of_delta))
    else:
        msg.ref_hash = "abc"
    return msg


def spared(queue: ForwardMsgQueue) -> list[list[int]]:
    """Returns the places of the messages that are left when the fragment "outer" runs again. The queue has a block of
    this fragment, which holds a block of an inner fragment and a known figure, and the same outside of it."""
    for first in (0, 1):
        queue.enqueue(message([first], "outer" if first == 0 else "other", add_block={}))
        queue.enqueue(message([first, 0], "inner", add_block={}))
        queue.enqueue(message([first, 1], "outer"))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["outer"])
    return [list(msg.metadata.delta_path) for msg in queue.flush()]


def test_no_message_is_sent_whose_place_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", getattr(ForwardMsgQueue.clear, "__wrapped__", ForwardMsgQueue.clear))
    assert spared(ForwardMsgQueue()) == [[0, 0], [0, 1], [1], [1, 0], [1, 1]], "Streamlit drops them now by itself"
    streamlit_internals.drop_messages_without_a_place()
    streamlit_internals.drop_messages_without_a_place()
    assert spared(ForwardMsgQueue()) == [[1], [1, 0], [1, 1]]
    monkeypatch.setattr(streamlit_internals, "ForwardMsgQueue", None)
    streamlit_internals.drop_messages_without_a_place()


def script_of_a_hurried_visitor() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from pages.frame.streamlit_internals import undivided

    def ask(why: str) -> None:
        get_script_run_ctx().script_requests.request_rerun(RerunData(query_string=f"asked={why}"))  # as a browser does

    def change(what: str) -> None:
        ask(what)
        st.session_state[f"{what} begun"] = True
        st.session_state[f"{what} done"] = True

    st.button("Change", on_click=change, args=("callback",))
    asked = st.query_params.get("asked")
    if asked == "callback":
        with undivided():
            change("block")
        st.session_state["after the block"] = True
    if asked == "block":
        st.session_state["run after the block"] = True


def done_for_a_hurried_visitor() -> set[str]:
    app = AppTest.from_function(script_of_a_hurried_visitor).run()
    state = app.button[0].click().run().session_state
    names = [f"{what} {how}" for what in ("callback", "block") for how in ("begun", "done")]
    return {name for name in (*names, "after the block", "run after the block") if name in state}


@pytest.fixture
def own_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores Streamlit's own methods, which stop callbacks."""
    for owner, name in ((ScriptRequests, "on_scriptrunner_yield"), (SafeSessionState, "on_script_will_rerun")):
        method = getattr(owner, name)
        monkeypatch.setattr(owner, name, getattr(method, "__wrapped__", method))


@pytest.mark.usefixtures("own_stops")
def test_callbacks_and_what_is_undivided_end_though_another_run_was_asked_for() -> None:
    assert "callback done" not in done_for_a_hurried_visitor(), "Streamlit lets callbacks end now by itself"
    streamlit_internals.let_callbacks_end()
    streamlit_internals.let_callbacks_end()
    done = {"callback begun", "callback done", "block begun", "block done", "run after the block"}
    assert done_for_a_hurried_visitor() == done


@pytest.mark.usefixtures("own_stops")
def test_what_comes_before_the_callbacks_is_not_stopped_either_and_a_callback_can_still_stop() -> None:
    streamlit_internals.let_callbacks_end()
    requests, answers = ScriptRequests(), []
    requests.request_rerun(RerunData())
    state = SafeSessionState(SessionState(), lambda: answers.append(requests.on_scriptrunner_yield()))
    state.on_script_will_rerun(None)
    assert answers == [None]
    assert requests.on_scriptrunner_yield() is not None  # the rerun was only postponed
    app = AppTest.from_function(script_that_stops).run()
    assert "went on" not in app.button[0].click().run().session_state


def script_that_stops() -> None:
    import streamlit as st

    def stop() -> None:
        st.stop()
        st.session_state["went on"] = True

    st.button("Stop", on_click=stop)


@pytest.mark.usefixtures("own_stops")
@pytest.mark.parametrize("gone", ["ScriptRequests", "SafeSessionState"])
def test_without_its_names_callbacks_are_stopped_as_ever(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit_internals, gone, None)
    streamlit_internals.let_callbacks_end()
    assert "callback done" not in done_for_a_hurried_visitor()


def script_that_runs_again() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from pages.frame import address

    if not st.query_params and not st.session_state.get("asked"):
        st.session_state["asked"] = True
        get_script_run_ctx().script_requests.request_rerun(RerunData(query_string="to=another"))  # as by Back
        address.rerun()
    st.session_state["went"] = st.query_params.get("to")


def test_a_page_that_runs_again_lets_back_come_first() -> None:
    app = AppTest.from_function(script_that_runs_again).run()
    assert app.session_state["went"] == "another"


def test_the_end_of_a_run_is_told_from_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no message of Streamlit is not held back."""
    assert len(FINISHED) < SMALL
    assert [ends_a_run(sent) for sent in (FINISHED, DELTA, b"x" * SMALL, b"\xff\xff no message")] == [1, 0, 0, 1]
    monkeypatch.setattr(streamlit_internals, "ForwardMsg", None)
    assert ends_a_run(FINISHED) and ends_a_run(DELTA)


def test_the_frontend_lies_where_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    files = frontend_files()
    assert {path.rsplit(".", 1)[1] for path in files} >= {"js", "css"}
    assert all(path.startswith("/static/") and file.is_file() for path, file in files.items())
    monkeypatch.setattr(streamlit_internals, "FRONTEND", ROOT / "nowhere")
    assert frontend_files() == {}


@pytest.mark.parametrize("replacement", [None, lambda: object()], ids=["the function", "the attribute"])
def test_back_is_told_by_the_address_where_streamlit_does_not_tell(
    replacement: Callable[[], object] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamlit_internals, "get_script_run_ctx", replacement)
    assert went_back() is None
    app, queries = opened_page("explore/attention"), []
    for user in (3, 9):
        app.selectbox(key="user").select_index(user).run()
        queries.append(dict(app.query_params))
    first, second = queries
    assert first["user"] != second["user"]
    app.run()  # nothing happened
    assert dict(app.query_params) == second
    app.query_params.clear()
    for name, value in first.items():  # as Back does
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert dict(app.query_params) == first
    assert app.selectbox(key="user").value == first["user"]
