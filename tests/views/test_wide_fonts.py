"""A picture that is saved may be drawn in a wider font than the pages' own: its texts still keep apart."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

from attrec_core.runs.run import Run
from attrec_core.runs.systems import DISTANCE
from attrec_core.views.drawing.svg import MARGIN, on_paper
from attrec_core.views.drawing.theme import WIDER, letters_width
from attrec_core.views.moment.attention import attention_record
from attrec_core.views.moment.attention_map import LEFT, attention_map
from attrec_core.views.moment.ranking import RankingRecord, ranking, ranking_rows
from attrec_core.views.page_context import scene
from attrec_core.views.start.figures import NARROW, WIDE
from attrec_core.views.start.figures import picture as start_picture
from attrec_core.views.start.words import story_record
from attrec_core.views.view import View


def flat_texts(drawing: str) -> list[tuple[float, float, float, str]]:
    """Returns y, left end and right end of each level text that is in no group, as wide as another font may draw it."""
    flat = []
    for part in ElementTree.fromstring(on_paper(drawing)).findall("{http://www.w3.org/2000/svg}text"):
        content, x = part.text or "", float(part.get("x", 0))
        wide = WIDER * letters_width(content, float(part.get("font-size", 12)))
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[part.get("text-anchor", "start")]
        if "transform" not in part.attrib:
            flat.append((float(part.get("y", 0)), left, left + wide, content))
    return flat


def test_texts_beside_each_other_keep_apart_in_a_wider_font(sample: Run) -> None:
    now = scene(sample, View())
    story, matrix = story_record(now), attention_map(attention_record(now))
    listed = ranking(RankingRecord(ranking_rows(now, 10), DISTANCE, None))
    for drawing in (start_picture(story, WIDE), start_picture(story, NARROW), matrix, listed):
        width = float(ElementTree.fromstring(on_paper(drawing)).get("width", 0)) - MARGIN
        lines = sorted(flat_texts(drawing))
        assert max(end for _, _, end, _ in lines) <= width
        assert [(a, b) for a, b in pairwise(lines) if a[0] == b[0] and b[1] < a[2] + 2] == []
    ends = {content: end for _, _, end, content in flat_texts(matrix)}
    assert ends["key item (attended to) →"] <= LEFT  # where no slanted title runs
