"""The browser's side of what is drawn there: `components/`, one script and style sheet each. It imports nothing.

A component is a function of {data, parentElement, setStateValue, setTriggerValue}. Its colours and fonts are CSS
variables `--st-…`, which the page around it sets. It knows no other part of that page: what it must find there is named
by an attribute of its HTML.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
