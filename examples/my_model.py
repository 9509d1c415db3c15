"""An example of your own model: the older an item, the less it counts, by one factor that is learned.

python -m attrec_core train sample_data --model examples/my_model.py:Fading --out workspace/runs/fading --epochs 5
python -m attrec_core evaluate workspace/runs/fading --model examples/my_model.py:Fading
"""

import torch
from torch import Tensor

from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, rows


class Fading(Model):
    """Score = b_i + ⟨Σ_j f^(age of j) X_j, Y_i⟩ with 0 < f < 1."""

    item_tables = ("latest", "next")  # each has a row for each item

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.latest, self.next = empty(n_items, dim), empty(n_items, dim)
        self.bias, self.fading = empty(n_items), empty(1)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        ages = torch.arange(windows.shape[1] - 1, -1, -1, device=windows.device)
        weights = torch.sigmoid(self.fading) ** ages
        return (weights[:, None] * rows(self.latest, windows)).sum(1), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.next, -self.bias
