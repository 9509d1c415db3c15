"""What each command of the command line does. Answers go to stdout, progress and remarks to stderr."""

from attrec_core.cli.app import add_app
from attrec_core.cli.data import add_data
from attrec_core.cli.explain import compare, experiments, explain, omega
from attrec_core.cli.importing import download, import_data, inspect
from attrec_core.cli.predict import attention, info, recommend
from attrec_core.cli.shelving_arguments import add_compare_runs, add_shelf
from attrec_core.cli.surveying import survey
from attrec_core.cli.training import estimate, evaluate, lay_out_maps, train
from attrec_core.cli.training_arguments import add_training

__all__ = [
    "add_app",
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
