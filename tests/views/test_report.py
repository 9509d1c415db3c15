"""The report is one self-contained file, in which text stays text; packed numbers come out as they went in."""

from __future__ import annotations

import io
import json
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from app_pages import unpacked
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from attrec_core.runs.run import Run
from attrec_core.runs.systems import DISTANCE, Measure
from attrec_core.views import report
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.plot import CALM
from attrec_core.views.drawing.spec import FEW, packed
from attrec_core.views.drawing.svg import INK, PAPER, on_paper
from attrec_core.views.drawing.table_format import MOST, as_csv, written
from attrec_core.views.drawing.theme import ITEMS
from attrec_core.views.metric_space.figures import MARKS
from attrec_core.views.moment.attention import AttentionRecord, ChangeRecord, attention_record
from attrec_core.views.moment.attention_map import attention_change, attention_map
from attrec_core.views.moment.ranking import RankedRow, RankingRecord, ranking, ranking_rows
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.step_by_step.figures import matrix
from attrec_core.views.step_by_step.records import Cell, Head, MatrixRecord
from attrec_core.views.view import View

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "dl", "dt", "dd"),
    *("div", "table", "thead", "tbody", "tr", "th", "td", "img"),
    *("svg", "defs", "pattern", "rect", "text", "path", "circle"),
}


