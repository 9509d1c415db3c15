"""The process that ranks for `explain.other_systems`: `python -m attrec_core.models.answering DESCRIPTOR OWN`.

OWN is the FILE.py:Class of a custom model, or empty.

A question is (folder, fingerprint, user, window, vector). vector is None, or a new user's vector (d,), which replaces
the known user's. The answer is (N,) distances, or the dict of an InputError.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from attrec_core.errors import InputError, as_input_error
from attrec_core.explain.evaluate import Ranker
from attrec_core.explain.forward import padded
from attrec_core.models.model import Model, Recommender
from attrec_core.models.registry import fault_in, model_in, use
from attrec_core.runs.load import load

KEPT = 4  # models in memory


def serve(line: Connection, own: str) -> None:
    """Answers questions until the other end closes the connection."""
    with suppress(EOFError, OSError):
        while True:
            question = line.recv()
            try:
                line.send(answer(own, *question))
            except Exception as error:  # also one in the code of a custom model
                known = fault_in(error, own) if own else as_input_error(error)
                line.send(known.as_dict())


def answer(
    own: str, folder: str, fingerprint: str, user: int, window: list[int], vector: np.ndarray | None
) -> np.ndarray:
    """Returns the distances of all items (N,), lower is better."""
    model, ranker = model_and_ranker(folder, fingerprint, own)
    windows = padded([np.array(window)], model.config.window)
    if vector is None:
        return ranker(np.array([user]), windows)[0]
    assert isinstance(model, Model)  # only a Model has user vectors
    return model.ranked_with(vector, windows)[0]


@functools.lru_cache(KEPT)
def model_and_ranker(folder: str, fingerprint: str, own: str) -> tuple[Recommender, Ranker]:
    """Returns the model of a run and its ranker. Raises InputError when the run's weights have another fingerprint
    (empty: any)."""
    run = load(Path(folder))
    if fingerprint not in ("", run.fingerprint):
        text = "The run {run} was replaced by another one meanwhile; open it again."
        raise InputError("replaced", text, run=run.name)
    if own and run.model_config.model == "own":
        use(own)
    model = model_in(run)
    return model, model.ranker()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), sys.argv[2])
