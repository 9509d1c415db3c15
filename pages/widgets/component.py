"""How a component of ours is registered: its module and its style sheet are files in components/."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.frame.streamlit_internals import ComponentRenderer

COMPONENTS = Path(__file__).parents[1] / "components"
SHARED = ("shared",)


def component(
    name: str,
    html: str,
    isolate: bool = True,
    parts: tuple[str, ...] = SHARED,
    styles: tuple[str, ...] | None = None,
) -> ComponentRenderer:
    """A component is one module without imports: `parts` are joined in front of its own file. `styles`: its style
    sheets, one after the other; without them it has the one of its own name, or none."""
    js = "\n".join((COMPONENTS / f"{part}.js").read_text(encoding="utf-8") for part in (*parts, name))
    sheets = [COMPONENTS / f"{style}.css" for style in styles or (name,)]
    css = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if styles or sheet.exists())
    return st.components.v2.component(f"attrec_{name}", html=html, css=css or None, js=js, isolate_styles=isolate)
