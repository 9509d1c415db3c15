"""Text that a page shows exactly as it is: titles, names and errors may hold anything."""

from __future__ import annotations

import re

from attrec_core.errors import sentence_of
from pages.frame.control_names import name_of

TITLE_LIMIT = 300  # characters that travel to the browser; it shows fewer and the rest on hover
# The beginning of what Markdown would turn into a link; an invisible word joiner after it prevents the link.
ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|[\w.+-](?=@[\w-]+\.\w)", re.IGNORECASE)
SPACES = re.compile(r"[^\S\u00a0]+")  # spaces where a line breaks; not the no-break space before a percent sign


def plain(text: str) -> str:
    """Markdown that shows exactly this text: a title may hold `<script>`, `*`, `$`, `:red[…]` or an address."""
    unlinked = ADDRESS.sub("\\g<0>\u2060", SPACES.sub(" ", bounded(text, 1000)).strip())
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", unlinked)


def fault(error: BaseException) -> str:
    """The sentence of an error, with the page's names of controls; as Markdown that shows exactly this text."""
    return plain(sentence_of(error, name_of))


def bounded(text: str, limit: int = TITLE_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
