"""A path → interactions and a report; and a preview of what that would be, from the head of the file alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import AUTO, PAPER
from attrec_core.data.filters import with_enough, with_values
from attrec_core.data.formats import FORMATS, Format
from attrec_core.data.interactions import Interactions, in_time_order
from attrec_core.data.options import Options
from attrec_core.data.reading.archives import HEAD, Member
from attrec_core.data.reading.catalogue import joined
from attrec_core.data.reading.columns import NAMES, candidates, likely, listed, plain, role_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.parts import JOIN, parts_in
from attrec_core.data.reading.rows import NO_USER, Rows
from attrec_core.data.reading.sources import Source, opened
from attrec_core.data.reading.times import PER_SECOND, in_words
from attrec_core.data.report import ColumnSeen, Counts, ImportReport, Preview, repeats_sentence
from attrec_core.data.windows import repeated_targets
from attrec_core.errors import InputError, count_of, percent, shown

SHOWN_VALUES = 3  # of a column in a preview
NO_VALUE = ("nan", "null", "none", "na", "n/a", "nat", "<na>", "undefined")  # what programs write for nothing
DENSE, MANY_ACTIONS = 0.01, 50
DAY = 86_400  # seconds; clocks differ by less
MANY_ROWS, MANY_USERS = 0.2, 10  # share of the rows that no one user has, where there are so many users


@contextlib.contextmanager
def recognised(path: Path, options: Options) -> Iterator[tuple[Format, Source, Layout]]:
    """The format of a path, opened. Raises InputError saying what each of them looks for, or what is damaged."""
    with opened(path, options) as source:
        formats = [one for one in FORMATS if options.format is None or options.format in one.names]
        if not formats:
            text, known = "There is no format {format}; known are: {known}.", ", ".join(one.name for one in FORMATS)
            raise InputError("no_such_format", text, setting="format", format=shown(options.format), known=known)
        for one in formats:
            layout = one.recognise(source)
            if layout is not None:
                yield one, source, layout
                return
        raise unknown_format(source, formats)


def unknown_format(source: Source, formats: list[Format]) -> InputError:
    """What each of the formats looks for, and which files there are to choose from."""
    folder, wanted = source.path.is_dir(), "; ".join(one.expects for one in formats)
    file, what = source.path, "The folder" if folder else "The file"
    if source.options.format is not None:
        text, wished = "{what} {file} is not of the format {format}, which is: {wanted}.", source.options.format
        return InputError("other_format", text, setting="format", format=wished, what=what, file=file, wanted=wanted)
    if len(source.members) < (1 if folder else 2):
        text = "{what} {file} is of no known format. Known are: {wanted}."
        return InputError("unknown_format", text, what=what, file=file, wanted=wanted)
    if parts := parts_in(source.members):
        text = (
            "{what} {file} holds a data set in parts: {parts}. To join them in this order, {choose:member={joined}}; "
            "one of them alone is named in the same way."
        )
        names = [part.name for part in parts]
        facts: dict[str, Any] = {"what": what, "file": file, "parts": listed(names), "joined": JOIN.join(names)}
        return InputError("several_parts", text, setting="member", **facts)
    files = ", ".join(member.name for member in source.members[:6]) + (", …" if len(source.members) > 6 else "")
    text = "{what} {file} is of no known format. Known are: {wanted}. It holds {files}: {choose}."
    return InputError("unknown_format", text, setting="member", files=files, what=what, file=file, wanted=wanted)


def format_of(path: Path | str, options: Options | None = None) -> Format:
    """The first format that recognises the path. Raises InputError saying what each of them looks for."""
    with recognised(Path(path), options or Options()) as (recognised_format, _, _):
        return recognised_format


def members_of(path: Path | str) -> tuple[str, ...]:
    """What may be read of a folder or an archive: its parts joined, where it has some, and each file; of a plain file
    its name. Raises InputError for what cannot be read."""
    with opened(Path(path)) as source:
        parts = JOIN.join(part.name for part in parts_in(source.members))
        return (*([parts] if parts else []), *(member.name for member in source.members))


def counts_of(data: Interactions) -> Counts:
    return Counts(data.n_users, data.n_items, data.n_interactions)


def preset_for(name: str, counts: Counts) -> str:
    """The preset that a name stands for: the paper's, and where a race begins, are those that suit the data."""
    return preset_of(counts) if name in (PAPER, AUTO) else name


