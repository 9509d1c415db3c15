"""What the commands print of the sample and of runs of other systems, and their JSON: `tests/approved/commands.txt`.

A change is read there: `APPROVE=1 python -m pytest tests/cli/test_approved_commands.py` writes the file again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from approvals import BEFORE, COMMANDS, OF_SYSTEMS, kept, unpacked
from commands import Cli
from other_runs import made, untrained

from attrec_core.cli import main
from attrec_core.runs.run import save
from attrec_core.storage.workspace import SAMPLE_RUN
from tests.views.test_panels import APPROVED, check_approved, drawn

RUNS = ("popularity", "ease", "sasrec", "taste")
TINY = re.compile(r"\d(\.\d+)?e-\d+")  # what only rounding makes different from 0
VERSION = re.compile(r"(versions\.(python|torch|numpy)): \S+")

SEEDED = torch.Generator().manual_seed(0)
FIRST = torch.nn.init.trunc_normal_(torch.zeros(1), std=0.1, generator=SEEDED).item()


# The runs are trained here, from weights that older versions of torch draw in another way.
@pytest.mark.skipif(pytest.approx(0.1541, abs=1e-4) != FIRST, reason="this torch draws other weights from a seed")
def test_what_the_commands_print_is_what_is_approved(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    for name in RUNS[:-1]:
        save(untrained(made(name)), tmp_path / name)
    save(untrained(made("attrec", taste="both", half_life="5", window="3", engine="torch")), tmp_path / "taste")
    lines = [line.replace("RUN", str(SAMPLE_RUN)).replace("CSV", str(BEFORE / "ratings.csv")) for line in COMMANDS]
    lines += [line.format(run=tmp_path / run).replace("u1", "user\xa01") for run in RUNS for line in OF_SYSTEMS]
    text: list[str] = []
    for line in lines:
        words = [word.replace("\xa0", " ") for word in line.split(" ")]
        for more in ([], ["--json"]):
            try:
                code: object = main([*words, *more])
            except SystemExit as end:
                code = end.code
            out, err = cli.capsys.readouterr()
            assert code == 0 or (code == 2 and err.startswith("attrec: ") and err.count("\n") == 1)
            assert code == 0 or more or out == ""
            text += [
                f"$ {line} {' '.join(more)} → {code}",
                *(drawn("", kept(json.loads(out))) if more and out else (out, err)),
            ]
    assert not any(Path(name).exists() for name in ("nowhere", "all.csv", "all.txt"))
    whole = VERSION.sub(r"\1: VERSION", TINY.sub("TINY", unpacked("\n".join(text) + "\n")))
    check_approved(whole.replace(str(tmp_path), "RUNS"), APPROVED / "commands.txt")
