"""Answers that are kept with what they are about, mostly a run, and go with it."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

Owner, Others, Answer = TypeVar("Owner"), ParamSpec("Others"), TypeVar("Answer")
KEPT = "_kept"  # not a field, so a copy of the owner with other settings starts without answers


def kept(function: Callable[Concatenate[Owner, Others], Answer]) -> Callable[Concatenate[Owner, Others], Answer]:
    """Like `functools.cache` for a function of an object, but the answers lie in the object itself.

    An answer may hold its owner, as a scene holds its run. In a table beside the runs, even one with weak keys, it
    would keep the run alive for ever; here the two are let go of together.
    """

    @functools.wraps(function)
    def answer(owner: Owner, *args: Others.args, **named: Others.kwargs) -> Answer:
        answers = vars(owner).setdefault(KEPT, {})
        key = (function, args, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = function(owner, *args, **named)
        return answers[key]

    return answer


def kept_few(owner: Owner, function: Callable[..., Answer], *args: object, key: Hashable, most: int = 8) -> Answer:
    """function(owner, *args), kept under `key`, which must tell apart whatever it depends on. Of each function the
    `most` answers that were asked for last stay."""
    answers = vars(owner).setdefault(KEPT, {}).setdefault((function, "few"), OrderedDict())
    # Taken out and put back at the end; what another thread does meanwhile can only cost it an answer.
    answer = answers.pop(key, None)
    answer = function(owner, *args) if answer is None else answer
    answers[key] = answer
    while len(answers) > most:
        answers.popitem(last=False)
    return answer
