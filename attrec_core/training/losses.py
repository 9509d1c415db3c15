"""The losses: the paper's hinge, and three that are not the paper's. Each is a sum over the batch.

y are distances, lower is better. B windows, T targets, n negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from attrec_core.config import TrainConfig


def of_pairs(distances: Tensor, real: Tensor, config: TrainConfig) -> Tensor:
    """distances (B, T + n), targets first; real (B, T) bool → the configured loss.

    hinge: Σ [y_i + γ − y_j]_+ (eq. 8). bpr: −Σ log σ(y_j − y_i). bce: −Σ log σ(−y_i) − Σ log σ(y_j), for a window with
    a target.
    """
    targets = real.shape[1]
    near, far = distances[:, :targets], distances[:, targets:]
    if config.loss == "bce":
        return (softplus(near) * real).sum() + (softplus(-far) * real.any(1, keepdim=True)).sum()
    # Aligned: the k-th target meets the negatives k, k + T, k + 2T, …; otherwise every target meets every negative.
    aligned = config.pairs == "aligned"
    far = far.reshape(len(far), -1, targets).transpose(1, 2) if aligned else far[:, None, :]
    differences = near[:, :, None] - far
    losses = (differences + config.margin).relu() if config.loss == "hinge" else -logsigmoid(-differences)
    return (losses * real[:, :, None]).sum()


def of_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """near (B, T) and others (B, C): logits; real (B, T) → −Σ log of each target's share of the softmax. The others are
    all items, so the target is one of them."""
    log_total = others.logsumexp(1, keepdim=True)
    return ((log_total - near) * real).sum()


def of_sampled_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """The same loss for a sample of other items without the target. others (B, T, S): minus infinity for an item to
    leave out."""
    log_total = torch.logaddexp(near, others.logsumexp(2))
    return ((log_total - near) * real).sum()
