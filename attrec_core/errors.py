"""The one error that people see: a sentence that says what is wrong, where, and what to do.

How large something is, as it is written: numbers, files and folders; one way everywhere.
"""

from __future__ import annotations


class InputError(ValueError):
    """Bad input from outside (data, a run folder, a setting). `str(error)` is one sentence for people."""


def shown(value: object, limit: int = 60) -> str:
    """`value` for a sentence, text in quotes; cut to `limit` characters so that a huge field floods no terminal."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def sentence_of(error: BaseException) -> str:
    """What people are told of an error, whether in a terminal or on a page."""
    if isinstance(error, InputError):
        return " ".join(str(error).splitlines())
    if isinstance(error, OSError):
        what = f"{error.filename} cannot be read or written" if error.filename else "The output cannot be written"
        return f"{what}: {error.strerror or error}."
    if isinstance(error, MemoryError):
        return "This needs more memory than there is; try smaller settings, such as batch_size or dim."
    return f"This program has a fault: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


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
