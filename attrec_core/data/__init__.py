"""Reads data files as `Interactions` and makes windows from them. Entry point: `read`; `importing` also reports."""

from __future__ import annotations

from pathlib import Path

from attrec_core.data.importing import import_data
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options

__all__ = ["read"]


def read(path: Path | str, options: Options | None = None) -> Interactions:
    """Interactions from a file or folder of a known format. Raises InputError for anything wrong."""
    return import_data(path, options)[0]
