"""The records that cross the house: frozen dataclasses of arrays and numbers, no torch, no Plotly."""
