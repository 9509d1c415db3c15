"""In a real browser: a link opens its view, one action is one history entry, Back and Forward restore."""

from __future__ import annotations

import json
import re
import urllib.request
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect
from plotly.offline import get_plotlyjs_version

from .conftest import Serve
from .frame import address, entries, settled, turn_to

LINK = "?user=Zo%C3%AB&step=3&window=007%2Ca%252Cb%2C%F0%9F%8E%AC&omega=0.25"
STATE = {"user": "Zoë", "step": 3, "window": ["007", "a,b", "🎬"], "omega": 0.25}

# An app of the address alone: pages that use it as those of the app do, and a run with two users and four items.
SCRIPT = """
import json
import re
from dataclasses import asdict
from types import SimpleNamespace
import streamlit as st
from attrec_core.config import ModelConfig
from attrec_core.views.view_fit import fit_to_run
from pages.frame import address

class Cinema:
    model_config = ModelConfig(dim=6, window=3)
    user_index = {"Mina": 0, "Zoë": 1}
    item_index = {item: place for place, item in enumerate(("007", "a,b", "🎬", "Heat"))}
    interactions = SimpleNamespace(history=lambda user: range(9))

def next_step(): address.change(step=(address.current().step or 0) + 1)
def choose(): address.change(omega=st.session_state.omega)
def edit():
    address.change(user="Zoë", step=2)
    address.change(window=("a,b", "🎬"), selected="007")

def body():
    st.title(page.title)
    st.button("edit", on_click=edit)
    st.button("step", on_click=next_step)
    st.session_state.omega = address.current().omega or 0.0
    st.slider("omega", 0.0, 1.0, step=0.25, key="omega", on_change=choose)
    st.page_link(second, label="at Mina", query_params=address.query(user="Mina", step=None))
    st.code(json.dumps({k: v for k, v in asdict(address.current()).items() if v is not None}), language=None)
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.caption(f"run {st.session_state.runs}")

def chosen():
    if address.sync_of().arrived:
        address.change(selected="007")
        address.rerun(in_place=True)
    body()

first = st.Page(lambda: body(), title="First", url_path="first", default=True)
second = st.Page(lambda: body(), title="Second", url_path="second")
third = st.Page(lambda: chosen(), title="Third", url_path="third")
page = st.navigation([first, second, third], position="top")
address.sync(page.url_path, lambda view: fit_to_run(view, Cinema()))
address.show_dropped()
page.run()
"""


@pytest.fixture(scope="module")
def cinema(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("cinema") / "cinema.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return serve(script)


def state(page: Page) -> dict[str, object]:
    return json.loads(page.get_by_test_id("stCode").inner_text())


def test_the_app_serves_plotly_compressed_and_for_good(app: str) -> None:
    request = urllib.request.Request(f"{app}/attrec/plotly-{get_plotlyjs_version()}.min.js")
    plain = urllib.request.urlopen(request).read()
    request.add_header("Accept-Encoding", "gzip")
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        assert len(answer.read()) < len(plain) / 3
    assert b"plotly.js v" + get_plotlyjs_version().encode() in plain[:200]
    assert plain.partition(b"*/")[2].lstrip().startswith(b'"use strict";var Plotly=')  # no function around it


@pytest.mark.long
def test_plotly_is_loaded_once_and_before_a_chart_needs_it(app: str, page: Page) -> None:
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if "/attrec/plotly-" in request.url else None)
    page.goto(f"{app}/attention")  # a page without a chart
    page.wait_for_function("() => Boolean(window.Plotly)")
    turn_to(page, "Metric space")
    expect(page.locator("[data-chart=metric_space] .main-svg").first).to_be_visible()
    assert len(scripts) == 1


def test_one_action_is_one_entry_and_one_run_and_back_undoes_and_forward_redoes(cinema: str, page: Page) -> None:
    page.goto(f"{cinema}/?user=Mina")
    settled(page)
    before = entries(page)
    page.get_by_role("button", name="edit").click()
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    settled(page)
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    assert entries(page) == before + 1
    assert address(page) == {"user": "Zoë", "step": "2", "window": "a%2Cb,🎬", "selected": "007"}
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_test_id("stCode")).to_contain_text("omega")
    settled(page)
    edited = state(page)
    page.go_back()
    expect(page.get_by_role("slider")).to_have_value("0")
    page.go_back()
    settled(page)
    assert state(page) == {"user": "Mina"}
    page.go_forward()
    page.go_forward()
    settled(page)
    assert state(page) == edited
    expect(page.get_by_role("slider")).to_have_value("0.25")
    assert entries(page) == before + 2


