"""What about me? Pick a few items and become a user."""

from __future__ import annotations

from pages._header import header

shown = header()
