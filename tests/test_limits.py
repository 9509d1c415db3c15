"""What functions answer at a limit and beside it, exactly: `tests/approved/limits.txt`.

Each line there is an expression, evaluated in the module that is named above it, and its answer; or it defines a name.
`APPROVE=1 python -m pytest tests/test_limits.py` writes the answers again.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, interactions_of

FILE = ROOT / "tests" / "approved" / "limits.txt"
SECTIONS = FILE.read_text(encoding="utf-8").split("\n## ")[1:]
ARROW = " →"
# What the expressions may use besides their module.
HELP = {"np": np, "pd": pd, "interactions_of": interactions_of, "some": SimpleNamespace}


def plain(answer: Any) -> Any:
    """Returns an answer without arrays and records, with numbers of six digits."""
    if isinstance(answer, np.ndarray | np.generic):
        answer = answer.tolist()
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        answer = tuple(getattr(answer, field.name) for field in dataclasses.fields(answer))
    if isinstance(answer, dict):
        return {key: plain(part) for key, part in answer.items()}
    if isinstance(answer, list | tuple):
        return type(answer)(map(plain, answer))
    return round(answer, 6) + 0.0 if isinstance(answer, float) else answer


def tried(ask: Callable[..., Any], *given: Any) -> Any:
    """Returns the answer, or the code or the text of the error."""
    try:
        return ask(*given)
    except ValueError as error:
        return getattr(error, "code", str(error))


HELP["tried"] = tried


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.partition("\n")[0])
def test_functions_answer_at_their_limits_as_approved(section: str) -> None:
    module, *lines = section.strip().split("\n")
    known = {**vars(importlib.import_module(module)), **HELP}
    answered = []
    for line in lines:
        expression, arrow, _ = line.partition(ARROW)
        answer = plain(tried(eval, expression, known)) if arrow else exec(line, known)
        answered.append(f"{expression}{ARROW} {answer!r}" if arrow else line)
    if os.environ.get("APPROVE"):
        text = FILE.read_text(encoding="utf-8")
        FILE.write_text(text.replace("\n".join(lines), "\n".join(answered)), encoding="utf-8")
    assert answered == lines or os.environ.get("APPROVE")
