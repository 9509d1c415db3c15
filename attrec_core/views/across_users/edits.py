"""How easily a small edit of the window changes the recommendations of users: picture, table, sentence."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from attrec_core.errors import percent
from attrec_core.explain.across_users.edits import SIZES, Edits
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import HATCH, SHORT, TARGET, percent_ticks

HEIGHT, MARGIN = 280, (10, 30, 34, 66)
OUT, INTO = "first recommendation out of the top 10", "actual next item into the top 10"
COST = "Tries every small edit for a sample of up to 100 users; takes a few seconds."


def shares(counts: Mapping[str, int]) -> list[float]:
    """The share of each size of edit, in the order of SIZES; all 0 if no user was asked."""
    total = max(sum(counts.values()), 1)
    return [counts.get(size, 0) / total for size in SIZES]


def bars(edits: Edits) -> Figure:
    """Two bars for each size of edit: out of the top 10, and into it."""
    looks = ((OUT, edits.out, SHORT, ""), (INTO, edits.into, TARGET, "/"))
    traces = []
    for name, counts, colour, shape in looks:
        values = shares(counts)
        texts = [f"{name}: {size}<br>{percent(value)} of users" for size, value in zip(SIZES, values, strict=True)]
        marker = {"color": colour, "pattern": HATCH | {"shape": shape}}
        labels = {"text": [percent(value) for value in values], "textposition": "outside", "cliponaxis": False}
        traces.append(bar(list(SIZES), values, name=name, marker=marker, **labels) | hover(texts))
    largest = max(value for _, counts, _, _ in looks for value in shares(counts))
    up = axis("users", range=[0, 1.15 * largest or 1], fixedrange=True, **percent_ticks(largest or 1))
    names = [size.replace(" ", "<br>", 1) for size in SIZES]  # on two lines: else a phone slants them
    ticks = {"tickmode": "array", "tickvals": list(SIZES), "ticktext": names, "tickangle": 0}
    across = axis("smallest edit that is enough", fixedrange=True, **ticks)
    return figure(traces, HEIGHT, MARGIN, barmode="group", legend=legend(), xaxis=across, yaxis=up)


def table(edits: Edits) -> pd.DataFrame:
    """One row per size of edit."""
    columns = {OUT: edits.out, INTO: edits.into}
    return pd.DataFrame(
        {"smallest edit": SIZES} | {name: [counts.get(size, 0) for size in SIZES] for name, counts in columns.items()}
    )


def sentence(edits: Edits) -> str:
    """For how many users a single change is enough, and in which sample."""
    removal, _, two, none = shares(edits.out)
    single = removal + shares(edits.out)[1]
    text = (
        f"For {percent(single)} of {edits.users:,} users one change of the window takes the first recommendation out "
        f"of the top 10. {percent(two)} need two removals; for {percent(none)} no such edit is enough."
    )
    count = sum(edits.into.values())
    if count:
        removal, swap, two, none = shares(edits.into)
        text += (
            f" Of the {count:,} users whose actual next item is ranked below 10th, {percent(removal + swap)} get it "
            f"into the top 10 by one change, {percent(two)} by two removals."
        )
    return text if edits.users == edits.of else f"{text} Users: a seeded sample of {edits.users:,} of {edits.of:,}."
