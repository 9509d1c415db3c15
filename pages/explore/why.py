"""Why this item? The exact sum of its distance, and whether attention tells the truth about it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.why import words
from pages.explore import _why
from pages.frame.header import header
from pages.widgets import widgets

shown = header()
found = words.explained(shown)
if found is None:
    st.info(words.NOBODY_COMPETES)
else:
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        _why.choices(shown, found)
        st.markdown(widgets.plain(words.headline(shown, found)))
        _why.last_edit(shown, found)
    with right:
        _why.smallest_edit(shown, found)
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        _why.exact_sum(shown, found)
    with right:
        st.header("What comes next", anchor=False)
        _why.recommendations(shown)
    _why.truth_test(shown, found)
    _why.versus(shown, found)
