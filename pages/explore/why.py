"""Why this item? The exact sum of its distance, and whether attention tells the truth about it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.why import words
from pages.explore import _why
from pages.frame.header import header
from pages.widgets import widgets

scene = header()
found = words.explained(scene)
if found is None:
    st.info(words.NOBODY_COMPETES)
else:
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        _why.choices(scene, found)
        st.markdown(widgets.plain(words.headline(scene, found)))
        _why.last_edit(scene, found)
    with right:
        _why.smallest_edit(scene, found)
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        _why.exact_sum(scene, found)
    with right:
        st.header("What comes next", anchor=False)
        _why.recommendations(scene)
    _why.truth_test(scene, found)
    _why.versus(scene, found)
