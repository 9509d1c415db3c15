"""Bars in a row, one a term: what the waterfall and its relatives are drawn with; the window from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from attrec_core.figures.shades import ink
from attrec_core.figures.theme import LONG, SELECTED, SHORT, item_colour, plain, short_title
from attrec_core.results.why import Term

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
LETTERS = 13  # of a title in one line below its bar
CALM = "#8A94A0"  # what has no colour of its own; told from both backgrounds
SIGN = {
    "average": "ø",
    "long": "U",
    "short": "m",
    "origin": "0",
    "constant": "c",
    "total": "=",
}  # where an item has its place
HATCH = {"shape": "/", "fgcolor": "#FFFFFF", "fgopacity": 0.5, "size": 7, "solidity": 0.25, "fillmode": "overlay"}


def named(term: Term) -> str:
    return f"{term.place}. {plain(term.name)}" if term.place else plain(term.name)


def colour_of(term: Term) -> str:
    return {"item": item_colour(term.hue), "long": LONG, "short": SHORT}.get(term.kind, CALM)


def add_columns(figure: go.Figure, terms: Sequence[Term], low: float, high: float, words: Sequence[str]) -> None:
    """Unseen bars as high as the figure: a low bar would be hard to hit."""
    room = high - low or 1.0
    figure.add_bar(
        x=list(range(len(terms))),
        y=[1.4 * room] * len(terms),
        base=low - 0.2 * room,
        width=1,
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        customdata=[-1 if term.item is None else term.item for term in terms],
        hovertext=list(words),
        hoverinfo="text",
        showlegend=False,
    )


def add_bar(
    figure: go.Figure,
    place: float,
    start: float,
    value: float,
    colour: str,
    *,
    hatched: bool = False,
    chosen: bool = False,
    width: float = 0.72,
) -> None:
    """One bar. A trace for each: Plotly takes no list of colours beside a hatching."""
    figure.add_bar(
        x=[place],
        y=[value],
        base=start,
        width=width,
        marker={
            "color": colour,
            "line": {"color": SELECTED if chosen else CALM, "width": 3 if chosen else 1},
            **({"pattern": HATCH} if hatched else {}),
        },
        hoverinfo="skip",
        showlegend=False,
    )


def add_bars(figure: go.Figure, terms: Sequence[Term], selected: int | None) -> None:
    """The terms, each from its start to its end; the long part hatched."""
    for place, term in enumerate(terms):
        chosen = selected is not None and term.item == selected
        start, value = term.start, term.end - term.start
        add_bar(figure, place, start, value, colour_of(term), hatched=term.kind == "long", chosen=chosen)


def add_numbers(figure: go.Figure, terms: Sequence[Term], heights: Sequence[float], texts: Sequence[str]) -> None:
    """The number at each bar, at its height: below it for a bar that goes down, else above. None for many bars."""
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
    pad = 0.12 * (high - low or 1.0)
    for place, term in enumerate(terms):
        colour = colour_of(term)
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
