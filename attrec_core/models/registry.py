"""Which class is which system."""

from __future__ import annotations

from attrec_core.config import ModelConfig
from attrec_core.data.windows import leave_one_out
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


def model_in(run: Run) -> Recommender:
    """The model of a run, in evaluation mode. Raises InputError where its arrays are not those of its system."""
    data, config = run.interactions, run.model_config
    sizes = config, data.n_users, data.n_items
    if config.model in COUNTED:
        counted = COUNTED[config.model](*sizes)
        split = leave_one_out(data)
        counted.take(split.with_validation() if run.train_config.refit else split, run.arrays)
        return counted.eval()
    return loaded(TRAINED[config.model](*sizes), run.arrays)


def model_of(config: ModelConfig, n_users: int, n_items: int, init_sd: float = 0.001) -> Model:
    """A model with its first random weights; not of what is counted."""
    return TRAINED[config.model](config, n_users, n_items, init_sd)
