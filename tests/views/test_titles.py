"""Titles on figures: whole, in as many lines as they need, and whole on hover where they are cut."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from attrec_core.views.drawing.theme import row_height, wrapped_title
from attrec_core.views.moment.attention import AttentionRecord
from attrec_core.views.moment.attention_map import attention_map

TITLE = "Terminator 2: Judgment Day"
LONG = "Pirates of the Caribbean: The Curse of the Black Pearl"


def matrix(titles: list[str]) -> list[ElementTree.Element]:
    """Draws a matrix of items with these titles, and returns its texts."""
    n = len(titles)
    weights, masked = np.full((n, n), 1 / n), np.zeros((n, n), bool)
    levels = {"column_weights": weights.mean(0), "missing": 0.0, "uniform": 1 / n, "uniform_column": 1 / n}
    record = AttentionRecord(ids=list(range(n)), titles=titles, weights=weights, masked=masked, mask="none", **levels)
    return list(ElementTree.fromstring(attention_map(record)).iter("text"))


def test_a_title_breaks_at_a_word_is_whole_and_its_row_as_high() -> None:
    assert wrapped_title("Alien") == "Alien"
    assert wrapped_title(TITLE) == "Terminator 2:<br>Judgment Day"
    assert wrapped_title(LONG).replace("<br>", " ") == LONG
    assert wrapped_title(5 * LONG).endswith("…")
    assert wrapped_title("A<br>B & C") == "A&lt;br&gt;B &amp; C"  # markup is no line break
    heights = [row_height(34, map(wrapped_title, titles)) for titles in ([TITLE, LONG], [])]
    assert heights[0] >= 12 * 1.3 * (1 + wrapped_title(LONG).count("<br>")) > 34 == heights[1]


@pytest.mark.parametrize("n", [3, 11, 20])
def test_the_drawn_matrix_has_each_title_whole_in_its_row_and_on_hover(n: int) -> None:
    texts = [text for text in matrix([TITLE] * n) if (text.findtext("title") or "") == TITLE]
    rows = [text.text or "" for text in texts if text.get("text-anchor") == "end"]
    assert "".join(rows).replace(" ", "") == TITLE.replace(" ", "") * n
    heads = [text.text or "" for text in texts if text.get("text-anchor") == "start"]
    assert any(head.endswith("…") for head in heads) == (n > 11)  # a narrow column has one line for its title
