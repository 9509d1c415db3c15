"""The panels of the page Does it hold?. They are about a study with the chosen metric and switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attrec_core.config import METRICS
from attrec_core.errors import InputError, shown
from attrec_core.runs.studies import Study
from attrec_core.storage.workspace import SAMPLE_DATA
from attrec_core.views.does_it_hold import attention, causes, claims, figures, shelf, switches, tables, words
from attrec_core.views.does_it_hold.shelf import StudyView
from attrec_core.views.panel import Panel, Shown
from attrec_core.views.texts import text


def metric(view: StudyView) -> str:
    return METRICS[view.metric]


def protocol_line(studies: Sequence[Study], view: StudyView) -> str:
    return switches.protocol_line([study.protocol for study in studies], view.seen)


DOTS: Panel[StudyView, Study] = Panel(
    key="study_dots",
    listed="Metrics with their intervals",
    heading=lambda view, study: words.full_title(study.protocol),
    record=lambda view: view.study,
    figure=lambda view, study: figures.dots(study, view.metric, view.seen, view.beyond, view.room),
    sentence=lambda view, study: (
        f"{words.in_figures(study, view.metric, view.seen, view.beyond)} "
        f"{words.beside_paper(study, view.metric, view.seen)}".strip()
    ),
    table=lambda view, study: tables.frame(study, view.seen),
    guide=lambda view, study: words.guide(study, view.seen),
    note=lambda view, study: study.described(view.seen, intervals=tables.has_intervals(study, view.seen)),
    label=lambda view, study: f"{metric(view)} of each line of the study",
    subject="study",
    lacks=lambda view: "" if tables.rows_of(view.study) else words.lead(view.study, view.metric),
)


@dataclass(frozen=True)
class Changes:
    """How the answer changes with the other value of each switch, of which each has two."""

    found: list[switches.Change]
    missing: list[str]  # switches for whose other value there is no study


def changes_record(view: StudyView) -> Changes:
    pairs, missing = {}, []
    for name, (field, label, values) in switches.SWITCHES.items():
        other = next(value for value in values if value != getattr(view.study.protocol, field))
        if (found := view.pair(switches.changed(view.study.protocol, {name: other}))) is None:
            missing.append(label.lower())
        else:
            pairs[name] = found
    return Changes(switches.changes(view.study, pairs, view.metric, view.seen), missing)


CHANGES: Panel[StudyView, Changes] = Panel(
    key="study_changes",
    heading="What would change the answer?",
    record=changes_record,
    sentence=lambda view, record: switches.sentence(record.found, view.metric),
    table=lambda view, record: switches.table(record.found, view.metric),
    is_open=True,
    note=lambda view, record: (
        text("does_it_hold", "changes")
        + (f" {text('does_it_hold', 'not yet run', missing=', '.join(record.missing))}" if record.missing else "")
    ),
    subject="study",
    lacks=lambda view: "" if changes_record(view).found else switches.NO_PAIR,
)


def part_of(view: StudyView, kind: str = "") -> Study:
    """kind: empty for the first that is here."""
    kind = kind or next(iter(view.parts))
    if kind not in view.parts:
        text = "There is no study of {kind} for this data; there are: {known}."
        raise InputError("out_of_range", text, setting="kind", kind=shown(kind), known=", ".join(view.parts))
    return view.parts[kind]


PART: Panel[StudyView, Study] = Panel(
    key="study_part",
    listed="Which part of AttRec does the work: one part",
    heading=lambda view, study: f"Which part of AttRec does the work: {words.KIND_NAMES[study.protocol.kind]}",
    record=part_of,
    figure=lambda view, study: figures.panel(study, view.metric, view.seen),
    sentence=lambda view, study: claims.summary([study], view.metric, view.seen).sentence,
    table=lambda view, study: claims.table([study], view.metric, view.seen),
    label=lambda view, study: f"{metric(view)} by {words.KIND_NAMES[study.protocol.kind]}",
    subject="study",
    lacks=lambda view: "" if view.parts else view.no_parts,
)

PARTS: Panel[StudyView, claims.Summary] = Panel(
    key="study_parts",
    heading="Which part of AttRec does the work?",
    record=lambda view: claims.summary(list(view.parts.values()), view.metric, view.seen),
    charts=lambda of: [Shown(PART, of.about, study, kind) for kind, study in of.about.parts.items()],
    sentence=lambda view, summary: summary.sentence,
    table=lambda view, summary: claims.table(list(view.parts.values()), view.metric, view.seen),
    guide=lambda view, summary: text("does_it_hold", "parts", metric=metric(view)),
    note=lambda view, summary: f"{summary.reference} {protocol_line(list(view.parts.values()), view)}".strip(),
    subject="study",
    lacks=lambda view: "" if view.parts else view.no_parts,
)


def studies_of_attention(view: StudyView) -> list[Study]:
    """The studies, of any data, that compare attention with weights by place; first those of the page's data."""
    protocol = view.study.protocol
    studies = attention.with_three_lines(list(view.shelf.values()))
    used = (protocol.order, protocol.split)
    alike = [study for study in studies if (study.protocol.order, study.protocol.split) == used]
    return sorted(alike, key=lambda study: not switches.same_data(study.protocol, protocol))


RECENCY: Panel[StudyView, list[Study]] = Panel(
    key="study_attention",
    heading="Is attention doing more than recency?",
    record=studies_of_attention,
    figure=lambda view, studies: attention.side_by_side(studies, view.metric, view.seen),
    sentence=lambda view, studies: attention.sentence(studies, view.metric, view.seen),
    table=lambda view, studies: attention.table(studies, view.metric, view.seen),
    guide=text("does_it_hold", "attention"),
    note=lambda view, studies: protocol_line(studies, view),
    label=lambda view, studies: f"{metric(view)} of three ways to weigh the recent items",
    subject="study",
    lacks=lambda view: (
        "" if studies_of_attention(view) else f"A study of the parts of AttRec answers this. {view.no_parts}"
    ),
)


CAUSES: Panel[StudyView, Mapping[str, causes.Seeds]] = Panel(
    key="study_causes",
    heading="Does a better ranking come with a better-behaved attention?",
    record=lambda view: causes.load(shelf.SHIPPED),
    sentence=lambda view, seeds: causes.sentence(seeds),
    table=lambda view, seeds: causes.table(seeds),
    is_open=True,
    guide=text("does_it_hold", "causes"),
    subject="study",
    lacks=lambda view: (
        ""
        if view.study.protocol.data == SAMPLE_DATA.name and (shelf.SHIPPED / causes.FILE).is_file()
        else causes.UNKNOWN
    ),
)

PANELS = (DOTS, CHANGES, PARTS, PART, RECENCY, CAUSES)
