"""Words of the pages: the name of each setting, and text that is shown exactly as it is, since titles, names and errors
may hold anything."""

from __future__ import annotations

import re

from attrec_core.config import SETTINGS
from attrec_core.errors import sentence_of
from attrec_core.views.names import BROKEN_ROWS, QUOTES, TIME_UNITS

TITLE_LIMIT = 300  # characters that travel to the browser; it shows fewer and the rest on hover
# The beginning of what Markdown would turn into a link; an invisible word joiner after it prevents the link.
ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|[\w.+-](?=@[\w-]+\.\w)", re.IGNORECASE)
SPACES = re.compile(r"[^\S\u00a0]+")  # spaces where a line breaks; not the no-break space before a percent sign
# Settings of reading, storing and models, by the keys that errors use; the first are called as their keys.
AS_ITS_KEY = ("format", "delimiter", "time_unit", "encoding", "system", "preset")
CONTROLS = {key: key.replace("_", " ").capitalize() for key in AS_ITS_KEY} | {
    "member": "File in the archive",
    "header": "First line",
    "skip_lines": "Lines above the table",
    "quotes": "Quotation marks",
    "broken_rows": "Unreadable rows",
    "metadata": "Titles and genres",
    "metadata_item_column": "Item in this file",
    "tie_rule": "Test item when times tie",
    "duplicates": "Repeated user and item",
    "min_rating": "Minimum rating",
    "events": "Events to keep",
    "k_core": "k",
    "paper_filter": "Users and items",
    "cold_items": "Interactions an item needs",
    "run_name": "Name of the run",
    "from_run": "Start from a run",
    "minutes": "Minutes, at most",
    "with_maps": "Compute UMAP maps",
    **{key: setting.label for key, setting in SETTINGS.items()},
}
# The text of each choice of a setting, and the words that follow it in “choose … for …”.
CHOICES = {
    "quotes": (QUOTES, "for “Quotation marks”"),
    "time_unit": (TIME_UNITS, "as the time unit"),
    "broken_rows": (BROKEN_ROWS, "for “Unreadable rows”"),
}
# Actions that are not worded as "choose … for …".
DEEDS = {
    "member": "choose the file to read under “More reading options”",
    "time_unit=none": "choose “no time” as the time unit",
}


def plain(text: str) -> str:
    """Markdown that shows exactly this text: a title may hold `<script>`, `*`, `$`, `:red[…]` or an address."""
    unlinked = ADDRESS.sub("\\g<0>\u2060", SPACES.sub(" ", bounded(text, 1000)).strip())
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", unlinked)


def fault(error: BaseException) -> str:
    """The sentence of an error, with the page's names of controls; as Markdown that shows exactly this text."""
    return plain(sentence_of(error, name_of))


def bounded(text: str, limit: int = TITLE_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def name_of(setting: str) -> str:
    """A setting as `InputError.sentence` asks for it, in the words of the page; without a control, its key."""
    deed = setting.removeprefix("choose ")
    if deed != setting and deed in DEEDS:
        return DEEDS[deed]
    key, _, value = deed.partition("=")
    if value:
        choices, where = CHOICES.get(key, ({}, f"for {control(key)}"))
        return f"choose “{choices.get(value, value)}” {where}"
    return f"choose {control(key)}" if deed != setting else control(key)


def control(key: str) -> str:
    """The control of a setting, as a noun."""
    if key.endswith("_column") and key not in CONTROLS:
        return f"the column of the {key.removesuffix('_column')}"
    return f"“{CONTROLS.get(key, key.replace('_', ' '))}”"
