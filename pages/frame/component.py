"""The app's own components, each a script and a style sheet of core or frame, and the data they get and send."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from plotly.offline import get_plotlyjs_version

from attrec_core import browser
from attrec_core.browser import busy
from attrec_core.views.drawing.colormaps import for_browser
from pages.frame.streamlit_internals import ComponentRenderer

FRAME = Path(__file__).parents[1] / "frame" / "browser"  # what only this frame needs; all else is in attrec_core
SHARED = ("shared",)
PLOTLY_URL = f"attrec/plotly-{get_plotlyjs_version()}.min.js"  # relative: a page lies one level below the app


def component(
    name: str, html: str, isolate: bool = True, parts: tuple[str, ...] = SHARED, styles: tuple[str, ...] = ()
) -> ComponentRenderer:
    """A component is one module without imports: `parts` are joined in front of its own file. `styles`: its style
    sheets in order; by default the sheet with its own name, if there is one."""
    js = "\n".join([for_browser(), *(source(f"{part}.js") for part in (*parts, name))])
    own = (name,) if place_of(f"{name}.css").exists() else ()
    css = "\n".join(source(f"{style}.css") for style in styles or own)
    return st.components.v2.component(f"attrec_{name}", html=html, css=css or None, js=js, isolate_styles=isolate)


def of_core(name: str, attributes: str = "") -> ComponentRenderer:
    """A component that a classroom file has, too. attributes: of its element in the app."""
    known = browser.COMPONENTS[name]
    return component(name, busy(known.root, attributes), parts=known.parts, styles=known.styles)


def place_of(file: str) -> Path:
    """Returns where a file of the browser's side lies: in the frame, else in the core, by default in `components`."""
    in_core = file if "/" in file else f"components/{file}"
    return FRAME / file if (FRAME / file).exists() else browser.FOLDER / in_core


def source(file: str) -> str:
    return place_of(file).read_text(encoding="utf-8")


def sent(key: str, name: str) -> Any:
    """The value that the component with this key has just sent, for its callback. A browser can be made to send
    anything, also for a component that is not there, from which nothing is taken."""
    return st.session_state.get(key, {}).get(name)


def event(key: str, name: str) -> Mapping[str, Any]:
    """The event that the component with this key has just sent. Empty where it is not an object."""
    value = sent(key, name)
    return value if isinstance(value, Mapping) else {}
