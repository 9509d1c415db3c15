"""What a format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from attrec_core.data.options import TieRule
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table


@dataclass(frozen=True)
class Format:
    """One kind of input: how to know it, and how to read it.

    expects: in words, for the sentence that says what was not found; recognise: None where the path is something else;
    read: the layout may be of a shortened copy, for a preview; tie_rule: where nobody chooses.
    """

    name: str
    expects: str
    recognise: Callable[[Source], Layout | None]
    read: Callable[[Source, Layout], Rows] = rows_of_table
    tie_rule: TieRule = "file-last"
