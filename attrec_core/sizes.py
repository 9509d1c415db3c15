"""How large a file or a folder is, in words; one way everywhere."""

from __future__ import annotations

UNITS = ("KB", "MB", "GB", "TB")
STEP = 1000


def in_bytes(size: float) -> str:
    """612 bytes, 88 KB, 2.2 MB, 16 GB: as many digits as tell sizes apart."""
    if size < STEP:
        return f"{size:,.0f} byte{'s' * (size != 1)}"
    count, unit = "", ""
    for unit in UNITS:
        size /= STEP
        count = f"{size:,.1f}" if unit != "KB" and size < 9.95 else f"{size:,.0f}"
        if size < STEP and count != f"{STEP:,}":
            break
    return f"{count} {unit}"
