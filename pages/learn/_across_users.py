"""Users along a quantity, one quantity against another, and the pairs of items with most attention."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

import streamlit as st

from attrec_core.explain.population.edits import edits as smallest_edits
from attrec_core.explain.population.pairs import top_pairs
from attrec_core.explain.population.users import known
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene
from attrec_core.views.population import edits, figures, quantities, tables, words
