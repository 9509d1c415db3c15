"""What each command of the command line does. Answers go to stdout, progress and remarks to stderr."""

from attrec_core.commands.data_arguments import add_data
from attrec_core.commands.explaining import compare, experiments, explain, omega
from attrec_core.commands.importing import download, import_data, inspect
from attrec_core.commands.looking import attention, info, recommend
from attrec_core.commands.shelving_arguments import add_compare_runs, add_shelf
from attrec_core.commands.surveying import survey
from attrec_core.commands.training import estimate, evaluate, lay_out_maps, train
from attrec_core.commands.training_arguments import add_training

__all__ = [
    "add_compare_runs",
    "add_data",
    "add_shelf",
    "add_training",
    "attention",
    "compare",
    "download",
    "estimate",
    "evaluate",
    "experiments",
    "explain",
    "import_data",
    "info",
    "inspect",
    "lay_out_maps",
    "omega",
    "recommend",
    "survey",
    "train",
]