def preset_of(counts: Counts) -> str:
    """Which of the paper's settings suit data of this size: those for MovieLens where it is as dense, else those for
    sparse data. In Table 1 a line between them lies at a density of 1 % and 50 interactions per user."""
    return "movielens" if counts.density >= DENSE and counts.per_user >= MANY_ACTIONS else "sparse"


def preset_reason(counts: Counts) -> str:
    """Why `preset_of` says what it says, with the number that decides; to follow “because”."""
    density = f"a density of {percent(counts.density, 0 if counts.density >= 0.1 else 2)}"
    per_user = f"this data has {counts.per_user:,.1f} interactions per user"
    rule = f"the MovieLens preset is for at least {MANY_ACTIONS}, and a density of at least {percent(DENSE)}"
    if preset_of(counts) == "movielens":
        return f"{per_user} and {density}; {rule}"
    few = counts.per_user < MANY_ACTIONS
    return f"{per_user if few else f'{per_user}, but only {density}'}; {rule}"


def rows(path: Path | str, options: Options | None = None) -> Rows:
    """All rows that say who, what and when, in the order of the file, not yet filtered: for trying filters out."""
    path, options = Path(path), options or Options()
    with recognised(path, options) as (one, source, layout):
        result = rows_as(one, source, layout)
        refuse_unlikely_users(result, layout, options)
        return result


def refuse_unlikely_users(read: Rows, layout: Layout, options: Options) -> None:
    """Raises InputError where too many rows have no user, or the same one, unless a person named the column."""
    if options.columns.user is not None or not layout.choosable or not len(read):
        return
    names, counts = read.names("user"), np.bincount(read.codes("user"))
    absent = [name for name, count in zip(names, counts, strict=False) if count and is_no_value(name)]
    missing = read.dropped.get(NO_USER, 0) + sum(int(counts[names.index(name)]) for name in absent)
    most = int(counts.max()) if np.count_nonzero(counts) >= MANY_USERS else 0
    if max(missing, most) <= MANY_ROWS * read.read:
        return
    column = read.roles["user"]
    others = [name for name in layout.names if name != column and plain(name) in NAMES["user"]]
    value = (absent or [""])[0] if missing >= most else names[int(counts.argmax())]
    text = (
        "{share} of the rows of {file} have {value} as the user (column {column}), which is hardly one user. "
        "Another column probably has the users. {Choose:user_column}{instead}; "
        "choosing {column} itself reads the file as it is."
    )
    raise InputError(
        "unlikely_users",
        text,
        setting="user_column",
        file=layout.member.path,
        share=percent(max(missing, most) / read.read),
        value=shown(value) if value else "nothing",
        column=shown(column),
        instead=f", perhaps {listed(others)}" if others else "",
    )


def rows_as(one: Format, source: Source, layout: Layout) -> Rows:
    """The rows of a recognised path, with the names of the path and of the format."""
    result = one.read(source, layout)
    result = joined(result, named=source.options.metadata is not None)
    result = replace(result, name=source.path.name, format=result.format or one.name)
    return result if result.data_set else replace(result, tie_rule=one.tie_rule, duplicates=one.duplicates)


