"""Two runs on the same person and window, how they were made and how good they are."""

from __future__ import annotations

from pages import _compare as compare
from pages import _widgets as widgets
from pages._header import header

shown = header()
other = compare.other_run(shown)
both = compare.same_moment(shown, other)
k = compare.top(shown)

compare.attention(both)
with widgets.far("lists"):
    compare.lists(both, k)
with widgets.far("split"):
    compare.split(both, k)
with widgets.far("made"):
    compare.made(shown.run, other)
