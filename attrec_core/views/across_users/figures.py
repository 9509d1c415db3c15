"""Attention over all test users: by position, and beside influence."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.errors import number, percent
from attrec_core.views.across_users.words import PlaceShares, TauHistogram
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import COUNT, SELECTED, SHORT, percent_ticks, short_title, ticks

HEIGHT = 320
MARGIN = (10, 10, 30, 46)
BENEATH = "#FFFFFF"
WRITTEN, LABELLED = 12, 20  # positions up to which each bar has its number, and its label; of more, every fifth has it


def places(record: PlaceShares) -> Figure:
    """A bar for each position, oldest first, and the level of uniform attention."""
    count = len(record.shares)
    columns, names = list(range(count)), [*map(str, range(1, count)), f"{count}, latest"]
    labelled = columns if count <= LABELLED else [*range(4, count - 1, 5), count - 1]
    texts = [f"position {name}<br>{percent(share)}" for name, share in zip(names, record.shares, strict=True)]
    inside = {
        "text": [percent(share) for share in record.shares] if count <= WRITTEN else None,
        "textposition": "inside",
        "insidetextanchor": "start",
        "insidetextfont": {"color": "#FFFFFF"},
    }
    bars = bar(columns, record.shares.tolist(), name="average attention", marker={"color": SHORT}, **inside)
    top = max(record.level, float(record.shares.max()))
    level = line([-0.5, count - 0.5], [record.level] * 2, f"uniform: {percent(record.level)}", SELECTED, "dash")
    return figure(
        [bars | hover(texts), level],
        HEIGHT,
        MARGIN,
        bargap=0.3,
        legend=legend(),
        xaxis=axis(
            "position in the window, oldest first",
            tickmode="array",
            tickvals=labelled,
            ticktext=[names[k] for k in labelled],
            fixedrange=True,
        ),
        yaxis=axis("average attention", **percent_ticks(top), rangemode="tozero", automargin=True, fixedrange=True),
    )


def line(x: Sequence[float], y: Sequence[float], name: str, colour: str, dash: str) -> Trace:
    """A line at a level, named in the legend, because a name beside the line would lie over the bars."""
    return scatter(x, y, "lines", name=name, line={"color": colour, "dash": dash, "width": 2.5}, hoverinfo="skip")


def taus(record: TauHistogram, who: str) -> Figure:
    """How many users have which τ between attention and influence; the mean, and the τ of the user shown, by name."""
    data = [
        bar(
            record.centres.tolist(),
            record.counts[0].tolist(),
            width=0.09,
            name="users",
            marker={"color": COUNT},
            hovertemplate="τ = %{x:.1f}: %{y:,} users<extra></extra>",
        )
    ]
    upright, mean = [0, int(record.counts[0].max())], float(record.means[0])
    if mean == mean:  # NaN if nobody has a τ
        # The grey of the mean is that of the bars: white beneath it shows it on them.
        beneath = {"color": BENEATH, "width": 5}
        data.append(scatter([mean, mean], upright, "lines", line=beneath, showlegend=False, hoverinfo="skip"))
        data.append(line([mean, mean], upright, f"mean: {number(mean)}", COUNT, "dash"))
    if record.own is not None:
        label = f"{short_title(who)}: {number(record.own)}"
        data.append(line([record.own, record.own], upright, label, SELECTED, "dot"))
    across = {"range": [-1.08, 1.08], "fixedrange": True} | ticks(-1, 1, 0.5)
    return figure(
        data,
        HEIGHT,
        MARGIN,
        legend=legend(),
        xaxis=axis("τ (−1 opposite order, 0 no relation, 1 same order)", **across),
        yaxis=axis("users", rangemode="tozero", automargin=True, fixedrange=True),
    )
