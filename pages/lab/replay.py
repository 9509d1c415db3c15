"""To come."""

from __future__ import annotations

import streamlit as st

st.info("To come.")
