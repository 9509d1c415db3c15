"""Joins the items of a separate file to rows, and says what the file has about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options
from attrec_core.data.reading.catalogue import chosen_of_rows
from attrec_core.data.reading.columns import listed, whole_ids
from attrec_core.data.reading.rows import Rows
from attrec_core.errors import shown


def join_catalogue(rows: Rows, options: Options) -> Rows:
    """Joins a catalogue file to rows and says what it has about their items. Where it has nothing, what the rows
    themselves say stays. Renumbered items are not joined, unless a person chose the file.
    """
    if (layout := rows.titles_file) is None:
        return rows
    file, named = layout.member.name, options.metadata is not None
    rows = replace(rows, catalogue=dict(zip(whole_ids(rows.catalogue), rows.catalogue.values(), strict=True)))
    all_names = rows.names("item")
    names = [all_names[code] for code in np.flatnonzero(np.bincount(rows.codes("item")))]
    present = {name: rows.catalogue[name] for name in names if name in rows.catalogue}
    remarks = []
    if renumbered(names, rows.catalogue):
        count = f"{len(present):,} of {len(names):,} items"
        remark = (
            f"the items are numbered without a gap and those of {file} are not, so the same number ({count}) may mean "
            "another item."
        )
        if not named:
            remark = f"No titles: {remark} Give that file as metadata to join it all the same."
            return replace(rows, catalogue=rows.own_items, titles_file=None, remarks=(*rows.remarks, remark))
        remarks = [f"The titles may be wrong: {remark}"]
    elif named and not present:
        own, other = shown(names[0] if names else ""), shown(next(iter(rows.catalogue), ""))
        remarks = [
            f"No titles: none of the items is in {file}. Its ids are like {other}, those of the items like {own}: "
            "another column of it may have the ids, or it is about other items."
        ]
    elif named and layout.names and "title" not in layout.roles and not options.columns.without("title"):
        remarks = [
            f"No titles: no column of {file} is read as the title. Its columns are {listed(layout.names)}; choose one."
        ]
    remarks += [
        f"{file} has no column {shown(name)}, which was chosen for the {role}. It is a column of the interactions, and "
        "is not used beside a file of items."
        for role, name in chosen_of_rows(options.columns, layout.names, rows.columns).items()
        if named
    ]
    told = f" ({layout.roles_told()})" if layout.roles else ""
    sentence = f"Titles from {file}{told}: {known_of(present, len(names))}."
    return replace(
        rows,
        catalogue={**rows.own_items, **{name: completed(name, item, rows) for name, item in rows.catalogue.items()}},
        recognised=(*rows.recognised, sentence),
        remarks=(*rows.remarks, *remarks),
    )


def completed(name: str, item: Item, rows: Rows) -> Item:
    """An item of a catalogue file, with what the rows themselves say of it where the file says nothing."""
    if (own := rows.own_items.get(name)) is None:
        return item
    return Item(item.title if item.has_title(name) else own.title, item.genres or own.genres, item.year or own.year)


def known_of(items: Mapping[str, Item], count: int) -> str:
    """What is known of how many of `count` items, in words."""
    known = {
        "a title": sum(item.has_title(name) for name, item in items.items()),
        "genres": sum(bool(item.genres) for item in items.values()),
        "a year": sum(bool(item.year) for item in items.values()),
    }
    parts = [
        f"{number:,} {'has' if number == 1 else 'have'} {what}"
        for what, number in known.items()
        if number or what == "a title"
    ]
    return f"of {count:,} items, {', '.join(parts)}"


def renumbered(names: Sequence[str], catalogue: Iterable[str]) -> bool:
    """Whether the names are gapless numbers from 0 or 1, while the numbers of the catalogue have gaps and go higher."""
    numbers, catalogue_numbers = (
        {int(name) for name in ids if name.isascii() and name.isdecimal()} for ids in (names, catalogue)
    )
    return (
        len(numbers) == len(names)
        and is_gapless(numbers)
        and not is_gapless(catalogue_numbers)
        and max(catalogue_numbers, default=0) > max(numbers)
    )


def is_gapless(numbers: Collection[int]) -> bool:
    return len(numbers) > 0 and min(numbers) <= 1 and max(numbers) - min(numbers) == len(numbers) - 1
