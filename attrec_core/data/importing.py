"""Imports a path as interactions and a report; previews an import from the head of the file alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.data import remarks
from attrec_core.data.filters import with_enough, with_values
from attrec_core.data.formats import FORMATS, Format
from attrec_core.data.interactions import Interactions, Item, in_time_order, sorted_names
from attrec_core.data.options import OF_METADATA, Options
from attrec_core.data.reading.catalogue import columns_of_items, file_of_items, join_catalogue, roles_of_items
from attrec_core.data.reading.columns import candidates, likely_columns, listed, role_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import NO_USER, Rows
from attrec_core.data.reading.sources import JOIN, Source, head_as_file, open_source, parts_in
from attrec_core.data.reading.times import in_words
from attrec_core.data.remarks import is_no_value
from attrec_core.data.report import ColumnSeen, Counts, ImportReport, Preview, TableSeen
from attrec_core.errors import InputError, count_of, percent, shown

SHOWN_VALUES = 3  # of each column in a preview
DENSE, MANY_ACTIONS = 0.01, 50
MANY_ROWS, MANY_USERS = 0.2, 10  # a larger share of the rows is unlikely for one of so many users


@contextlib.contextmanager
def recognise_path(path: Path, options: Options) -> Iterator[tuple[Format, Source, Layout]]:
    """Opens a path and yields its format. Raises InputError saying what each format expects, or what is damaged."""
    with open_source(path, options) as source:
        formats = [format_ for format_ in FORMATS if options.format is None or options.format in format_.names]
        if not formats:
            text, names = "There is no format {format}; known are: {known}.", ", ".join(kind.name for kind in FORMATS)
            raise InputError("no_such_format", text, setting="format", format=shown(options.format), known=names)
        for format_ in formats:
            layout = format_.recognise(source)
            if layout is None:
                continue
            if len(source.tables) > 1 and layout.member is source.by_columns and options.member is None:
                count = len(source.tables)
                sentence = (
                    f"{layout.member.name} is the only one of {count} tables with columns of users, items and times."
                )
                layout = replace(layout, recognised=(sentence, *layout.recognised))
            yield format_, source, layout
            return
        raise unknown_format(source, formats)


def unknown_format(source: Source, formats: list[Format]) -> InputError:
    """The error for an unrecognised path: what each format expects, and which files there are to choose from."""
    is_folder, wanted = source.path.is_dir(), "; ".join(format_.expects for format_ in formats)
    names = [member.name for member in source.members]
    facts: dict[str, Any] = {"what": "The folder" if is_folder else "The file", "file": source.path}
    if source.options.format is not None:
        text, chosen = "{what} {file} is not of the format {format}, which is: {wanted}.", source.options.format
        return InputError("other_format", text, setting="format", format=chosen, **facts, wanted=wanted)
    if len(names) < (1 if is_folder else 2):
        text = "{what} {file} has an unknown format. Known formats: {wanted}."
        return InputError("unknown_format", text, **facts, wanted=wanted)
    if parts := [part.name for part in parts_in(source.members)]:
        text = (
            "{what} {file} holds a data set in parts: {parts}. To join them in this order, {choose:member={joined}}; "
            "to read only one of them, name it in the same way."
        )
        facts |= {"parts": listed(parts), "joined": JOIN.join(parts)}
        return InputError("several_parts", text, setting="member", **facts)
    text = (
        "{what} {file} does not show which of its files has the interactions. It holds {files}: {choose}. Known "
        "formats: {wanted}."
    )
    files = ", ".join([*names[:6], *(["…"] if len(names) > 6 else [])])
    return InputError("unknown_format", text, setting="member", files=files, **facts, wanted=wanted)


def format_of(path: Path | str) -> Format:
    """The first format that recognises the path. Raises InputError saying what each format expects."""
    with recognise_path(Path(path), Options()) as (recognised_format, _, _):
        return recognised_format


def members_of(path: Path | str) -> tuple[str, ...]:
    """What can be read from a folder or an archive: its parts joined, if it has parts, and each file; for a plain file,
    its name. Raises InputError for a path that cannot be read."""
    with open_source(Path(path)) as source:
        parts = JOIN.join(part.name for part in parts_in(source.members))
        return (*([parts] if parts else []), *(member.name for member in source.members))


def counts_of(data: Interactions) -> Counts:
    return Counts(data.n_users, data.n_items, data.n_interactions)


def preset_of(counts: Counts) -> str:
    """The paper's settings that suit data of this size: those for MovieLens if it is as dense, else those for sparse
    data. In Table 1, a density of 1 % and 50 interactions per user separate the two groups."""
    return "movielens" if counts.density >= DENSE and counts.per_user >= MANY_ACTIONS else "sparse"


def is_unsure(counts: Counts) -> bool:
    """Whether the rule of `preset_of` may choose the worse preset: for many interactions per user, but low density."""
    return preset_of(counts) == "sparse" and counts.per_user >= MANY_ACTIONS


def preset_reason(counts: Counts) -> str:
    """The reason for the preset of `preset_of`, with the number that decides; to follow “because”."""
    density = f"a density of {counts.density_text}"
    per_user = f"this data has {counts.per_user:,.1f} interactions per user"
    rule = f"the MovieLens preset is for at least {MANY_ACTIONS}, and a density of at least {percent(DENSE)}"
    if preset_of(counts) == "movielens":
        return f"{per_user} and {density}; {rule}"
    if not is_unsure(counts):
        return f"{per_user}; {rule}"
    return f"{per_user}, but only {density}; {rule}. As one of both holds, a few epochs of each preset decide"


def rows(path: Path | str, options: Options | None = None) -> Rows:
    """All rows with a user, an item and a time, in file order and not yet filtered, so that filters can be tried."""
    path, options = Path(path), options or Options()
    with recognise_path(path, options) as (format_, source, layout):
        result = rows_as(format_, source, layout)
        refuse_unlikely_users(result, layout, options)
        return result


def refuse_unlikely_users(read: Rows, layout: Layout, options: Options) -> None:
    """Raises InputError if too many rows have no user, or the same user, unless a person chose the user column."""
    if options.columns.user is not None or not layout.choosable or not len(read):
        return
    names, counts = read.names("user"), np.bincount(read.codes("user"))
    placeholders = [name for name, count in zip(names, counts, strict=False) if count and is_no_value(name)]
    missing = read.dropped.get(NO_USER, 0) + sum(int(counts[names.index(name)]) for name in placeholders)
    largest = int(counts.max()) if np.count_nonzero(counts) >= MANY_USERS else 0
    if max(missing, largest) <= MANY_ROWS * read.read:
        return
    value = (placeholders or [""])[0] if missing >= largest else names[int(counts.argmax())]
    then = [f"reads {shown(value)} as one user"] if value else []
    if NO_USER in read.dropped:
        then.append(f"leaves out the {count_of(read.dropped[NO_USER], 'row')} without a user")
    others = [name for name in layout.names if role_of(name, read.roles, layout.names) is None]
    text = (
        "{share} of the rows of {file} have {value} as the user (column {column}), which is too many for one user. "
        "Another column probably has the users. {Choose:user_column}{instead}; "
        "choosing {column} itself {then}."
    )
    facts: dict[str, Any] = {
        "file": layout.member.path,
        "share": percent(max(missing, largest) / read.read),
        "value": shown(value) if value else "nothing",
        "column": shown(read.roles["user"]),
        "then": " and ".join(then),
        "instead": f", perhaps {listed(others)}" if others else "",
    }
    raise InputError("unlikely_users", text, setting="user_column", **facts)


def rows_as(one: Format, source: Source, layout: Layout) -> Rows:
    """The rows of a recognised path, with the names of the path and of the format."""
    result = join_catalogue(one.read(source, layout), source.options)
    result = replace(result, name=source.path.name, format=result.format or one.name)
    return result if result.data_set else replace(result, tie_rule=one.tie_rule, duplicates=one.duplicates)


def interactions_of(read: Rows, options: Options | None = None) -> tuple[Interactions, ImportReport]:
    """The rows that the options keep, in time order, and the report. Raises InputError when too little is left."""
    options = options or Options()
    tie_rule = options.tie_rule or read.tie_rule
    filtered = with_values(read, options)
    ordered = replace(filtered, table=in_time_order(filtered.table[["user", "item", "time"]], tie_rule))
    kept, _ = with_enough(ordered, options)
    users, items = (sorted_names(kept.table[name]) for name in ("user", "item"))
    user_ids, item_ids = (tuple(column.categories.tolist()) for column in (users, items))
    metadata = [read.catalogue.get(item_id) or Item(title=item_id) for item_id in item_ids]
    user_rows = users.codes.astype(np.int32)
    result = Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        items=items.codes.astype(np.int32),
        times=kept.table["time"].to_numpy(),
        # arange has the type of user_rows; otherwise all rows would be copied.
        starts=np.searchsorted(user_rows, np.arange(len(user_ids) + 1, dtype=np.int32)),
        titles=tuple(item.title or item_id for item, item_id in zip(metadata, item_ids, strict=True)),
        genres=tuple(item.genres for item in metadata),
        years=tuple(item.year for item in metadata),
        source=read.format,
        tie_rule=tie_rule,
        duplicates=options.duplicates or read.duplicates,
        dropped={reason: int(count) for reason, count in kept.dropped.items() if count},
        about=read.about,
        time_unit=read.time_unit,
        name=read.data_set,
    )
    result.check_size()
    return result, report(read, result, options)


def import_data(path: Path | str, options: Options | None = None) -> tuple[Interactions, ImportReport]:
    """Interactions from a file or folder of a known format, and the report. Raises InputError if anything is wrong."""
    return interactions_of(rows(path, options), options)


def report(read: Rows, result: Interactions, options: Options) -> ImportReport:
    """The report of an import; read = kept + dropped, whatever was filtered."""
    lengths = np.diff(result.starts)
    first, last = (in_words(int(time), result.time_unit) for time in (result.times.min(), result.times.max()))
    return ImportReport(
        source=read.name,
        format=read.format,
        recognised=read.recognised,
        read=read.read,
        kept=result.n_interactions,
        dropped=dict(result.dropped),
        counts=counts_of(result),
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        span=(first, last),
        time_unit=result.time_unit,
        tied_last=result.tied_last(),
        tie_rule=result.tie_rule,
        duplicates=result.duplicates,
        first=read.first(options.duplicates),
        first_items=read.first_items(),
        may_tie=result.may_tie,
        remarks=(*read.remarks, *remarks.of_choices(read, result, options), *remarks.of_data(result)),
    )


def preview(path: Path | str, options: Options | None = None) -> Preview:
    """The head of a file as it would be read. If it cannot be understood yet, `fault` says why, and `candidates`
    has the columns to choose from. Raises InputError only if no choice helps: no such file, no known format, damage."""
    path, options = Path(path), options or Options()
    with recognise_path(path, options) as (format_, source, layout):
        member, is_whole = head_as_file(layout.member)
        read, fault = None, None
        try:
            read = rows_as(format_, source, replace(layout, member=member))
            if is_whole:  # the head of a longer file sorted by user has few users
                refuse_unlikely_users(read, layout, options)
        except InputError as error:
            fault = error
        names = layout.names
        roles = read.roles if read else layout.roles or likely_columns(names, options.columns_of_rows)
        return Preview(
            format=read.format if read else format_.name,
            recognised=read.recognised if read else layout.recognised,
            columns=columns_seen(layout, roles),
            candidates=candidates(names, roles) if layout.choosable else {},
            rows=read.first(options.duplicates) if read else (),
            first_items=read.first_items() if read else (),
            metadata=metadata_seen(source, roles.get("item", "")),
            events=tuple(sorted(read.names("event"))) if read else (),
            whole=is_whole,
            fault=fault,
        )


def metadata_seen(source: Source, item_column: str) -> TableSeen | None:
    """The columns of the file of items that a person named, also where its item column is not found; None if there is
    no such file, or if it cannot be read."""
    if source.options.metadata is None:
        return None
    with contextlib.suppress(InputError), file_of_items(source) as member:
        if member is not None:
            layout = columns_of_items(member)
            roles = roles_of_items(layout, source.options.columns, item_column)
            likely = candidates(layout.names, roles)
            by_field = {field: likely[field.removeprefix("metadata_")] for field in OF_METADATA}
            return TableSeen(member.name, columns_seen(layout, roles), by_field)
    return None


def columns_seen(layout: Layout, roles: Mapping[str, str]) -> tuple[ColumnSeen, ...]:
    names = layout.names
    values = {name: tuple(value[:60] for value in layout.values(name)[:SHOWN_VALUES]) for name in names}
    return tuple(ColumnSeen(name, role_of(name, roles, names), values[name]) for name in names)
