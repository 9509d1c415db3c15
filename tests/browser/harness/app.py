"""Starts `components.py` with the addresses from which components fetch: Plotly's bundle and a catalogue."""

from __future__ import annotations

from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from pages.frame.component import PLOTLY_URL
from tests.browser.harness.world import FILMS

BUNDLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def plotly_bundle(request: Request) -> FileResponse:
    return FileResponse(BUNDLE, media_type="text/javascript")


def catalogue(request: Request) -> JSONResponse:
    return JSONResponse({"items": FILMS})


app = st.App(
    "components.py", routes=[Route(f"/{PLOTLY_URL}", plotly_bundle), Route("/attrec/catalogue/films", catalogue)]
)
