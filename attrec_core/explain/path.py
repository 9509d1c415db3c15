"""Where m goes while the window slides along a history: every window of it through the attention at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.forward import time_signal, trace
from attrec_core.explain.neighbours import nearest_of_all
from attrec_core.explain.population.batch import attention, pooled
from attrec_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class IntentPath:
    """m after each of the S steps of a history, oldest first."""

    items: np.ndarray  # (S,) the item that came at each step
    intents: np.ndarray  # (S, d) m of the window that ends there
    nearest: np.ndarray  # (S, k) items truly nearest to m, nearest first
    distances: np.ndarray  # (S, k) squared
    moved: np.ndarray  # (S,) ‖m − m one step before‖², squared; 0 at the first


def intents(run: Run, history: np.ndarray, config: ModelConfig | None = None) -> np.ndarray:
    """history (S,) item indices, oldest first → (S, d) m of the window that ends at each, as `trace` gives it. Eq. 1-6.

    The first L − 1 windows are short and few; all others go through the attention together.
    """
    config = config or run.model_config
    length = config.window
    short = [trace(run, history[:end], config).intent for end in range(1, min(length, len(history) + 1))]
    whole = whole_windows(run, history, config) if len(history) >= length else np.empty((0, config.dim), np.float32)
    return np.concatenate([np.array(short, np.float32).reshape(-1, config.dim), whole])


def whole_windows(run: Run, history: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(S,) → (S − L + 1, d) m of every window of L items.

    (x + TE) W = x W + TE W: each item and each place is projected once, not once for each window that holds it.
    """
    slots = np.arange(len(history) - config.window + 1)[:, None] + np.arange(config.window)
    values = run.arrays["item_short"][history]
    signal = time_signal(np.arange(config.window), config.dim) if config.time_signal else np.zeros((1, 1), np.float32)
    sides = []
    for name in ("projection",) if config.shared_projection else ("projection", "key_projection"):
        matrix = run.arrays[name]
        placed = signal @ matrix if config.time_signal else signal
        sides.append(np.maximum((values @ matrix)[slots] + placed, 0))
    scores = sides[0] @ sides[-1].transpose(0, 2, 1) / np.float32(np.sqrt(config.dim))
    return pooled(attention(scores, config)[:, None], values[slots][:, None], config)[:, 0]


def intent_path(run: Run, history: np.ndarray, config: ModelConfig | None = None, k: int = 15) -> IntentPath:
    """m after every step of a history (S,), and the k items truly nearest to it in the short-term space."""
    found = intents(run, history, config)
    nearest, distances = nearest_of_all(run.arrays["item_short"], found, k)
    steps = np.diff(found, axis=0, prepend=found[:1])
    return IntentPath(history, found, nearest, distances, np.einsum("sd,sd->s", steps, steps))
