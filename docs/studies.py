"""Writes what follows from benchmarks/results/ and from the list of systems into README.md, docs/studies.md and
docs/systems.md, in place of what stands between two marks. Run: python docs/studies.py"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.runs.candidates import SPACES
from attrec_core.runs.protocol import RACED
from attrec_core.runs.studies import Study, load_study, studies_in
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import about
from attrec_core.views.does_it_hold import attention, claims
from attrec_core.views.does_it_hold import causes as of_causes
from attrec_core.views.does_it_hold.tables import TableCell, TableRow, rows_of
from attrec_core.views.does_it_hold.words import answer, beside_paper, in_figures, title_of, verdict
from attrec_core.views.drawing.theme import signed
from attrec_core.views.names import KIND_NAMES, POINTERS

BEGIN, END = "<!-- from benchmarks/results by docs/studies.py -->\n", "<!-- end -->\n"
RESULTS = ROOT / "benchmarks" / "results"
CAUSES = (
    "**Does a better ranking come with a better-behaved attention?** The sample world knows the true cause of each "
    "viewing. Below: how well AttRec ranks by two losses with the same window, and, of the viewings whose cause lies "
    "in the window, in which share each way to point at an item points at the cause. Mean and spread over the seeds "
    "(`benchmarks/causes.py`)."
)
OURS = {"attrec", "auto"}  # the lines of AttRec: the paper's settings, settings found
PROTOCOL = (
    "Leave-one-out, without seen items; mean of the seeds. The found settings have the softmax loss, averaged weights "
    "or a taste from items, not the paper's. Difference: found minus best other, with its 95 % interval over the "
    "users. Ties: which of several last items is the test item."
)
# What can be true of a line and of several lines, in the order of the text.
FINDINGS = {
    "same": ("reproduces", "reproduce"),
    "opposite": ("goes the opposite way", "go the opposite way"),
    "chance": ("does not reproduce: it may be chance", "do not reproduce: they may be chance"),
    "only here": (
        "differs here, but is too small in the paper to be read off its plots",
        "differ here, but are too small in the paper to be read off its plots",
    ),
    "no figure": ("differs here, and the paper has no figure", "differ here, and the paper has no figures"),
    "no figure, chance": (
        "may be chance here, and the paper has no figure",
        "may be chance here, and the paper has no figures",
    ),
    "neither": ("differs clearly neither here nor in the paper", "differ clearly neither here nor in the paper"),
}
# A heading; the kind of study; its lines, all if none are named.
TOPICS = (
    ("Without attention", "ablation", ("without", "place")),
    ("Aggregation instead of the mean", "ablation", ("sum", "max", "min")),
    ("Mask, instead of after the softmax", "ablation", ("before", "none")),
    (
        "Nothing to choose (L = 2 with the mask before the softmax: each item attends to the other alone)",
        "ablation",
        ("two",),
    ),
    ("ω", "omega", ()),
    ("Window", "window", ()),
    ("Dimensions", "dim", ()),
)


def studies() -> dict[str, Study]:
    """Returns the studies by name, in their order."""
    return {path.name: load_study(path) for path in studies_in(RESULTS)}


def in_short() -> str:
    """Returns a line for each study in which all systems were tuned: AttRec beside the best of the others, by MRR."""
    lines = [
        "| data, split and ties | AttRec, the paper's settings | AttRec, settings found | best other | difference |",
        "|---|---|---|---|---|",
    ]
    for study in studies().values():
        cells = {row.key: (row.label, row.cells["mrr"].mean) for row in rows_of(study)}
        if study.protocol.kind in RACED and cells.keys() >= OURS:
            other = max(cells.keys() - OURS, key=lambda key: cells[key][1])
            value, low, high = study.difference("auto", other, "mrr")
            best = f"{cells[other][0]} {cells[other][1]:.4f}"
            figures = (f"{cells['attrec'][1]:.4f}", f"{cells['auto'][1]:.4f}", best)
            between = f"{signed(value, 4)} [{signed(low, 4)}, {signed(high, 4)}]"
            lines.append(f"| {short_title(study)} | {' | '.join(figures)} | {between} |".replace(" 0.", " ."))
    return "\n".join([*lines, "", PROTOCOL, ""])


def short_title(study: Study) -> str:
    protocol = study.protocol
    return ", ".join([protocol.title, *protocol.unusual, f"ties {protocol.tie_rule}", f"{protocol.seeds} seeds"])


def in_full() -> str:
    """Returns the verdict, the table, the missing systems and the protocol of each study."""
    all_studies = studies()
    parts = [f"## {titled(study)} (`{name}`)\n\n{whole(study)}" for name, study in all_studies.items()]
    in_words = (
        f"- {titled(study)}: {plain(answer(study, 'mrr'))} {plain(in_figures(study, 'mrr'))}"
        for name, study in all_studies.items()
        if study.protocol.kind in RACED
    )
    of_attrec = parts_of_attrec(list(all_studies.values()))
    return "\n".join([*in_words, "", *of_attrec, recency(), causes(), "\n\n".join(parts), ""])


def systems() -> str:
    """Returns a line for each system."""
    lines = (
        f"| `{key}` | {system.label} | {system.paper} | {system.sentence} |"
        for key, system in SYSTEMS.items()
        if key in SPACES
    )
    return "\n".join(["| name | system | paper | what it computes |", "|---|---|---|---|", *map(plain, lines), ""])


def parts_of_attrec(every: list[Study]) -> Iterator[str]:
    """Yields a paragraph for each data set and loss: which of the paper's claims about parts of AttRec hold, and each
    difference."""

    def data_and_loss(study: Study) -> tuple[str, str]:
        return study.protocol.title, study.protocol.loss

    varied = sorted((study for study in every if study.protocol.kind not in RACED), key=data_and_loss)
    for (data, loss), group in groupby(varied, data_and_loss):
        of_group = list(group)
        says = claims.summary(of_group)
        if any(claims.claims(study) for study in of_group):
            yield f"**{data}, {loss} loss.** {plain(f'{says.sentence} {says.reference}')} {effects(of_group)}\n"
        elif says.sentence:
            yield f"**{data}, {loss} loss.** {plain(f'{says.sentence} {says.reference}')}\n\n{says.listed(plain)}\n"


def effects(of_group: list[Study]) -> str:
    """Says for each part of AttRec which of its lines differ here and in the paper, with the differences."""
    sentences = ["In brackets: the difference here, its 95 % interval, and the paper’s difference."]
    for heading, kind, keys in TOPICS:
        found: dict[str, list[str]] = {name: [] for name in FINDINGS}
        for study in of_group:
            reference = claims.own_row(study)
            if study.protocol.kind != kind or reference is None:
                continue
            for row in rows_of(study):
                if row is not reference and (not keys or row.key in keys):
                    name = finding(study, row)
                    found[name].append(row.label if name == "neither" else bracketed(study, row, reference))
        texts = [
            f"{'; '.join(found[name])} {words[len(found[name]) > 1]}."
            for name, words in FINDINGS.items()
            if found[name]
        ]
        sentences += [f"*{heading}:*", *texts] if texts else []
    return " ".join(sentences)


def finding(study: Study, row: TableRow) -> str:
    """Returns which of FINDINGS is true of a line."""
    _, low, high = study.difference(row.key, study.reference, claims.METRIC)
    is_open = low <= 0 <= high
    if claims.METRIC not in row.paper:
        return "no figure, chance" if is_open else "no figure"
    answer = next((claim.answer for claim in claims.claims(study) if claim.label == row.label), "")
    readable = {"holds": "same", "reversed": "opposite", "open": "chance"}
    return readable[answer] if answer else "neither" if is_open else "only here"


def bracketed(study: Study, row: TableRow, reference: TableRow) -> str:
    """Returns the name of a line with its difference here and in the paper."""
    metric = claims.METRIC
    paper = f"; paper {signed(row.paper[metric] - reference.paper[metric], 4)}" if metric in row.paper else ""
    return f"{row.label} ({difference(study, row.key)}{paper})"


def recency() -> str:
    """Says, for each data set with the three systems, whether attention does more than weights by place."""
    compared = attention.with_three_lines(list(studies().values()))
    lines = attention.listed(compared, "mrr", plain)
    return f"**Is attention doing more than recency?** {plain(attention.sentence(compared, 'mrr'))}\n\n{lines}\n"


def causes() -> str:
    """Returns a table of both losses: ranking metrics, and how often each way to point at an item finds the cause."""
    seeds = of_causes.load(RESULTS)
    rows = [f"| Sample, {len(seeds['hinge'])} seeds | hinge | softmax |", "|---|---|---|"]
    for key, label in {"mrr": "MRR", "hr@50": "HR@50", **{name: way.words for name, way in POINTERS.items()}}.items():
        rows.append(f"| {label} | {' | '.join(of_causes.texts(seeds, key, 3))} |")
    return "\n".join([CAUSES, "", *rows, ""])


def whole(study: Study) -> str:
    says = [plain(f"{verdict(study, name)} {beside_paper(study, name)}".strip()) for name in ("mrr", "hr@50")]
    return "\n".join([*says, "", *table(study), "", *missing(study), f"{plain(study.sentence)} {took(study)}"])


def took(study: Study) -> str:
    """Says how long the trainings of a study took in total, when run in sequence."""
    trainings = [training for entry in study.entries for training in (*entry.trials, *entry.seeds)]
    seconds = sum(training.seconds for training in trainings)
    return f"{len(trainings):,} trainings, {about(seconds)} on one of two cores, with other work beside."


def table(study: Study) -> Iterator[str]:
    """Yields a line for each system. For parts and settings, also how far each is above its reference."""
    varied = study.protocol.kind not in RACED
    yield f"| {study.protocol.title} | HR@50 | paper |{' difference |' * varied} MRR | paper | HR@10 |"
    yield "|---" * (6 + varied) + "|"
    for row in rows_of(study):
        (hits, paper_hits), (mrr, paper_mrr) = (
            (interval(row.cells[name]), f"{row.paper[name]:.4f}" if name in row.paper else "")
            for name in ("hr@50", "mrr")
        )
        difference_cells = [difference(study, row.key)] if varied else []
        cells = [row.label, hits, paper_hits, *difference_cells, mrr, paper_mrr, f"{row.cells['hr@10'].mean:.4f}"]
        yield f"| {' | '.join(cells)} |".replace(" 0.", " .").replace("[0.", "[.")


def difference(study: Study, key: str) -> str:
    """Returns the difference in HR@50 from the reference line of the study; empty for that line."""
    value, low, high = study.difference(key, study.reference, claims.METRIC)
    return "" if key == study.reference else f"{signed(value, 4)} [{signed(low, 4)}, {signed(high, 4)}]"


def interval(cell: TableCell) -> str:
    return f"{cell.mean:.4f} [{cell.low:.4f}, {cell.high:.4f}]"


def titled(study: Study) -> str:
    """Returns the data set, what is compared, and how the protocol differs from the usual one."""
    protocol = study.protocol
    start = ["starting settings" if protocol.budget == 1 else f"best of {protocol.budget} settings"]
    tested = [f"{protocol.tested:,} of {protocol.users:,} users tested"] if 0 < protocol.tested < protocol.users else []
    return ", ".join(
        [
            title_of(protocol),
            KIND_NAMES[protocol.kind],
            *(start if protocol.kind in RACED else []),
            *protocol.unusual,
            *tested,
            f"ties {protocol.tie_rule}",
            f"{protocol.seeds} seeds",
        ]
    )


def plain(said: str) -> str:
    return said.replace("\u00a0", " ")


def missing(study: Study) -> list[str]:
    """Returns a sentence with the systems that a study has not trained yet; empty if there are none."""
    trained = {entry.key for entry in study.entries if entry.seeds}
    labels = [SYSTEMS[key].label for key in SPACES if key not in trained]
    return [f"Not in it yet: {', '.join(labels)}."] if labels and study.protocol.kind == "table2" else []


PAGES = {"README.md": in_short, "docs/studies.md": in_full, "docs/systems.md": systems}


def written(page: str) -> str:
    """Returns a page with what follows from the studies today."""
    before, rest = (ROOT / page).read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + PAGES[page]() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    for page in PAGES:
        (ROOT / page).write_text(written(page), encoding="utf-8")
