"""Writes what follows from benchmarks/results/ and from the list of systems into README.md, docs/studies.md and
docs/systems.md, in place of what stands between two marks. Run: python docs/studies.py"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.config import SETTINGS
from attrec_core.runs.candidates import SPACES
from attrec_core.runs.protocol import RACED, Protocol
from attrec_core.runs.studies import Study, load_study, studies_in
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.does_it_hold.tables import TableCell, TableRow, rows_of
from attrec_core.views.does_it_hold.words import lead, title_of
from attrec_core.views.drawing.theme import signed

BEGIN, END = "<!-- from benchmarks/results by docs/studies.py -->\n", "<!-- end -->\n"
RESULTS = ROOT / "benchmarks" / "results"
OURS = {"attrec", "auto"}  # the lines of AttRec: the paper's settings, settings found
PROTOCOL = (
    "Leave-one-out, without seen items; mean of the seeds. The found settings have the softmax loss, averaged weights "
    "or a taste from items, not the paper's. Difference: found minus best other, with its 95 % interval over the "
    "users. Ties: which of several last items is the test item."
)


def studies() -> dict[str, Study]:
    """Returns the studies in which all systems were tuned, by name, in their order."""
    every = {path.name: load_study(path) for path in studies_in(RESULTS)}
    return {name: study for name, study in every.items() if is_tuned(study)}


def is_tuned(study: Study) -> bool:
    return study.protocol.kind in RACED and {row.key for row in rows_of(study)} >= OURS


def in_short() -> str:
    """Returns a line for each study: AttRec beside the best of the others, by MRR."""
    lines = [
        "| data, split and ties | AttRec, the paper's settings | AttRec, settings found | best other | difference |",
        "|---|---|---|---|---|",
    ]
    for study in studies().values():
        cells = {row.key: (row.label, row.cells["mrr"].mean) for row in rows_of(study)}
        other = max(cells.keys() - OURS, key=lambda key: cells[key][1])
        best = f"{cells[other][0]} {cells[other][1]:.4f}"
        figures = (f"{cells['attrec'][1]:.4f}", f"{cells['auto'][1]:.4f}", best, difference(study, "auto", other))
        lines.append(f"| {short_title(study)} | {' | '.join(figures)} |".replace(" 0.", " ."))
    return "\n".join([*lines, "", PROTOCOL, ""])


def short_title(study: Study) -> str:
    protocol = study.protocol
    return ", ".join([protocol.title, *protocol.unusual, f"ties {protocol.tie_rule}", f"{protocol.seeds} seeds"])


def difference(study: Study, key: str, other: str) -> str:
    """Returns the difference in MRR between two lines, with its interval."""
    value, low, high = study.difference(key, other, "mrr")
    return f"{signed(value, 4)} [{signed(low, 4)}, {signed(high, 4)}]"


def in_full() -> str:
    """Returns the verdict, the table, the found settings and the protocol of each study."""
    return "\n".join(f"## {title_of(study.protocol)} (`{name}`)\n\n{whole(study)}" for name, study in studies().items())


def whole(study: Study) -> str:
    rows = rows_of(study)
    has_paper = any("mrr" in row.paper for row in rows)
    head = ["system", "HR@50", "MRR", *["MRR in the paper"] * has_paper, "MRR minus AttRec’s, settings found"]
    lines = [
        f"| {' | '.join(line)} |".replace(" 0.", " .")
        for line in (head, *(cells(study, row, has_paper) for row in rows))
    ]
    table = "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
    return f"{plain(lead(study, 'mrr'))} {protocol_of(study.protocol)}\n\n{table}\n\n{found(study)}\n"


def protocol_of(protocol: Protocol) -> str:
    """Returns what the protocol of a study does not share with the others, in one sentence."""
    counts = f"{protocol.users:,} users, {protocol.items:,} items, {protocol.interactions:,} interactions"
    dropped = [f"without {count:,} rows ({reason})" for reason, count in protocol.dropped.items()]
    found = [f"ties {protocol.tie_rule}", f"best of {protocol.budget} settings", f"{protocol.seeds} seeds"]
    return f"{'; '.join([counts, *dropped, *found])}."


def cells(study: Study, row: TableRow, has_paper: bool) -> list[str]:
    """Returns the cells of a line. has_paper: the table has a column of the paper's figures."""
    paper = [f"{row.paper['mrr']:.4f}" if "mrr" in row.paper else ""] * has_paper
    behind = "" if row.key == "auto" else difference(study, row.key, "auto")
    return [row.label, with_spread(row.cells["hr@50"]), with_spread(row.cells["mrr"]), *paper, behind]


def with_spread(cell: TableCell) -> str:
    return f"{cell.mean:.4f}±{cell.spread:.4f}".replace("0.", ".")


def found(study: Study) -> str:
    """Returns the settings that were found for AttRec, as `--set` takes them: those that are not the defaults."""
    entry = next(entry for entry in study.entries if entry.key == "auto")
    values = (entry.model | entry.train).items()
    changed = (f"{key}={str(value).lower()}" for key, value in values if value != SETTINGS[key].default)
    return f"Settings found for AttRec: `{' '.join(changed)}`."


def systems() -> str:
    """Returns a line for each system."""
    lines = (
        f"| `{key}` | {system.label} | {system.paper} | {system.sentence} |"
        for key, system in SYSTEMS.items()
        if key in SPACES
    )
    return "\n".join(["| name | system | paper | what it computes |", "|---|---|---|---|", *map(plain, lines), ""])


def plain(said: str) -> str:
    return said.replace("\u00a0", " ")


PAGES = {"README.md": in_short, "docs/studies.md": in_full, "docs/systems.md": systems}


def written(page: str) -> str:
    """Returns a page with what follows from the studies today."""
    before, rest = (ROOT / page).read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + PAGES[page]() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    for page in PAGES:
        (ROOT / page).write_text(written(page), encoding="utf-8")
