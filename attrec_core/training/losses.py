"""What a training makes small: the paper's hinge, and three that are not the paper's. Sums over the batch.

y are distances, small is good. B windows, T targets, n negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from attrec_core.config import TrainConfig


def of_pairs(distances: Tensor, real: Tensor, config: TrainConfig) -> Tensor:
    """distances (B, T + n), targets first; real (B, T) bool → the loss that is set.

    hinge: Σ [y_i + γ − y_j]_+ (eq. 8). bpr: −Σ log σ(y_j − y_i). bce: −Σ log σ(−y_i) − Σ log σ(y_j), for a window with
    a target.
    """
    targets = real.shape[1]
    near, far = distances[:, :targets], distances[:, targets:]
    if config.loss == "bce":
        return (softplus(near) * real).sum() + (softplus(-far) * real.any(1, keepdim=True)).sum()
    # Aligned, the k-th target meets the negatives k, k + T, k + 2T, …; else every target meets every negative.
    aligned = config.pairs == "aligned"
    far = far.reshape(len(far), -1, targets).transpose(1, 2) if aligned else far[:, None, :]
    each = near[:, :, None] - far
    lost = (each + config.margin).relu() if config.loss == "hinge" else -logsigmoid(-each)
    return (lost * real[:, :, None]).sum()


def of_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """near (B, T) and others (B, C), logits; real (B, T) → −Σ log of a target's share of the softmax over it and the
    others. Where the others are all items, the target is one of them."""
    whole = others.logsumexp(1, keepdim=True)
    return ((whole - near) * real).sum()


def of_sampled_shares(near: Tensor, others: Tensor, real: Tensor) -> Tensor:
    """The same where the others are a sample without the target; others (B, T, S), minus infinity for one that is to
    be left out."""
    whole = torch.logaddexp(near, others.logsumexp(2))
    return ((whole - near) * real).sum()
