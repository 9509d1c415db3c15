"""Why this item? One sentence that says why, the exact sum of its distance, and whether attention means influence."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.why import words
from pages.explore import _item_parts, _why
from pages.frame.header import header
from pages.widgets import widgets

scene = header()
explanation = words.explained(scene) if scene.run.explains else None
if not scene.run.explains:
    _item_parts.page(scene)
elif explanation is None:
    st.info(words.NO_CANDIDATES)
else:
    _why.lead(scene, explanation)
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        _why.exact_sum(scene, explanation)
        _why.smallest_edit(scene, explanation)
    with right:
        _why.explained_item(scene, explanation)
        _why.recommendations(scene)
    with widgets.below("truth"):
        _why.truth_test(scene, explanation)
        _why.versus(scene, explanation)
