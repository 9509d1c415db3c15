"""A page of the app as one HTML file: pictures, sentences, tables, and where they come from. No script, no link."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from attrec_core.errors import count_of
from attrec_core.views.drawing.svg import on_paper
from attrec_core.views.drawing.table_format import writing
from attrec_core.views.page_context import Scene

ROWS = 100  # rows of a table in the file; the CSV has all
LONGEST = 300  # characters of a text in a table
Facts = Sequence[tuple[str, str]]

# A browser that opens the file fetches nothing, whatever text the file holds.
CLOSED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fff; --faint: #5a6675; --line: #d5dbe3; --soft: #f2f5f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #11161c; --faint: #a3afbc; --line: #36414d; --soft: #1c242e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 48px; max-width: 1040px; color: var(--ink); background: var(--paper);
  font: 15px/1.5 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 20px; }
h2 { font-size: 1.15rem; margin: 40px 0 12px; }
h3 { font-size: .95rem; margin: 20px 0 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
.picture { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto; }
.picture svg, .picture img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.rows { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; white-space: nowrap; background: var(--soft); }
th, td { padding: 4px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
td { min-width: 7em; } .number { text-align: right; min-width: 0; } th.number { white-space: normal; }
.formula { margin: 4px 0; overflow-x: auto; }
.note { color: var(--faint); font-size: .85rem; }
@media (max-width: 600px) {
  body { padding: 20px 14px 32px; } dl { grid-template-columns: 1fr; } dd { margin-bottom: 8px; } }
@media print {
  :root { --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --soft: #eee; } body { max-width: none; padding: 0; }
  .picture, tr, h2 { break-inside: avoid; } h2, h3 { break-after: avoid; } .picture, .rows { overflow: visible; } }
"""


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
    """What the page shows, as pairs of name and value in words."""
    view, title = scene.view, scene.title
    pinned = map(scene.run.item_index.__getitem__, view.pin or ())
    pairs = [
        ("who", scene.who),
        ("when", f"after {scene.step} of {count_of(len(scene.history), 'item')}" if scene.user is not None else None),
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
    """The whole file. Foreign text may occur anywhere; it is escaped."""
    name = escape(title)
    body = "\n".join(section(part) for part in parts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CLOSED}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{name}</h1>
{definitions(shown)}
{body}
<h2>Where this comes from</h2>
{definitions(provenance)}
</main>
</body>
</html>
"""


def definitions(pairs: Facts) -> str:
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def section(part: Section) -> str:
    from latex2mathml.converter import convert as latex_to_mathml  # late: only a report needs it

    lines = [f"<section>\n<h2>{escape(part.title)}</h2>"]
    for picture in part.pictures:
        if len(part.pictures) > 1:
            lines.append(f"<h3>{escape(picture.title)}</h3>")
        lines.append(f'<div class="picture">{picture_html(picture, part.sentence)}</div>')
    if part.sentence:
        lines.append(f"<p>{escape(part.sentence)}</p>")
    lines += [f'<p class="formula">{latex_to_mathml(formula)}</p>' for formula in part.formulas]
    if part.table is not None:
        lines.append(table(part.table, part.title))
    if part.note:
        lines.append(f'<p class="note">{escape(part.note)}</p>')
    return "\n".join([*lines, "</section>"])


def picture_html(picture: SectionPicture, sentence: str) -> str:
    if picture.svg is not None:
        return on_paper(picture.svg, alone=False)
    return f'<img {place_of(picture.mark)} alt="{escape(f"{picture.title}. {sentence}")}">'


def table(frame: pd.DataFrame, name: str) -> str:
    """The first rows as an HTML table, and how many rows there are."""
    first, nothing = frame.head(ROWS), escape(frame.attrs.get("nothing", ""))
    columns = [column for _, column in first.items()]
    writers = [writing(column.to_numpy()) if pd.api.types.is_float_dtype(column) else str for column in columns]
    kinds = [' class="number"' if pd.api.types.is_numeric_dtype(column) else "" for column in columns]
    head = "".join(f"<th{kind}>{escape(str(name))}</th>" for name, kind in zip(first.columns, kinds, strict=True))
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{cell(value, write) or nothing}</td>"
            for value, kind, write in zip(row, kinds, writers, strict=True)
        )
        + "</tr>"
        for row in first.itertuples(index=False, name=None)
    )
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
