"""A cache stored on the object it is about, usually a Run, and freed with it."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

Owner = TypeVar("Owner")
Others = ParamSpec("Others")
Answer = TypeVar("Answer")
CACHE = "_cache"  # not a field, so a copy of the owner with other settings starts with an empty cache


def cached(function: Callable[Concatenate[Owner, Others], Answer]) -> Callable[Concatenate[Owner, Others], Answer]:
    """Like `functools.cache` for a function of an object, but the answers are stored in the object itself. An answer
    may refer to its owner, as a scene refers to its run. In a separate table, even one with weak keys, it would keep
    the run alive for ever; stored in the run, it is freed with it."""

    @functools.wraps(function)
    def answer(owner: Owner, *args: Others.args, **named: Others.kwargs) -> Answer:
        answers = vars(owner).setdefault(CACHE, {})
        key = (function, args, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = function(owner, *args, **named)
        return answers[key]

    return answer


def cached_latest(owner: Owner, function: Callable[..., Answer], *args: object, key: Hashable, most: int = 8) -> Answer:
    """Returns function(owner, *args), cached under `key`, which must hold everything that the answer depends on. Keeps
    the `most` latest used answers of each function."""
    answers = vars(owner).setdefault(CACHE, {}).setdefault((function, "latest"), OrderedDict())
    # Removed and put back at the end; if two threads do this at once, at worst an answer is computed again.
    answer = answers.pop(key, None)
    answer = function(owner, *args) if answer is None else answer
    answers[key] = answer
    while len(answers) > most:
        answers.popitem(last=False)
    return answer
