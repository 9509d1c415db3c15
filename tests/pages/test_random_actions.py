"""No click, choice, text, upload or address leads to an error page."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from app_pages import opened_page
from conftest import ROOT, often
from streamlit.testing.v1 import AppTest, element_tree
from test_page_train import Processes, nothing_by_itself, processes

from attrec_core.jobs.process import BackgroundCommand
from pages.frame.page_list import PAGES
from pages.widgets import background

pytestmark = pytest.mark.long

__all__ = ["nothing_by_itself", "processes"]  # fixtures
SECONDS, ACTIONS = often(12, 300), often(60, 1000)  # limits of one random run
BEFORE = ROOT / "tests" / "fixtures" / "before"
# What a link may hold: values that exist, that no longer exist, and that are impossible.
QUERIES = (
    "user=Bilal Weber|Ada Abe|nobody|gone&step=1|3|70|9999|0|x&pin=alien,rocky|gone&likes=alien,amelie|gone"
    "&window=alien,amelie|alien|gone,alien||alien,alien,alien,alien,alien,alien,alien,alien,alien&item=alien|gone"
    "&against=alien|gone&selected=alien|gone|&cell=1,2|9,9|0,0|x&dim=3|999&omega=0|0.5|1|7|x&mask=none|before|x"
    "&signal=off|x&pool=max|sum|x&by_hand=1,2,3,4,5|1,0|x&top=5|20|7&terms=average|x&projection=umap|x"
    "&colour=popularity|distance|x&space=long|x&apart=gone"
    "&quantity=rank&probe=1|99&epoch=0|2|999&run=first|second|gone&beside=first|second|gone"
    "&about=first|gone&find=first|(|&order=-mrr|size|x&data=films|gone&progress=1|x,y&lesson=3|99&scene=2|99"
)
ADDRESSES = {name: values.split("|") for name, values in parse_qsl(QUERIES)}
TEXTS = ("", "x", "first", "a/b", "..", "films", "Zoë 🎬", "1e9", "(", "*" * 300, "\u202e", "<b>x</b>")
OPENED = ("train_settings", "read_more", "export")  # parts that are drawn once they are opened
UPLOADS = ("user,item,time\n" + "a,p,1\na,q,2\na,r,3\nb,p,2\nb,q,3\nb,r,5\n", "who;what\n1;2\n", "\0", "")


class Label(str):
    """An option as the page shows it; a browser sends this text."""


@pytest.fixture(autouse=True)
def labels_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sends a label as it is; AppTest would take it for a value if the page can make a label of it."""
    original = element_tree._format_value_for_widget
    keep_labels = lambda label_of, value: value if isinstance(value, Label) else original(label_of, value)  # noqa: E731
    monkeypatch.setattr(element_tree, "_format_value_for_widget", keep_labels)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: Processes) -> None:
    """A workspace with runs, a data set, a job and a trash. Commands that need a process of their own are refused."""
    shutil.copytree(BEFORE / "home", tmp_path / "home")
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(background, "BackgroundCommand", lambda _: BackgroundCommand(["info", str(tmp_path / "none")]))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_run_of_random_actions_shows_no_error_page(seed: int) -> None:
    chance, end = random.Random(seed), time.monotonic() + SECONDS
    app = opened_page("explore/attention")
    done: list[Any] = []
    while len(done) < ACTIONS and time.monotonic() < end:
        done.append(act(app, chance))
        assert not app.exception, (done[-3:], app.exception)


def act(app: AppTest, chance: random.Random) -> Any:
    """Does one action, or two in one run of the page, as a slow browser sends them. Returns what was done."""
    kind = chance.choice(["widgets"] * 6 + ["address"] * 3 + ["page"])
    if kind == "page":
        page = chance.choice(PAGES)
        app.switch_page(page.script).run()
        return page.key
    if kind == "address":
        query = {name: chance.choice(ADDRESSES[name]) for name in chance.sample(list(ADDRESSES), 3)}
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        return query
    done = [touch(app, chance) for _ in range(chance.choice((1, 2)))]
    app.run()
    return done


def touch(app: AppTest, chance: random.Random) -> Any:
    """Clicks a button, changes a menu or a slider, types a text, uploads a file, or opens a part of the page."""
    if chance.random() < 0.1:
        name = chance.choice(OPENED)
        app.session_state[name] = chance.random() < 0.8
        return name

    def choose(menu: Any) -> None:
        menu.set_value(Label(chance.choice(menu.options)))

    actions: dict[str, Callable[[Any], object]] = {
        "button": lambda button: button.click(),
        **dict.fromkeys(("selectbox", "radio"), choose),
        "select_slider": lambda slider: slider.set_value(float(chance.choice(slider.options))),
        "segmented_control": lambda menu: menu.set_value(chance.choice(menu.options)),
        "slider": lambda slider: slider.set_value(chance.randint(int(slider.min), int(slider.max))),
        "checkbox": lambda box: box.set_value(not box.value),
        "toggle": lambda box: box.set_value(not box.value),
        "number_input": lambda field: field.set_value(chance.choice([field.min, field.max, field.value, 3])),
        "text_input": lambda field: field.set_value(chance.choice(TEXTS)),
        "text_area": lambda field: field.set_value(chance.choice(TEXTS)),
        "file_uploader": lambda field: field.upload(
            f"a{(*field.proto.type, '.csv')[0]}", chance.choice(UPLOADS).encode()
        ),
    }
    usable = {kind: [widget for widget in getattr(app, kind) if not widget.disabled] for kind in actions}
    kinds = [kind for kind, widgets in usable.items() if widgets]
    if not kinds:
        return "nothing to touch"
    kind = chance.choice(kinds)
    widget = chance.choice(usable[kind])
    actions[kind](widget)
    return kind, widget.key, widget.value


def stale_events() -> None:
    """A script with the events that stale widgets of a browser may send: several in one run, in any order."""
    import random

    import streamlit as st

    from pages.frame import address, fitting, session
    from pages.widgets.components import SentEdit

    events = [
        lambda: session.choose_step(9999),
        lambda: session.choose_user("gone"),
        lambda: session.choose_user("Ada Abe"),
        lambda: session.choose_user(None),
        lambda: session.select("gone"),
        lambda: session.follow("gone", [9, 9]),
        lambda: session.follow("alien", [1, 1]),
        lambda: session.take_edit(SentEdit(("gone", "alien"), st.session_state[session.REVISION] + 1, "add")),
        lambda: address.change(item="gone", against="gone", likes=("gone",), pin=("gone",)),
        lambda: session.travel(-1),
    ]
    chance = random.Random(5)
    address.sync("attention", fitting.fit)
    session.revision(session.scene())
    for _ in range(40):
        for event in chance.sample(events, 4):
            event()
        # As `sync` does before the page is drawn.
        st.session_state[address.VIEW] = fitting.fit(address.current()).view
        address.sync_of().changed = False
        session.revision(session.scene())
    st.write(session.scene().who)


def test_stale_widgets_that_act_together_break_no_page() -> None:
    app = AppTest.from_function(stale_events, default_timeout=60).run()
    assert not app.exception, app.exception
    assert app.markdown
