"""A component alone in a page without Streamlit, with the variables of the app's themes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from attrec_core.browser import COMPONENTS
from attrec_core.views.drawing.colormaps import for_browser
from pages.frame.component import source

THEME = {
    "text-color": "light-dark(#1B2733, #E6EDF3)",
    "background-color": "light-dark(#FFFFFF, #11161C)",
    "secondary-background-color": "light-dark(#F2F5F9, #1C242E)",
    "border-color": "light-dark(#D5DBE3, #3A444F)",
    "primary-color": "light-dark(#0072B2, #56B4E9)",
    "font": "sans-serif",
}
# show(record) draws; heard holds what the component has sent.
SHIM = """
const root = document.querySelector('main').attachShadow({ mode: 'open' });
root.append(document.querySelector('template').content);
window.heard = [];
window.show = (data) => window.draw({ parentElement: root, data,
  setTriggerValue: (name, value) => { heard.push([name, value]); } });
"""


def alone(page: Page, name: str, record: Mapping[str, Any]) -> None:
    """Shows a record in the component of this name, in the page's present size."""
    code = "\n".join([for_browser(), *(source(f"{part}.js") for part in (*COMPONENTS[name].parts, name)), SHIM])
    css, root = COMPONENTS[name].style(), COMPONENTS[name].root
    variables = ";".join(f"--st-{key}:{value}" for key, value in THEME.items())
    page.goto("about:blank")
    page.set_content(
        f"<!doctype html><html lang=en><title>{name}</title><meta name=viewport content='width=device-width'>"
        f"<style>:root{{color-scheme:light dark;{variables}}}body{{margin:16px;font-family:sans-serif;"
        "background:var(--st-background-color);color:var(--st-text-color)}</style>"
        f"<template><style>{css}</style><div class={root} aria-busy=true></div></template>"
        f"<main></main><p style='height:2000px'></p>"
        f"<script type=module>{code.replace('export default', 'window.draw =')}</script>"
    )
    page.wait_for_function("'show' in window")
    page.evaluate("record => show(record)", record)


def heard(page: Page) -> list[list[Any]]:
    """Returns what the component has sent, and forgets it."""
    return page.evaluate("heard.splice(0)")
