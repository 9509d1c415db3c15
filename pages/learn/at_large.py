"""What receives attention over all test users, and does it match influence?"""

from __future__ import annotations

from html import escape

import streamlit as st

from attrec_core.errors import percent
from attrec_core.runs.across_users import CauseShares
from attrec_core.views.across_users import panels, statistics
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text
from pages.frame import page_list, session
from pages.frame.plain_text import plain
from pages.widgets import controls
from pages.widgets.header import header
from pages.widgets.panels import show


def bars(record: CauseShares) -> None:
    """A table of shares, each with a bar, whose look is a class of the style sheet."""
    lines = (
        f'<tr class="{kind}"><th scope="row">{escape(label)}</th><td><i style="width: {100 * share:.1f}%"></i></td>'
        f"<td>{percent(share)}</td></tr>"
        for label, share, kind in statistics.cause_bars(record)
    )
    caption = "<caption>true causes found (higher is better)</caption>"
    with st.container(key="causes"):
        st.html(f'<table class="attrec-bars">{caption}{"".join(lines)}</table>')


def who_stands_out(scene: Scene) -> None:
    """A user a line, as a link to the page that shows why."""
    record = panels.EXTREMES.of(scene)
    show(record)
    users = [scene.run.interactions.user_ids[extreme.user] for extreme in record.record]
    width = min(max((14 + 10 * len(user) for user in users), default=0), 180)  # pixels; longer names are cut
    with st.container(key="standing_out"):
        for user, extreme in zip(users, record.record, strict=True):
            with st.container(horizontal=True, gap="small"):
                page_list.link(extreme.page, plain(user), session.query_of_user(user), width=width)
                st.markdown(plain(f"{extreme.rule}. {extreme.why}"))


scene = header()
if scene.run.explains:
    matters, cause = st.columns(2, gap="large")
    with matters:
        show(panels.TAUS.of(scene))
    with cause:
        if reason := panels.CAUSES.lacks(scene):
            st.header(panels.CAUSES.name, anchor=False)
            st.info(reason)
        else:
            show(panels.CAUSES.of(scene), draw=bars)
    place, extreme_users = st.columns(2, gap="large")
    with place:
        show(panels.PLACES.of(scene))
    with extreme_users:
        who_stands_out(scene)
else:
    controls.layer_and_head(scene)
    show(panels.PLACES.of(scene))
    st.caption(text("across_users", "only attrec"))
