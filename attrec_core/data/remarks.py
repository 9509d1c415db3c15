"""What a person should know before training, in sentences: choices that nobody made, and what the data is like."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.times import PER_SECOND, in_words
from attrec_core.data.report import repeats_sentence
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import count_of, shown

NO_VALUE = ("nan", "null", "none", "na", "n/a", "nat", "<na>", "undefined")  # what programs write for a missing value
DAY = 86_400  # seconds; clocks differ by less
MOST_KINDS = 5  # kinds of event that a sentence names
LEAST_STEPS = 10  # from an item to another, before histories count as sorted: by chance all ascend in 1 of 1,000 files
LOOKED_AT = 1000  # of these steps


def of_choices(read: Rows, result: Interactions, options: Options) -> Iterator[str]:
    """Sentences about choices that nobody made: which kinds of event count, whether rows without times are probably in
    another order than that of time, and what becomes of repeated rows."""
    if not options.events and (sentence := events_sentence(read)):
        yield sentence
    is_timeless = not read.data_set and (options.timeless or "time" not in read.roles)
    if is_timeless and (sorting := sorting_of(result)):
        yield (
            f"The data has no times, and in each history the items ascend by {sorting}: the file is probably sorted by "
            "item, not by time. A model then learns the sorting."
        )
    if options.duplicates is None and (count := result.repeated_rows()):
        subject = "1 row has" if count == 1 else f"{count:,} rows have"
        yield f"{subject} the same user, item and time as an earlier row. All are kept; duplicates can be collapsed."


def sorting_of(result: Interactions) -> str:
    """By what the items of each history ascend: "number" (as in i2, i10) or "name" (as in i10, i2); "" if they do not,
    or if the histories are too short to show it."""
    inside = result.users[1:] == result.users[:-1]
    before, after = result.items[:-1][inside], result.items[1:][inside]
    if np.count_nonzero(before != after) < LEAST_STEPS:
        return ""
    if (before <= after).all():  # the items are numbered in the order of their names
        return "number" if all(map(str.isdecimal, result.item_ids)) and by_number(result, before, after) else "name"
    return "number" if by_number(result, before, after) else ""


def by_number(result: Interactions, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether no step goes to a smaller number. before, after (n,): items."""
    few = slice(LOOKED_AT)  # most files show at once that they are not sorted
    for steps in (few, slice(None)):
        items = np.unique(np.concatenate([before[steps], after[steps]]))
        places = np.zeros(result.n_items, np.int64)
        places[sorted(items.tolist(), key=lambda item: with_numbers(result.item_ids[item]))] = np.arange(len(items))
        if not (places[before[steps]] <= places[after[steps]]).all():
            return False
    return True


def with_numbers(name: str) -> list[tuple[int, str]]:
    """The words and numbers of a name, so that "lesson 10" sorts after "lesson 9"."""
    parts = re.split(r"0*([0-9]+)", name)  # words and numbers by turns
    return [(len(part) if turn % 2 else 0, part) for turn, part in enumerate(parts)]


def events_sentence(read: Rows) -> str:
    """The kinds of event with their numbers of rows, the most frequent first; "" if there are not several."""
    names = read.names("event")
    counts = np.bincount(read.codes("event"), minlength=len(names)) if names else np.zeros(0, np.int64)
    order = [code for code in np.argsort(-counts, kind="stable") if counts[code]]
    if len(order) < 2:
        return ""
    kinds = ", ".join(f"{shown(names[code], 40)} ({count_of(int(counts[code]), 'row')})" for code in order[:MOST_KINDS])
    more = f", and {len(order) - MOST_KINDS:,} more" if len(order) > MOST_KINDS else ""
    return f"{len(order):,} kinds of event: {kinds}{more}. All count as interactions; a filter can keep some of them."


def is_no_value(name: str) -> bool:
    return name.strip().lower() in NO_VALUE


def of_data(result: Interactions) -> Iterator[str]:
    """Sentences about what may be wrong with the data, or makes its metrics special."""
    lengths = np.diff(result.starts)
    for kind, ids, counts in (("user", result.user_ids, lengths), ("item", result.item_ids, result.popularity())):
        for name in filter(is_no_value, ids):
            rows = int(counts[ids.index(name)])
            yield (
                f"The {kind} {shown(name)} ({count_of(rows, 'row')}) may be a missing value that was saved as "
                "text; it is kept as an id."
            )
    short = int((lengths < 3).sum())
    if short:
        subject = "One user has" if short == 1 else f"{short:,} users have"
        yield f"{subject} fewer than 3 interactions. They are used for training, but not for testing."
    if result.time_unit != "order":
        future = int((result.times > (time.time() + DAY) * PER_SECOND[result.time_unit]).sum())
        if future:
            phrase = "1 interaction is" if future == 1 else f"{future:,} interactions are"
            latest = in_words(int(result.times.max()), result.time_unit)
            yield f"{phrase} in the future, the latest on {latest}: the time unit may be wrong."
    if repeats := repeats_sentence(repeated_targets(result.items, result.starts)):
        yield repeats
    if result.tied_last() > 0.3:
        yield "Many users have several rows at their latest time. Compare metrics only under the same tie rule."
