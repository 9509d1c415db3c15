"""What a step of the lesson asks, and how far one has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Question:
    """A prediction to make before anything is done. The options are foreign text where they name items."""

    text: str
    options: tuple[str, ...]  # two or more, all different
    right: tuple[int, ...]  # those that the loaded model bears out; more than one where they read the same on screen


@dataclass(frozen=True)
class Progress:
    """How far one has come with one run; steps are counted from 1. Only what was predicted can be done."""

    answers: Mapping[int, int] = field(default_factory=dict)  # the option that was predicted
    done: frozenset[int] = frozenset()
    last: int | None = None  # where one was last

    def answered(self, number: int, option: int) -> Progress:
        return replace(self, answers={**self.answers, number: option})

    def finished(self, number: int) -> Progress:
        return replace(self, done=self.done | {number})

    def at(self, number: int) -> Progress:
        return replace(self, last=number)

    def after(self, earlier: Progress) -> Progress:
        """What was known earlier, such as what a browser has kept, and all of this since then."""
        answers = {**earlier.answers, **self.answers}
        return Progress(answers, earlier.done | self.done, earlier.last if self.last is None else self.last)
