"""Where data comes from (an uploaded file, or a file on the server), how it is read, and which rows are kept: the
recognised options, and fields to correct them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.data.formats import FORMATS
from attrec_core.data.options import COLUMNS, DELIMITERS, OF_ITEMS, OF_METADATA, ROLES, Columns, Options
from attrec_core.data.report import ColumnSeen, Preview
from attrec_core.errors import InputError
from attrec_core.storage import uploads
from attrec_core.storage.uploads import Uploads
from attrec_core.storage.workspace import check_may_change, home
from attrec_core.views import names
from attrec_core.views.data import tables, upload
from attrec_core.views.data.upload import REQUIRED, ImportOutcome
from attrec_core.views.texts import text
from pages.frame import upload as uploading
from pages.frame.plain_text import CONTROLS, fault, plain
from pages.widgets import background, form, widgets

UPLOADS, SOURCE, ITEMS, ROUND = "data_uploads", "data_source", "data_items", "data_round"
ITEMS_ROUND, ITEMS_FOLDER = "data_items_round", "items"  # the folder of a table of titles, so that it keeps its name
IMPORT = "data_import"  # the work of an import, which needs the file until it is done
GRACE = 90.0  # seconds without a connection until uploads are deleted; Streamlit forgets sessions after 60
CHOICES = ("read_", "keep_", "import_")  # key prefixes of the fields that are about one file
ITEM_CHOICES = tuple(f"read_{field}" for field in OF_METADATA)  # with a table of titles, they are about it
AUTO = form.AUTOMATIC
OPTIONAL = tuple(role for role in ROLES if role not in REQUIRED)  # their fields are under MORE_FIELDS
MORE = ("format", "member", "delimiter", "time_unit", "encoding", "header", "quotes")
NONE, MISSING = "none", "Choose a column"  # no column; a required column that was not recognised
MORE_FIELDS = "More reading options"
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16")
ALL, CORE, PAPER = "all", "k-core: k interactions or more", "paper: users with 10 or more"
REPEATS = {"keep": "keep all", "collapse": "keep one per timestamp", "drop": "keep the first"}
TIE_RULES = {"file-first": "first in the file", "file-last": "last in the file"}


def source() -> Path | None:
    """The open file: an upload, or a file or folder on the server."""
    return st.session_state.get(SOURCE)


def items() -> Path | None:
    return st.session_state.get(ITEMS)


def without_items() -> None:
    drop(ITEMS)
    st.session_state[ITEMS_ROUND] = st.session_state.get(ITEMS_ROUND, 0) + 1


def choose_file() -> None:
    if (folder := st.session_state.get(UPLOADS)) is not None:  # this session is connected, perhaps again
        folder.stay()
        present(folder)
    left, right = st.columns(2, gap="large", vertical_alignment="top")
    with left:
        label = f"Upload a file (.csv, .zip, .gz …; max {uploading.largest()} MB)"
        about = "CSV, TSV, MovieLens (a folder as .zip), RecBole, Amazon JSON lines, Parquet and more."
        uploader(label, "data_upload", SOURCE, help=about)
    with right:
        if uploads.data_folders():
            label = "Or a file or folder on this server (for larger data)"
            allowed = "path in a folder that this server allows"
            form.field(st.text_input, label, key="bring_path", default="", placeholder=allowed)
            form.button("Open it", "data_look", name_path)
        else:
            st.caption(text("data", "larger files", variable=uploads.FOLDERS))


def check_free(what: str) -> None:
    """Raises InputError on a read-only server, and while the previous file is being imported."""
    check_may_change(what)
    if background.is_running(IMPORT):
        text = "{what} while a file is being imported: wait for it, or stop it."
        raise InputError("importing", text, what=what)


def session_uploads() -> Uploads:
    folder = st.session_state.get(UPLOADS)
    if folder is None or folder.closed:
        folder = st.session_state[UPLOADS] = Uploads(home())
    return folder


@st.cache_resource(scope="session", on_release=lambda folder: folder.close_after(GRACE), show_spinner=False)
def present(_own: Uploads) -> Uploads:
    """Streamlit releases this resource when the session's connection ends; session state alone may linger for long."""
    return _own


def store_upload(file: Any, where: str) -> None:
    """Stores an uploaded file; None drops the stored one. where: SOURCE, or ITEMS for a table of titles."""
    check_free("Nothing is uploaded")
    if file is None:
        drop(where)
        return
    folder = "" if where == SOURCE else ITEMS_FOLDER
    path = session_uploads().put(file.name, file.getvalue(), folder)  # the same bytes, not a copy
    drop(where, but=path)
    if where == SOURCE:
        look_at(path)
    else:
        st.session_state[ITEMS] = path


def name_path() -> None:
    check_free("Nothing is read")
    path = uploads.path_on_server(form.value("bring_path", ""))
    drop(SOURCE)
    look_at(path)


