"""Memory that one step frees and the next one takes again."""

from __future__ import annotations

import ctypes

TRIM, MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h
MOST, MOST_OF_BEFORE = 2**30, 2**25  # bytes; before its version 2.35, glibc refuses a larger threshold for a mapping


def keep_freed() -> None:
    """Has the C library keep what is freed, up to MOST, for this process.

    glibc gives an array of some megabytes back to the system when it is freed, and the next step pays for each page of
    it again: .29 of the time of a softmax over the items of MovieLens 100K. Nothing where the library has no `mallopt`.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # The trim threshold alone would give back each array of 128 kB: more than without.
    if mallopt is not None and (mallopt(MAP, MOST) or mallopt(MAP, MOST_OF_BEFORE)):
        mallopt(TRIM, MOST)


def give_back() -> None:
    """What is freed, to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
