"""The first page: ways into the app, and one picture of the model with its sentence and its table."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from app_pages import page_links
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from attrec_core.runs.load import load
from attrec_core.views.attention import tables
from attrec_core.views.drawing.theme import LONG
from attrec_core.views.page_context import scene
from attrec_core.views.start import figures, words
from attrec_core.views.start.figures import Story
from attrec_core.views.start.words import DOORS, WAYS_IN, story_record
from attrec_core.views.view import View
from pages.frame import page_parts
from pages.frame.page_list import BY_KEY

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def record() -> Story:
    return story_record(scene(load(ROOT / "sample_data" / "run"), View()))


def drawn(record: Story, at: figures.Layout) -> ElementTree.Element:
    return ElementTree.fromstring(
        figures.picture(record, at).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    )


def test_the_first_page_leads_to_three_questions_the_lesson_ones_own_taste_and_ones_own_data() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    labels = [link.label for link in page_links(app)]
    assert [f"**{title}** →" for _, title, _ in (*DOORS, *WAYS_IN)] == labels
    assert {page for page, *_ in (*DOORS, *WAYS_IN)} <= BY_KEY.keys()


def test_the_picture_is_exported_with_its_sentence_and_its_table(record: Story) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    shown = app.session_state[page_parts.COLLECTION].parts["story_twin"]
    assert (shown.title, shown.sentence) == ("The model in one picture", record.sentence)
    assert [picture.key for picture in shown.pictures] == ["story"]
    assert record.sentence in " ".join(text.value for text in app.markdown).replace("\\", "")


def test_the_table_holds_the_numbers_of_the_picture(record: Story) -> None:
    table = tables.story(record)
    seen, near = table[: len(record.window)], table[len(record.window) :]
    assert seen["item"].tolist() == list(record.window)
    assert seen["looked at, w"].tolist() == pytest.approx(record.weights, abs=5e-4)
    assert near["item"].tolist() == [title for title, _, _ in record.nearest]
    assert near["distance"].tolist() == pytest.approx([short + long for _, short, long in record.nearest], abs=1e-3)


@pytest.mark.parametrize("at", [figures.WIDE, figures.NARROW], ids=["wide", "narrow"])
def test_long_term_bars_are_hatched_and_the_legend_says_so(at: figures.Layout, record: Story) -> None:
    picture = drawn(record, at)
    bars = [bar.get("fill") for bar in picture.iter(f"{SVG}rect") if bar.get("height") in ("8", "8.0")]
    assert bars.count(at.long_part) == len(record.nearest) + 1
    assert LONG not in bars
    assert len(picture.findall(f".//{SVG}pattern[@id='{at.hatching}']")) == 1
    assert any("long-term part" in (words.text or "") for words in picture.iter(f"{SVG}text"))
    alone = [bar.get("fill") for bar in drawn(replace(record, user=False), at).iter(f"{SVG}rect")]
    assert alone.count(at.long_part) == len(record.nearest)  # nobody's: no long part to name


def test_no_two_drawings_of_the_first_page_share_a_hatching() -> None:
    assert figures.WIDE.hatching != figures.NARROW.hatching


@pytest.mark.parametrize("at", [figures.WIDE, figures.NARROW], ids=["wide", "narrow"])
def test_what_is_written_below_m_lies_between_ribbons_and_lines(at: figures.Layout, record: Story) -> None:
    """A straight line to the last of the nearest items is the steepest way; ribbons come in flat."""
    last = (len(record.nearest) - 1) / 2 * figures.ROW
    for line in at.words:
        half = 5.5 * len(line) / 2  # letters of size 11 are no wider on average
        beside = max(0.0, half - 24)  # of the line reaches beyond m, where the lines begin
        assert beside / (at.right - at.middle - 24) * last < 28, line  # the top of the words


def test_weights_stand_beside_the_ribbons_not_under_them(record: Story) -> None:
    for at in (figures.WIDE, figures.NARROW):
        weights = [words for words in drawn(record, at).iter(f"{SVG}text") if re.fullmatch(r"\.\d\d", words.text or "")]
        assert len(weights) == len(record.window)
        assert all(float(words.get("x")) < at.left and words.get("text-anchor") == "end" for words in weights)


def test_the_introduction_names_m_and_u() -> None:
    assert "**m**" in words.INTRODUCTION
    assert "**U**" in words.INTRODUCTION