def look_at(path: Path) -> None:
    """Opens a file, and forgets the choices made for the previous one."""
    form.forget(*CHOICES)
    st.session_state[SOURCE] = path


def drop(where: str, but: Path | None = None) -> None:
    """Closes the file, and deletes it if it was uploaded; a file on the server stays. but: a path that is kept."""
    path = st.session_state.pop(where, None)
    if where == ITEMS:
        form.forget(*ITEM_CHOICES)
    if path is not None and path != but and UPLOADS in st.session_state:
        session_uploads().drop(path)


def start_again() -> None:
    drop(SOURCE)
    drop(ITEMS)
    form.forget(*CHOICES)
    st.session_state[ROUND] += 1  # a new, empty uploader


def uploader(label: str, prefix: str, where: str, **about: Any) -> None:
    """A field for a file; see `store_upload`. A new number in its key empties it."""
    key = f"{prefix}_{st.session_state.setdefault(ROUND, 0)}"
    if where == ITEMS:
        key = f"{key}_{st.session_state.get(ITEMS_ROUND, 0)}"
    uploading.field(label, key, lambda file: form.attempt(store_upload, file, where), **about)


def field_value(key: str) -> Any:
    """The value of a field; None where the reader decides."""
    value = form.value(key, AUTO)
    return None if value == AUTO else value


def chosen_reading() -> Options:
    """The reading options from all fields, and what becomes of duplicates: a preview leaves them out. Raises InputError
    for an impossible combination."""
    return Options(
        columns=Columns(**{role: field_value(f"read_{role}") for role in COLUMNS}),
        broken_rows=form.value("read_broken", "refuse"),
        skip_lines=form.value("read_skip_lines", 0),
        metadata=items(),
        duplicates=field_value("keep_duplicates"),
        **{name: field_value(f"read_{name}") for name in MORE},
    )


def chosen() -> Options:
    """The reading options, and the choice of the rows to keep."""
    row_filter = form.value("keep_filter", ALL)
    return replace(
        chosen_reading(),
        tie_rule=field_value("keep_tie_rule"),
        min_rating=form.value("keep_rating"),
        events=tuple(form.value("keep_events", ())),
        k_core=form.value("keep_k", 5) if row_filter == CORE else None,
        paper_filter=row_filter == PAPER,
        cold_items=form.value("keep_cold", 1) if row_filter == PAPER else 1,
    )


def columns_and_more(preview: Preview, members: Sequence[str]) -> None:
    """Asks for the three required columns and, folded, for all other options. members: the files of an archive."""
    if preview.candidates:
        st.header("Which column is the user, the item, the time?", anchor=False)
        if sentence := upload.missing_sentence(preview, chosen_reading()):
            st.warning(plain(sentence))
        column_fields(preview.columns, preview.candidates, REQUIRED)
    unknown = not preview.format
    box = st.expander(MORE_FIELDS, key="read_more", on_change="rerun", expanded=unknown)
    if box.open:
        with box:
            if preview.candidates:
                apart = OF_ITEMS if preview.metadata else ()
                roles = [role for role in OPTIONAL if role not in apart]
                column_fields(preview.columns, preview.candidates, roles)
            more_fields(members)
    if preview.recognised:
        st.caption(plain(" ".join(preview.recognised)))
    metadata_fields(preview)


def column_fields(columns: Sequence[ColumnSeen], candidates: Mapping[str, Sequence[str]], roles: Sequence[str]) -> None:
    """A field for the column of each role. User and item need a column, time a column or the order of the file."""
    for column, role in zip(st.columns(len(roles)), roles, strict=True):
        recognised = "+".join(source.name for source in columns if source.role == role)
        optional = () if role in ("user", "item") else (NONE,)
        titles = {NONE: "none (order of the file)" if role == "time" else NONE}
        with column:
            choices = {name: titles.get(name, name) for name in (*candidates[role], *optional)}
            label = f"{role.capitalize()} (required)" if role in REQUIRED else role.capitalize()
            first = recognised or (NONE if role in OPTIONAL else MISSING)
            automatic(label, choices, key=f"read_{role}", recognised=first)


def metadata_fields(preview: Preview) -> None:
    """The file of items, with a button that removes it, and a field for the column of each of its roles."""
    if (path := items()) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"File of titles and genres: **{plain(path.name)}**", width="content")
        st.button("Remove it", key="read_no_items", on_click=without_items)
    if (table := preview.metadata) is None:
        return
    for column, field in zip(st.columns(len(OF_METADATA)), OF_METADATA, strict=True):
        role = field.removeprefix("metadata_")
        otherwise = MISSING if role in ("item", "title") else NONE
        recognised = next((source.name for source in table.columns if source.role == role), otherwise)
        with column:
            optional = (NONE,) if role in OF_ITEMS else ()
            choices = {name: name for name in (*table.candidates[field], *optional)}
            automatic(f"{role.capitalize()} in this file", choices, key=f"read_{field}", recognised=recognised)


