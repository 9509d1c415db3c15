"""The records that cross the house: frozen dataclasses of arrays and numbers, no torch, no Plotly."""

from attrec_core.results.at_large import AtLarge, CauseShares, Extreme, PlaceShares, TauHistogram
from attrec_core.results.explanation import (
    Difference,
    Effect,
    ExactSum,
    Explanation,
    Influence,
    LeaveOneOut,
    Part,
    SmallestEdit,
)
from attrec_core.results.looking import Ranking, SplitRow, Story, Trace
from attrec_core.results.spaces import Apart, Cloud, IntentPath, PathOnMap, Points, RuleView, SpaceMap, Trust
from attrec_core.results.training import Epoch, Evaluation, History, Metrics
from attrec_core.results.what_if import Comparison, Crossing, Experiment, Move, RankCurve, RankCurves, Slot

__all__ = [
    "Apart",
    "AtLarge",
    "CauseShares",
    "Cloud",
    "Comparison",
    "Crossing",
    "Difference",
    "Effect",
    "Epoch",
    "Evaluation",
    "ExactSum",
    "Experiment",
    "Explanation",
    "Extreme",
    "History",
    "Influence",
    "IntentPath",
    "LeaveOneOut",
    "Metrics",
    "Move",
    "Part",
    "PathOnMap",
    "PlaceShares",
    "Points",
    "RankCurve",
    "RankCurves",
    "Ranking",
    "RuleView",
    "Slot",
    "SmallestEdit",
    "SpaceMap",
    "SplitRow",
    "Story",
    "TauHistogram",
    "Trace",
    "Trust",
]
