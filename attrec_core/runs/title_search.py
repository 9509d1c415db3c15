"""Finds the items whose titles match a typed text, for a run with too many items to send them all to the browser."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

MANY = 100_000  # items; fewer are sent to the browser, which searches in them itself
LONGEST = 300  # characters of a title
MATCHES = 12
BLOCK = 50_000  # titles searched at once for the start of a word
LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}


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