def test_clicks_faster_than_the_script_are_not_undone(cinema: str, page: Page) -> None:
    page.goto(f"{cinema}/?user=Mina")
    settled(page)
    page.evaluate("""async () => {
      const step = [...document.querySelectorAll('button')].find((button) => button.innerText === 'step');
      for (let i = 0; i < 8; i++) { step.click(); await new Promise((go) => setTimeout(go, 15)); }
    }""")
    # The server handles messages in order: once it has answered this one, it has handled all the others.
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_test_id("stCode")).to_contain_text('"omega": 0.25')
    settled(page)
    assert state(page)["step"] == int(address(page)["step"])
    last = state(page)["step"]
    page.get_by_role("button", name="step").click()
    # The click takes a moment to reach the server; until then the page still counts as settled.
    page.wait_for_function("step => new URL(location).searchParams.get('step') === step", arg=str(last + 1))
    settled(page)
    assert state(page)["step"] == last + 1
    page.go_back()
    expect(page.get_by_test_id("stCode")).to_contain_text(f'"step": {last}')
    settled(page)
    assert state(page)["step"] == last


def test_a_link_opens_its_view_and_each_way_to_another_page_keeps_it_and_is_one_entry(cinema: str, page: Page) -> None:
    page.goto(f"{cinema}/second{LINK}")
    settled(page)
    assert state(page) == STATE
    assert page.url.endswith(LINK)
    page.goto(f"{cinema}/{LINK}")
    settled(page)
    before, link = entries(page), page.get_by_test_id("stTopNavLink").filter(has_text="Second")
    link.dispatch_event("contextmenu")
    assert link.get_attribute("href").endswith(f"/second{LINK}")
    at_mina = {name: value for name, value in (STATE | {"user": "Mina"}).items() if name != "step"}
    for way, there in ((link, STATE), (page.get_by_text("at Mina"), at_mina)):
        way.click()
        expect(page.get_by_role("heading", name="Second")).to_be_visible()
        settled(page)
        assert state(page) == there
        assert urlsplit(page.url).path == "/second"
        assert there != STATE or address(page) == dict(parse_qsl(LINK[1:]))
        assert entries(page) == before + 1
        page.go_back()
        expect(page.get_by_role("heading", name="First")).to_be_visible()
        settled(page)
        assert state(page) == STATE
        assert entries(page) == before + 1
    page.get_by_role("link", name="Third").click()  # what this page chooses as it opens is no entry of its own
    expect(page).to_have_url(re.compile(r"/third\?.*selected=007"))
    settled(page)
    assert entries(page) == before + 1
    page.go_back()
    expect(page.get_by_role("heading", name="First")).to_be_visible()


def test_what_a_link_gets_wrong_is_said_and_leaves_the_address(cinema: str, page: Page) -> None:
    page.goto(f"{cinema}/?user=Bob*&step=4&window=Jaws,Heat&omega=2&selected=![x](http://192.0.2.1/x.png)")
    settled(page)
    warning = page.get_by_test_id("stMain")
    for mistake in ("the user “Bob*”", "“Jaws”", "“2” as ω", "![x](http:\u2060//192.0.2.1/x.png)"):  # no link
        expect(warning).to_contain_text(mistake)
    assert state(page) == {"window": ["Heat"]}
    assert address(page) == {"window": "Heat"}
    before = entries(page)
    page.get_by_role("button", name="edit").click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    settled(page)
    assert entries(page) == before + 1
    page.go_back()
    settled(page)
    assert state(page) == {"window": ["Heat"]}


@pytest.mark.long
def test_an_embedded_app_stays_embedded(cinema: str, page: Page) -> None:
    page.goto(f"{cinema}/?odd=%FF*~&embed=true&embedding=1&user=Bob&odd=(")
    settled(page)
    assert address(page) == {"embed": "true"}
