"""Why this item? The exact sum of its distance, and whether attention tells the truth about it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.why import words
from pages import _why as why
from pages import _widgets as widgets
from pages._header import header

shown = header()
found = words.explained(shown)
if found is None:
    st.info(words.NOBODY_COMPETES)
else:
    left, right = st.columns(why.WIDTHS, gap="large")
    with left:
        why.choices(shown, found)
        st.markdown(widgets.plain(words.headline(shown, found)))
        why.last_edit(shown, found)
    with right:
        why.smallest_edit(shown, found)
    left, right = st.columns(why.WIDTHS, gap="large")
    with left:
        why.exact_sum(shown, found)
    with right:
        st.header("What comes next", anchor=False)
        why.recommendations(shown)
    why.truth_test(shown, found)
    why.versus(shown, found)