class Reader(HTMLParser):
    """Collects every tag, every attribute and all text of a file."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def shown(sample: Run) -> Scene:
    return scene(sample, View(user=sample.interactions.user_ids[17], selected="alien"))


def record(weights: np.ndarray, mask: str = "after", **changes: object) -> AttentionRecord:
    n, columns = len(weights), weights.mean(0)
    levels = {"uniform": 1 / max(n - (mask == "before"), 1), "uniform_column": max(n - (mask == "after"), 1) / n**2}
    items = {"ids": list(range(n)), "titles": [f"film {k}" for k in range(n)], "mask": mask}
    sums = {"column_weights": columns, "missing": float(1 - columns.sum())}
    masked = np.eye(n, dtype=bool) & (mask != "none")
    return AttentionRecord(**levels | items | sums | {"weights": weights, "masked": masked} | changes)


def row(**changes: object) -> RankedRow:
    defaults = {"rank": 1, "id": "a", "title": "Alien", "subtitle": "1979", "value": 1.0, "short": 0.6, "long": 0.4}
    return RankedRow(**defaults | changes)


def listed(*rows: RankedRow, selected: str | None = None, measure: Measure = DISTANCE) -> str:
    return ranking(RankingRecord(rows, measure, selected))


def grid(**changes: object) -> MatrixRecord:
    named = {"stage": "values", "end_name": "‖row‖", "across": "dimension →", "cut": "", "label": "A stage."}
    heads = {"rows": [Head("Alien", 1, "a", ITEMS[0])], "rows_are": "row", "columns_are": "dim"}
    heads |= {"columns": [Head("Alien", at, "a", ITEMS[0]) for at in (1, 2)]}
    numbers = {"values": np.array([[0.25, -0.5]]), "masked": np.zeros((1, 2), bool), "ends": np.array([0.56])}
    numbers |= {"end_texts": [".56"], "digits": 2, "low": 0.0, "top": 0.5, "level": None}
    look = {"signed": True, "alike": False, "both": False, "cell": Cell(0, 0, 1, chosen=False, reason="")}
    return MatrixRecord(**named | heads | numbers | look | changes)


def texts(drawing: str) -> list[str]:
    """Returns all texts of a drawing except the titles on hover."""
    root = ElementTree.fromstring(on_paper(drawing))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def hostile_drawings() -> dict[str, str]:
    head, titles = Head(HOSTILE, None, "a", HOSTILE), [HOSTILE, HOSTILE]
    weights = np.array([[0, 0.004], [0.3, 0]])  # the first is written “<1 %”
    items = {"ids": ["a", "b"], "titles": titles, "hues": [0, None], "places": ["A", "(B)"], "only": [None, None]}
    change = ChangeRecord(**items, weights=weights, masked=np.eye(2, dtype=bool), column_weights=weights[0])
    return {
        "map": attention_map(record(weights, titles=titles, hues=[None, 0], selected=0)),
        "ranking": listed(row(title=HOSTILE, subtitle=HOSTILE, marks=[HOSTILE], move=HOSTILE), selected="a"),
        "matrix": matrix(grid(rows=[head], columns=[head, head], across=HOSTILE, cut=HOSTILE, label=HOSTILE)),
        "change": attention_change(change),
    }


def test_whatever_a_text_holds_is_text_in_the_report() -> None:
    pictures = [report.SectionPicture(HOSTILE, drawing) for drawing in hostile_drawings().values()]
    frame = pd.DataFrame({HOSTILE: [HOSTILE, None], "n": [1.5, float("nan")]})
    parts = [report.Section(HOSTILE, HOSTILE, [*pictures, report.SectionPicture(HOSTILE, None, "chart-0")], frame)]
    pairs = [(HOSTILE, HOSTILE)]
    reader = Reader(report.page_report(HOSTILE, pairs, parts, pairs))
    assert set(reader.tags) <= TAGS
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in ("href", "xlink:href")]
    assert {value for name, value in reader.attributes if name == "src"} == {"data:,chart-0"}
    assert HOSTILE in reader.words


def test_a_report_is_small_refers_to_nothing_outside_and_forbids_it(shown: Scene) -> None:
    now = attention_record(shown)
    drawn = {attention_map(replace(now, selected="alien")): now.table()}
    drawn |= {listed(*ranking_rows(shown, 10)): RANKING.of(shown).table()}
    drawn |= {attention_map(record(np.full((50, 50), 1 / 50), "none")): None}
    parts = [report.Section("A", "B.", [report.SectionPicture("C", part)], table) for part, table in drawn.items()]
    provenance = [("address", "http://localhost:8501/attention?user=Ada"), ("run", "sample")]
    text = report.page_report("Attention", report.facts(shown), parts, provenance)
    assert len(text.encode()) < 300_000
    assert "://" not in text.replace("http://localhost:8501/attention", "")
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#attrec-)", text)
    assert "<script" not in text


def test_a_table_of_the_report_holds_what_its_frame_holds_and_says_how_much_of_it_is_printed() -> None:
    frame = pd.DataFrame({"title": ["Alien", "Amélie & co"], "w": [0.25, float("nan")], "rank": [1, 2]})
    cells = re.findall(r"<td[^>]*>(.*?)</td>", report.table(frame, "t"))
    assert cells == ["Alien", ".25", "1", "Amélie &amp; co", "", "2"]
    text = report.table(pd.DataFrame({"n": range(9_111)}), "t")
    assert text.count("<td") == report.ROWS
    assert f"The first {report.ROWS} of 9,111 rows" in text
    assert "rows" not in report.table(pd.DataFrame({"n": range(report.ROWS)}), "t").replace('class="rows"', "")


@pytest.mark.parametrize("name", hostile_drawings())
def test_a_drawing_is_xml_dark_on_white_without_foreign_markup(name: str) -> None:
    drawing = hostile_drawings()[name]
    root = ElementTree.fromstring(on_paper(drawing))
    kinds = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert kinds <= {"svg", "defs", "pattern", "rect", "text", "title", "path", "circle"}
    assert float(root.get("width", 0)) > 300
    assert root[0].get("fill") == PAPER
    assert f"color:{INK}" in root.get("style", "")
    assert any(text[:-1] in HOSTILE for text in texts(drawing) if text.endswith("…"))
    with pytest.raises(ValueError, match="viewBox"):
        on_paper("<svg><rect/></svg>")  # which does not say its size


def test_a_matrix_writes_its_numbers_with_their_signs() -> None:
    assert {"+.25", "−.50", ".56", "‖row‖"} <= set(texts(matrix(grid())))
    masked = {"values": np.array([[0.0, -np.inf]]), "masked": np.array([[False, True]])}
    assert {"0", "−∞", "masked"} <= set(texts(matrix(grid(signed=False, **masked, end_texts=[], end_name=""))))


NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(arrays.arrays(np.float32, st.integers(0, 3 * FEW), elements=NUMBERS))
def test_packed_numbers_come_out_as_they_went_in(values: np.ndarray) -> None:
    assert unpacked(json.loads(json.dumps(packed(values)))) == values.tolist()


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8])
def test_whole_numbers_stay_whole_and_what_is_no_number_is_json_all_the_same(kind: type) -> None:
    values = np.arange(100).astype(kind)
    assert unpacked(packed(values)) == values.tolist()
    assert packed(np.array([1.0, np.nan])) == [1.0, None]


# Numbers in tables are written as in sentences.


def cells(values: list[float]) -> list[str]:
    """Returns the cells of a column as a person sees them."""
    styled = written(pd.DataFrame({"a": values}))
    html = styled.to_html()
    return [part.split("</td>")[0] for part in html.split('col0" >')[1:] if "</td>" in part]


def test_a_column_has_as_many_digits_all_the_way_down() -> None:
    assert cells([0.583, 0.7236, -0.5]) == [".5830", ".7236", "−.5000"]
    assert cells([0.25, 1.5, 0.0]) == [".25", "1.50", ".00"]


def test_text_and_what_is_too_much_or_ambiguous_stays_as_it_is() -> None:
    for frame in (
        pd.DataFrame({"a": ["x"], "b": [1]}),
        pd.DataFrame({"a": np.zeros(MOST + 1)}),
        pd.DataFrame([[0.1, 0.2]], columns=["a", "a"]),
    ):
        assert written(frame) is frame


def test_a_csv_holds_no_formula_and_every_number_as_it_is() -> None:
    titles = ["=1+1", "+a", "-a", "@a", "\ta", "＝a", "＋a", "－a", "＠a", "\na", "\n=a", " =a", "\u00a0-a", "\u200b=a"]
    titles += ["\ra", "\r=a", "a\r=1", "a\n=1"]
    ranks = [*map(float, range(1, len(titles))), np.nan]
    frame = pd.DataFrame({"=title": titles, "rank": ranks, "change": [-0.25] * len(titles)})
    table = pd.read_csv(io.StringIO(as_csv(frame), newline=""))
    assert list(table.columns) == ["'=title", "rank", "change"]
    assert list(table["'=title"]) == [f"'{title}" for title in titles[:-4]] + ["' a", "' =a", "a =1", "a\n=1"]
    assert as_csv(frame).splitlines()[1] == "'=1+1,1,-0.25"
    twins = pd.concat([frame["change"], frame["=title"]], axis=1, keys=["x", "x"])
    assert as_csv(twins).splitlines()[1] == "-0.25,'=1+1"


# Marks are visible in light and dark: each colour with a meaning has a contrast of 3 : 1 with every background.


LEAST = 3.0
MEANINGS = ("SHORT", "LONG", "TARGET", "SELECTED", "TOP", "RUN_A", "RUN_B", "COUNT", "QUIET")
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
# The background of a page, and of the fields in which a list draws its bars.
PARTS = ("backgroundColor", "secondaryBackgroundColor")
BACKGROUNDS = [THEMES[shade][part] for shade in ("light", "dark") for part in PARTS]
PAGES = [THEMES[shade]["backgroundColor"] for shade in ("light", "dark")]
STYLES = [path for folder in ("attrec_core", "pages") for path in sorted((ROOT / folder).rglob("*.css"))]
# Custom properties of a style sheet → the colour of theme.py that they repeat.
REPEATED = {"short": "SHORT", "farther": "SHORT", "long": "LONG", "target": "TARGET", "top": "TOP"}
REPEATED |= {"selected": "SELECTED", "nearer": "SELECTED", "line": "QUIET"}


def contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours as the WCAG define it, 1 … 21."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_colour_is_seen_on_each_background_on_which_it_stands() -> None:
    """Some colours of items are pale and some are dark, so a map's squares have an edge that is neither."""
    alone = [CALM, *theme.CATEGORIES, MARKS["window"][1]["line"]["color"]]
    placed = [(getattr(theme, name), ground) for name in MEANINGS for ground in BACKGROUNDS]
    placed += [(colour, page) for colour in alone for page in PAGES]
    assert [pair for pair in placed if contrast(*pair) < LEAST] == []


def test_style_sheets_repeat_the_colours_of_the_theme() -> None:
    names, differences = set(), {}
    for sheet in STYLES:
        for name, colour in re.findall(r"--([a-z]+): (#[0-9A-Fa-f]{6});", sheet.read_text(encoding="utf-8")):
            if name in REPEATED:
                names.add(name)
                if colour.upper() != getattr(theme, REPEATED[name]):
                    differences[f"{sheet.name} --{name}"] = colour
    assert differences == {}
    assert names == set(REPEATED)


@pytest.mark.parametrize("page", PAGES)
def test_a_line_with_another_colour_in_the_dark_is_seen_in_both(page: str) -> None:
    pattern = re.compile(r"(?:stroke|--to|--from): light-dark\((#[0-9A-Fa-f]{6}), (#[0-9A-Fa-f]{6})\)")
    lines = [pair[PAGES.index(page)] for sheet in STYLES for pair in pattern.findall(sheet.read_text(encoding="utf-8"))]
    assert lines
    assert [colour for colour in lines if contrast(colour, page) < LEAST] == []
