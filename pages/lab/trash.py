"""Deleted runs or data sets: undo the deletion, restore from the trash, or delete permanently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, count_of, in_bytes
from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.records import Trashed
from attrec_core.storage.atomic_folder import RUN, Kind
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.runs.words import back_sentence, when
from pages.frame.plain_text import fault, plain
from pages.frame.runs import names_taken
from pages.widgets import form


@dataclass(frozen=True)
class Trash:
    """The trash of one kind, on its page."""

    kind: Kind
    prefix: str  # of its buttons' keys
    place: str  # where the message of a click in the trash appears
    undo_place: str  # where the message of “Undo” appears
    show: Callable[[Path], None]  # makes the page show what was restored
    stays: str = ""  # end of the sentence about a deletion: what is kept

    def listed(self) -> list[Trashed]:
        """What can be restored, the latest first; an error message where the trash cannot be read."""
        try:
            return [] if read_only() else rename_and_trash.list_trash(home(), self.kind)
        except InputError as error:
            st.error(fault(error))
            return []

    def delete(self, folder: str) -> None:
        deleted = rename_and_trash.delete(home(), folder, self.kind)
        st.session_state[f"{self.prefix}deleted"] = deleted.id

    def undo_line(self, listed: Sequence[Trashed]) -> None:
        latest = st.session_state.get(f"{self.prefix}deleted")
        for trashed in listed:
            if trashed.id == latest:
                with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{self.prefix}undo"):
                    st.markdown(f"**{plain(trashed.name)}** is in the trash{self.stays}.", width="content")
                    self.button("Undo", "undo_delete", trashed, self.undo_place)

    def box(self, listed: Sequence[Trashed]) -> None:
        if not listed:
            return
        title = f"Trash: {count_of(len(listed), self.kind.name)}"
        with st.expander(title, key=f"{self.prefix}trash"):
            for number, trashed in enumerate(listed):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    gone = f"{trashed.name}, {in_bytes(trashed.size)}, deleted {when(trashed.deleted)}"
                    st.markdown(plain(gone), width="stretch")
                    about = f"Restore {plain(trashed.name)}"
                    self.button("Restore", f"restore_{number}", trashed, self.place, help=about)
            with st.popover("Empty trash"):
                st.markdown("This deletes everything in the trash permanently.")
                form.button("Delete permanently", f"{self.prefix}empty_trash", self.empty, place=self.place)

    def button(self, label: str, key: str, gone: Trashed, place: str, **options: Any) -> None:
        """A button that restores a run or data set. place: where its message appears."""

        def put_back() -> None:
            names = names_taken() if self.kind is RUN else ()
            path = rename_and_trash.restore(home(), gone.id, kind=self.kind, elsewhere=names)
            self.show(path)
            form.say(back_sentence(path.name, gone.name), place)

        form.button(label, f"{self.prefix}{key}", put_back, place=place, **options)

    def empty(self) -> None:
        count = rename_and_trash.empty_trash(home(), kind=self.kind)
        form.say(f"Deleted {count_of(count, self.kind.name)} permanently.", self.place)
