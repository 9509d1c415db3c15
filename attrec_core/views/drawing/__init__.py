"""Record → Plotly figure, one function a figure. Fonts and background come from the app's theme."""
