"""Trains AttRec with tables that are larger than the memory of one machine: TorchRec shards their rows.

Install TorchRec and its requirements beside this project, which must have the versions of constraints.txt:

    pip install --no-deps fbgemm-gpu-cpu==1.8.0 torchrec==1.8.0
    pip install --no-deps tensordict==0.15.3 pyvers==0.2.3 pyre-extensions==0.0.32 typing-inspect==0.9.0 \
        mypy-extensions==1.2.0 cloudpickle==3.1.3

Start two processes on one machine (options of torchrun name other machines):

    torchrun --nproc-per-node 2 examples/sharded.py sample_data --epochs 3 --out tables

Each of K processes holds 1/K of the rows of X, V and U with their Adagrad sums, and processes 1/K of every batch: it
asks the other processes for the rows that its windows need, and sends back their gradients. All processes draw the same
order and the same negatives, so the losses equal those of one process up to rounding. Each process holds all
interactions. The number of dimensions must be a multiple of 4. Unlike `train`, this example has no ℓ2 and no clipping
of the tables, no early stopping by the validation items and no final fit. Each process writes its own rows;
`dcp_to_torch_save` in torch.distributed.checkpoint.format_utils combines them into one file.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.distributed import checkpoint
from torch.distributed.optim import _apply_optimizer_in_backward as update_in_backward
from torch.func import functional_call
from torchrec import EmbeddingCollection, EmbeddingConfig, KeyedJaggedTensor
from torchrec.distributed.comm_ops import set_gradient_division
from torchrec.distributed.embedding import EmbeddingCollectionSharder
from torchrec.distributed.shard import shard
from torchrec.distributed.sharding_plan import construct_module_sharding_plan, row_wise

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attrec_core import data
from attrec_core.config import PRESETS, ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out, training_windows
from attrec_core.models.attrec import AttRec
from attrec_core.training.negatives import Negatives
from attrec_core.training.trainer import of_pairs

TABLES = ("item_short", "item_long", "user_long")  # X, V and U
DRAWN = 4096  # rows whose initial values are drawn together, so that they do not depend on the process that holds them


class ShardedAttRec:
    """The model of `AttRec`, computed on the rows that a batch needs; no process ever holds a whole table."""

    def __init__(self, model: ModelConfig, train: TrainConfig, n_users: int, n_items: int) -> None:
        torch.manual_seed(train.seed)
        self.config = train
        self.rest = AttRec(model, 1, 1, train.init_sd)  # only its projection is used, not its tables
        self.optimiser = torch.optim.Adagrad(
            self.rest.projections,
            lr=train.learning_rate,
            weight_decay=train.l2_projection,
            initial_accumulator_value=train.accumulator,
        )
        rows = dict(zip(TABLES, (n_items, n_items, n_users), strict=True))
        configs = [
            EmbeddingConfig(num_embeddings=count, embedding_dim=model.dim, name=name, feature_names=[name])
            for name, count in rows.items()
        ]
        tables = EmbeddingCollection(tables=configs, device=torch.device("meta"))
        update_in_backward(torch.optim.Adagrad, tables.parameters(), {"lr": train.learning_rate, "eps": 1e-10})
        set_gradient_division(False)  # the loss is a sum over the batch, not a mean
        sharder = EmbeddingCollectionSharder()
        plan = construct_module_sharding_plan(tables, dict.fromkeys(TABLES, row_wise()), sharder, device_type="cpu")
        self.tables: nn.Module = shard(tables, plan, device=torch.device("cpu"), sharder=sharder)
        self.begin()

    @torch.no_grad()
    def begin(self) -> None:
        """Draws the initial values of the rows and sets those of Adagrad's sums."""
        for name, table in self.tables.state_dict().items():
            table_number = TABLES.index(name.split(".")[1])
            for part in table.local_shards():
                first = part.metadata.shard_offsets[0]
                for start in range(first - first % DRAWN, first + len(part.tensor), DRAWN):
                    random = torch.Generator().manual_seed((self.config.seed * 3 + table_number) * 2**29 + start)
                    block = torch.empty(DRAWN, part.tensor.shape[1])
                    sd = self.config.init_sd
                    nn.init.trunc_normal_(block, std=sd, a=-2 * sd, b=2 * sd, generator=random)
                    held = slice(max(start, first), min(start + DRAWN, first + len(part.tensor)))
                    part.tensor[held.start - first : held.stop - first] = block[held.start - start : held.stop - start]
        for sums in self.tables.fused_optimizer.state_dict()["state"].values():
            for value in sums.values():
                value.local_tensor().fill_(self.config.accumulator)

    def step(self, users: Tensor, windows: Tensor, candidates: Tensor, real: Tensor) -> float:
        """Trains on this process's part of a batch: users (B,), windows (B, L), candidates (B, C), and whether each
        target exists (B, T). Returns the sum of the loss over the whole batch."""
        items, places = torch.unique(torch.cat([windows.clamp(min=0), candidates], 1), return_inverse=True)
        unique_users, user_places = torch.unique(users, return_inverse=True)
        lookups = KeyedJaggedTensor(
            list(TABLES),
            torch.cat([items, items, unique_users]),
            lengths=torch.tensor([len(items), len(items), len(unique_users)], dtype=torch.int32),
        )
        rows = {name: values.values() for name, values in self.tables(lookups).items()}
        length = windows.shape[1]
        inputs = user_places, torch.where(windows < 0, windows, places[:, :length]), places[:, length:]
        loss = of_pairs(functional_call(self.rest, rows, inputs), real, self.config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # TorchRec sends the gradients to the processes that hold the rows, and these update them
        total = loss.detach()
        for part in (total, *(matrix.grad for matrix in self.rest.projections)):
            distributed.all_reduce(part)
        self.optimiser.step()
        return float(total)

    def save(self, folder: Path) -> None:
        """Writes the tables and the projection; each process writes its own rows."""
        projections = {name: matrix for name, matrix in self.rest.state_dict().items() if name not in TABLES}
        checkpoint.save(self.tables.state_dict() | projections, checkpoint_id=folder)


def train(source: Path, out: Path, model: ModelConfig, train: TrainConfig) -> None:
    """Trains with the order and the negatives of `Trainer`; the first process prints the progress."""
    rank, count = distributed.get_rank(), distributed.get_world_size()
    split = leave_one_out(data.read(source))
    negatives, random = Negatives(split), np.random.default_rng(train.seed)
    users, windows, targets = training_windows(split, model.window, train.targets)
    usable = np.flatnonzero(negatives.free[users])
    tables = ShardedAttRec(model, train, split.interactions.n_users, split.interactions.n_items)
    for epoch in range(1, train.epochs + 1):
        order, total = random.permutation(usable), 0.0
        for start in range(0, len(order), train.batch_size):
            batch = order[start : start + train.batch_size]
            drawn = negatives.items(users[batch], negatives.draw(users[batch], train.negatives, random))
            candidates = np.concatenate([np.maximum(targets[batch], 0), drawn], 1)
            share = slice(rank * len(batch) // count, (rank + 1) * len(batch) // count)
            parts = users[batch], windows[batch], candidates, targets[batch] >= 0
            total += tables.step(*(torch.from_numpy(part[share]) for part in parts))
        if rank == 0:
            print(f"epoch {epoch} of {train.epochs}: loss {total / len(order):.6f}", flush=True)
    tables.save(out)
    distributed.barrier()  # a process that exits early would break the connection of those that still write


def main() -> None:
    parser = argparse.ArgumentParser(description="Train AttRec with tables whose rows several processes share.")
    parser.add_argument("data", type=Path, help="a file or folder, as `train` reads it")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the tables to")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="movielens")
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    model, settings = PRESETS[options.preset]
    distributed.init_process_group("gloo")
    try:
        train(options.data, options.out, model, replace(settings, epochs=options.epochs))
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
