"""The reference of cold_start.py: a minimal Streamlit page with one Plotly heatmap."""

import plotly.graph_objects as go
import streamlit as st

st.plotly_chart(go.Figure(go.Heatmap(z=[[0.1, 0.2], [0.3, 0.4]])))
