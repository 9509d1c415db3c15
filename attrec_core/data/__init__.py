"""Reads data files as `Interactions` and makes windows from them. Entry point: `read`; `importing` also reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from attrec_core.data.interactions import Interactions
    from attrec_core.data.options import Options

__all__ = ["read"]


def read(path: Path | str, options: Options | None = None) -> Interactions:
    """Interactions from a file or folder of a known format. Raises InputError for anything wrong."""
    from attrec_core.data.importing import import_data  # late: whoever uses windows alone needs no reader

    return import_data(path, options)[0]
