"""The browser's side of what is drawn there. It imports nothing.

`components/`: one script and style sheet each. `engine/`: AttRec in plain JavaScript. `classroom/`: the page of a
classroom file.

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
        *("cached", "numbers", "wording", "theme", "forward", "taste", "attention", "ranking", "moment", "neighbours"),
        *("exact_sum", "influence", "explanation", "rank_curves", "smallest_edit"),
        *("scene", "attention_words", "ranking_words", "split_words", "story_words", "story_picture"),
        *("why_bars", "why_words"),
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
    """A component of which a script is made by joining: `parts` in front of its own file. styles: its style sheets in
    order; by default the sheet with its own name, if there is one."""

    name: str
    html: str
    parts: tuple[str, ...] = ("shared",)
    styles: tuple[str, ...] = ()

    def script(self) -> str:
        return "\n".join(source(f"components/{part}.js") for part in (*self.parts, self.name))

    def style(self) -> str:
        own = (self.name,) if (FOLDER / "components" / f"{self.name}.css").exists() else ()
        return "\n".join(source(f"components/{style}.css") for style in self.styles or own)


FIGURE = ("shared", "figure")
GRID, ROWS = ("shared", "walked_grid", "attention_grid"), ("shared", "selectable_rows")
# Those that more pages than the app's have.
COMPONENTS = {
    component.name: component
    for component in (
        Component("attention_map", busy("map"), GRID, ("titles", "attention_map")),
        Component("ranking", busy("ranking"), ROWS, ("titles", "ranking")),
        Component("story", busy("story", 'data-links=".st-key-start_why a"'), ("shared", "edits")),
        Component(
            "sequence_editor",
            busy("editor"),
            ("shared", "edits", "type_ahead", "scrolling"),
            ("titles", "sequence_editor"),
        ),
        Component("influence", busy("truth"), ROWS, ("titles", "influence")),
        *(
            Component(name, busy(root), FIGURE, ("figure", name))
            for name, root in {"bars": "bars", "split": "split", "curves": "curves", "space_map": "space-map"}.items()
        ),
        Component("pick_search", busy("editor"), ("shared", "type_ahead"), ("titles", "sequence_editor")),
    )
}
