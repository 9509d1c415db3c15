"""Answers that are kept with the run they are about, and go with it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from attrec_core.runs import Run

Others, Answer = ParamSpec("Others"), TypeVar("Answer")
KEPT = "_kept"  # not a field, so a copy of the run with other settings starts without answers


def kept(function: Callable[Concatenate[Run, Others], Answer]) -> Callable[Concatenate[Run, Others], Answer]:
    """Like `functools.cache` for a function of a run, but the answers lie in the run itself.

    An answer may hold its run, as a scene does. In a table beside the runs, even one with weak keys, it would keep the
    run alive for ever; here the two are let go of together.
    """

    @functools.wraps(function)
    def answer(run: Run, *args: Others.args, **named: Others.kwargs) -> Answer:
        answers = vars(run).setdefault(KEPT, {})
        key = (function, args, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = function(run, *args, **named)
        return answers[key]

    return answer
