"""Helpers for tests that run a page of the app in AppTest, on the bundled sample."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from attrec_core.views.drawing.spec import Figure, whole
from pages.frame import address
from pages.frame.page_list import BY_KEY, GROUPS, PAGES

Clicks = list[Callable[[], object]]


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> Clicks:
    """Callbacks that the next run calls before the script, as Streamlit does."""
    waiting: Clicks = []
    sync = address.sync

    def sync_after_clicks(*args: object) -> None:
        while waiting:
            waiting.pop(0)()
        sync(*args)

    monkeypatch.setattr(address, "sync", sync_after_clicks)
    return waiting


def checked(figure: Figure) -> go.Figure:
    """Returns the figure, its packed numbers unpacked, as Plotly's own object, which checks every name and value."""
    return go.Figure(unpacked(whole(figure)))


def unpacked(part: Any) -> Any:
    if isinstance(part, dict) and set(part) == {"dtype", "bdata"}:
        return np.frombuffer(base64.b64decode(part["bdata"]), f"<{part['dtype']}").tolist()
    if isinstance(part, dict):
        return {name: unpacked(value) for name, value in part.items()}
    return [unpacked(value) for value in part] if isinstance(part, list) else part


def charts(app: AppTest) -> dict[str, go.Figure]:
    """Returns all charts of a page by their keys, each checked by Plotly."""
    sent = [json.loads(part.proto.json) for part in app.get("bidi_component") if "plot" in part.proto.component_name]
    return {chart["name"]: checked(json.loads(chart["figure"]) | {"ground": chart["ground"]}) for chart in sent}


def opened_page(path: str = "", **query: str) -> AppTest:
    """Visits the start page with this query, then opens a page: its key, or its path in pages/ without .py; without a
    page, the app leads where it does."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if path:
        app.switch_page(BY_KEY[path].script if path in BY_KEY else f"pages/{path}.py").run()
    assert not app.exception, app.exception
    return app


def page_text(app: AppTest) -> str:
    """Returns the Markdown of the page, without its escapes."""
    return " ".join(text.value for text in app.markdown).replace("\\", "")


def said(app: AppTest) -> str:
    """Returns all words of the page, also headings and messages, without the escapes of Markdown."""
    assert not app.exception, app.exception
    kinds = (app.header, app.subheader, app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return " ".join(part.value for kind in kinds for part in kind).replace("\\", "")


def warnings(app: AppTest) -> str:
    return " ".join(warning.value for warning in app.warning).replace("\\", "")


def errors(app: AppTest) -> list[str]:
    assert not app.exception
    return [error.value.replace("\\", "") for error in app.error]


def component(app: AppTest, key: str) -> dict:
    """Returns the data that was sent to the component with this key."""
    protos = [element.proto for element in app.get("bidi_component") if element.proto.id.endswith(f"-{key}")]
    assert len(protos) == 1, (key, said(app))
    return json.loads(protos[0].json)


def sent(app: AppTest, name: str) -> list[dict]:
    """Returns the data of each component whose name ends so, as the browser gets it."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name.endswith(name)]


def page_links(app: AppTest) -> list[Any]:
    """Returns the page's own links as Streamlit sends them, without those of the navigation bar, which come first."""
    links = [link.proto for link in app.get("page_link")]
    group = next((page.group for page in PAGES if page.key == app.session_state["view_page"]), "")
    in_bar = 1 + len(GROUPS) + sum(page.group == group for page in PAGES if group)
    return links[in_bar:]
