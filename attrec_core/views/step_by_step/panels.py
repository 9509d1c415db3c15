"""The panel of the page “Step by step”: all stages in one table. On the page each stage has its matrix, too."""

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
    note=lambda scene, steps: " → ".join(step.name for step in steps),
    needs="attention",
)

PANELS = (STAGES,)
