"""Record → Plotly figure, one function a figure. Fonts and background come from the app's theme.

A scene → the records that pages draw, and one sentence for each figure.

The twin of each figure: record → pandas table with the same numbers.
"""

from __future__ import annotations
