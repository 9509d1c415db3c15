"""The example that shards the tables by rows: two processes have the losses of one, and write whole tables."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from conftest import ROOT, random_histories

from tests.training.test_together import HERE

EXAMPLE = ROOT / "examples" / "sharded.py"


def test_what_the_example_takes_from_the_project_is_there() -> None:
    imports = [node for node in ast.walk(ast.parse(EXAMPLE.read_text())) if isinstance(node, ast.ImportFrom)]
    project_imports = [node for node in imports if node.module.split(".")[0] == "attrec_core"]
    assert len(project_imports) > 4
    for node in project_imports:
        module = importlib.import_module(node.module)
        assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == [], node.module


def trained(data: Path, out: Path, processes: int) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Trains with the example; returns the loss of each epoch and the tables."""
    # Imported here: it takes a second, which skipped tests should not cost.
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

    start = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes))
    command = [*start, str(EXAMPLE), str(data), "--out", str(out), "--epochs", "3"]
    process = subprocess.run(command, cwd=ROOT, timeout=300, env=os.environ | HERE, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    dcp_to_torch_save(out, out.with_suffix(".pt"))
    losses = [float(loss) for loss in re.findall(r"epoch \d of 3: loss ([\d.]+)", process.stdout)]
    return losses, torch.load(out.with_suffix(".pt"))


@pytest.mark.skipif(find_spec("torchrec") is None, reason="needs TorchRec; examples/sharded.py says how to install it")
def test_two_processes_that_share_the_tables_train_as_one_does(tmp_path: Path) -> None:
    # Odd counts, which do not divide evenly between two processes.
    histories = random_histories(3, users=101, items=61, longest=40)
    rows = [f"{user},{item},{time}" for user, items in histories.items() for time, item in enumerate(items)]
    (tmp_path / "data.csv").write_text("\n".join(["user,item,time", *rows]) + "\n")
    (losses_of_one, tables), (losses_of_two, sharded_tables) = (
        trained(tmp_path / "data.csv", tmp_path / f"by {k}", k) for k in (1, 2)
    )
    assert len(losses_of_one) == 3 and losses_of_one[2] < losses_of_one[0]
    assert losses_of_two == pytest.approx(losses_of_one, rel=1e-3)
    assert {name: len(table) for name, table in sharded_tables.items()} == {
        "embeddings.item_short.weight": 61,
        "embeddings.item_long.weight": 61,
        "embeddings.user_long.weight": 101,
        "projection": 100,
    }
    for name, table in tables.items():
        torch.testing.assert_close(sharded_tables[name], table, rtol=1e-2, atol=1e-3)
