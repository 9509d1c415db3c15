"""The shelf: runs and data sets as folders that a person can copy, zip and read."""

from attrec_core.runs.library.data_words import data_of, source_in_words
from attrec_core.runs.library.listing import ORDERS, data_set_at, data_sets, fingerprint, in_order, run_at, runs
from attrec_core.runs.library.names import checked_name, folder_of, free_name, refuse_elsewhere, shelf_of
from attrec_core.runs.library.notes import read_notes, write_notes
from attrec_core.runs.library.open_runs import OpenRuns, in_trash
from attrec_core.runs.library.pack import pack, pack_to, zip_of
from attrec_core.runs.library.rename_and_trash import delete, empty_trash, rename, restore, tidy, trash
from attrec_core.runs.library.search import changed, in_words, search, settings
from attrec_core.runs.library.unpack import LIMITS, Limits, unpack

__all__ = [
    "LIMITS",
    "ORDERS",
    "Limits",
    "OpenRuns",
    "changed",
    "checked_name",
    "data_of",
    "data_set_at",
    "data_sets",
    "delete",
    "empty_trash",
    "fingerprint",
    "folder_of",
    "free_name",
    "in_order",
    "in_trash",
    "in_words",
    "pack",
    "pack_to",
    "read_notes",
    "refuse_elsewhere",
    "rename",
    "restore",
    "run_at",
    "runs",
    "search",
    "settings",
    "shelf_of",
    "source_in_words",
    "tidy",
    "trash",
    "unpack",
    "write_notes",
    "zip_of",
]
