"""Trains small SASRec models with RecTools 0.19.0 in an environment of its own, and writes what the library computes.

    python -m venv rectools && rectools/bin/pip install "rectools[torch]==0.19.0" "numpy<2" "torch==2.*"
    rectools/bin/python tests/foreign/rectools_recipe.py tests/foreign

For each model: NAME.ckpt, as Lightning's trainer saves it, and NAME.npz: windows of row numbers (0: none), the
attention of each layer and head, and the scores of all rows. It reads tiny/, which recbole_recipe.py writes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

MODELS = {
    "rectools_one": {"n_blocks": 1, "n_heads": 2},
    "rectools_two": {"n_blocks": 2, "n_heads": 1, "use_key_padding_mask": True},
    "rectools_cosine": {
        "n_blocks": 2,
        "n_heads": 2,
        "similarity_module_kwargs": {"distance": "cosine"},
        "pos_encoding_kwargs": {"use_scale_factor": True},
    },
}


def trainer() -> Trainer:
    quiet = {
        "enable_progress_bar": False,
        "logger": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
    }
    return Trainer(max_epochs=4, min_epochs=4, accelerator="cpu", deterministic=True, **quiet)


def data(folder: Path) -> Dataset:
    rows = pd.read_csv(folder / "tiny" / "tiny.inter", sep="\t")
    rows.columns = [Columns.User, Columns.Item, Columns.Datetime]
    rows[Columns.Datetime] = pd.to_datetime(rows[Columns.Datetime], unit="s")
    return Dataset.construct(rows.assign(**{Columns.Weight: 1.0}))


def train(name: str, settings: dict[str, object], dataset: Dataset, out: Path) -> None:
    seed_everything(3)
    sizes = {"session_max_len": 6, "n_factors": 8, "dropout_rate": 0.1, "loss": "softmax", "batch_size": 32}
    model = SASRecModel(**sizes, **settings, get_trainer_func=trainer)
    model.fit(dataset)
    model.fit_trainer.save_checkpoint(out / f"{name}.ckpt")
    network = model.torch_model.eval()
    attention: list[np.ndarray] = []

    def watched(layer: torch.nn.MultiheadAttention) -> None:
        computes = layer.forward

        def forward(*given: torch.Tensor, **named: object) -> tuple[torch.Tensor, None]:
            output, weights = computes(*given, **named | {"need_weights": True, "average_attn_weights": False})
            attention.append(weights.numpy())
            return output, None

        layer.forward = forward

    for block in network.transformer_layers.transformer_blocks:
        watched(block.multi_head_attn)
    count = len(model.data_preparator.item_id_map.external_ids)
    windows, chance = np.zeros((8, 6), np.int64), np.random.default_rng(5)
    for row, length in enumerate((1, 2, 3, 4, 5, 6, 6, 6)):
        windows[row, 6 - length :] = chance.integers(1, count, length)
    with torch.no_grad():
        items = network.item_model.get_all_embeddings()
        outputs = network.encode_sessions({"x": torch.tensor(windows)}, items)[:, -1]
        scores = network.similarity_module(outputs[:, None], items)[:, 0]
    ids = model.data_preparator.item_id_map.external_ids.astype(str)
    arrays = {"windows": windows, "attention": np.stack(attention, 1), "scores": scores.numpy(), "ids": ids}
    np.savez_compressed(out / f"{name}.npz", **arrays)


def main() -> None:
    out = Path(sys.argv[1])
    for name, settings in MODELS.items():
        train(name, settings, data(out), out)


if __name__ == "__main__":
    main()
