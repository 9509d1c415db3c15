"""Marks are visible in light and dark: each colour with a meaning has a contrast of 3 : 1 with every background."""

from __future__ import annotations

import re
import tomllib

import pytest
from conftest import ROOT

from attrec_core.views.drawing import theme
from attrec_core.views.drawing.plot import CALM
from attrec_core.views.metric_space.figures import MARKS

LEAST = 3.0
MEANINGS = ("SHORT", "LONG", "TARGET", "SELECTED", "TOP", "RUN_A", "RUN_B", "COUNT", "QUIET")
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
# The background of a page, and of the fields in which a list draws its bars.
PARTS = ("backgroundColor", "secondaryBackgroundColor")
BACKGROUNDS = [THEMES[shade][part] for shade in ("light", "dark") for part in PARTS]
PAGES = [THEMES[shade]["backgroundColor"] for shade in ("light", "dark")]
STYLES = [path for folder in ("attrec_core", "pages") for path in sorted((ROOT / folder).rglob("*.css"))]
# Custom properties of a style sheet → the colour of theme.py that they repeat.
REPEATED = {"short": "SHORT", "near": "SHORT", "long": "LONG", "target": "TARGET", "top": "TOP"}
REPEATED |= {"selected": "SELECTED", "away": "SELECTED", "line": "QUIET"}


def contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours as the WCAG define it, 1 … 21."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_colour_is_seen_on_each_background_on_which_it_stands() -> None:
    """Some colours of items are pale and some are dark, so a map's squares have an edge that is neither."""
    alone = [CALM, *theme.CATEGORIES, MARKS["window"][1]["line"]["color"]]
    placed = [(getattr(theme, name), ground) for name in MEANINGS for ground in BACKGROUNDS]
    placed += [(colour, page) for colour in alone for page in PAGES]
    assert [pair for pair in placed if contrast(*pair) < LEAST] == []


def test_style_sheets_repeat_the_colours_of_the_theme() -> None:
    names, differences = set(), {}
    for sheet in STYLES:
        for name, colour in re.findall(r"--([a-z]+): (#[0-9A-Fa-f]{6});", sheet.read_text(encoding="utf-8")):
            if name in REPEATED:
                names.add(name)
                if colour.upper() != getattr(theme, REPEATED[name]):
                    differences[f"{sheet.name} --{name}"] = colour
    assert differences == {}
    assert names == set(REPEATED)


@pytest.mark.parametrize("page", PAGES)
def test_a_line_with_another_colour_in_the_dark_is_seen_in_both(page: str) -> None:
    pattern = re.compile(r"(?:stroke|--to|--from): light-dark\((#[0-9A-Fa-f]{6}), (#[0-9A-Fa-f]{6})\)")
    lines = [pair[PAGES.index(page)] for sheet in STYLES for pair in pattern.findall(sheet.read_text(encoding="utf-8"))]
    assert lines
    assert [colour for colour in lines if contrast(colour, page) < LEAST] == []
