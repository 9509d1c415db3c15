"""The processes in which a study trains several models at a time."""

from __future__ import annotations

import os
from multiprocessing import parent_process
from threading import Thread

from attrec_core.models.registry import use


def begin_worker(own: str) -> None:
    """Prepares a process that trains for this one. own: FILE.py:Class of a custom model, or empty."""
    Thread(target=end_with_parent, daemon=True).start()
    if own:
        use(own)


def end_with_parent() -> None:
    """Ends this process when the one that started it has ended, even if that was killed; otherwise it would wait for
    work forever."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
