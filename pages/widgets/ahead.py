"""What the page Attention asks for between two runs: the matrix of an edit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from attrec_core.views import page_context
from attrec_core.views.attention.panels import ATTENTION
from attrec_core.views.page_context import Scene
from attrec_core.views.view import from_query
from attrec_core.views.view_fit import fit_to_run, in_one_way
from pages.frame.runs import opened
from pages.widgets.components import drags, sent_matrix


def matrix_json(name: str, query: str, ids: tuple[str, ...]) -> bytes:
    """Returns what the page will send of the matrix when it shows the view of this query with these items in its
    window. The page uses the scene that this makes, too. Raises KeyError when no such run is open, or when it has no
    attention."""
    if not opened().runs[name].attends:
        raise KeyError(name)
    record = ATTENTION.of(scene_of(name, query, window=ids or None, by_hand=None)).record
    return json.dumps(sent_matrix(record) | {"drags": drags(record)}).encode()


def scene_of(name: str, query: str, **fields: Any) -> Scene:
    """Returns the scene of the view of a query, with some fields changed."""
    run, view = opened().runs[name], from_query(parse_qs(query.removeprefix("?"))).view
    return page_context.scene(run, in_one_way(run, fit_to_run(replace(view, run=name, **fields), run).view))
