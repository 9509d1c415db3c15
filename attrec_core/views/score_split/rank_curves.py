"""A figure of the rank of each item for every ω: step lines, rank 1 on top, with marks where items change places."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from attrec_core.errors import count_of, number
from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.wording import times
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.plot import CALM, axis, figure, hover, note, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import CATEGORIES, QUIET, SELECTED, TARGET, WIDER, escaped, wrapped_title
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split.words import lead_changes, leads, slots

HEIGHT = 520  # pixels
RIGHT, TOP_MARGIN, BOTTOM = 148, 52, 52
SHAPE = 14  # pixels of the shape before a title
LINE = 16  # pixels of a title's line
FAR, JUMP = 50, 1.03  # beyond rank FAR, only changes of at least 3 % are drawn
DIAMOND, NUMBER = 0.05, 0.2  # width in ω, on a phone, of half a diamond, and of that half and the number beside it
REACH = 0.02  # distance in ω between the points of a line that a pointer can hit
TICKS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]
FIRST = 5  # number of top items at the chosen ω that are in colour
# (Plotly's name, character) of the shape that goes with a colour: at the chosen ω, at the right end, and in the title.
SHAPES = (("circle", "●"), ("square", "■"), ("diamond", "◆"), ("triangle-up", "▲"), ("triangle-down", "▼"))

Style = tuple[str, float, str, str]  # colour, line width, Plotly's name of the shape, character of the shape


def rank_curves(scene: Scene, record: RankCurves) -> Figure:
    """The figure of all rank curves. The items of `styles` are in colour, the rest is grey."""
    named = styles(scene, record)
    order = sorted(record.curves, key=lambda curve: curve.item in named)  # lines in colour are on top
    bottom = max(float(curve.ranks.max()) for curve in record.curves)
    low, high = float(np.log10(bottom)) + 0.1, float(np.log10(0.85))
    across = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": record.k + 0.5, "y1": record.k + 0.5}
    lines, notes = omegas(record)
    return figure(
        [
            *(line(scene, curve, *named.get(curve.item, (QUIET, 1.2))[:2]) for curve in order),
            *crossings(scene, record),
            *(marks(scene, record, curve, named[curve.item]) for curve in order if curve.item in named),
        ],
        HEIGHT,
        (10, RIGHT, TOP_MARGIN, BOTTOM),
        hovermode="closest",
        showlegend=False,
        shapes=[across | {"line": {"color": QUIET, "width": 1, "dash": "dot"}}, *lines],
        annotations=[*titles(scene, record, named, low - high), *notes],
        xaxis=axis("ω, the weight of the long-term distance", range=[0, 1], zeroline=False),
        yaxis=axis(
            "rank (1 is best)",
            type="log",
            range=[low, high],
            tickvals=[tick for tick in TICKS if tick <= bottom],
            zeroline=False,
        ),
    )


def styles(scene: Scene, record: RankCurves) -> dict[int, Style]:
    """Returns the style of each item in colour: top items, items that rank 1st for some ω, the actual next item and the
    selected item."""
    # Without the last colour, which is as grey as the other lines.
    numbers = slots(record, FIRST, len(CATEGORIES) - 1)
    looks = {item: (CATEGORIES[slot], 2.5, *SHAPES[slot % len(SHAPES)]) for item, slot in numbers.items()}
    drawn = {curve.item for curve in record.curves}
    if scene.target in drawn:
        looks[scene.target] = (TARGET, 3.0, "star", "★")
    if scene.selected in drawn:
        _, _, symbol, letter = looks.get(scene.selected, ("", 0.0, "hexagon", "⬢"))
        looks[scene.selected] = (SELECTED, 4.5, symbol, letter)
    return looks


@cached
def steps(curve: RankCurve) -> tuple[list[float], list[float]]:
    """Returns x and y of the step line's corners, and of points between them that a pointer can hit."""
    starts, ranks = [0.0], [float(curve.ranks[0])]
    for edge, rank in zip(curve.edges[1:-1].tolist(), curve.ranks[1:].tolist(), strict=True):
        low, high = sorted((rank, ranks[-1]))
        if low <= FAR or high / low >= JUMP:
            starts.append(edge)
            ranks.append(rank)
    corners: list[tuple[float, float]] = []
    for (low, high), rank in zip(pairwise([*starts, 1.0]), ranks, strict=True):
        inner = np.arange(np.floor(low / REACH) + 1, np.ceil(high / REACH)) * REACH
        corners += [(round(omega, 6), rank) for omega in (low, *inner.tolist(), high)]
    x, y = zip(*corners, strict=True)
    return list(x), list(y)


def points(scene: Scene, item: int, x: list[float], y: list[float], mode: str, **look: Any) -> Trace:
    """Points of one item; hovering shows title, rank and ω, and a click sends the item."""
    return scatter(
        x,
        y,
        mode,
        customdata=[item] * len(x),
        hovertext=escaped(scene.title(item)),
        hovertemplate="%{hovertext}<br>rank %{y} at ω = %{x:.3f}<extra></extra>",
        **look,
    )


def line(scene: Scene, curve: RankCurve, colour: str, width: float) -> Trace:
    name = escaped(scene.title(curve.item))
    return points(scene, curve.item, *steps(curve), "lines", line={"color": colour, "width": width}, name=name)


