"""A stand-in."""

import streamlit as st

from pages import _address as address

st.title("Start")
st.json(address.query())
