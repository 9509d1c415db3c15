"""The attention matrix of an edited window, sent to the browser before the page has run."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs

from attrec_core.views import page_context
from attrec_core.views.attention import words
from attrec_core.views.view import from_query
from attrec_core.views.view_fit import Known, fit_to_run, in_one_way
from pages.frame.runs import opened
from pages.widgets.component import json_values
from pages.widgets.widgets import browser_record

OF_THE_PAGE = ("revision", "ahead", "open_rows")  # fields that are not sent: the browser keeps its own


def matrix_json(name: str, query: str, ids: tuple[str, ...]) -> bytes:
    """Returns what the page will send of the matrix when it shows the view of this query with these items in its
    window. The page uses the scene that this makes, too. Raises KeyError when no such run is open, or when it has no
    attention."""
    run = opened().runs[name]
    if not run.attends:
        raise KeyError(name)
    view = replace(from_query(parse_qs(query.removeprefix("?"))).view, run=name, window=ids or None)
    scene = page_context.set_by_hand(page_context.scene(run, in_one_way(run, fit_to_run(view, Known(run)).view)))
    record = replace(words.attention_record(scene), cell=scene.view.cell, selected=scene.view.selected)
    answer = json_values(browser_record(record, follows=True, drags=True))
    return json.dumps({field: value for field, value in answer.items() if field not in OF_THE_PAGE}).encode()
