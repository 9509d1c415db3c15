"""How a component of ours is registered: its module and its style sheet are files in components/."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.frame.streamlit_internals import ComponentRenderer

COMPONENTS = Path(__file__).parents[1] / "components"


def component(
    name: str,
    html: str,
    isolate: bool = True,
    parts: tuple[str, ...] = (),
    style: str | None = None,
    styles: tuple[str, ...] = (),
) -> ComponentRenderer:
    """A component is one module without imports: `parts` are joined in front of its own file, `styles` in front of its
    own style sheet. `style`: whose style sheet it shares, if it has none of its own."""
    js = "\n".join((COMPONENTS / f"{part}.js").read_text(encoding="utf-8") for part in (*parts, name))
    css = "\n".join((COMPONENTS / f"{part}.css").read_text(encoding="utf-8") for part in (*styles, style or name))
    return st.components.v2.component(f"attrec_{name}", html=html, css=css, js=js, isolate_styles=isolate)
