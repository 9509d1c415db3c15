"""The process that `explain.other_systems` asks: `python -m attrec_core.models.answering DESCRIPTOR OWN`.

OWN is FILE.py:Class of a model of somebody's own, or nothing.

A question is (folder, fingerprint, user, window); the answer is (N,) distances, or an InputError as JSON.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from attrec_core.errors import InputError, as_input_error
from attrec_core.models.pretrained import Ranker
from attrec_core.models.registry import model_in, use
from attrec_core.runs.load import load

KEPT = 4  # models in memory


def serve(line: Connection, own: str) -> None:
    """Answers until the other end is closed."""
    with suppress(EOFError, OSError):
        while True:
            folder, fingerprint, user, window = line.recv()
            try:
                line.send(ranker(folder, fingerprint, own)(np.array([user]), np.array([window]))[0])
            except (InputError, OSError, MemoryError) as error:
                line.send(as_input_error(error).as_dict())


@functools.lru_cache(KEPT)
def ranker(folder: str, fingerprint: str, own: str) -> Ranker:
    """Of a run whose weights have this fingerprint (empty: whichever they are)."""
    run = load(Path(folder))
    if fingerprint not in ("", run.fingerprint):
        text = "The run {run} was replaced by another one meanwhile; open it again."
        raise InputError("replaced", text, run=run.name)
    if own and run.model_config.model == "own":
        use(own)
    return model_in(run).ranker()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), sys.argv[2])
