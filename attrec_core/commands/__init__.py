"""What each command of the command line does. Answers go to stdout, progress and remarks to stderr."""

from attrec_core.commands.explaining import compare, experiments, explain, omega
from attrec_core.commands.looking import attention, info, recommend
from attrec_core.commands.surveying import survey
from attrec_core.commands.training import evaluate, inspect, train

__all__ = [
    "attention",
    "compare",
    "evaluate",
    "experiments",
    "explain",
    "info",
    "inspect",
    "omega",
    "recommend",
    "survey",
    "train",
]
