"""A page of the app as one HTML file: pictures, sentences, tables, and where they come from. No script, no link."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from attrec_core.views.drawing.svg import on_paper
from attrec_core.views.drawing.table_format import writing
from attrec_core.views.page_context import Scene

ROWS = 100  # rows of a table in the file; the CSV has all
LONGEST = 300  # characters of a text in a table
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SectionPicture:
    """One figure: an SVG of our own, or the mark of a chart, which only the browser can draw."""

    title: str
    svg: str | None
    mark: str = ""  # see `place_of`


@dataclass(frozen=True)
class Section:
    """One section of the file: a title, pictures, a sentence, formulas, a table and a note."""

    title: str
    sentence: str = ""
    pictures: Sequence[SectionPicture] = ()
    table: pd.DataFrame | None = field(default=None, compare=False)
    note: str = ""
    formulas: Sequence[str] = ()  # LaTeX


AS_TRAINED = "as the model was trained"


def place_of(mark: str) -> str:
    """Marks where the browser puts the picture of a chart. No text in the file can hold this mark, because quotation
    marks are escaped."""
    return f'src="data:,{mark}"'


def facts(scene: Scene) -> Facts:
    view, title = scene.view, scene.title
    pinned = map(scene.run.item_index.__getitem__, view.pin or ())
    pairs = [
        ("who", scene.who),
        ("when", scene.when or None),
        ("picks", listed(map(title, scene.likes)) if len(scene.likes) else None),
        (f"window, {standing(scene)}", listed(map(title, scene.window))),
        ("actual window", listed(map(title, scene.real_window)) if scene.edited and scene.has_person else None),
        ("baseline", None if view.pin is None else listed(map(title, pinned))),
        ("settings", "; ".join(scene.what_ifs.values()) or AS_TRAINED),
    ]
    explained = None if view.item is None else scene.explained
    items = ("selected", scene.selected), ("explained", explained), ("against", scene.against)
    pairs += [(name, title(item)) for name, item in (*items, ("actual next item", scene.target)) if item is not None]
    return [(name, value) for name, value in pairs if value is not None]


def standing(scene: Scene) -> str:
    if not scene.has_person:
        return "of no user"
    return "edited" if scene.edited else "actual" if scene.user is not None else "your picks"


def listed(titles: Iterable[str]) -> str:
    """“1. Alien · 2. Heat”, oldest first."""
    return " · ".join(f"{position}. {title[:LONGEST]}" for position, title in enumerate(titles, 1)) or "nothing"


def page_report(title: str, shown: Facts, parts: Sequence[Section], provenance: Facts) -> str:
    """The whole file. Foreign text may occur anywhere; it is escaped, and a browser that opens the file fetches
    nothing."""
    page = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
    body = "\n".join(section(part) for part in parts)
    texts = {"title": escape(title), "body": body, "shown": definitions(shown), "provenance": definitions(provenance)}
    return Template(page).substitute(texts)


def definitions(pairs: Facts) -> str:
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def section(part: Section) -> str:
    from latex2mathml.converter import convert as latex_to_mathml  # late: only a report needs it

    lines = [f"<section>\n<h2>{escape(part.title)}</h2>"]
    for picture in part.pictures:
        if len(part.pictures) > 1:
            lines.append(f"<h3>{escape(picture.title)}</h3>")
        drawn = f'<img {place_of(picture.mark)} alt="{escape(f"{picture.title}. {part.sentence}")}">'
        if picture.svg is not None:
            drawn = on_paper(picture.svg, alone=False)
        lines.append(f'<div class="picture">{drawn}</div>')
    if part.sentence:
        lines.append(f"<p>{escape(part.sentence)}</p>")
    lines += [f'<p class="formula">{latex_to_mathml(formula)}</p>' for formula in part.formulas]
    if part.table is not None:
        lines.append(table(part.table, part.title))
    if part.note:
        lines.append(f'<p class="note">{escape(part.note)}</p>')
    return "\n".join([*lines, "</section>"])


def table(frame: pd.DataFrame, name: str) -> str:
    """The first rows as an HTML table, and how many rows there are."""
    first, nothing = frame.head(ROWS), escape(frame.attrs.get("nothing", ""))
    head, columns = "", []
    for title, column in first.items():
        kind = ' class="number"' if pd.api.types.is_numeric_dtype(column) else ""
        write = writing(column.to_numpy()) if pd.api.types.is_float_dtype(column) else str
        head += f"<th{kind}>{escape(str(title))}</th>"
        columns.append([f"<td{kind}>{cell(value, write) or nothing}</td>" for value in column])
    rows = "\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    # A table wider than the page scrolls, by keyboard too.
    container = f'<div class="rows" role="region" tabindex="0" aria-label="{escape(name)}: table">'
    body = f"{container}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    more_rows = len(frame) - len(first)
    note = f'<p class="note">The first {len(first)} of {len(frame):,} rows; the CSV holds all.</p>' if more_rows else ""
    return body + note


def cell(value: object, way: Callable[[Any], str]) -> str:
    """A value as text in the format of its column, `way`; empty if it is missing."""
    missing = value is None or value is pd.NA or (isinstance(value, numbers.Real) and math.isnan(value))
    return "" if missing else escape(way(value)[:LONGEST])
