"""Is attention doing more than recency? Uniform weights, learned weights by place, and attention, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pandas as pd

from attrec_core.config import METRICS
from attrec_core.runs.studies import Study
from attrec_core.views.does_it_hold.figures import MARGIN, bars, ends, height_of, rows_axis, span
from attrec_core.views.does_it_hold.tables import TableRow, rows_of
from attrec_core.views.does_it_hold.words import title_of
from attrec_core.views.drawing.plot import CALM, axis, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import LONG, QUIET, SHORT, short_name, signed

# The three lines of an ablation, from the line that knows least to the line that knows most: label, colour, shape.
THREE = {
    "without": ("uniform weights", QUIET, "square"),
    "place": ("weights by place", LONG, "diamond"),
    "mean": ("attention", SHORT, "circle"),
}
ROW, NAME = 58, 26
MORE, LESS = "attention does more than recency", "learned weights by place do better than attention"
OPEN = "attention and learned weights by place cannot be distinguished, so recency may explain it"
UNKNOWN = "the interval of the difference between attention and place is not stored"


def study_label(study: Study, letters: int | None = None, between: str = ", ") -> str:
    """The name of a study's row. letters: at most so many characters of its title."""
    full = title_of(study.protocol)
    title = full if letters is None else short_name(full, letters)
    return title if study.protocol.loss == "hinge" else f"{title}{between}softmax loss"


def three_lines(study: Study, seen: str = "out") -> dict[str, TableRow]:
    """The three lines of a study, by key; empty if one of them is not done."""
    rows = {row.key: row for row in rows_of(study, seen) if row.key in THREE}
    return rows if len(rows) == len(THREE) else {}


def with_three_lines(studies: Sequence[Study]) -> list[Study]:
    return [study for study in studies if study.protocol.kind == "ablation" and three_lines(study)]


def side_by_side(studies: Sequence[Study], metric: str, seen: str = "out") -> Figure:
    """One row per study, its three dots joined by a line. The dots, and so their intervals, are a little apart."""
    pairs = [(study, three_lines(study, seen)) for study in studies]
    traces = [
        scatter(
            [rows[key].cells[metric].mean for key in THREE],
            [position + shift for shift in (-0.2, 0, 0.2)],
            "lines",
            line={"color": CALM, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
        for position, (_, rows) in enumerate(pairs)
    ]
    for shift, (key, (label, colour, symbol)) in zip((-0.2, 0, 0.2), THREE.items(), strict=True):
        cells = [rows[key].cells[metric] for _, rows in pairs]
        look = {"marker": {"color": colour, "size": 11, "symbol": symbol}, "error_x": bars(cells, colour)}
        texts = [f"{study_label(study)}: {label}<br>{cell.text}" for (study, _), cell in zip(pairs, cells, strict=True)]
        positions = [position + shift for position in range(len(pairs))]
        traces.append(scatter([cell.mean for cell in cells], positions, "markers", name=label, **look) | hover(texts))
    names = [study_label(study, NAME, "<br>") for study, _ in pairs]
    low, high = zip(*(ends(row.cells[metric]) for _, rows in pairs for row in rows.values()), strict=True)
    return figure(
        traces,
        height_of(len(pairs), ROW),
        MARGIN,
        legend=legend(),
        xaxis=axis(METRICS[metric], range=span([*low, *high]), fixedrange=True),
        yaxis=rows_axis(names),
    )


def sentence(studies: Sequence[Study], metric: str, seen: str = "out") -> str:
    """In how many studies attention adds to weights by place; of a single study, how much, and how certain."""
    if len(studies) == 1:
        return sentence_of(studies[0], metric, seen)
    answers = [answer(study, metric, seen) for study in studies]
    texts: list[str] = []
    for name in (MORE, LESS, OPEN, UNKNOWN):
        labels = [study_label(study) for study, verdict in zip(studies, answers, strict=True) if verdict == name]
        of_all = "" if texts else f" of {len(studies)} studies"
        texts += [f"In {len(labels)}{of_all}, {name}: {'; '.join(labels)}."] if labels else []
    return " ".join(texts)


def listed(studies: Sequence[Study], metric: str, plain: Callable[[str], str], seen: str = "out") -> str:
    """One Markdown line per study, if there are several. plain: escapes a text, so that Markdown shows it exactly."""
    lines = [f"- {plain(sentence_of(study, metric, seen))}" for study in studies]
    return "\n".join(lines) if len(lines) > 1 else ""


def answer(study: Study, metric: str, seen: str = "out") -> str:
    _, low, high = study.difference("mean", "place", metric, seen)
    if math.isnan(low):
        return UNKNOWN
    return OPEN if low <= 0 <= high else MORE if low > 0 else LESS


def sentence_of(study: Study, metric: str, seen: str = "out") -> str:
    """What attention adds to weights by place, and how certain that is."""
    value, low, high = study.difference("mean", "place", metric, seen)
    verdict = answer(study, metric, seen)
    numbers = f"{signed(value, 4)} on {METRICS[metric]}, 95\u00a0% interval {signed(low, 4)} to {signed(high, 4)}"
    measured = "" if verdict == UNKNOWN else f" (attention minus weights by place: {numbers})"
    return f"{study_label(study)}: {verdict}{measured}."


def table(studies: Sequence[Study], metric: str, seen: str = "out") -> pd.DataFrame:
    """One row per study: its three lines, and the paired differences."""
    records = []
    for study in studies:
        rows = three_lines(study, seen)
        record: dict[str, object] = {"data": study_label(study)}
        record |= {label: rows[key].cells[metric].mean for key, (label, _, _) in THREE.items()}
        for key in ("place", "without"):
            names = (f"{start} {THREE[key][0]}" for start in ("attention −", "low,", "high,"))
            record |= zip(names, study.difference("mean", key, metric, seen), strict=True)
        records.append(record)
    return pd.DataFrame(records).dropna(axis=1, how="all")
