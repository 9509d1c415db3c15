"""Why this item? The exact sum of its distance, and whether attention tells the truth about it."""

from __future__ import annotations

from pages._header import header

shown = header()
