"""How does a number come out? Every stage as a small matrix, with its formula."""

from __future__ import annotations

from pages._header import header

shown = header()
