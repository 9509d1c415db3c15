"""A step reuses the memory that the previous step has freed."""

from __future__ import annotations

import ctypes
import resource

import numpy as np
import pytest

from attrec_core.training.engine import MAP, TRIM, give_back, keep_freed

PAGES = 256  # of 4 kB: 1 MB, smaller than an array for which numpy requests huge pages


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="The C library has no mallopt.")
def test_what_is_freed_is_kept_until_it_is_given_back() -> None:
    keep_freed()
    pages_taken()
    repeats = [pages_taken() for _ in range(5)]
    give_back()
    assert max(repeats) < PAGES / 10
    assert pages_taken() > PAGES / 2


def test_an_older_library_keeps_as_much_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the mapping threshold refused but the trim threshold accepted, it would keep less than with neither."""
    accepted: dict[int, int] = {}

    class Library:
        def mallopt(self, what: int, size: int) -> int:
            if what == MAP and size > 2**25:
                return 0
            return bool(accepted.update({what: size}) or 1)

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    keep_freed()
    assert accepted == {MAP: 2**25, TRIM: 2**30}


def pages_taken() -> int:
    """Returns the page faults of an array of 1 MB that is filled and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(PAGES * 512).fill(2)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
