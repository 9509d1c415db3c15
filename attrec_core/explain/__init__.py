"""One question → one record, in numpy, without Streamlit or torch: usable from a notebook as from a page."""

from attrec_core.explain.explanation import explain
from attrec_core.explain.forward import (
    half_ranks,
    masked_softmax,
    ranking,
    recommend,
    squared_distances,
    trace,
    window_at,
)
from attrec_core.explain.prediction import Moment, moment_of

__all__ = [
    "Moment",
    "explain",
    "half_ranks",
    "masked_softmax",
    "moment_of",
    "ranking",
    "recommend",
    "squared_distances",
    "trace",
    "window_at",
]
