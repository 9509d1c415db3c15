"""A study as tables: our figures beside the paper's, with intervals."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from attrec_core.config import METRICS, PAPER
from attrec_core.runs import paper
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.protocol import RACED
from attrec_core.runs.studies import UNKNOWN, Entry, Study
from attrec_core.runs.systems import ADDED, SYSTEMS, not_the_papers

PARTS = ("mean", "without", "place", "sum", "max", "min", "before", "none", "two")
# Kind of a study that varies one setting → the paper's figures by data set, and the values of the setting.
VARIED = {
    "omega": (paper.OMEGA, paper.OMEGAS),
    "window": (paper.WINDOW, paper.WINDOWS),
    "dim": (paper.DIM, paper.DIMS),
}


@dataclass(frozen=True)
class TableCell:
    """A figure of one line: mean and standard deviation over the seeds, and an interval over the users."""

    mean: float
    spread: float
    low: float
    high: float

    @property
    def text(self) -> str:
        interval = "" if math.isnan(self.low) else f" [{self.low:.4f}, {self.high:.4f}]"
        return f"{self.mean:.4f} ± {self.spread:.4f}{interval}"


@dataclass(frozen=True)
class TableRow:
    key: str
    name: str
    label: str  # its name with notes
    cells: dict[str, TableCell]  # by metric
    paper: dict[str, float]  # the paper's figures for this data set, by metric
    coverage: float
    popularity: float


@cached
def rows_of(study: Study, seen: str = "out", intervals: bool = True) -> list[TableRow]:
    """The lines that have a seed, sorted by MRR if they are systems, else in their order. seen: items of the history
    are left "out" of the ranking, or are "in" it; then the paper's figures do not match. intervals: whether they are
    computed, which takes seconds for many users."""
    rows = [row_of(study, entry, seen, intervals) for entry in study.entries if entry.seeds]
    if study.protocol.kind in RACED:
        rows.sort(key=lambda row: -row.cells["mrr"].mean)
    else:
        rows.sort(key=lambda row: place_of(row.key))
    return rows


def has_intervals(study: Study, seen: str) -> bool:
    """Whether the intervals are stored; a study of an earlier version has none where seen items are ranked too."""
    cells = [cell for row in rows_of(study, seen) for cell in row.cells.values()]
    return not any(math.isnan(cell.low) for cell in cells)


def place_of(key: str) -> tuple[int, float]:
    """The sort key of a line: parts of AttRec in the paper's order, values by their number."""
    value = key.partition("-")[2]
    number = float(value) if value.replace(".", "", 1).isdecimal() else 0.0
    return (PARTS.index(key), 0.0) if key in PARTS else (len(PARTS), number)


def row_of(study: Study, entry: Entry, seen: str, intervals: bool) -> TableRow:
    cells = {}
    for metric in METRICS:
        values = entry.values(metric, seen)
        interval = study.interval(entry.key, metric, seen) if intervals else UNKNOWN[1:]
        cells[metric] = TableCell(float(values.mean()), float(values.std()), *interval)
    count, wanted = len(entry.seeds), study.protocol.seeds
    # Where the study names its loss, all of its lines have it.
    keys = ADDED if study.protocol.loss == "hinge" else ["taste"]
    notes = [not_the_papers({**entry.model, **entry.train}, keys)]
    system = SYSTEMS.get(entry.model.get("model", "attrec"))
    if count < wanted and not (system and system.is_counted):  # a counted system needs one
        notes.append(f"{count} of {wanted} seeds")
    return TableRow(
        key=entry.key,
        name=entry.label,
        label=entry.label + "".join(f" ({note})" for note in notes if note),
        cells=cells,
        paper=of_paper(study, entry.key) if seen == "out" else {},
        coverage=sum(seed.coverage for seed in entry.seeds) / count,
        popularity=sum(seed.popularity for seed in entry.seeds) / count,
    )


