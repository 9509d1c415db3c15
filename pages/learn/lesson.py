"""Eight steps on the live pages."""

from __future__ import annotations

from pages._header import header

shown = header()