def interactions_of(read: Rows, options: Options | None = None) -> tuple[Interactions, ImportReport]:
    """What the options keep of rows that were read, in time order. Raises InputError when too little is left."""
    options = options or Options()
    tie_rule = options.tie_rule or read.tie_rule
    wanted = with_values(read, options)
    ordered = replace(wanted, table=in_time_order(wanted.table[["user", "item", "time"]], tie_rule))
    ordered, _ = with_enough(ordered, options)
    result = Interactions.from_ordered(
        ordered.table,
        source=read.format,
        tie_rule=tie_rule,
        duplicates=options.duplicates or read.duplicates,
        catalogue=read.catalogue,
        dropped=ordered.dropped,
        about=read.about,
        time_unit=read.time_unit,
        name=read.data_set,
    )
    return result, report(read, result)


def import_data(path: Path | str, options: Options | None = None) -> tuple[Interactions, ImportReport]:
    """Interactions from a file or folder of a known format, and the report. Raises InputError for anything wrong."""
    return interactions_of(rows(path, options), options)


def report(read: Rows, result: Interactions) -> ImportReport:
    """read = kept + dropped, whatever was filtered."""
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
        first=read.first(),
        remarks=(*read.remarks, *remarks(result)),
    )


def is_no_value(name: str) -> bool:
    return name.strip().lower() in NO_VALUE


def remarks(result: Interactions) -> Iterator[str]:
    """What a person should know before training."""
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
        who = "One user has" if short == 1 else f"{short:,} users have"
        yield f"{who} fewer than 3 interactions. They are used for training, but not for testing."
    if result.time_unit != "order":
        future = int((result.times > (time.time() + DAY) * PER_SECOND[result.time_unit]).sum())
        if future:
            lie = "1 interaction is" if future == 1 else f"{future:,} interactions are"
            latest = in_words(int(result.times.max()), result.time_unit)
            yield f"{lie} in the future, the latest on {latest}: the time unit may be wrong."
    if repeats := repeats_sentence(repeated_targets(result.items, result.starts)):
        yield repeats
    if result.tied_last() > 0.3:
        yield "Many users have several rows at their latest time. Compare metrics only under the same tie rule."


def preview(path: Path | str, options: Options | None = None) -> Preview:
    """The head of a file as it would be read. What cannot be understood yet is said in `fault`, with the columns to
    choose from; InputError only for what no choice mends: no such file, no known format, damage.
    """
    path, options = Path(path), options or Options()
    with recognised(path, options) as (one, source, layout):
        member, whole = shortened(layout.member)
        read, fault = None, None
        try:
            read = rows_as(one, source, replace(layout, member=member))
            if whole:  # the head of a file that is sorted by user has few of them
                refuse_unlikely_users(read, layout, options)
        except InputError as error:
            fault = error
        names = layout.names
        roles = read.roles if read else layout.roles or likely(names, options.columns)
        values = {name: tuple(value[:60] for value in layout.values(name)[:SHOWN_VALUES]) for name in names}
        return Preview(
            format=read.format if read else one.name,
            recognised=read.recognised if read else layout.recognised,
            columns=tuple(ColumnSeen(name, role_of(name, roles, names), values[name]) for name in names),
            candidates=candidates(names, roles) if layout.choosable else {},
            rows=read.first() if read else (),
            events=tuple(sorted(read.names("event"))) if read else (),
            whole=whole,
            fault=fault,
        )


def shortened(member: Member) -> tuple[Member, bool]:
    """The member's first whole lines as a file of their own, and whether they are all there is."""
    head = member.head()
    if len(head) < HEAD:
        return member, True
    cut = head.rfind(b"\n") + 1
    # A quotation mark that is still open there would swallow the rest.
    while cut > 0 and head.count(b'"', 0, cut) % 2:
        cut = head.rfind(b"\n", 0, cut - 1) + 1
    if cut == 0 or head.startswith(b"PAR1"):
        return member, False
    file = member.scratch / f"head-{abs(hash(member.path))}"
    file.write_bytes(head[:cut])
    return replace(member, plain=file, stream=lambda: file.open("rb")), False
