"""Makes the table of studies in README.md from benchmarks/results/: python docs/results.py."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.runs.studies import Study, load_study
from attrec_core.runs.systems import SYSTEMS
from attrec_core.training.study.candidates import SPACES
from attrec_core.views.does_it_hold.tables import rows_of
from attrec_core.views.does_it_hold.words import verdict

BEGIN, END = "<!-- from benchmarks/results by docs/results.py -->\n", "<!-- end -->\n"


def text() -> str:
    """For each study: what it says, its table, which systems are not in it, and its protocol."""
    parts = []
    for folder in sorted(path for path in (ROOT / "benchmarks" / "results").iterdir() if path.is_dir()):
        study = load_study(folder)
        says = [verdict(study, name).replace("\u00a0", " ") for name in ("mrr", "hr@50")]
        lines = [*says, "", f"| {study.protocol.title} | HR@50 | paper | MRR | paper | HR@10 |", "|---" * 6 + "|"]
        for row in rows_of(study):
            ours = [
                f"{row.cells[name].mean:.4f} [{row.cells[name].low:.4f}, {row.cells[name].high:.4f}]"
                for name in ("hr@50", "mrr")
            ]
            paper = [f"{row.paper[name]:.4f}" if name in row.paper else "" for name in ("hr@50", "mrr")]
            cells = [row.label, ours[0], paper[0], ours[1], paper[1], f"{row.cells['hr@10'].mean:.4f}"]
            lines.append(f"| {' | '.join(cells)} |".replace(" 0.", " .").replace("[0.", "[."))
        parts.append("\n".join([*lines, "", *missing(study), study.protocol.sentence.replace("\u00a0", " ")]))
    return "\n\n".join(parts) + "\n"


def missing(study: Study) -> list[str]:
    """A sentence that names the systems that the study has not come to, where there are any."""
    known = {entry.key for entry in study.entries if entry.seeds}
    left = [SYSTEMS[key].label for key in SPACES if key not in known]
    return [f"Not in it yet: {', '.join(left)}."] if left and study.protocol.kind == "table2" else []


def written(readme: str) -> str:
    """README.md with the tables as they are to be."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + text() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    file = ROOT / "README.md"
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