def crossings(scene: Scene, record: RankCurves) -> list[Trace]:
    """A dot where two items change places, and a diamond where the 1st place changes; a click on a diamond sets ω just
    past it."""
    changes = lead_changes(record)
    rest = [crossing for crossing in record.crossings if crossing not in changes]
    texts = [
        f"at ω = {number(crossing.omega, 4)} {escaped(scene.title(crossing.below))} overtakes "
        f"{escaped(scene.title(crossing.above))}<br>click: set ω just past it"
        for crossing in changes
    ]
    dots = scatter(*places_of(rest), "markers", marker={"size": 4, "color": QUIET}, hoverinfo="skip")
    diamonds = scatter(
        *places_of(changes),
        "markers+text",
        marker={"symbol": "diamond-open", "size": 13, "line": {"width": 2}, "color": CALM},
        text=[number(crossing.omega, 3) for crossing in changes],
        textposition=[f"middle {side}" for side in sides([crossing.omega for crossing in changes])],
        cliponaxis=False,
        customdata=[{"omega": crossing.omega} for crossing in changes],
    )
    return [dots, diamonds | hover(texts)]


def sides(omegas: list[float]) -> list[str]:
    """The side of each diamond on which its number is written: the right, or the left where only that has room, so that
    on a phone no number lies on a diamond or on another number. omegas: of the diamonds, in ascending order."""
    written, taken = [], 0.0  # taken: up to where the diamonds before have used the room
    for omega, following in pairwise([*omegas, 1 + DIAMOND]):
        right, left = omega + NUMBER <= following - DIAMOND, omega - NUMBER >= taken
        written.append("right" if right or (not left and omega <= 0.9) else "left")
        taken = omega + (NUMBER if written[-1] == "right" else DIAMOND)
    return written


def places_of(crossings: list[Crossing]) -> tuple[list[float], list[float]]:
    """Returns ω of each crossing, and the middle between its two ranks on the logarithmic axis."""
    middles = [math.sqrt(crossing.rank * (crossing.rank + 1)) for crossing in crossings]
    return [crossing.omega for crossing in crossings], middles


def marks(scene: Scene, record: RankCurves, curve: RankCurve, style: Style) -> Trace:
    """The item's shape on its line, at the chosen ω and at the right end."""
    omegas, marker = [record.long_weight, 1.0], {"symbol": style[2], "size": 10, "color": style[0]}
    ranks = [curve.at(omega) for omega in omegas]
    return points(scene, curve.item, omegas, ranks, "markers", marker=marker, cliponaxis=False)


def titles(scene: Scene, record: RankCurves, named: dict[int, Style], span: float) -> list[Trace]:
    """The titles beside the right ends of the lines, from top to bottom without overlap. span: length of the axis in
    powers of ten."""
    drawn = HEIGHT - TOP_MARGIN - BOTTOM
    ends = sorted((curve.at(1.0), curve.item) for curve in record.curves if curve.item in named)
    line_ends = [drawn * float(np.log10(rank)) / span for rank, _ in ends]  # pixels below rank 1
    title_room = (RIGHT - 10) / WIDER - SHAPE
    texts = [f"{named[item][3]} {wrapped_title(scene.title(item), title_room)}" for _, item in ends]
    lines = [1 + text.count("<br>") for text in texts]
    heights = list(line_ends)
    for row in range(1, len(heights)):
        heights[row] = max(heights[row], heights[row - 1] + LINE * (lines[row - 1] + lines[row]) / 2)
    return [
        note(
            text,
            1,
            float(np.log10(rank)),  # Plotly expects the logarithm on a logarithmic axis
            name=f"line:{item}",  # lets the browser move the title with its line when the figure is zoomed
            xanchor="left",
            align="left",
            xshift=10,
            yanchor="middle",
            yshift=end - height,
            font={"size": 12, "weight": 700 if item == scene.selected else 400},
            hovertext=escaped(scene.title(item)),
        )
        for (rank, item), text, height, end in zip(ends, texts, heights, line_ends, strict=True)
    ]


def omegas(record: RankCurves) -> tuple[list[Trace], list[Trace]]:
    """Returns the vertical lines at the trained ω (dashed) and at the chosen ω (solid), and the notes above them."""
    drawn = [(record.trained, "trained", 2, {"color": QUIET, "width": 2, "dash": "dash"})]
    if record.long_weight != record.trained:
        drawn.append((record.long_weight, "what-if", 18, {"color": CALM, "width": 3}))
    upright = {"type": "line", "y0": 0, "y1": 1, "yref": "paper"}
    above = {"yref": "paper", "yanchor": "bottom", "font": {"weight": 600}}
    return (
        [upright | {"x0": omega, "x1": omega, "line": look} for omega, _, _, look in drawn],
        [note(f"{name}: {number(omega)}", omega, 1, yshift=shift, **above) for omega, name, shift, _ in drawn],
    )


def label(record: RankCurves) -> str:
    """Returns the alternative text of the figure."""
    changes = len({low for low, _, _ in leads(record)} - {0.0})
    items = count_of(len(record.curves), "item")
    return f"rank of {items} for every ω; the first place {f'changes {times(changes)}' if changes else 'never changes'}"
