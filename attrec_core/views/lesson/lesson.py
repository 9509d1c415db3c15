"""The lesson: eight steps on the live pages. Questions and answers follow from the loaded run; a person's progress is
in the address, so that a reload continues at the same step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from attrec_core.errors import Remark
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.lesson.attention_steps import ColumnStep, Mask, Order, Remove, RowStep, Weight
from attrec_core.views.lesson.step import Step, StepTexts, lesson_view
from attrec_core.views.lesson.trust_steps import InfluenceStep, SpaceStep
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View, of_link, quoted_text

MINUTES = 15
START = f"Start the {MINUTES}-minute lesson"
RESUMED, FINISHED = "Continue the lesson: step {step}", "Lesson: all steps done"
STEPS: tuple[Step, ...] = tuple(
    step() for step in (RowStep, Mask, ColumnStep, Remove, Order, Weight, InfluenceStep, SpaceStep)
)
ANSWERED = re.compile(r"([1-9][0-9]?)\.([0-9]{1,3})(d?)")  # step, option from 0, and whether the step is done
LAST = re.compile(r"[1-9][0-9]?")
GONE = re.compile(r"9(\..*)?")  # the ninth step of older versions


def step(number: int) -> Step:
    """The step with this number, from 1."""
    return STEPS[number - 1]


def obstacle(run: Run, number: int) -> str | None:
    """Why a run cannot show a step, for example because its window is too small. None if it can."""
    return step(number).obstacle(run)


@cached
def prepared(run: Run, number: int) -> View:
    """The view in which a step begins; for a step that the run cannot show, the lesson's user."""
    return step(number).prepared(run) if obstacle(run, number) is None else lesson_view(run, 1)


class OpenedStep(NamedTuple):
    page: str
    view: View


def opened(run: Run, number: int) -> OpenedStep:
    return OpenedStep(step(number).page, prepared(run, number))


@cached
def beginning(run: Run, number: int) -> Scene:
    return scene(run, prepared(run, number))


@cached
def texts(run: Run, number: int) -> StepTexts:
    return step(number).texts(beginning(run, number))


def user_sentence(run: Run, number: int) -> str:
    """A sentence on the user of a step, if it is another user than in the step before; else empty."""
    now, first = beginning(run, number).who, beginning(run, 1).who
    if number == 1 or now == beginning(run, number - 1).who:
        return ""
    if now == first:
        return f"Back to {now}."
    return f"This step uses another user: {now}."


def possible(run: Run) -> tuple[int, ...]:
    return tuple(number for number in range(1, len(STEPS) + 1) if obstacle(run, number) is None)


def following(run: Run, number: int) -> int | None:
    """The next step that the run can show; None after the last one."""
    return next((later for later in possible(run) if later > number), None)


def preceding(run: Run, number: int) -> int | None:
    return next((earlier for earlier in reversed(possible(run)) if earlier < number), None)


def done(run: Run, number: int, now: Scene) -> bool:
    return obstacle(run, number) is None and step(number).done(beginning(run, number), now)


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
    """Encodes progress. ("4", "1.0d", "4.2"): last at step 4; step 1 is done with option 0; option 2 at step 4."""
    done = dict.fromkeys(progress.done, "d")
    answered = [f"{number}.{option}{done.get(number, '')}" for number, option in sorted(progress.answers.items())]
    return (*([] if progress.last is None else [str(progress.last)]), *answered) or None


def from_parts(run: Run, parts: Sequence[str]) -> tuple[LessonProgress, tuple[Remark, ...]]:
    """Decodes progress. Never raises: parts that do not fit this run's lesson are dropped, with a remark for each."""
    progress, remarks = LessonProgress(), []
    for part in parts:
        answered = ANSWERED.fullmatch(part)
        if answered and offered(run, int(answered[1]), int(answered[2])):
            progress = progress.answered(int(answered[1]), int(answered[2]))
            progress = progress.finished(int(answered[1])) if answered[3] else progress
        elif LAST.fullmatch(part) and int(part) <= len(STEPS):
            progress = progress.at(int(part))
        elif not GONE.fullmatch(part):
            remarks.append(of_link("unknown_progress", part=quoted_text(part)))
    return progress, tuple(remarks)


def go_on(run: Run, mine: LessonProgress) -> int | None:
    """The step to go on with: the step that was open last, if it is not done; else the first step that is not done and
    that the run can show. None when all are done."""
    open_steps = [number for number in possible(run) if number not in mine.done]
    return mine.last if mine.last in open_steps else next(iter(open_steps), None)


def offered(run: Run, number: int, option: int) -> bool:
    """Whether the step asks a question that has this option."""
    if number > len(STEPS) or obstacle(run, number) is not None:
        return False
    return option < len(texts(run, number).options)
