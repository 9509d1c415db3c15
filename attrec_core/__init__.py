"""The Python interface of AttRec: self-attention over recent items, and a metric space for taste.

>>> import attrec_core as attrec
>>> run = attrec.load()
>>> moment = run.user("Ada Abe")
>>> moment.recommend(3)["title"].tolist()
['How to Train Your Dragon', 'Ringu', 'Some Like It Hot']

`load` and `train` return a `Run`, and `read` returns `Data`. A run's user is a `Moment`, which `plot` draws. Importing
this package loads neither torch nor pandas; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from attrec_core.config import PROGRAM_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from attrec_core import plot
    from attrec_core.data.interactions import Interactions
    from attrec_core.errors import InputError
    from attrec_core.training.fit import OnEpoch
    from attrec_core.views.notebook.moment import NotebookExplanation as Explanation
    from attrec_core.views.notebook.moment import NotebookMoment as Moment
    from attrec_core.views.notebook.picture import NotebookPicture as Picture
    from attrec_core.views.notebook.run import Data, load, read
    from attrec_core.views.notebook.run import NotebookRun as Run

__version__ = PROGRAM_VERSION
__all__ = [
    "Data", "Explanation", "InputError", "Moment", "Picture", "Run", "load", "open_weights", "plot", "read", "train",
    "use_model",
]  # fmt: skip

# Where each name is defined, and as what: a notebook's `Run` opens the `Run` of the core.
NAMES = {
    "Data": ("views.notebook.run", "Data"),
    "Explanation": ("views.notebook.moment", "NotebookExplanation"),
    "InputError": ("errors", "InputError"),
    "Moment": ("views.notebook.moment", "NotebookMoment"),
    "Picture": ("views.notebook.picture", "NotebookPicture"),
    "Run": ("views.notebook.run", "NotebookRun"),
    "load": ("views.notebook.run", "load"),
    "read": ("views.notebook.run", "read"),
}


def __getattr__(name: str) -> object:
    if name == "plot":
        return importlib.import_module("attrec_core.plot")
    if name in NAMES:
        module, inside = NAMES[name]
        return getattr(importlib.import_module(f"attrec_core.{module}"), inside)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def train(
    data: Data | Interactions | pd.DataFrame | Path | str,
    *,
    preset: str | None = None,
    earlier: Run | Path | str | None = None,
    maps: bool = True,
    on_epoch: OnEpoch | None = None,
    **settings: object,
) -> Run:
    """Trains a model and returns a run that is not yet on disk; `run.save(folder)` writes it. Only this function
    imports torch.

    data: the result of `read`, or anything that `read` accepts. preset: "movielens", "sparse", "quick" or "best";
    "paper" or None chooses whichever of the first two suits the data: by its density, or, where that is unsure, by a
    few epochs of both. earlier: a run, or its folder, to start from.
    Training then uses this run's settings instead of a preset's, and its weights; new users and items start with random
    weights. settings: fields of `config.ModelConfig` and `TrainConfig`, such as dim=32, epochs=5. model: a system, or a
    class of your own, "FILE.py:Class" (see `use_model`).
    maps: also computes the UMAP maps, which takes about half a minute the first time. on_epoch: is called with each
    epoch. Raises InputError for invalid data, an invalid setting, or a run that training cannot start from.

    >>> frame = pd.DataFrame([(user, item) for user in "abcd" for item in "vwxyz"], columns=["user", "item"])
    >>> run = attrec.train(attrec.read(frame, time_column="none"), preset="quick", maps=False, dim=4, epochs=1)
    >>> run.user("a").recommend(1).shape
    (1, 6)
    """
    from attrec_core.config import OWN, PAPER, PRESETS, names_class, with_settings
    from attrec_core.data.importing import counts_of, is_unsure, preset_of
    from attrec_core.errors import InputError, shown
    from attrec_core.runs.load import load as load_run
    from attrec_core.views.notebook.run import NotebookRun as Run
    from attrec_core.views.notebook.run import interactions_of

    if preset not in (None, PAPER, *PRESETS):
        text, preset_names = "There is no preset {preset}; there are: {known}.", ", ".join((PAPER, *PRESETS))
        raise InputError("unknown_preset", text, setting="preset", preset=shown(preset), known=preset_names)
    if preset is not None and earlier is not None:
        raise InputError("clash", "The run to start from has its own settings; leave out {name}.", setting="preset")
    run = earlier.record if isinstance(earlier, Run) else None if earlier is None else load_run(earlier, whole=True)
    texts = {name: str(value) for name, value in settings.items()}
    if names_class(given := texts.get("model", "")):
        use_model(given)
        texts["model"] = OWN
    start = PRESETS["sparse"] if run is None else (run.model_config, run.train_config)
    with_settings(*start, texts)  # before any data is read
    interactions = interactions_of(data)
    if run is None:
        start = PRESETS[preset if preset and preset != PAPER else preset_of(counts_of(interactions))]
    configs = with_settings(*start, texts)
    if run is None and preset in (None, PAPER) and is_unsure(counts_of(interactions)):
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from attrec_core.training.study.auto import settings_found

        with TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            # A script that has no guard for its main part could not start other processes.
            found = settings_found(interactions, out, texts, among=PAPER, goes_on=False, with_maps=False, alone=True)
            configs = found.configs
    from attrec_core.training.fit import Callbacks, nothing
    from attrec_core.training.train_run import train_run

    callbacks = Callbacks(epoch=on_epoch or nothing)
    return Run(train_run(interactions, *configs, callbacks, with_maps=maps, earlier=run))


def use_model(place: str) -> None:
    """Executes the file of a class of your own, "FILE.py:Class", for the runs of such a class that are asked from now
    on. No code runs because a run names it, so its class is given again here, once in a program. Raises InputError when
    the file fails or has no such class.

    >>> attrec.use_model("examples/my_model.py:Fading")
    """
    from attrec_core.explain.other_systems import WORKER
    from attrec_core.models.registry import use

    use(place)
    WORKER.use(place)


def open_weights(
    data: Path | str,
    file: Path | str,
    *,
    settings: Path | str | None = None,
    items: Path | str | None = None,
    maps: bool = True,
) -> Run:
    """Opens a SASRec that another program trained, and returns a run that is not yet on disk.

    data: what it was trained with, a file or a folder. file: RecBole's .pth, RecTools's .ckpt, or the arrays of a
    state_dict with `settings`, a JSON, and `items`, a CSV of ids (docs/systems.md). No pickle is run. The run's
    `history["opened"]` says whether RecBole's own validation score came out again. Raises InputError.

    >>> run = attrec.open_weights("tests/foreign/tiny", "tests/foreign/recbole_gelu.pth", maps=False)
    >>> run.record.history["opened"]["agrees"]
    True
    """
    from pathlib import Path

    from attrec_core.data.importing import rows
    from attrec_core.data.options import Options
    from attrec_core.runs.foreign_sasrec import read_foreign_sasrec
    from attrec_core.training.train_run import run_of_sasrec
    from attrec_core.views.notebook.run import NotebookRun as Run

    beside = [None if one is None else Path(one) for one in (settings, items)]
    foreign = read_foreign_sasrec(Path(file), *beside)
    return Run(run_of_sasrec(foreign, rows(Path(data)), Options(), with_maps=maps))
