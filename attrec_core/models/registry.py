"""The class of each system; a model of one's own is tried once before it is used, and a fault in it is a sentence."""

from __future__ import annotations

import shlex
import traceback
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path

import torch
from torch import Tensor

from attrec_core.config import OWN, SASREC, ModelConfig
from attrec_core.data.windows import PADDING, leave_one_out
from attrec_core.errors import InputError, Place, as_input_error, shown
from attrec_core.explain import sasrec
from attrec_core.explain.evaluate import Ranker
from attrec_core.models.attrec import AttRec, LstmPlus, Prme
from attrec_core.models.counted import Counted, Ease, ItemKnn, MarkovCounts, Popularity
from attrec_core.models.model import Model, Recommender, loaded
from attrec_core.models.trained import BprMf, Caser, Fpmc, Gru4Rec, Hrm, Mc, SasRec, TransRec
from attrec_core.runs.run import Run

TRAINED: dict[str, type[Model]] = {
    "bprmf": BprMf, "mc": Mc, "fpmc": Fpmc, "hrm": Hrm, "prme": Prme, "transrec": TransRec, "caser": Caser,
    "lstm": LstmPlus, "gru4rec": Gru4Rec, "sasrec": SasRec, "attrec": AttRec,
}  # fmt: skip
NEEDS_CLASS = (
    "This is a model of your own; give its class: --model {given} on the command line; "
    "python -m attrec_core app --model {given} opens the app with it; attrec.use_model in Python."
)
COUNTED: dict[str, type[Counted]] = {"popularity": Popularity, "itemknn": ItemKnn, "ease": Ease, "markov": MarkovCounts}


def use(place: str) -> None:
    """Registers a custom class as the model "own", in this process. place: "my_file.py:Class". The file is executed, so
    only a person may name it, never a run. Raises InputError when the file fails or has no such subclass of `Model`."""
    file, _, name = place.rpartition(":")
    if not file:
        text = "{given} names no class; write {given}:Class."
        raise InputError("no_class_name", text, setting="model", given=place)
    if not Path(file).is_file():
        text = "There is no file {file}; {name} takes FILE.py:Class, or one of: {known}."
        names = ", ".join(name for name in (*COUNTED, *TRAINED) if name != OWN)
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
    model_class.named_as = place
    TRAINED[OWN] = model_class


def class_of(config: ModelConfig, given: str = "FILE.py:Class") -> type[Model]:
    """Returns a trained system's class. Raises InputError for a custom model whose class was not given; given: what
    was given for its training."""
    if config.model not in TRAINED:
        raise InputError("needs_class", NEEDS_CLASS, setting="model", given=shlex.quote(given))
    return TRAINED[config.model]


class OpenedSasRec(Recommender):
    """A SASRec with equations of another program, in numpy: it is opened, not trained."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.config, self.arrays = run.model_config, run.arrays

    def ranker(self) -> Ranker:
        return sasrec.ranker(self.arrays, self.config)


def model_in(run: Run) -> Recommender:
    """Returns a run's model, in evaluation mode. Raises InputError when the arrays do not fit the run's system."""
    data, config = run.interactions, run.model_config
    if config.equations != SASREC:
        return OpenedSasRec(run)
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


def tried(model: Model) -> Model:
    """Returns the model after it has answered for two users and windows, one of them padded. Raises InputError naming
    the method whose answer has another form than `Model` needs. The random numbers of a training stay the same."""
    was_training, length = model.training, model.config.window
    users = torch.arange(2) % model.n_users
    windows = torch.arange(2 * length).reshape(2, length) % model.n_items
    windows[1, :-1] = PADDING
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        model.eval()
        check_answers(model, users, windows)
        model.train(was_training)
    return model


def check_answers(model: Model, users: Tensor, windows: Tensor) -> None:
    (count, length), n_items = windows.shape, model.n_items
    if model.every_place:
        queries = model.query_vectors_everywhere(users, windows)
        if shape_of(queries)[:2] != (count, length) or queries.ndim != 3:
            wanted = f"a query vector for each position, of shape ({count}, {length}, k) here"
            raise other_form(model, model.query_vectors_everywhere, wanted, queries)
    query, items = model.query_vectors(users, windows), model.item_vectors()
    if not is_pair(query, count, may_be_number=True):
        wanted = f"query vectors and their terms, of shapes ({count}, k) and ({count},) here; 0.0 if there are no terms"
        raise other_form(model, model.query_vectors, wanted, query)
    if not is_pair(items, n_items):
        wanted = f"item vectors and their terms, of shapes ({n_items}, k) and ({n_items},)"
        raise other_form(model, model.item_vectors, wanted, items)
    if query[0].shape[1] != items[0].shape[1]:
        wanted = f"query vectors with as many dimensions as the item vectors ({items[0].shape[1]})"
        raise other_form(model, model.query_vectors, wanted, query)
    if not model(users, windows).requires_grad:
        text = (
            "{class_name} cannot learn: its distances do not depend on its parameters. Compute them with torch from "
            "the parameters of build, without detach, numpy or torch.no_grad."
        )
        raise InputError("no_gradient", text, class_name=type(model).__name__)


def is_pair(answer: object, count: int, *, may_be_number: bool = False) -> bool:
    """Whether the answer is a pair of vectors (count, k) and terms (count,), or with `may_be_number` one number."""
    if not (isinstance(answer, tuple | list) and len(answer) == 2):
        return False
    vectors, terms = map(shape_of, answer)
    number = may_be_number and isinstance(answer[1], float | int)
    return len(vectors) == 2 and vectors[0] == count and (terms == (count,) or number)


def shape_of(value: object) -> tuple[int, ...]:
    """The shape of a tensor; empty for anything else."""
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def other_form(model: Model, method: Callable[..., object], wanted: str, answer: object) -> InputError:
    parts = answer if isinstance(answer, tuple | list) else [answer]
    forms = [f"a tensor of shape {shape_of(part)}" if isinstance(part, Tensor) else shown(part) for part in parts]
    text = "{class_name}.{method} must return {wanted}. It returned {found}."
    found, class_name = " and ".join(forms) or "nothing", type(model).__name__
    return InputError("other_form", text, class_name=class_name, method=method.__name__, wanted=wanted, found=found)


def fault_in(error: BaseException, given: str) -> InputError:
    """Returns an error while a model of one's own is in use as a sentence, with the line of its file that failed, if
    one did. given: FILE.py:Class."""
    if isinstance(error, InputError | OSError | MemoryError):
        return as_input_error(error)
    file = given.rpartition(":")[0]
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if str(Path(frame.filename).absolute()) == file]
    place = Place(file, lines[-1]) if lines else None
    facts = {
        "what": "Your model" if lines else "Your model, or the program with it,",
        "kind": type(error).__name__,
        "fault": " ".join(str(error).split())[:200].rstrip(".") or "no message",
    }
    return InputError("model_fails", "{what} failed: {kind}: {fault}.", setting="model", place=place, **facts)
