"""The reference of edit_latency.py: a Streamlit page that only redraws one heatmap after a click."""

import plotly.graph_objects as go
import streamlit as st

clicks = st.session_state.setdefault("clicks", 0)


def count() -> None:
    st.session_state["clicks"] += 1


st.button("later", on_click=count)
weights = [[(i * j + clicks) % 8 / 8 for j in range(8)] for i in range(8)]
st.plotly_chart(go.Figure(go.Heatmap(z=weights), {"title": {"text": f"edit {clicks}"}}), key="map")
