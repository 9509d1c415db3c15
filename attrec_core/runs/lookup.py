"""Finds users by id, and items by id, title or part of a title. Refuses with similar ones what a run does not have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attrec_core.errors import InputError, shown
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

SUGGESTED = 3
MANY_TEXTS = 50_000  # ids or titles among which similar ones take too long to find
SHORTEST = 3  # characters of a text that is searched inside titles
MANY = 100_000  # items; fewer are sent to the browser, which searches in them itself
LONGEST = 300  # characters of a title
MATCHES = 12
BLOCK = 50_000  # titles searched at once for the start of a word
LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}


def user_id(run: Run, name: str) -> str:
    """Returns the id of a user as the run has it. Raises InputError with similar ids."""
    name = str(name)
    if (known := known_id(name, run.user_index)) is not None:
        return known
    hint = did_you_mean(map(shown, near_ids(name, run.user_index)))
    raise InputError("unknown_user", "The run has no user {id}.{hint}", id=shown(name), hint=hint)


def item_id(run: Run, name: str) -> str:
    """Returns the id of an item as the run has it. name: its id, or its whole title. Raises InputError with similar
    items, or with the ids of all items of this title."""
    name = str(name)
    if (known := known_id(name, run.item_index)) is not None:
        return known
    order, titles = by_popularity(run)
    text = folded(pa.array([name[:LONGEST]]))[0]  # whatever its capitals and accents
    ids, named = run.interactions.item_ids, order[true_rows(pc.equal(titles, text))].tolist() if text.as_py() else []
    if len(named) == 1:
        return ids[named[0]]
    if named:
        text = "{count} items have the title {id}: {ids}. Give one of these ids."
        same = ", ".join(shown(ids[item]) for item in named)
        raise InputError("ambiguous_title", text, count=len(named), id=shown(name), ids=same)
    hint = did_you_mean(with_title(run, item) for item in near_items(run, name))
    raise InputError("unknown_item", "The run has no item {id}.{hint}", id=shown(name), hint=hint)


def known_id(name: str, index: Mapping[str, int]) -> str | None:
    """Returns the spelling of an id that the index has: 17850 and 17850.0 are the same number."""
    return next((spelling for spelling in spellings(name) if spelling in index), None)


def spellings(name: str) -> tuple[str, str, str]:
    return name, name.removesuffix(".0"), f"{name}.0"


def near_items(run: Run, name: str) -> Iterator[int]:
    """Yields items that may be meant: by number, then by title, then by id."""
    yield from (run.item_index[item] for item in same_number(name, run.item_index))
    order, titles = by_popularity(run)
    if len(titles) <= MANY_TEXTS:
        texts = titles.to_pylist()
        for title in difflib.get_close_matches(folded(pa.array([name[:LONGEST]]))[0].as_py(), texts, n=SUGGESTED):
            yield int(order[texts.index(title)])
    if len(name.strip()) >= SHORTEST:
        yield from best_matches(run, name)
    yield from (run.item_index[item] for item in near_ids(name, run.item_index))


def near_ids(name: str, index: Mapping[str, int]) -> Iterator[str]:
    """Yields ids that may be meant: the same number with other zeros in front, then similar texts."""
    yield from same_number(name, index)
    yield from difflib.get_close_matches(name, index, n=SUGGESTED) if len(index) <= MANY_TEXTS else []


def same_number(name: str, index: Mapping[str, int]) -> Iterator[str]:
    """Yields the ids that are the same whole number, with more or fewer zeros in front: 5 and 00005."""
    if name.isdecimal():
        number = name.lstrip("0")
        yield from (other for other in index if other.isdecimal() and other.lstrip("0") == number)


def with_title(run: Run, item: int) -> str:
    """Returns an id in quotes, with the title where it says more."""
    name, title = run.interactions.item_ids[item], run.interactions.titles[item]
    return shown(name) if title == name else f"{shown(name)} ({title[:LONGEST]})"


def did_you_mean(near: Iterable[str]) -> str:
    """Returns a question with the first few that may be meant; empty if there are none."""
    first = list(islice(dict.fromkeys(near), SUGGESTED))
    return f" Did you mean {' or '.join(first)}?" if first else ""


def best_matches(run: Run, query: str) -> list[int]:
    """Returns items, popular first: those whose titles begin with the query, then those with a word that begins with
    it, then any that contain it; as `bestMatches` in type_ahead.js."""
    order, titles = by_popularity(run)
    text = folded(pa.array([query[:LONGEST]]))[0].as_py()
    if not text:
        return order[:MATCHES].tolist()
    best = true_rows(pc.starts_with(titles, text))[:MATCHES]
    inside = true_rows(pc.match_substring(titles, text)) if len(best) < MATCHES else best
    inside, rest = inside[~np.isin(inside, best)], np.empty(0, np.int64)
    for start in range(0, len(inside), BLOCK):
        rows = inside[start : start + BLOCK]
        starts = true_rows(pc.match_substring_regex(titles.take(pa.array(rows)), r"[^\p{L}\p{N}]" + re.escape(text)))
        best, rest = np.append(best, rows[starts])[:MATCHES], np.append(rest, np.delete(rows, starts))[:MATCHES]
        if len(best) == MATCHES:
            break
    return order[np.append(best, rest)[:MATCHES]].tolist()


def true_rows(mask: pa.BooleanArray) -> np.ndarray:
    return np.flatnonzero(mask.to_numpy(zero_copy_only=False))


@cached
def by_popularity(run: Run) -> tuple[np.ndarray, pa.StringArray]:
    """(N,) the items, popular first, and their folded titles in this order."""
    order = np.argsort(-run.popularity, kind="stable").astype(np.int32)
    titles = run.interactions.titles
    column = getattr(titles, "column", None)
    texts = pa.array(titles, pa.string()) if column is None else column
    titles_folded = folded(pc.utf8_slice_codeunits(texts.take(pa.array(order)), 0, LONGEST))
    pa.default_memory_pool().release_unused()  # memory that folding has used: 76 MB for a million titles
    return order, titles_folded


def folded(texts: pa.StringArray) -> pa.StringArray:
    """Returns texts without capitals, accents and ligatures, as a search compares them."""
    texts = pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_lower(texts), "NFD"), r"\p{M}", "")
    for letter, plain in LETTERS.items():
        texts = pc.replace_substring(texts, letter, plain)
    return pc.utf8_trim_whitespace(texts)
