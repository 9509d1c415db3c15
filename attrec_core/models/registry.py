"""The class of each system."""

from __future__ import annotations

import shlex
import traceback
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path

from attrec_core.config import OWN, ModelConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, Place
from attrec_core.models.attrec import AttRec
from attrec_core.models.bprmf import BprMf
from attrec_core.models.caser import Caser
from attrec_core.models.counted import Counted
from attrec_core.models.ease import Ease
from attrec_core.models.fpmc import Fpmc
from attrec_core.models.gru4rec import Gru4Rec
from attrec_core.models.hrm import Hrm
from attrec_core.models.itemknn import ItemKnn
from attrec_core.models.lstm import LstmPlus
from attrec_core.models.markov import MarkovCounts
from attrec_core.models.mc import Mc
from attrec_core.models.model import Model
from attrec_core.models.own import tried
from attrec_core.models.popularity import Popularity
from attrec_core.models.pretrained import Recommender, loaded
from attrec_core.models.prme import Prme
from attrec_core.models.sasrec import SasRec
from attrec_core.models.transrec import TransRec
from attrec_core.runs.run import Run

TRAINED: dict[str, type[Model]] = {
    "bprmf": BprMf, "mc": Mc, "fpmc": Fpmc, "hrm": Hrm, "prme": Prme, "transrec": TransRec, "caser": Caser,
    "lstm": LstmPlus, "gru4rec": Gru4Rec, "sasrec": SasRec, "attrec": AttRec,
}  # fmt: skip
NEEDS_CLASS = (
    "This is a model of your own; give its class: --model {given} on the command line; "
    "python -m attrec_core app --model {given} opens the app with it."
)
COUNTED: dict[str, type[Counted]] = {"popularity": Popularity, "itemknn": ItemKnn, "ease": Ease, "markov": MarkovCounts}


def use(place: str) -> None:
    """Registers a custom class as the model "own". place: "my_file.py:Class". The file is executed, so only a person
    may name it, never a run. Raises InputError when the file fails or has no such subclass of `Model`."""
    file, _, name = place.rpartition(":")
    if not file:
        text = "{given} names no class; write {given}:Class."
        raise InputError("no_class_name", text, setting="model", given=place)
    if not Path(file).is_file():
        text = "There is no file {file}; {name} takes FILE.py:Class, or one of: {known}."
        names = ", ".join([*COUNTED, *TRAINED])
        raise InputError("no_model_file", text, setting="model", file=file, known=names)
    loader = SourceFileLoader("attrec_own_model", file)  # for any ending
    spec = ModuleSpec(loader.name, loader, origin=file)
    spec.has_location = True
    module = module_from_spec(spec)
    try:
        loader.exec_module(module)
    except Exception as error:
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        where = Place(file, frames[-1] if frames else getattr(error, "lineno", None))
        text = "The file cannot be executed: {kind}: {fault}."
        facts = {"kind": type(error).__name__, "fault": str(error)}
        raise InputError("model_file_fails", text, setting="model", place=where, **facts) from error
    model_class = getattr(module, name, None)
    if not (isinstance(model_class, type) and issubclass(model_class, Model)):
        text = "{file} has no class {class_name} derived from attrec_core.models.model.Model."
        raise InputError("no_model_class", text, setting="model", file=file, class_name=name)
    if model_class.__abstractmethods__:
        text = "{class_name} in {file} defines no method {missing}; examples/my_model.py shows what it does."
        missing = " and no method ".join(sorted(model_class.__abstractmethods__))
        raise InputError("unfinished_model", text, setting="model", file=file, class_name=name, missing=missing)
    TRAINED[OWN] = model_class


def class_of(config: ModelConfig, given: str = "FILE.py:Class") -> type[Model]:
    """Returns a trained system's class. Raises InputError for a custom model whose class was not given; given: what
    was given for its training."""
    if config.model not in TRAINED:
        raise InputError("needs_class", NEEDS_CLASS, setting="model", given=shlex.quote(given))
    return TRAINED[config.model]


def model_in(run: Run) -> Recommender:
    """Returns a run's model, in evaluation mode. Raises InputError when the arrays do not fit the run's system."""
    data, config = run.interactions, run.model_config
    arguments = config, data.n_users, data.n_items
    if config.model in COUNTED:
        counted = COUNTED[config.model](*arguments)
        split = leave_one_out(data)
        counted.learn(split.with_validation() if run.train_config.refit else split, run.arrays)
        return counted.eval()
    class_of(config, str(run.history.get("class") or "FILE.py:Class"))
    return loaded(model_of(*arguments), run.arrays)


def model_of(config: ModelConfig, n_users: int, n_items: int, init_sd: float = 0.001) -> Model:
    """Returns a new model with random weights. For trained systems only, not for counted ones."""
    model = class_of(config)(config, n_users, n_items, init_sd)
    return tried(model) if config.model == OWN else model
