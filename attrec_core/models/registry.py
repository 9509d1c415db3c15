"""Which class is which system."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from attrec_core.config import ModelConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.models.attrec import AttRec
from attrec_core.models.bprmf import BprMf
from attrec_core.models.caser import Caser
from attrec_core.models.counted import Counted, Ease, ItemKnn, MarkovCounts, Popularity
from attrec_core.models.gru4rec import Gru4Rec
from attrec_core.models.hrm import Hrm
from attrec_core.models.markov import Fpmc, Mc
from attrec_core.models.model import Model
from attrec_core.models.pretrained import Recommender, loaded
from attrec_core.models.prme import LstmPlus, Prme
from attrec_core.models.sasrec import SasRec
from attrec_core.models.transrec import TransRec
from attrec_core.runs.run import Run

TRAINED: dict[str, type[Model]] = {
    "bprmf": BprMf, "mc": Mc, "fpmc": Fpmc, "hrm": Hrm, "prme": Prme, "transrec": TransRec, "caser": Caser,
    "lstm": LstmPlus, "gru4rec": Gru4Rec, "sasrec": SasRec, "attrec": AttRec,
}  # fmt: skip
COUNTED: dict[str, type[Counted]] = {"popularity": Popularity, "itemknn": ItemKnn, "ease": Ease, "markov": MarkovCounts}


def use(place: str) -> None:
    """Takes a class of somebody's own for the model "own". place: "my_file.py:Class", a file that is then run: only a
    person names it, never a run. Raises InputError where there is no such class of `Model`."""
    file, _, name = place.rpartition(":")
    if not Path(file).is_file():
        text = "There is no file {file}; {name} takes FILE.py:Class, or one of: {known}."
        known = ", ".join([*COUNTED, *TRAINED])
        raise InputError("no_model_file", text, setting="model", file=file or place, known=known)
    spec = importlib.util.spec_from_file_location("attrec_own_model", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Model)):
        text = "{file} has no class {class_name} that is a Model of attrec_core.models.model."
        raise InputError("no_model_class", text, setting="model", file=file, class_name=name)
    TRAINED["own"] = found


def class_of(config: ModelConfig) -> type[Model]:
    """Raises InputError for a model of somebody's own whose class was not given."""
    if config.model not in TRAINED:
        text = "This is a model of your own; {name:model} FILE.py:Class must give its class again."
        raise InputError("needs_class", text, setting="model")
    return TRAINED[config.model]


def model_in(run: Run) -> Recommender:
    """The model of a run, in evaluation mode. Raises InputError where its arrays are not those of its system."""
    data, config = run.interactions, run.model_config
    sizes = config, data.n_users, data.n_items
    if config.model in COUNTED:
        counted = COUNTED[config.model](*sizes)
        split = leave_one_out(data)
        counted.take(split.with_validation() if run.train_config.refit else split, run.arrays)
        return counted.eval()
    return loaded(class_of(config)(*sizes), run.arrays)


def model_of(config: ModelConfig, n_users: int, n_items: int, init_sd: float = 0.001) -> Model:
    """A model with its first random weights; not of what is counted."""
    return class_of(config)(config, n_users, n_items, init_sd)
