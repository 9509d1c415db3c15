"""A figure of the app outside the app: in a notebook, as a file, or as a Plotly figure to change. It needs no network.

Also the HTML block in which every object appears in a notebook.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd

from attrec_core.errors import InputError
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.views.drawing.spec import Figure, whole
from attrec_core.views.drawing.svg import FONT, INK, PAPER, on_paper
from attrec_core.views.drawing.theme import CATEGORIES
from attrec_core.views.panel import Shown
from attrec_core.views.report import table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

GRID = {"gridcolor": "#E6EAF0", "zerolinecolor": "#C3CBD6", "linecolor": "#C3CBD6", "automargin": True}
# The theme of a page, for everything that a figure does not set itself.
THEME = {
    "font": {"family": FONT, "color": INK, "size": 13},
    "paper_bgcolor": PAPER,
    "plot_bgcolor": PAPER,
    "colorway": list(CATEGORIES),
    "xaxis": GRID,
    "yaxis": GRID,
}


@dataclass(frozen=True, eq=False)
class NotebookPicture:
    """One figure of the app. A notebook displays it.

    content: an SVG drawn by this program, or a chart as Plotly.js reads it; a table where the app draws the figure in
    the browser alone.

    >>> picture = attrec.plot.attention(attrec.load().user("Ada Abe"))
    >>> picture.title, picture.svg[:4]
    ('Attention matrix', '<svg')
    """

    title: str
    content: str | Figure | pd.DataFrame
    sentence: str = ""

    def __repr__(self) -> str:
        return f"Picture({self.title!r})"

    @property
    def svg(self) -> str:
        """The drawing as an SVG file. Raises InputError for a chart, which a browser draws."""
        drawn = self._drawn()
        if isinstance(drawn, str):
            return on_paper(drawn)
        text = "“{title}” is a chart that a browser draws: save it as .html, or take `.figure`, a Plotly figure."
        raise InputError("needs_browser", text, title=self.title)

    @property
    def figure(self) -> PlotlyFigure:
        """The chart as a Plotly figure that can be changed. Raises InputError for a drawing, which is an SVG."""
        drawn = self._drawn()
        if isinstance(drawn, str):
            raise InputError("no_chart", "“{title}” is a drawing; take `.svg`.", title=self.title)
        from plotly.graph_objects import Figure as PlotlyFigure

        return PlotlyFigure(themed(drawn))

    def save(self, path: Path | str) -> Path:
        """Saves a drawing as .svg or .html, or a chart as .html, .png, .pdf or .svg, and returns the path. The .html
        opens without a network; Plotly writes the other formats of a chart with its package kaleido. Raises InputError
        for another ending, or if kaleido or its browser is missing."""
        path, drawing = Path(path), isinstance(self._drawn(), str)
        ending = path.suffix.lower()
        if ending not in ([".svg", ".html"] if drawing else [".html", ".png", ".pdf", ".svg"]):
            a_drawing = "A drawing is saved as .svg or .html, not as {path}."
            text = a_drawing if drawing else "A chart is saved as .html, .png, .pdf or .svg, not as {path}."
            raise InputError("unknown_ending", text, path=path)
        if ending == ".html" or drawing:
            content = (self.page() if ending == ".html" else self.svg).encode()
        else:
            try:
                content = self.figure.to_image(ending[1:], height=self.figure.layout.height)
            except (ValueError, RuntimeError, ImportError) as error:
                text = "To save a chart as {ending}, the package kaleido and a browser are needed; .html needs neither."
                raise InputError("needs_browser", text, ending=ending) from error
        atomic_write(path, content)
        return path

    def page(self) -> str:
        """The picture as one HTML file without links. Raises InputError for a table."""
        drawn, title = self._drawn(), escape(self.title)
        if isinstance(drawn, str):
            return f"<!doctype html>\n<meta charset='utf-8'><title>{title}</title>\n{self.html}\n"
        # Nothing is fetched, whatever text a chart holds. Plotly makes functions from text for charts with many points.
        page = Path(__file__).with_name("chart.html").read_text(encoding="utf-8")
        return Template(page).substitute(
            title=title,
            paper=PAPER,
            ink=INK,
            font=FONT,
            program=plotly_program(),
            # A title may hold the end tag of a script.
            figure=json.dumps(themed(drawn), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        )

    def _drawn(self) -> str | Figure:
        if isinstance(self.content, pd.DataFrame):
            raise InputError("no_chart", "“{title}” has no figure here; take its table.", title=self.title)
        return self.content

    @property
    def html(self) -> str:
        """The picture as a part of an HTML page, without its sentence."""
        if isinstance(self.content, str):
            return on_paper(self.content, alone=False)
        if isinstance(self.content, pd.DataFrame):
            return block(self.title, table(self.content, self.title))
        # In its own iframe, the chart's program meets no other one of the notebook, and it runs wherever iframes do.
        size = f'width="100%" height="{self.content["layout"]["height"] + 60}" style="border:0"'
        return f'<iframe sandbox="allow-scripts" {size} srcdoc="{escape(self.page())}"></iframe>'

    def _repr_html_(self) -> str:
        caption = f"<p>{escape(self.sentence)}</p>" if self.sentence else ""
        return (f"<div>{self.html}</div>" if isinstance(self.content, str) else self.html) + caption


def themed(chart: Figure) -> dict[str, object]:
    figure = whole(chart)
    return figure | {"layout": {"template": {"layout": THEME}, **figure["layout"]}}


@functools.cache
def plotly_program() -> str:
    """Plotly.js from the installed package, compressed to a third of its size, as base64; each chart holds it."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()


def picture_of(shown: Shown) -> NotebookPicture:
    """A panel as a picture; as its table where it has no figure outside the browser."""
    figure = shown.figure if shown.panel.draws(shown.record) else None
    return NotebookPicture(shown.title, shown.table() if figure is None else figure, shown.sentence)


def block(title: str, *parts: str) -> str:
    """The HTML of an object in a notebook: a heading, and parts below each other. The title is escaped here; foreign
    text in the parts must be escaped already."""
    body = "".join(f"<div style='margin:6px 0'>{part}</div>" for part in parts)
    return f'<div style="font:14px/1.5 {FONT}"><strong>{escape(title)}</strong>{body}</div>'