def automatic(label: str, choices: Mapping[Any, str], *, key: str, recognised: str = "") -> None:
    """A select box whose first option is what the reader recognises. choices: value → text."""
    is_untouched = bool(recognised) and form.stored().get(key, AUTO) == AUTO
    first = f"{AUTO} ({recognised})" if is_untouched and recognised != MISSING else MISSING if is_untouched else AUTO
    form.choice(label, {AUTO: first, **choices}, key=key, default=AUTO)


def more_fields(members: Sequence[str]) -> None:
    formats = [known_format.name for known_format in FORMATS if known_format.name != "data-set"]
    fields: dict[str, Mapping[Any, str]] = {
        "format": dict(zip(formats, formats, strict=True)),
        "delimiter": DELIMITERS,
        "time_unit": names.TIME_UNITS,
        "member": {name: name for name in members},
        "encoding": {name: name for name in ENCODINGS},
        "header": {True: "column names", False: "data"},
        "quotes": names.QUOTES,
    }
    *columns, lines, broken = [*st.columns(3), *st.columns(3), *st.columns(3)]
    for column, (name, choices) in zip(columns, fields.items(), strict=True):
        with column:
            automatic(CONTROLS[name], choices, key=f"read_{name}")
    with lines:
        about: dict[str, Any] = {"default": 0, "min_value": 0, "max_value": 1000}
        form.field(st.number_input, CONTROLS["skip_lines"], key="read_skip_lines", **about)
    with broken:
        form.choice(CONTROLS["broken_rows"], names.BROKEN_ROWS, key="read_broken")
    label = "Titles and genres, if they are in a separate file (items.csv, movies.csv …)"
    uploader(label, "data_items", ITEMS)


def refusal(error: InputError) -> None:
    """Shows what is wrong with the file, and a button where one click can fix it."""
    st.error(fault(error))
    if error.setting == "broken_rows":
        label, fix = "Leave out and count unreadable rows", ("read_broken", "skip")
        st.button(label, key="read_skip", on_click=form.put, args=fix)
    if error.code == "lines_above":
        count = error.facts["count"]
        label = "Skip the first line" if count == 1 else f"Skip the first {count} lines"
        st.button(label, key="read_skip", on_click=form.put, args=("read_skip_lines", count))


def first_rows(preview: Preview) -> None:
    """The first rows and items, and the columns with their roles."""
    made_by: tuple[Callable[..., Any], ...] = (tables.first_rows, tables.first_items)
    for what, table, known in zip(("rows", "items"), made_by, (preview.rows, preview.first_items), strict=True):
        if known:
            title = f"First {what}, as understood"
            st.markdown(f"**{title}**")
            widgets.wrapped(table(known), key=f"first_{what}", title=title)
    if preview.rows and not preview.first_items and preview.metadata is None:
        st.caption(f"No titles or genres were recognised. A second file can add them: see “{MORE_FIELDS}”.")
    seen = {"columns_seen": ("Columns of the file", preview.columns)}
    if preview.metadata is not None:
        seen["columns_of_items"] = (f"Columns of {preview.metadata.name}", preview.metadata.columns)
    for key, (title, columns) in seen.items():
        if columns:
            with st.expander(plain(title), expanded=preview.fault is not None):
                widgets.wrapped(tables.columns_seen(columns), key=key, title=title)


def filters(preview: Preview, outcome: ImportOutcome | InputError | None) -> None:
    """The fields for the rows to keep; ratings and events have a field only where the file has some."""
    counted = outcome if isinstance(outcome, ImportOutcome) else None
    rated = counted.has_ratings if counted else any(row.rating is not None for row in preview.rows)
    events = counted.events if counted else preview.events
    may_tie = counted is None or counted.report.may_tie
    enough, again, *ties, values = st.columns(4 if may_tie else 3)
    with enough:
        label, about = CONTROLS["paper_filter"], text("data", "filter")
        row_filter = form.choice(label, (ALL, CORE, PAPER), key="keep_filter", help=about)
        number = partial(form.field, st.number_input, max_value=10_000, step=1)
        if row_filter == CORE:
            number(CONTROLS["k_core"], key="keep_k", default=5, min_value=2)
        if row_filter == PAPER:
            number(CONTROLS["cold_items"], key="keep_cold", default=1, min_value=1)
    with again:
        automatic(CONTROLS["duplicates"], REPEATS, key="keep_duplicates")
    for column in ties:
        with column:
            automatic(CONTROLS["tie_rule"], TIE_RULES, key="keep_tie_rule")
    with values:
        if rated:
            options = {"value": None, "step": 0.5, "placeholder": "any"}
            form.field(st.number_input, CONTROLS["min_rating"], key="keep_rating", **options)
        if events:
            form.put("keep_events", [name for name in form.value("keep_events", ()) if name in events])
            form.field(st.multiselect, CONTROLS["events"], events, key="keep_events", default=[], placeholder="all")
        if not rated and not events:
            st.caption("No column of ratings or events was recognised.")
