"""Keeps memory that one step frees and the next step allocates again."""

from __future__ import annotations

import ctypes

TRIM, MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h
MOST, MOST_OF_BEFORE = 2**30, 2**25  # bytes; glibc before 2.35 refuses a mapping threshold above the second


def keep_freed() -> None:
    """Makes the C library keep freed memory, up to MOST, for this process.

    glibc returns a freed array of some megabytes to the system, and the next step pays for each of its pages again: .29
    of the time of a softmax over the items of MovieLens 100K. Does nothing when the library has no `mallopt`.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # The trim threshold alone would return each array of 128 kB to the system: more than without it.
    if mallopt is not None and (mallopt(MAP, MOST) or mallopt(MAP, MOST_OF_BEFORE)):
        mallopt(TRIM, MOST)


def give_back() -> None:
    """Returns freed memory to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
