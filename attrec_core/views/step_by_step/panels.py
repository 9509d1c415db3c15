"""The panel of the page “Step by step”: all stages in one table. The page opens one stage at a time, as a matrix."""

from __future__ import annotations

from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.step_by_step import stages
from attrec_core.views.step_by_step.records import Stage

STAGES: Panel[Scene, tuple[Stage, ...]] = Panel(
    key="stages",
    heading="All stages",
    record=stages.stages,
    sentence=lambda scene, steps: stages.summary(scene),
    table=lambda scene, steps: stages.table(steps),
    needs="steps",
)

PANELS = (STAGES,)
