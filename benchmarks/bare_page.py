"""The reference of cold_start.py: the least a Streamlit page with one Plotly heatmap can be."""

import plotly.graph_objects as go
import streamlit as st

st.plotly_chart(go.Figure(go.Heatmap(z=[[0.1, 0.2], [0.3, 0.4]])))
