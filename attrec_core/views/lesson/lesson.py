"""The lesson: nine steps on the live pages. Questions, answers and progress follow from the loaded run."""

from __future__ import annotations

from dataclasses import dataclass

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.lesson.distance_step import DistanceStep
from attrec_core.views.lesson.edit_steps import Order, Remove, Weight
from attrec_core.views.lesson.map_steps import ColumnStep, Mask, RowStep
from attrec_core.views.lesson.step import Step, StepTexts, lesson_view
from attrec_core.views.lesson.trust_steps import InfluenceStep, SpaceStep
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

MINUTES = 15
START = f"Start the {MINUTES}-minute lesson"
RESUMED, FINISHED = "Continue the lesson: step {step}", "Lesson: all steps done"
STEPS: tuple[Step, ...] = (
    RowStep(),
    Mask(),
    ColumnStep(),
    Remove(),
    Order(),
    Weight(),
    InfluenceStep(),
    SpaceStep(),
    DistanceStep(),
)


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


@dataclass(frozen=True)
class OpenedStep:
    """The page of a step, and the view in which it begins."""

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
    """The steps that a run can show."""
    return tuple(number for number in range(1, len(STEPS) + 1) if obstacle(run, number) is None)


def following(run: Run, number: int) -> int | None:
    """The next step that the run can show; None after the last one."""
    return next((later for later in possible(run) if later > number), None)


def preceding(run: Run, number: int) -> int | None:
    return next((earlier for earlier in reversed(possible(run)) if earlier < number), None)


def done(run: Run, number: int, now: Scene) -> bool:
    return obstacle(run, number) is None and step(number).done(beginning(run, number), now)
