"""What a step of the lesson asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A prediction to make before anything is done. The options are foreign text where they name items."""

    text: str
    options: tuple[str, ...]  # two or more, all different
    right: tuple[int, ...]  # those that the loaded model bears out; more than one where they read the same on screen
