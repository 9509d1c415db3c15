"""Where data comes from: an uploaded file, or a file on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.data.options import OF_METADATA
from attrec_core.errors import InputError
from attrec_core.storage import uploads
from attrec_core.storage.uploads import Uploads
from attrec_core.storage.workspace import check_may_change, home
from attrec_core.views.texts import text
from pages.frame import upload
from pages.widgets import background, form

UPLOADS, SOURCE, ITEMS, ROUND = "data_uploads", "data_source", "data_items", "data_round"
ITEMS_ROUND, ITEMS_FOLDER = "data_items_round", "items"  # the folder of a table of titles, so that it keeps its name
IMPORT = "data_import"  # the work of an import, which needs the file until it is done
GRACE = 90.0  # seconds without a connection until uploads are deleted; Streamlit forgets sessions after 60
CHOICES = ("read_", "keep_", "import_")  # key prefixes of the fields that are about one file
ITEM_CHOICES = tuple(f"read_{field}" for field in OF_METADATA)  # with a table of titles, they are about it


def source() -> Path | None:
    """The open file: an upload, or a file or folder on the server."""
    return st.session_state.get(SOURCE)


def items() -> Path | None:
    """The uploaded table of titles."""
    return st.session_state.get(ITEMS)


def without_items() -> None:
    """Drops the table of titles and empties its uploader."""
    drop(ITEMS)
    st.session_state[ITEMS_ROUND] = st.session_state.get(ITEMS_ROUND, 0) + 1


def turn() -> int:
    """A number in the keys of the uploaders; a new number empties them."""
    return st.session_state.setdefault(ROUND, 0)


def choose_file() -> None:
    """The fields to upload a file, or to name a path on the server."""
    keep_uploads()
    left, right = st.columns(2, gap="large", vertical_alignment="top")
    with left:
        label = f"Upload a file (.csv, .zip, .gz …; max {upload.largest()} MB)"
        about = "CSV, TSV, MovieLens (a folder as .zip), RecBole, Amazon JSON lines, Parquet and more."
        uploader(label, f"data_upload_{turn()}", SOURCE, help=about)
    with right:
        if uploads.data_folders():
            form.field(
                st.text_input,
                "Or a file or folder on this server (for larger data)",
                key="bring_path",
                default="",
                placeholder="path in a folder that this server allows",
            )
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
    """This session's folder for uploads, made when it is first needed."""
    folder = st.session_state.get(UPLOADS)
    if folder is None or folder.closed:
        folder = st.session_state[UPLOADS] = Uploads(home())
    return folder


@st.cache_resource(scope="session", on_release=lambda folder: folder.close_after(GRACE), show_spinner=False)
def present(_own: Uploads) -> Uploads:
    """Streamlit releases this resource when the session's connection ends; session state alone may linger for long."""
    return _own


def keep_uploads() -> None:
    """Keeps the uploads of this session, which is connected, perhaps again."""
    if (folder := st.session_state.get(UPLOADS)) is not None:
        folder.stay()
        present(folder)


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


def items_uploader() -> None:
    label = "Titles and genres, if they are in a separate file (items.csv, movies.csv …)"
    uploader(label, f"data_items_{turn()}_{st.session_state.get(ITEMS_ROUND, 0)}", ITEMS)


def uploader(label: str, key: str, where: str, **about: Any) -> None:
    """A field for a file; see `store_upload`."""
    upload.field(label, key, lambda file: form.attempt(store_upload, file, where), **about)
