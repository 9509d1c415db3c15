"""The browser's side of what is drawn there. It imports nothing.

`components/`: one script and style sheet each. `engine/`: AttRec in plain JavaScript, with `components/shared.js` in
front. `classroom/`: the page of a classroom file.

A component is a function of {data, parentElement, setStateValue, setTriggerValue}. Its colours and fonts are CSS
variables `--st-…`, which the page around it sets. It knows no other part of that page: what it must find there is named
by an attribute of its HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
# The scripts of a folder, in the order in which they are joined into one scope.
ORDER = {
    "engine": (
        *("cached", "wording", "theme", "forward", "taste", "attention", "ranking", "moment", "neighbours"),
        *("exact_sum", "influence", "explanation", "rank_curves", "smallest_edit"),
        *("scene", "attention_words", "ranking_words", "split_words", "story_words"),
        *("svg", "story_picture", "bars_picture", "split_picture", "curves_picture", "heads_picture"),
        *("why_bars", "why_words", "map_words"),
    ),
    "classroom": ("unpack", "widget", "address", "map", "panels", "questions", "room"),
}


def source(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def busy(style: str, attributes: str = "", tag: str = "div") -> str:
    """Returns the HTML of an element that a component fills. style: its class."""
    return f'<{tag} class="{style}" {attributes} aria-busy="true"></{tag}>'


@dataclass(frozen=True)
class Component:
    """A component of the app that a classroom file has, too. root: the class of the element that it fills. parts: the
    scripts that stand in front of its own, of `components/` unless they name a folder; a classroom file has those of
    `engine/` already. styles: its style sheets, in order."""

    name: str
    root: str
    parts: tuple[str, ...]
    styles: tuple[str, ...]

    def style(self) -> str:
        return "\n".join(source(f"components/{style}.css") for style in self.styles)


GRID, ROWS = ("shared", "walked_grid", "attention_grid"), ("shared", "selectable_rows")
LIST = ("shared", "edits", "type_ahead", "scrolling")
DRAWN = ("engine/wording", "engine/theme", "engine/svg")  # what drawings need of the engine
COMPONENTS = {
    component.name: component
    for component in (
        Component("attention_map", "map", GRID, ("titles", "attention_map")),
        Component("ranking", "ranking", ROWS, ("titles", "ranking")),
        Component("influence", "truth", ROWS, ("titles", "influence")),
        Component("story", "story", ("shared", "edits", *DRAWN, "engine/story_picture"), ("story",)),
        Component("sequence_editor", "editor", LIST, ("titles", "sequence_editor")),
        Component("pick_search", "editor", ("shared", "type_ahead"), ("sequence_editor",)),
        Component("space_map", "space-map", ("shared", "figure"), ("titles", "figure", "space_map")),
        *(
            Component(name, name, ("shared", *DRAWN, f"engine/{name}_picture", "figure"), ("titles", "figure", name))
            for name in ("bars", "split", "curves", "heads")
        ),
    )
}
