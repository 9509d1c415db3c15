"""A page of the app as AppTest runs it, on the bundled sample."""

from __future__ import annotations

from conftest import ROOT
from streamlit.testing.v1 import AppTest


def opened_page(path: str, **query: str) -> AppTest:
    """The page (its path in pages/, without .py) after a visit to the start with this query."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"pages/{path}.py").run()
    assert not app.exception, app.exception
    return app
