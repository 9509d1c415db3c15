"""Two runs side by side: the same person and window (moment.py), how they were made and how good they are (making.py);
drawn.py: what the pictures draw.

`sides` resolves one view against both runs; all else is asked of what it gives, or of the two runs.
"""

from attrec_core.views.compare.learning import curves, data_remarks, metrics
from attrec_core.views.compare.same_moment import attention, list_rows, lists, map_records, split
from attrec_core.views.compare.sides import Sides, sides

__all__ = [
    "Sides",
    "attention",
    "curves",
    "data_remarks",
    "list_rows",
    "lists",
    "map_records",
    "metrics",
    "sides",
    "split",
]
