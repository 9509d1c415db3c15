"""Makes the table of studies in README.md from benchmarks/results/: python docs/results.py."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.runs.studies import load_study
from attrec_core.views.does_it_hold.tables import rows_of

BEGIN, END = "<!-- from benchmarks/results by docs/results.py -->\n", "<!-- end -->\n"


def text() -> str:
    """A table and its protocol for each study."""
    parts = []
    for folder in sorted(path for path in (ROOT / "benchmarks" / "results").iterdir() if path.is_dir()):
        study = load_study(folder)
        lines = [f"| {study.protocol.title} | HR@50 | paper | MRR | paper | HR@10 |", "|---|---|---|---|---|---|"]
        for row in rows_of(study):
            ours = [
                f"{row.cells[name].mean:.4f} [{row.cells[name].low:.4f}, {row.cells[name].high:.4f}]"
                for name in ("hr@50", "mrr")
            ]
            paper = [f"{row.paper[name]:.4f}" if name in row.paper else "" for name in ("hr@50", "mrr")]
            cells = [row.label, ours[0], paper[0], ours[1], paper[1], f"{row.cells['hr@10'].mean:.4f}"]
            lines.append(f"| {' | '.join(cells)} |".replace(" 0.", " .").replace("[0.", "[."))
        parts.append("\n".join([*lines, "", study.protocol.sentence.replace("\u00a0", " ")]))
    return "\n\n".join(parts) + "\n"


def written(readme: str) -> str:
    """README.md with the tables as they are to be."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + text() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    file = ROOT / "README.md"
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
