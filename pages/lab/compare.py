"""Two runs on the same person and window, how they were made and how good they are."""

from __future__ import annotations

from pages.frame.header import header
from pages.lab import _compare
from pages.widgets import widgets

scene = header()
other = _compare.other_run(scene)
both = _compare.same_moment(scene, other)
k = scene.view.top or 10

_compare.attention(both)
with widgets.far("lists"):
    _compare.lists(both, k)
with widgets.far("split"):
    _compare.split(both, k)
with widgets.far("made"):
    _compare.made(scene.run, other)
