"""Bars in a row, one a term: what the waterfall and its relatives are drawn with; the window from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from attrec_core.figures.shades import ink
from attrec_core.figures.theme import LONG, SELECTED, item_colour, plain, short_title
from attrec_core.results.why import Term

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
LETTERS = 13  # of a title in one line below its bar
CALM = "#8A94A0"  # what has no colour of its own; told from both backgrounds
SIGN = {"average": "ø", "long": "U", "origin": "0", "constant": "c", "total": "="}  # where an item has its place
HATCH = {"fgcolor": "#FFFFFF", "fgopacity": 0.5, "size": 7, "solidity": 0.25, "fillmode": "overlay"}


def named(term: Term) -> str:
    return f"{term.place}. {plain(term.name)}" if term.place else plain(term.name)


def colour_of(term: Term) -> str:
    return {"item": item_colour(term.hue), "long": LONG}.get(term.kind, CALM)


def add_columns(figure: go.Figure, terms: Sequence[Term], low: float, high: float, words: Sequence[str]) -> None:
    """Unseen bars as high as the figure: a low bar would be hard to hit."""
    figure.add_bar(
        x=list(range(len(terms))),
        y=[1.4 * (high - low)] * len(terms),
        base=low - 0.2 * (high - low),
        width=1,
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        customdata=[-1 if term.item is None else term.item for term in terms],
        hovertext=list(words),
        hoverinfo="text",
        showlegend=False,
    )


def add_bars(figure: go.Figure, terms: Sequence[Term], selected: int | None, *, total: bool) -> None:
    places = [place for place, term in enumerate(terms) if total or term.kind != "total"]
    rows = [terms[place] for place in places]
    marked = [selected is not None and term.item == selected for term in rows]
    figure.add_bar(
        x=places,
        y=[term.end - term.start for term in rows],
        base=[term.start for term in rows],
        width=0.72,
        marker={
            "color": [colour_of(term) for term in rows],
            "pattern": HATCH | {"shape": ["/" if term.kind == "long" else "" for term in rows]},
            "line": {
                "color": [SELECTED if one else CALM for one in marked],
                "width": [3 if one else 1 for one in marked],
            },
        },
        hoverinfo="skip",
        showlegend=False,
    )


def add_numbers(figure: go.Figure, terms: Sequence[Term], heights: Sequence[float], texts: Sequence[str]) -> None:
    """The number at each bar, at its height: below it for a bar that goes down, else above it."""
    if len(terms) > NUMBERS_UP_TO:
        return
    for place, (term, height, text) in enumerate(zip(terms, heights, texts, strict=True)):
        down = term.end < term.start
        figure.add_annotation(
            text=text,
            x=place,
            y=height,
            yanchor="top" if down else "bottom",
            yshift=-1 if down else 1,
            showarrow=False,
            font={"size": 11},
            borderpad=0,
        )


def lay_out(figure: go.Figure, terms: Sequence[Term], selected: int | None, low: float, high: float, axis: str) -> None:
    """Below each bar its sign, in the item's colour, and its name."""
    pad = 0.12 * (high - low)
    for place, term in enumerate(terms):
        colour = colour_of(term) if term.kind in ("item", "long") else CALM
        chosen = selected is not None and term.item == selected
        figure.add_annotation(
            text=f"<b>\u2007{term.place or SIGN[term.kind]}\u2007</b>",
            x=place,
            y=0,
            yref="paper",
            yanchor="top",
            yshift=-5,
            showarrow=False,
            bgcolor=colour,
            font={"color": ink(colour), "size": 11},
            bordercolor=SELECTED if chosen else colour,
            borderwidth=2,
            borderpad=2,
        )
    figure.update_layout(
        barmode="overlay",
        height=HEIGHT,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        hovermode="closest",
        dragmode=False,
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={
            "tickvals": list(range(len(terms))),
            "ticktext": [tick(term) for term in terms],
            "ticklabelstandoff": 24,
            "autotickangles": [0, 90],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "range": [-0.6, len(terms) - 0.4],
        },
        yaxis={
            "title": axis,
            "range": [low - pad * (low < 0), high + pad],
            "zeroline": True,
            "zerolinewidth": 2,
            "zerolinecolor": CALM,
            "fixedrange": True,
        },
    )


def tick(term: Term) -> str:
    """A name in two short lines."""
    name = {"long": "long-term part"}.get(term.kind, term.name)
    lines: list[str] = []
    for word in " ".join(name.split())[:80].split(" "):
        if lines and len(lines[-1]) + len(word) < LETTERS:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    kept = [short_title(line, LETTERS) for line in lines[:2]]
    return "<br>".join(kept) + ("…" if len(lines) > 2 and not kept[-1].endswith("…") else "")
