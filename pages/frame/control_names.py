"""The pages' name for each setting: the label of its control, and the text of each choice."""

from __future__ import annotations

from attrec_core.config import SETTINGS
from attrec_core.views.names import BROKEN_ROWS, QUOTES, TIME_UNITS

# Settings of reading, storing and models, by the keys that errors use.
CONTROLS = {
    "format": "Format",
    "member": "File in the archive",
    "delimiter": "Delimiter",
    "time_unit": "Time unit",
    "encoding": "Encoding",
    "header": "First line",
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
    "system": "System",
    "preset": "Preset",
    "from_run": "Start from a run",
    "with_maps": "Compute UMAP maps",
    "study_name": "Name of the study",
    "kind": "What is compared",
    "seeds": "Seeds",
    "budget": "Settings tried for each system",
    "systems": "Systems",
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


def name_of(setting: str) -> str:
    """A setting as `InputError.sentence` asks for it, in the words of the page; a setting without a control is named by
    its key."""
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
