"""A page of the app as AppTest runs it, on the bundled sample."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from attrec_core.views.drawing.spec import Figure, whole
from pages.frame.navigation import GROUPS
from pages.frame.page_list import PAGES


def checked(figure: Figure) -> go.Figure:
    """The figure as Plotly's own object, which checks every name and value in it; packed numbers unpacked."""
    return go.Figure(unpacked(whole(figure)))


def unpacked(part: Any) -> Any:
    if isinstance(part, dict) and set(part) == {"dtype", "bdata"}:
        return np.frombuffer(base64.b64decode(part["bdata"]), f"<{part['dtype']}").tolist()
    if isinstance(part, dict):
        return {name: unpacked(value) for name, value in part.items()}
    return [unpacked(value) for value in part] if isinstance(part, list) else part


def charts(app: AppTest) -> dict[str, go.Figure]:
    """All charts of a page by their keys, checked."""
    sent = [json.loads(one.proto.json) for one in app.get("bidi_component") if "plot" in one.proto.component_name]
    return {one["name"]: checked(json.loads(one["figure"]) | {"ground": one["ground"]}) for one in sent}


def opened_page(path: str, **query: str) -> AppTest:
    """The page (its path in pages/, without .py) after a visit to the start with this query."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"pages/{path}.py").run()
    assert not app.exception, app.exception
    return app


def with_plain_controls(app: AppTest) -> AppTest:
    """The same page with “Edit with menus” of the editor open."""
    app.session_state["plain_controls"] = True
    return app.run()


def page_links(app: AppTest) -> list[Any]:
    """The links of the page itself, as Streamlit sends them; those of the bar come first, and are left out."""
    links = [link.proto for link in app.get("page_link")]
    group = next((page.group for page in PAGES if page.key == app.session_state["view_page"]), "")
    in_bar = 1 + len(GROUPS) + sum(page.group == group for page in PAGES if group)
    return links[in_bar:]
