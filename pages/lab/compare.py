"""Two runs: their differences, and their results for the same user and window."""

from __future__ import annotations

from pages.frame.header import header
from pages.lab import _compare
from pages.widgets import widgets

scene = header()
other = _compare.other_run(scene)
_compare.verdict(scene.run, other)
both = _compare.same_moment(scene, other)
k = scene.view.top or 10

if both.attends:
    with widgets.offscreen_part("attention"):
        _compare.attention(both)
with widgets.offscreen_part("lists"):
    _compare.lists(both, k)
if both.explains:
    with widgets.offscreen_part("split"):
        _compare.split(both, k)
with widgets.offscreen_part("differences"):
    _compare.differences(scene.run, other)
with widgets.offscreen_part("curves"):
    _compare.curves(scene.run, other)
