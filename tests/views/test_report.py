"""The report is one self-contained file, in which text stays text; its drawings show the numbers of their records."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from attrec_core.errors import percent
from attrec_core.explain.other_systems import other_of
from attrec_core.runs.run import Run
from attrec_core.runs.systems import DISTANCE, SCORE, Measure
from attrec_core.views import report
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.drawing.colormaps import STOPS, diverging, ink, sequential
from attrec_core.views.drawing.svg import INK, PAPER, on_paper
from attrec_core.views.drawing.theme import ITEMS, LONG, SHORT
from attrec_core.views.moment.attention import AttentionRecord, ChangeRecord, attention_record
from attrec_core.views.moment.attention_map import attention_change, attention_map
from attrec_core.views.moment.ranking import RankedRow, RankingRecord, gaps, ranking, ranking_rows
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


def hostile_record() -> AttentionRecord:
    """One weight is written “<1 %”."""
    return record(np.array([[0, 0.004], [0.3, 0]]), titles=[HOSTILE, HOSTILE], hues=[None, 0], selected=0)


def record(weights: np.ndarray, mask: str = "after", **changes: object) -> AttentionRecord:
    n, columns = len(weights), weights.mean(0)
    levels = {"uniform": 1 / max(n - (mask == "before"), 1), "uniform_column": max(n - (mask == "after"), 1) / n**2}
    items = {"ids": list(range(n)), "titles": [f"film {k}" for k in range(n)], "mask": mask}
    sums = {"column_weights": columns, "missing": float(1 - columns.sum())}
    masked = np.eye(n, dtype=bool) & (mask != "none")
    return AttentionRecord(**levels | items | sums | {"weights": weights, "masked": masked} | changes)


def test_a_colour_scale_does_not_name_more_than_everything() -> None:
    for last, whole in (([0.003, 0.001, 0.996], True), ([0.3, 0.3, 0.4], False)):
        weights = np.array([[1, 0, 0], [0.5, 0.5, 0], last])
        rows = record(weights, counts="last", column_weights=weights[-1])
        assert (rows.top == 1) == (" and more" not in attention_map(rows)) == whole


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


def change(**changes: object) -> ChangeRecord:
    items = {"ids": ["a", "b"], "titles": ["Alien", "Heat"], "hues": [0, 1], "places": ["A", "(B)"]}
    weights = {"weights": np.array([[0.0, 0.2], [-0.1, 0.0]]), "column_weights": np.array([-0.05, 0.1])}
    return ChangeRecord(**items | weights | {"only": [None, None], "masked": np.eye(2, dtype=bool)} | changes)


def texts(drawing: str) -> list[str]:
    """Returns all texts of a drawing except the titles on hover."""
    root = ElementTree.fromstring(on_paper(drawing))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def hostile_drawings() -> dict[str, str]:
    head = Head(HOSTILE, None, "a", HOSTILE)
    return {
        "map": attention_map(hostile_record()),
        "ranking": listed(row(title=HOSTILE, subtitle=HOSTILE, marks=[HOSTILE], move=HOSTILE), selected="a"),
        "matrix": matrix(grid(rows=[head], columns=[head, head], across=HOSTILE, cut=HOSTILE, label=HOSTILE)),
        "change": attention_change(change(titles=[HOSTILE, HOSTILE], hues=[0, None])),
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
    text = whole_report(shown)
    assert "://" not in text.replace("http://localhost:8501/attention", "")
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#attrec-)", text)
    assert "<script" not in text
    map_of_50 = attention_map(record(np.full((50, 50), 1 / 50), "none"))
    many = [report.Section("map", "", [report.SectionPicture("map", map_of_50)])]
    assert max(len(text.encode()), len(report.page_report("t", [], many, []).encode())) < 300_000


def whole_report(shown: Scene) -> str:
    record = attention_record(shown)
    drawn = attention_map(replace(record, selected=shown.view.selected)), listed(*ranking_rows(shown, 10))
    tables = record.table(), RANKING.of(shown).table()
    parts = [
        report.Section(name, "A sentence.", [report.SectionPicture(name, drawing)], table)
        for name, drawing, table in zip(("Attention", "List"), drawn, tables, strict=True)
    ]
    provenance = [("address", "http://localhost:8501/attention?user=Ada"), ("run", "sample")]
    return report.page_report("Attention", report.facts(shown), parts, provenance)


def test_a_table_of_the_report_holds_what_its_frame_holds_and_says_how_much_of_it_is_printed() -> None:
    frame = pd.DataFrame({"title": ["Alien", "Amélie & co"], "w": [0.25, float("nan")], "rank": [1, 2]})
    cells = re.findall(r"<td[^>]*>(.*?)</td>", report.table(frame, "t"))
    assert cells == ["Alien", ".25", "1", "Amélie &amp; co", "", "2"]
    text = report.table(pd.DataFrame({"n": range(9_111)}), "t")
    assert text.count("<td") == report.ROWS
    assert f"The first {report.ROWS} of 9,111 rows" in text
    assert "rows" not in report.table(pd.DataFrame({"n": range(report.ROWS)}), "t").replace('class="rows"', "")


def test_the_facts_say_what_is_looked_at_and_what_is_not_real(sample: Run, shown: Scene) -> None:
    titles, facts = sample.interactions.titles, dict(report.facts(shown))
    assert facts["window, actual"].startswith(f"1. {titles[shown.window[0]]} · 2. ")
    assert "actual window" not in facts
    assert {
        "who": shown.who,
        "when": f"after {shown.step} of {len(shown.history)} items",
        "selected": titles[sample.item_index["alien"]],
        "settings": "as the model was trained",
        "actual next item": titles[shown.target],
    }.items() <= facts.items()
    view = View(user=shown.who, window=("alien", "amelie"), pin=("aliens",), omega=0.75, mask="none")
    assert {
        "window, edited": "1. Alien · 2. Amélie",
        "baseline": "1. Aliens",
        "actual window": report.listed(map(shown.title, shown.real_window)),
        "settings": "ω = .75; no mask",
    }.items() <= dict(report.facts(scene(sample, view))).items()
    nobody = dict(report.facts(scene(sample, View(window=("alien",)))))
    assert nobody["window, of no user"] == "1. Alien"
    assert "when" not in nobody
    you = dict(report.facts(scene(sample, View(likes=("alien", "amelie")))))
    assert you["picks"] == you["window, your picks"] == "1. Alien · 2. Amélie"


@pytest.mark.parametrize("name", hostile_drawings())
def test_a_drawing_is_xml_dark_on_white_without_foreign_markup(name: str) -> None:
    root = ElementTree.fromstring(on_paper(hostile_drawings()[name]))
    kinds = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert kinds <= {"svg", "defs", "pattern", "rect", "text", "title", "path", "circle"}
    assert float(root.get("width", 0)) > 300
    assert root[0].get("fill") == PAPER
    assert f"color:{INK}" in root.get("style", "")
    assert any(text[:-1] in HOSTILE for text in texts(hostile_drawings()[name]) if text.endswith("…"))


def test_a_drawing_that_does_not_say_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="viewBox"):
        on_paper("<svg><rect/></svg>")


def test_the_map_writes_every_weight_and_hatches_what_is_masked(shown: Scene) -> None:
    data, trace = attention_record(shown), shown.trace
    drawing = attention_map(data)
    written = texts(drawing)
    weights = [*trace.weights[~trace.masked], *trace.column_weights]
    assert {percent(float(weight)) for weight in weights} <= set(written)
    # Besides the masked cells, the bar of the attention lost to the mask and the key are hatched.
    assert drawing.count("url(#attrec-masked)") == trace.masked.sum() + 2
    assert [text for text in written if "uniform" in text] == [f"uniform: {percent(data.uniform_column)}"]
    assert f"lost to the mask: {percent(trace.missing)}" in written
    assert all(shown.title(item) in drawing for item in shown.window)


def test_a_large_map_has_no_numbers_in_its_cells_and_no_hatching_without_a_mask() -> None:
    drawing = attention_map(record(np.full((13, 13), 1 / 13), "none"))
    assert "sum" not in texts(drawing)
    assert drawing.count("url(#attrec-masked)") <= 1  # its key
    assert texts(drawing).count(percent(1 / 13)) == 13  # the bars, not the cells


def test_a_matrix_whose_averages_are_set_by_hand_is_grey_and_says_so() -> None:
    weights = np.full((3, 3), 1 / 3)
    drawn = attention_map(record(weights, "none", own=[0.5, 0.3, 0.2]))
    assert "set by hand" in texts(drawn)
    assert sequential(0.5) in attention_map(record(weights, "none"))
    cells = re.findall(r'height="62.0" fill="(#[0-9a-f]{6})"', drawn)
    assert len(cells) == 9 and all(len({cell[1:3], cell[3:5], cell[5:]}) == 1 for cell in cells)


def test_equal_weights_are_equal_colours_and_lighter_is_more() -> None:
    assert (sequential(0), sequential(1), sequential(7)) == (f"#{STOPS[0]}", f"#{STOPS[-1]}", f"#{STOPS[-1]}")
    brightness = [sum(bytes.fromhex(sequential(k / 20)[1:])) for k in range(21)]
    assert brightness == sorted(brightness)
    assert (ink("#000000"), ink("#ffffff")) == ("#fff", "#000")
    assert len({diverging(-1), diverging(0), diverging(1)}) == 3


def test_the_selected_item_has_its_column_and_row_framed() -> None:
    plain = attention_map(record(np.eye(3)))
    framed = attention_map(record(np.eye(3), ids=["a", "b", "a"], selected="a"))
    assert framed.count('fill="none" stroke=') - plain.count('fill="none" stroke=') == 4


def test_bars_of_the_ranking_are_as_long_as_their_parts() -> None:
    drawing = listed(row(), row(rank=2, id="b", value=2.0, short=0.5, long=1.5))
    root = ElementTree.fromstring(on_paper(drawing))
    rects = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("height") == "9.0"]
    short, long = (
        [float(r.get("width", 0)) for r in rects if r.get("fill") == fill][:2] for fill in (SHORT, "url(#attrec-long)")
    )
    assert np.allclose(np.divide(short + long, short[0]), np.divide([0.6, 0.5, 0.4, 1.5], 0.6), atol=0.01)
    assert LONG in drawing


def test_the_ranking_says_which_way_its_measure_is_better() -> None:
    assert "distance (lower is better)" in texts(listed(row()))
    by_score = listed(row(value=-2.5, short=0, long=0), measure=SCORE)
    assert {"score (higher is better)", "−2.500"} <= set(texts(by_score)) and "distance" not in by_score
    assert "601" in texts(listed(row(value=601.0, short=0, long=0), measure=SCORE))  # a count has no decimals


def test_the_ranking_says_where_ranks_are_left_out_and_what_is_no_candidate() -> None:
    rows = [
        row(value=1.25),
        row(rank=2.5, id="b"),
        row(rank=40, id="c", after_gap=True),
        row(rank=9, id="d", is_candidate=False, marks=["seen before"]),
    ]
    written = texts(listed(*rows))
    assert written.count("…") == 2
    assert [text for text in written if text in ("1", "2.5", "40", "9", "–")] == ["1", "2.5", "40", "–"]
    assert any("[seen before]" in text for text in written)


def test_ranks_are_left_out_where_items_are_and_not_where_items_tie(sample: Run) -> None:
    distances = np.full(sample.interactions.n_items, 100.0)
    distances[:13] = [1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8, 9]  # ranks 6.5 twice, 9 three times, 11.5 twice
    ranking = other_of(sample, distances)
    assert [ranking.rank(item) for item in range(5, 13)] == [6.5, 6.5, 9, 9, 9, 11.5, 11.5, 13]
    assert gaps(ranking, range(13)) == [False] * 13
    listed_items = [*range(6), 8, 10, 12, 40, 41]
    assert [item for item, gap in zip(listed_items, gaps(ranking, listed_items), strict=True) if gap] == [8, 10, 12, 40]
    assert gaps(ranking, []) == []


def test_the_change_is_signed_in_text_and_hatched_where_there_is_none_to_tell() -> None:
    assert {"+20", "−10", "−5", "+20 percentage points"} <= set(texts(attention_change(change())))
    weights, columns = np.array([[0.0, np.nan], [np.nan, np.nan]]), np.array([-0.05, np.nan])
    drawing = attention_change(change(only=[None, "added"], weights=weights, column_weights=columns))
    assert "added" in texts(drawing)
    assert drawing.count("url(#attrec-masked)") == 4 + 1  # all cells, and the key


def test_a_matrix_writes_its_numbers_with_their_signs() -> None:
    assert {"+.25", "−.50", ".56", "‖row‖"} <= set(texts(matrix(grid())))
    masked = {"values": np.array([[0.0, -np.inf]]), "masked": np.array([[False, True]])}
    assert {"0", "−∞", "masked"} <= set(texts(matrix(grid(signed=False, **masked, end_texts=[], end_name=""))))
