"""Whatever somebody clicks, picks, edits or writes into the address of an Explore page, no error page is shown."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from app_pages import opened_page
from streamlit.testing.v1 import AppTest

SECONDS, ACTIONS = 12, 60  # of one walk at most
PAGES = ("explore/attention", "explore/why", "explore/score_split", "explore/metric_space")
# What a link may hold: what exists, what has gone, and what cannot be.
ADDRESSES = {
    "user": ("Bilal Weber", "Ada Abe", "nobody", "gone"),
    "step": ("1", "3", "70", "9999", "0", "x"),
    "window": ("alien,amelie", "alien", "gone,alien", "", ",".join(["alien"] * 9)),
    "pin": ("alien,rocky", "gone"),
    "likes": ("alien,amelie", "gone"),
    "item": ("alien", "gone"),
    "against": ("alien", "gone"),
    "selected": ("alien", "gone", ""),
    "cell": ("1,2", "9,9", "0,0", "x"),
    "dim": ("3", "999"),
    "omega": ("0", "0.5", "1", "7", "x"),
    "mask": ("none", "before", "x"),
    "signal": ("off", "x"),
    "pool": ("max", "sum", "x"),
    "top": ("5", "20", "7"),
    "terms": ("average", "x"),
    "projection": ("umap", "x"),
    "run": ("gone",),
    "lesson": ("3", "99"),
    "scene": ("2", "99"),
}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_run_of_random_actions_shows_no_error_page(seed: int) -> None:
    chance, end = random.Random(seed), time.monotonic() + SECONDS
    app = opened_page(PAGES[0])
    done: list[Any] = []
    while len(done) < ACTIONS and time.monotonic() < end:
        done.append(act(app, chance))
        assert not app.exception, (done[-3:], app.exception)


def act(app: AppTest, chance: random.Random) -> Any:
    """One action, or two in one run of the page, as a slow browser sends them; returns what was done."""
    kind = chance.choice(["widgets"] * 5 + ["address"] * 3 + ["page"])
    if kind == "page":
        page = chance.choice(PAGES)
        app.switch_page(f"pages/{page}.py").run()
        return page
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
    """A button clicked, or another choice of a menu or a slider."""
    kinds: dict[str, Any] = {"button": app.button, "menu": app.selectbox, "slider": app.slider}
    usable = {kind: [widget for widget in kinds[kind] if not widget.disabled] for kind in kinds}
    kind = chance.choice([kind for kind, widgets in usable.items() if widgets])
    widget = chance.choice(usable[kind])
    if kind == "button":
        widget.click()
        return widget.key
    if kind == "menu":
        widget.select_index(chance.randrange(len(widget.options)))
    else:
        widget.set_value(chance.randint(int(widget.min), int(widget.max)))
    return widget.key, widget.value


def stale_events() -> None:
    """A script: what stale widgets of a browser may send, several in one run and in any order."""
    import random

    import streamlit as st

    from pages.frame import address, fitting, session
    from pages.widgets.sequence import Edit

    events = [
        lambda: session.choose_step(9999),
        lambda: session.choose_user("gone"),
        lambda: session.choose_user("Ada Abe"),
        lambda: session.choose_user(None),
        lambda: session.select("gone"),
        lambda: session.follow("gone", [9, 9]),
        lambda: session.follow("alien", [1, 1]),
        lambda: session.take_edit(Edit(("gone", "alien"), 1, "add", "")),
        lambda: session.choose(item="gone", against="gone", likes=("gone",), pin=("gone",)),
        lambda: session.travel(-1),
    ]
    chance = random.Random(5)
    address.sync("attention", fitting.fit)
    session.scene()
    for _ in range(40):
        for event in chance.sample(events, 4):
            event()
        # As `sync` does before the page is drawn.
        st.session_state[address.VIEW] = fitting.fit(address.current()).view
        st.session_state[address.CHANGED] = False
        session.scene()
    st.write(session.scene().who)


def test_stale_widgets_that_act_together_break_no_page() -> None:
    app = AppTest.from_function(stale_events, default_timeout=60).run()
    assert not app.exception, app.exception
    assert app.markdown
