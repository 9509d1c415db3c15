"""What numba has compiled and kept beside its source."""

from __future__ import annotations

from pathlib import Path


def is_kept(source: Path, function: str) -> bool:
    """Whether numba has kept a function there since its source was last changed; elsewhere it is not looked for."""
    kept = source.with_name("__pycache__").glob(f"{source.stem}.{function}-*.nbi")
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in kept)