def of_paper(study: Study, key: str) -> dict[str, float]:
    """The paper's figures of a line; empty if it has none, or if data or settings are not the paper's."""
    protocol, name = study.protocol, study.protocol.paper
    if protocol.start != PAPER and (key == "attrec" or protocol.kind not in RACED):
        return {}
    if not name or (protocol.order, protocol.split, protocol.loss) != ("as it is", "leave-one-out", "hinge"):
        return {}
    if protocol.kind in RACED and key in paper.SYSTEMS_OF_PAPER:
        column = paper.SYSTEMS_OF_PAPER.index(key)
        return {metric: table[name][column] for metric, table in paper.TABLE_2.items()}
    if protocol.kind in VARIED:
        varied, steps = VARIED[protocol.kind]
        figures = {f"{protocol.kind}-{step:g}": value for step, value in zip(steps, varied.get(name, ()), strict=False)}
    else:
        figures = paper.ABLATION.get(name, {}) if protocol.kind == "ablation" else {}
    return {"hr@50": figures[key]} if key in figures else {}


def cells_of(study: Study) -> tuple[list[str], list[list[str]]]:
    ours = [METRICS[metric] for metric in METRICS]
    head = ["", *ours, "paper HR@50", "paper MRR", "catalogue in a top 10", "popularity"]
    lines = []
    for row in rows_of(study):
        ours = [row.cells[metric].text for metric in METRICS]
        reported = [f"{row.paper[metric]:.4f}" if metric in row.paper else "" for metric in ("hr@50", "mrr")]
        lines.append([row.label, *ours, *reported, f"{row.coverage:.3f}", f"{row.popularity:.3f}"])
    return head, lines


def markdown(study: Study) -> str:
    return "\n".join([*markdown_lines(*cells_of(study)), "", study.sentence, ""])


def markdown_lines(head: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines)]


def side_by_side(studies: Sequence[Study]) -> str:
    """All studies in Markdown, as in Table 2 of the paper: for each of its metrics, a row for each data set and a
    column for each line, with the paper's figure in parentheses. The protocols are below."""
    found = [{row.key: row for row in rows_of(study)} for study in studies]
    # What stands in parentheses, such as the preset, differs between data sets.
    columns = {key: row.label.partition(" (")[0] for rows in found for key, row in rows.items()}
    text: list[str] = []
    for metric in ("hr@50", "mrr"):
        lines = [
            [study.protocol.title, *(beside_paper(rows[key], metric) if key in rows else "" for key in columns)]
            for study, rows in zip(studies, found, strict=True)
        ]
        text += [*markdown_lines([METRICS[metric], *columns.values()], lines), ""]
    return "\n".join([*text, *(f"- {study.sentence}" for study in studies), ""])


def beside_paper(row: TableRow, metric: str) -> str:
    reported = f" ({row.paper[metric]:.4f})" if metric in row.paper else ""
    return f"{row.cells[metric].mean:.4f}{reported}"


def as_html(study: Study) -> str:
    """The table as an HTML page that opens without a network."""
    head, lines = cells_of(study)
    parts = ["<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in head) + "</tr>"]
    parts += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines]
    title = html.escape(f"Does it hold? {study.protocol.title}")
    return (
        f"<!doctype html><meta charset='utf-8'><title>{title}</title><style>body{{font:16px sans-serif}}"
        "td,th{padding:.3em .8em;text-align:left}</style>"
        f"<h1>{title}</h1><table>{''.join(parts)}</table><p>{html.escape(study.sentence)}</p>"
    )


def frame(study: Study, seen: str = "out") -> pd.DataFrame:
    """The numbers of the picture, and coverage and popularity, one row per line."""
    records = []
    for row in rows_of(study, seen):
        record: dict[str, object] = {"line": row.label}
        for metric, cell in row.cells.items():
            name = METRICS[metric]
            record |= {name: cell.mean, f"{name} sd of seeds": cell.spread}
            record |= {f"{name} low": cell.low, f"{name} high": cell.high, f"{name} paper": row.paper.get(metric)}
        record |= {"share of the catalogue in a top 10": row.coverage, "popularity of the top 10": row.popularity}
        records.append(record)
    return pd.DataFrame(records).dropna(axis=1, how="all")
