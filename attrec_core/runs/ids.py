"""Finds a user by id, and an item by id or title. Refuses with similar ones what a run does not have."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from attrec_core.errors import InputError, shown
from attrec_core.runs.run import Run
from attrec_core.runs.title_search import LONGEST, best_matches, by_popularity, folded, true_rows

SUGGESTED = 3
MANY = 50_000  # ids or titles among which similar ones take too long to find
SHORTEST = 3  # characters of a text that is searched inside titles


def user_id(run: Run, name: str) -> str:
    """Returns the id of a user as the run has it. Raises InputError with similar ids."""
    name = str(name)
    if (known := known_id(name, run.user_index)) is not None:
        return known
    near = [shown(user) for user in islice(dict.fromkeys(near_ids(name, run.user_index)), SUGGESTED)]
    raise InputError("unknown_user", "The run has no user {id}.{hint}", id=shown(name), hint=did_you_mean(near))


def item_id(run: Run, name: str) -> str:
    """Returns the id of an item as the run has it. name: its id, or its whole title. Raises InputError with similar
    items, or with the ids of all items of this title."""
    name = str(name)
    if (known := known_id(name, run.item_index)) is not None:
        return known
    ids, named = run.interactions.item_ids, items_called(run, name)
    if len(named) == 1:
        return ids[named[0]]
    if named:
        text = "{count} items have the title {id}: {ids}. Give one of these ids."
        same = ", ".join(shown(ids[item]) for item in named)
        raise InputError("ambiguous_title", text, count=len(named), id=shown(name), ids=same)
    near = [with_title(run, item) for item in islice(dict.fromkeys(near_items(run, name)), SUGGESTED)]
    raise InputError("unknown_item", "The run has no item {id}.{hint}", id=shown(name), hint=did_you_mean(near))


def known_id(name: str, index: Mapping[str, int]) -> str | None:
    """Returns the spelling of an id that the index has: 17850 and 17850.0 are the same number."""
    return next((spelling for spelling in spellings(name) if spelling in index), None)


def spellings(name: str) -> tuple[str, str, str]:
    """Returns the spellings of an id that may be a number."""
    return name, name.removesuffix(".0"), f"{name}.0"


def items_called(run: Run, title: str) -> list[int]:
    """Returns the items of a title, popular first, whatever its capitals and accents."""
    order, titles = by_popularity(run)
    text = folded(pa.array([title[:LONGEST]]))[0]
    return order[true_rows(pc.equal(titles, text))].tolist() if text.as_py() else []


def near_items(run: Run, name: str) -> Iterator[int]:
    """Yields items that may be meant: by number, then by title, then by id."""
    yield from (run.item_index[item] for item in same_number(name, run.item_index))
    order, titles = by_popularity(run)
    if len(titles) <= MANY:
        texts = titles.to_pylist()
        for title in difflib.get_close_matches(folded(pa.array([name[:LONGEST]]))[0].as_py(), texts, n=SUGGESTED):
            yield int(order[texts.index(title)])
    if len(name.strip()) >= SHORTEST:
        yield from best_matches(run, name)
    yield from (run.item_index[item] for item in near_ids(name, run.item_index))


def near_ids(name: str, index: Mapping[str, int]) -> Iterator[str]:
    """Yields ids that may be meant: the same number with other zeros in front, then similar texts."""
    yield from same_number(name, index)
    yield from difflib.get_close_matches(name, index, n=SUGGESTED) if len(index) <= MANY else []


def same_number(name: str, index: Mapping[str, int]) -> Iterator[str]:
    """Yields the ids that are the same whole number, with more or fewer zeros in front: 5 and 00005."""
    if name.isdecimal():
        number = name.lstrip("0")
        yield from (other for other in index if other.isdecimal() and other.lstrip("0") == number)


def with_title(run: Run, item: int) -> str:
    """Returns an id in quotes, with the title where it says more."""
    name, title = run.interactions.item_ids[item], run.interactions.titles[item]
    return shown(name) if title == name else f"{shown(name)} ({title[:LONGEST]})"


def did_you_mean(near: list[str]) -> str:
    return f" Did you mean {' or '.join(near)}?" if near else ""
