"""Makes docs/results.md, and the verdicts in README.md, from benchmarks/results/: python docs/results.py."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import mean, pstdev

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.runs.estimate import about
from attrec_core.runs.protocol import RACED
from attrec_core.runs.studies import FIRST, Study, load_study, studies_in
from attrec_core.runs.systems import SYSTEMS
from attrec_core.training.study.candidates import SPACES
from attrec_core.views.does_it_hold import attention, claims
from attrec_core.views.does_it_hold.tables import Cell, rows_of
from attrec_core.views.does_it_hold.words import KIND_NAMES, verdict
from attrec_core.views.drawing.theme import signed
from attrec_core.views.population.words import POINTERS

BEGIN, END = "<!-- from benchmarks/results by docs/results.py -->\n", "<!-- end -->\n"
RESULTS = ROOT / "benchmarks" / "results"
CAUSES = (
    "**Does a better ranking come with a better-behaved attention?** The sample world knows the true cause of each "
    "viewing. Below: how well AttRec ranks by two losses with the same window, and, of the viewings whose cause lies "
    "in the window, in which share each way to point at an item points at the cause. Mean and spread over the seeds "
    "(`benchmarks/causes.py`)."
)
HEAD = "# Results\n\nEach study of `benchmarks/results/`. Made by `python docs/results.py`.\n"


def studies() -> dict[str, Study]:
    """By name, in their order."""
    return {path.name: load_study(path) for path in studies_in(RESULTS)}


def of_readme() -> str:
    """The table of the first study, what holds of the parts of AttRec, and a sentence for each other study."""
    found = studies()
    raced = [study for name, study in found.items() if name != FIRST and study.protocol.kind in RACED]
    others = [f"- {titled(study)}: {plain(verdict(study, 'mrr'))}" for study in raced]
    return "\n".join(
        [whole(found[FIRST]), "", *parts_of_attrec(list(found.values())), *others, "", recency(), causes()]
    )


def text() -> str:
    """docs/results.md: for each study what it says, its table, which systems are not in it, and its protocol."""
    found = studies()
    parts = [f"## {titled(study)} (`{name}`)\n\n{whole(study)}" for name, study in found.items()]
    return "\n".join([HEAD, *parts_of_attrec(list(found.values())), recency(), causes(), "\n\n".join(parts), ""])


def parts_of_attrec(every: list[Study]) -> Iterator[str]:
    """What the paper says of the parts of AttRec, and what holds, a sentence and a list each data set and loss."""

    def data_and_loss(study: Study) -> tuple[str, str]:
        return study.protocol.title, study.protocol.loss

    varied = sorted((study for study in every if study.protocol.kind not in RACED), key=data_and_loss)
    for (data, loss), some in groupby(varied, data_and_loss):
        said = claims.summary(list(some))
        if said.sentence:
            yield f"**{data}, {loss} loss.** {plain(f'{said.sentence} {said.reference}')}\n\n{said.listed(plain)}\n"


def recency() -> str:
    """Whether attention does more than weights by place, for every data set that has the three."""
    some = attention.with_three(list(studies().values()))
    lines = attention.listed(some, "mrr", plain)
    return f"**Is attention doing more than recency?** {plain(attention.sentence(some, 'mrr'))}\n\n{lines}\n"


def causes() -> str:
    """What of the sample's true causes is found by the paper's loss and by the softmax."""
    kept = json.loads((RESULTS / "causes.json").read_text(encoding="utf-8"))
    seeds = len(kept["hinge"])
    rows = [f"| Sample, {seeds} seeds | hinge | softmax |", "|---|---|---|"]
    for key, words in {"mrr": "MRR", "hr@50": "HR@50", **{name: one.words for name, one in POINTERS.items()}}.items():
        some = ([one[key] for one in kept[loss]] for loss in ("hinge", "softmax"))
        cells = (f"{mean(values):.3f} ± {pstdev(values):.3f}".replace("0.", ".") for values in some)
        rows.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join([CAUSES, "", *rows, ""])


def whole(study: Study) -> str:
    says = [plain(verdict(study, name)) for name in ("mrr", "hr@50")]
    return "\n".join([*says, "", *table(study), "", *missing(study), f"{plain(study.protocol.sentence)} {took(study)}"])


def took(study: Study) -> str:
    """How long its trainings took, as they went on one after the other."""
    done = [one for entry in study.entries for one in (*entry.trials, *entry.seeds)]
    seconds = sum(one.seconds for one in done)
    return f"{len(done):,} trainings, {about(seconds)} on one of two cores, with other work beside."


def table(study: Study) -> Iterator[str]:
    """A line each; of parts and settings also how much each is above what it is compared with."""
    varied = study.protocol.kind not in RACED
    yield f"| {study.protocol.title} | HR@50 | paper |{' difference |' * varied} MRR | paper | HR@10 |"
    yield "|---" * (6 + varied) + "|"
    for row in rows_of(study):
        (hits, theirs), (mrr, their_mrr) = (
            (interval(row.cells[name]), f"{row.paper[name]:.4f}" if name in row.paper else "")
            for name in ("hr@50", "mrr")
        )
        above = [difference(study, row.key)] if varied else []
        cells = [row.label, hits, theirs, *above, mrr, their_mrr, f"{row.cells['hr@10'].mean:.4f}"]
        yield f"| {' | '.join(cells)} |".replace(" 0.", " .").replace("[0.", "[.")


def difference(study: Study, key: str) -> str:
    """In HR@50 from the line that the others are compared with."""
    value, low, high = study.difference(key, study.reference, claims.METRIC)
    return "" if key == study.reference else f"{signed(value, 4)} [{signed(low, 4)}, {signed(high, 4)}]"


def interval(cell: Cell) -> str:
    return f"{cell.mean:.4f} [{cell.low:.4f}, {cell.high:.4f}]"


def titled(study: Study) -> str:
    """The data, what was compared, and how the protocol differs from the usual one."""
    protocol = study.protocol
    how = ["starting settings"] if protocol.kind in RACED and protocol.budget == 1 else []
    return ", ".join([protocol.title, KIND_NAMES[protocol.kind], *how, *protocol.unusual, f"ties {protocol.tie_rule}"])


def plain(said: str) -> str:
    return said.replace("\u00a0", " ")


def missing(study: Study) -> list[str]:
    """A sentence that names the systems that the study has not come to, where there are any."""
    known = {entry.key for entry in study.entries if entry.seeds}
    left = [SYSTEMS[key].label for key in SPACES if key not in known]
    return [f"Not in it yet: {', '.join(left)}."] if left and study.protocol.kind == "table2" else []


def written(readme: str) -> str:
    """README.md with the verdicts as they are to be."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + of_readme() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    file = ROOT / "README.md"
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "results.md").write_text(text(), encoding="utf-8")
