"""How large something is, as it is written: numbers, files and folders; one way everywhere."""

from __future__ import annotations

UNITS = ("KB", "MB", "GB", "TB")
STEP = 1000


def number(value: float, digits: int = 2) -> str:
    """.41 for 0.41, with −.41 below zero."""
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


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
