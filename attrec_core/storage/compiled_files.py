"""Functions that numba has compiled and cached beside their source."""

from __future__ import annotations

from pathlib import Path


def is_kept(source: Path, function: str) -> bool:
    """Whether numba has cached a function beside its source since the source last changed; not searched elsewhere."""
    index_files = source.with_name("__pycache__").glob(f"{source.stem}.{function}-*.nbi")
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in index_files)
