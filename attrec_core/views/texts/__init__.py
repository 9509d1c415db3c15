"""Fixed texts of the pages: a file a page, a section a text. `{name}` marks what the code fills in."""

from __future__ import annotations

import functools
import re
from pathlib import Path


def text(page: str, section: str, **fields: object) -> str:
    """Returns a section of a page's file as Markdown, with its named fields filled in. Raises KeyError for an unknown
    section or a field that is not given."""
    return sections(page)[section].format(**fields)


@functools.cache
def sections(page: str) -> dict[str, str]:
    content = (Path(__file__).parent / f"{page}.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (.+)\n", content, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
