"""The records that cross the house: frozen dataclasses of arrays and numbers, no torch, no Plotly."""

from attrec_core.results.looking import Points, Ranking, SpaceMap, SplitRow, Story, Trace
from attrec_core.results.training import Epoch, Evaluation, History, Metrics

__all__ = ["Epoch", "Evaluation", "History", "Metrics", "Points", "Ranking", "SpaceMap", "SplitRow", "Story", "Trace"]
