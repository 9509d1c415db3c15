"""What does the model look at over all test users?"""

from __future__ import annotations

from pages._header import header

shown = header()
