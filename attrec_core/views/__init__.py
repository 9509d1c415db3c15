"""What the app shows of a run: a folder a page, with its panels. `PANELS`: all panels by key."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrec_core.views.panel import Panel

    PANELS: dict[str, Panel]

WITH_PANELS = (
    "start",
    "attention",
    "why",
    "score_split",
    "metric_space",
    "step_by_step",
    "across_users",
    "try_it_yourself",
    "data",
    "train",
    "runs",
    "compare",
    "replay",
    "does_it_hold",
)  # folders, in the order of the pages


def __getattr__(name: str) -> object:
    if name != "PANELS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Late: most of the program needs one page or none.
    modules = [importlib.import_module(f"attrec_core.views.{folder}.panels") for folder in WITH_PANELS]
    globals()["PANELS"] = {panel.key: panel for module in modules for panel in module.PANELS}
    return globals()["PANELS"]
