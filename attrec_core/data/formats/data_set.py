"""A data set that was imported before: a folder with data.json. Its rows can be filtered again."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data import data_sets
from attrec_core.data.filters import rows_again
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source


def recognise(source: Source) -> Layout | None:
    member = source.named("data.json")
    return Layout(member) if member is not None and data_sets.is_data_set(source.path) else None


def read(source: Source, layout: Layout) -> Rows:
    data_set = data_sets.load(source.path)
    rows = rows_again(data_set.interactions)
    sentence = f"The data set {data_set.name!r}, imported from {data_set.report.source} ({data_set.report.format})."
    return replace(rows, recognised=(sentence,), data_set=data_set.name)
