"""A person's progress in the lesson, stored in the address, so that a reload continues at the same step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from attrec_core.errors import Remark
from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.view import of_link, quoted_text

ANSWERED = re.compile(r"([1-9][0-9]?)\.([0-9]{1,3})(d?)")  # step, option from 0, and whether the step is done
LAST = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True)
class LessonProgress:
    """The progress with one run; steps are counted from 1. Only a step with a prediction can be done."""

    answers: Mapping[int, int] = field(default_factory=dict)  # step → the predicted option
    done: frozenset[int] = frozenset()
    last: int | None = None  # the step that was open last

    def answered(self, number: int, option: int) -> LessonProgress:
        return replace(self, answers={**self.answers, number: option})

    def finished(self, number: int) -> LessonProgress:
        return replace(self, done=self.done | {number})

    def at(self, number: int) -> LessonProgress:
        return replace(self, last=number)

    def after(self, earlier: LessonProgress) -> LessonProgress:
        """Adds this progress to an earlier one, such as the progress stored in a browser."""
        answers = {**earlier.answers, **self.answers}
        return LessonProgress(answers, earlier.done | self.done, earlier.last if self.last is None else self.last)


def to_parts(progress: LessonProgress) -> tuple[str, ...] | None:
    """Encodes progress. ("4", "1.0d", "4.2"): last at step 4; option 0 predicted at step 1, which is done; option 2 at
    step 4."""
    answered = [
        f"{number}.{option}{'d' * (number in progress.done)}" for number, option in sorted(progress.answers.items())
    ]
    return (*([] if progress.last is None else [str(progress.last)]), *answered) or None


def from_parts(run: Run, parts: Sequence[str]) -> tuple[LessonProgress, tuple[Remark, ...]]:
    """Decodes progress. Never raises: parts that do not fit this run's lesson are dropped, with a remark for each."""
    progress, remarks = LessonProgress(), []
    for part in parts:
        answered = ANSWERED.fullmatch(part)
        if answered and offered(run, int(answered[1]), int(answered[2])):
            progress = progress.answered(int(answered[1]), int(answered[2]))
            progress = progress.finished(int(answered[1])) if answered[3] else progress
        elif LAST.fullmatch(part) and int(part) <= len(lesson.STEPS):
            progress = progress.at(int(part))
        else:
            text = "{source} gives {part} as progress in the lesson, which is not a step of it."
            remarks.append(of_link("unknown_progress", text, part=quoted_text(part)))
    return progress, tuple(remarks)


def go_on(run: Run, mine: LessonProgress) -> int | None:
    """The step to go on with: the step that was open last, if it is not done; else the first step that is not done and
    that the run can show. None when all are done."""
    open_steps = [number for number in lesson.possible(run) if number not in mine.done]
    return mine.last if mine.last in open_steps else next(iter(open_steps), None)


def offered(run: Run, number: int, option: int) -> bool:
    """Whether the step asks a question that has this option."""
    if number > len(lesson.STEPS) or lesson.obstacle(run, number) is not None:
        return False
    return option < len(lesson.texts(run, number).options)
