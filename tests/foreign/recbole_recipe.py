"""Trains small SASRec models with RecBole 1.2.1 in an environment of its own, and writes what the library computes.

    python -m venv recbole && recbole/bin/pip install "recbole==1.2.1" "numpy<2" "pandas<2.2" "scipy<1.14" "torch==2.*"
    recbole/bin/python tests/foreign/recbole_recipe.py tests/foreign

tiny/ holds the data. For each model: NAME.pth, as the library's trainer saves it, and NAME.npz: windows of row numbers
(0: none), the attention of each layer and head, and the scores of all rows."""

from __future__ import annotations

import contextlib
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed

INTERACTIONS = {"inter": ["user_id", "item_id", "timestamp"]}
WITH_ITEMS = INTERACTIONS | {"item": ["item_id"]}
MODELS = {
    "recbole_gelu": {"n_layers": 1, "n_heads": 2, "hidden_act": "gelu"},
    "recbole_relu": {"n_layers": 2, "n_heads": 1, "hidden_act": "relu", "layer_norm_eps": 1e-6, "load_col": WITH_ITEMS},
    "recbole_filtered": {"n_layers": 2, "n_heads": 2, "hidden_act": "swish", "item_inter_num_interval": "[8,inf)"},
}
SIZES = {"hidden_size": 8, "inner_size": 16, "MAX_ITEM_LIST_LENGTH": 6, "epochs": 5, "train_batch_size": 32}


def write_data(folder: Path) -> None:
    """30 users walk over 20 items in a circle, with jumps; two of them do two things at the same time."""
    chance, rows = random.Random(7), []
    for user in range(30):
        item, time = chance.randrange(20), 1_000_000 + 1000 * user
        for _ in range(chance.randrange(4, 12)):
            rows.append((f"u{user}", f"i{item}", time))
            item = (item + 1) % 20 if chance.random() < 0.7 else chance.randrange(20)
            time += chance.choice((0, 50, 100)) if user < 2 else 100
    chance.shuffle(rows)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["user_id:token\titem_id:token\ttimestamp:float", *(f"{u}\t{i}\t{t}" for u, i, t in rows)]
    (folder / "tiny.inter").write_text("\n".join(lines) + "\n")
    names = [
        "item_id:token\ttitle:token_seq",
        *(f"i{item}\tItem {item}" for item in reversed(range(22))),
    ]  # two that nobody knows
    (folder / "tiny.item").write_text("\n".join(names) + "\n")


def train(name: str, settings: dict[str, object], out: Path) -> None:
    given = {
        **SIZES,
        "load_col": INTERACTIONS,
        **settings,
        "data_path": ".",
        "seed": 3,
        "loss_type": "CE",
        "stopping_step": 10,
    }
    given |= {"train_neg_sample_args": None, "checkpoint_dir": ".", "show_progress": False, "state": "ERROR"}
    given |= {"eval_batch_size": 64, "hidden_dropout_prob": 0.1, "attn_dropout_prob": 0.1}
    config = Config(model="SASRec", dataset="tiny", config_dict=given)
    init_seed(3, reproducibility=True)
    dataset = create_dataset(config)
    train_part, valid_part, _ = data_preparation(config, dataset)
    model = SASRec(config, train_part.dataset)
    trainer = Trainer(config, model)
    trainer.fit(train_part, valid_part, verbose=False, saved=True)
    shutil.copy(trainer.saved_model_file, out / f"{name}.pth")
    # weights_only=False: the file was written by this process.
    state = torch.load(trainer.saved_model_file, weights_only=False)
    model.load_state_dict(state["state_dict"])
    model.eval()
    attention: list[np.ndarray] = []
    for block in model.trm_encoder.layer:
        block.multi_head_attention.softmax.register_forward_hook(lambda *given: attention.append(given[-1].numpy()))
    windows = np.zeros((8, 6), np.int64)
    chance = np.random.default_rng(5)
    for row, length in enumerate((1, 2, 3, 4, 5, 6, 6, 6)):
        windows[row, :length] = chance.integers(1, model.n_items, length)
    lengths = torch.tensor((windows > 0).sum(1))
    with torch.no_grad():
        scores = model.full_sort_predict({"item_id_list": torch.tensor(windows), "item_length": lengths})
    ids = dataset.id2token("item_id", list(range(model.n_items))).astype(str)
    arrays = {"windows": windows, "attention": np.stack(attention, 1), "scores": scores.numpy(), "ids": ids}
    np.savez_compressed(out / f"{name}.npz", **arrays)
    print(name, state["best_valid_score"], dict(trainer.best_valid_result))


def main() -> None:
    out = Path(sys.argv[1])
    out = out.resolve()
    write_data(out / "tiny")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        shutil.copytree(out / "tiny", "tiny")  # so that the files name no folder of this machine
        for name, settings in MODELS.items():
            train(name, settings, out)


if __name__ == "__main__":
    main()
