"""Attention over all test users: by place, against influence, and as a finder of true causes."""

from __future__ import annotations

import plotly.graph_objects as go

from attrec_core.runs.population import FINDERS, CauseShares, PlaceShares, TauHistogram
from attrec_core.views.drawing.theme import COUNT, HATCH, QUIET, SELECTED, SHORT, number, short_title, ticks
from attrec_core.views.population.words import BASELINES, POINTERS

HEIGHT = 320
MARGIN = {"l": 10, "r": 10, "t": 30, "b": 46}
LEGEND = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}
SHORT_NAMES = {
    "attention": "looked at most",
    "exact": "exact term",
    "delete": "left out, deleted",
    "mask": "left out, in place",
    "nearest": "nearest",
    "latest": "always the latest",
    "chance": "by chance",
}
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # between two numbers of an axis
WRITTEN = 12  # places up to which each bar has its number


def places(record: PlaceShares) -> go.Figure:
    """A bar for each place, oldest first, and the level at which all would be alike."""
    count = len(record.shares)
    names = [*map(str, range(1, count)), f"{count}, latest"]
    figure = go.Figure()
    figure.add_bar(
        x=list(range(count)),
        y=record.shares.tolist(),
        name="mean w",
        marker={"color": SHORT},
        text=[number(share) for share in record.shares] if count <= WRITTEN else None,
        textposition="inside",
        insidetextanchor="start",
        insidetextfont={"color": "#FFFFFF"},
        hovertext=[f"place {name}<br>{number(share, 3)}" for name, share in zip(names, record.shares, strict=True)],
        hoverinfo="text",
    )
    level, top = [record.level, record.level], max(record.level, float(record.shares.max()))
    step = next(step for step in (*STEPS, top) if top <= 6 * step)
    add_line(figure, [-0.5, count - 0.5], level, f"even share {number(record.level)}", SELECTED, "dash")
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN,
        bargap=0.3,
        legend=LEGEND,
        xaxis={
            "title": "place in the window, oldest first",
            "tickmode": "array",
            "tickvals": list(range(count)),
            "ticktext": names,
            "fixedrange": True,
        },
        yaxis={
            "title": "mean w: how much it is looked at",
            **ticks(0, top + step, step),
            "rangemode": "tozero",
            "automargin": True,
            "fixedrange": True,
        },
    )
    return figure


def add_line(figure: go.Figure, x: list[float], y: list[float], name: str, colour: str, dash: str) -> None:
    """A level, named in the legend: beside the line its name would lie over the bars."""
    line = {"color": colour, "dash": dash, "width": 2.5}
    figure.add_scatter(x=x, y=y, mode="lines", name=name, line=line, hoverinfo="skip")


def taus(record: TauHistogram, who: str) -> go.Figure:
    """How many users have which τ of attention with influence; their mean, and the one who is looked at, by name."""
    figure = go.Figure()
    figure.add_bar(
        x=record.centres.tolist(),
        y=record.counts[0].tolist(),
        width=0.09,
        name="users",
        marker={"color": COUNT, "opacity": 0.6},
        hovertemplate="τ = %{x:.1f}: %{y:,} users<extra></extra>",
    )
    top, mean = [0, int(record.counts[0].max())], float(record.means[0])
    if mean == mean:  # where nobody has a τ, there is no mean
        add_line(figure, [mean, mean], top, f"mean {number(mean)}", COUNT, "dash")
    if record.own is not None:
        add_line(figure, [record.own, record.own], top, f"{short_title(who)} {number(record.own)}", SELECTED, "dot")
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN,
        legend=LEGEND,
        xaxis={"title": "τ: −1 opposite order, 0 none, 1 the same", "range": [-1.08, 1.08], "fixedrange": True}
        | ticks(-1, 1, 0.5),
        yaxis={"title": "users", "rangemode": "tozero", "automargin": True, "fixedrange": True},
    )
    return figure


def causes(record: CauseShares) -> go.Figure:
    """Share of true causes that each pointer finds; what it has to beat is grey and hatched."""
    shares = {name: float(record.shares[0][FINDERS.index(name)]) for name in POINTERS}
    shown = {name: share for name, share in shares.items() if share == share}  # no exact sum: no bar
    quiet = [name in BASELINES for name in shown]
    figure = go.Figure()
    figure.add_bar(
        y=[SHORT_NAMES[name] for name in shown],
        x=list(shown.values()),
        orientation="h",
        marker={
            "color": [
                QUIET if faint else SHORT if name == "attention" else COUNT
                for name, faint in zip(shown, quiet, strict=True)
            ],
            "pattern": HATCH | {"shape": ["/" if faint else "" for faint in quiet]},
        },
        text=[number(share) for share in shown.values()],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{POINTERS[name]}<br>{number(share, 3)}" for name, share in shown.items()],
        hoverinfo="text",
    )
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN | {"r": 30},
        bargap=0.3,
        showlegend=False,
        xaxis={"title": "share found (higher is better)", "range": [0, 1], "fixedrange": True} | ticks(0, 1, 0.2),
        yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True},
    )
    return figure
