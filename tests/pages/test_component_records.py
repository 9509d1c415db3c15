"""The browser's code reads exactly the fields of the records that it is sent."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from attrec_core.explain.experiments import Experiment
from attrec_core.views.attention.panels import ExperimentsRecord
from attrec_core.views.drawing.bars import BarsRecord
from attrec_core.views.metric_space.path import PathOnMap
from attrec_core.views.moment.attention import AttentionRecord, ChangeRecord
from attrec_core.views.moment.ranking import RankedRow, RankingRecord
from attrec_core.views.moment.split import SplitRecord
from attrec_core.views.replay.panels import Film, MovingMap
from attrec_core.views.runs.words import RunListRecord, RunRow
from attrec_core.views.score_split.rank_curves import CurvesRecord
from attrec_core.views.step_by_step.records import MatrixRecord
from attrec_core.views.why.influence import TruthRow, TruthTable
from pages.frame.component import place_of
from pages.widgets.components import LivePicture, SequenceRecord, Transport
from pages.widgets.panels import PlotRecord

# The file, the record's name in it, the record; then the files that it is joined with, other names that it reads, and
# fields that only tables and exported drawings read.
DRAWN = "(?:data|record)"  # by the component, and by the script that a file has, too
READ = [
    # It also draws a ChangeRecord and a Transport.
    ("attention_grid", "data", AttentionRecord, "attention_map", "places revision drags", ""),
    ("attention_change", "data", ChangeRecord, "attention_grid", "", ""),
    ("ranking", "data", RankingRecord, "selectable_rows", "", ""),
    ("ranking", "row", RankedRow, "", "", ""),
    ("attention_map", "data", Transport, "attention_grid", "ids column_weights weights masked own counts", ""),
    ("experiments", "data", ExperimentsRecord, "", "", ""),
    ("experiments", "one", Experiment, "", "", "window changes item"),
    ("influence", "data", TruthTable, "selectable_rows", "", ""),
    ("influence", "row", TruthRow, "", "", "item mask"),
    ("matrix", "data", MatrixRecord, "", "", "end_digits ends relative"),
    ("bars", DRAWN, BarsRecord, "figure engine/bars_picture", "", ""),
    ("split", DRAWN, SplitRecord, "figure engine/split_picture", "", ""),
    ("curves", DRAWN, CurvesRecord, "figure engine/curves_picture", "", ""),
    ("replay", "data", Film, "", "", ""),
    ("replay_map", "map", MovingMap, "", "ids", ""),  # `ids` belongs to the attention record
    ("run_list", "data", RunListRecord, "", "", ""),
    ("run_list", "row", RunRow, "", "", ""),
    ("sequence_editor", "data", SequenceRecord, "", "", ""),
    ("story", "data", LivePicture, "", "", ""),
    ("plot", "newest", PlotRecord, "", "", ""),
    ("path", "path", PathOnMap, "", "", ""),
]


def names_read(files: str, name: str) -> set[str]:
    """Fields read as `name.field` or `{ field, field: other } = name`, also after `this.` or `component.`."""
    source = "\n".join(place_of(f"{file}.js").read_text(encoding="utf-8") for file in files.split())
    read = set(re.findall(rf"\b{name}\??\.(\w+)", source))
    for destructured in re.findall(rf"\{{([^{{}}]*)\}} = (?:this\.|component\.)?{name}\b(?!\.)", source):
        read |= {part.split(":")[0].strip() for part in destructured.split(",") if not part.strip().startswith("...")}
    return read


@pytest.mark.parametrize(("file", "name", "record", "joined", "besides", "on_paper"), READ)
def test_the_browser_reads_the_fields_that_a_record_has_and_no_others(
    file: str, name: str, record: type, joined: str, besides: str, on_paper: str
) -> None:
    field_names = {field.name for field in fields(record)}
    assert names_read(file, name) <= field_names | set(besides.split())
    assert field_names <= names_read(f"{file} {joined}", name) | set(on_paper.split())
