"""Where m goes while the window slides along a history: every window of it through the attention at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.distances import squared
from attrec_core.explain.forward import intents
from attrec_core.explain.neighbours import nearest_of_all
from attrec_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class IntentPath:
    """m after each of the S steps of a history, oldest first."""

    items: np.ndarray  # (S,) the item that came at each step
    intents: np.ndarray  # (S, d) m of the window that ends there
    nearest: np.ndarray  # (S, k) items truly nearest to m, nearest first
    distances: np.ndarray  # (S, k) squared
    moved: np.ndarray  # (S,) ‖m − m one step before‖², squared; 0 at the first


def intent_path(run: Run, history: np.ndarray, config: ModelConfig | None = None, k: int = 15) -> IntentPath:
    """m after every step of a history (S,), and the k items truly nearest to it in the short-term space."""
    config = config or run.model_config
    padded = np.concatenate([np.full(config.window - 1, PADDING), history])
    m = intents(run.arrays, config, np.lib.stride_tricks.sliding_window_view(padded, config.window))
    nearest, distances = nearest_of_all(run.arrays["item_short"], m, k)
    steps = np.diff(m, axis=0, prepend=m[:1])
    return IntentPath(history, m, nearest, distances, squared(steps))
