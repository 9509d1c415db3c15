"""What a person can do with bars, split, rank curves and the map, each alone on a page, with made-up records."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from conftest import few
from playwright.sync_api import FloatRect, Locator, Page, expect

from .frame import violations
from .harness.bare import alone, heard

SCRIPT = "<script>alert(1)</script>"
ENDLESS = "A title without an end " * 400
WIDTHS = (1440, 768, 390, 360)


def column(place: int, start: float, value: float, **more: Any) -> dict[str, Any]:
    name = more.get("name", f"Film {place}")
    record = {"id": str(place), "sign": chr(65 + place), "name": name, "colour": "#44AA99", "dash": None}
    record |= {"bars": [{"start": start, "value": value, "colour": "#44AA99", "hatched": False, "side": None}]}
    text = f"{'+' if value > 0 else '−'}.{abs(round(1000 * value)):03}"
    record |= {"text": text, "end": start + value, "hover": f"{name}\nadds {text}", "strong": False, "chosen": False}
    return record | more


def bars(**more: Any) -> dict[str, Any]:
    """A waterfall: the average item, four items and the total, of which no item is chosen."""
    values, starts = [0.2, -0.4, 0.05, -0.1], [1.0, 1.2, 0.8, 0.85]
    columns = [column(9, 0.0, 1.0, id=None, sign="ø", name="the average item", text="1.000")]
    columns += [column(k, start, value) for k, (start, value) in enumerate(zip(starts, values, strict=True))]
    total = [{"start": 0.0, "value": 0.5, "colour": "#C07F00", "hatched": True, "side": None}]
    total += [{"start": 0.5, "value": 0.25, "colour": "#0072B2", "hatched": False, "side": None}]
    columns.append(
        column(8, 0.0, 0.75, id="8", sign="=", name="the explained film", bars=total, text=".750", strong=True)
    )
    made = {"label": "contribution of each item", "title": "distance", "columns": columns, "connected": True}
    return made | {"dashes": "", "notes": []} | more


def split(**more: Any) -> dict[str, Any]:
    rows = [
        {"id": str(k), "rank": f"{k + 4}th", "title": f"Film {k}", "mark": "actual" * (k == 1), "chosen": False}
        | {"short": 0.2 + 0.1 * k, "long": 0.4 - 0.1 * k}
        for k in range(4)
    ]
    return {"label": "distance of each item", "omega": 0.3, "rows": rows} | more


def curves(**more: Any) -> dict[str, Any]:
    """Film 0 is 1st to ω = .5, film 1 after that; film 2 rises from 40th to 3rd; film 3 is grey."""
    looks = [
        {"colour": colour, "width": 2.5, "shape": shape}
        for colour, shape in (("#5B8DB8", "circle"), ("#B97F3F", "square"), ("#009E73", "star"))
    ]
    steps = [([0, 0.5, 1], [1, 2]), ([0, 0.5, 1], [2, 1]), ([0, 0.25, 0.75, 1], [40, 10, 3]), ([0, 1], [20])]
    lines = [
        {
            "id": str(k),
            "title": f"Film {k}",
            "style": [*looks, None][k],
            "edges": edges,
            "ranks": ranks,
            "chosen": False,
        }
        for k, (edges, ranks) in enumerate(steps)
    ]
    made = {"label": "rank of 4 items for every ω", "k": 10, "omega": 0.3, "trained": 0.3, "curves": lines}
    return made | {"changes": [{"omega": 0.5, "text": "Film 1 overtakes Film 0"}]} | more


def space_map(n: int = 49, **more: Any) -> dict[str, Any]:
    """A grid of films, 7 in a row; the window are the films 0 and 1, the first recommendation is 24, in the middle."""
    side = math.isqrt(n)
    x, y = [float(k % side) for k in range(n)], [float(k // side) for k in range(n)]
    points = {"x": x, "y": y, "ids": [str(k) for k in range(n)], "titles": [f"Film {k}" for k in range(n)]}

    def place(k: int, **about: Any) -> dict[str, Any]:
        return {"id": str(k), "x": x[k], "y": y[k], "title": f"Film {k}"} | about

    marks: dict[str, Any] = {"window": [place(k, letter="AB"[k], hue=k) for k in range(2)], "m": {"x": 1.5, "y": 1.5}}
    marks |= {"user": None, "top": [place(n // 2, rank="1st")], "target": None, "selected": None}
    legend = [{"name": "Drama", "colour": "#5B8DB8"}, {"name": "Action", "colour": "#B97F3F"}]
    made = {"label": "The item space", "projection": "pca", "points": points | {"colours": [k % 2 for k in range(n)]}}
    return made | {"legend": legend, "marks": marks, "lines": [], "regions": []} | more


MADE = {"bars": bars, "split": split, "curves": curves, "space_map": space_map}


def titled(name: str, title: str) -> dict[str, Any]:
    """A record of this component in which every title is this one."""
    record = MADE[name]()
    if name == "space_map":
        record["points"]["titles"] = [title] * len(record["points"]["ids"])
        marks = record["marks"]
        for mark in [*marks["window"], *marks["top"]]:
            mark["title"] = title
        record["regions"] = [{"name": title, "x": 3.0, "y": 5.0, "colour": "#5B8DB8"}]
        record["legend"][0]["name"] = title
    for part in record.get("columns", []):
        part |= {"name": title, "hover": f"{title}\nadds"}
    for part in [*record.get("rows", []), *record.get("curves", [])]:
        part["title"] = title
    for change in record.get("changes", []):
        change["text"] = title
    if name == "bars":
        record["notes"] = [{"text": f"▲ favours {title}", "top": True}, {"text": f"▼ favours {title}", "top": False}]
    return record


def size(page: Page, width: int, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def inside(page: Page, part: str, of: str = ".figure") -> bool:
    inner, outer = (box_of(page.locator(css)) for css in (part, of))
    return inner["x"] >= outer["x"] - 1 and inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1


@pytest.mark.parametrize("name", few(MADE, "bars"))
def test_no_figure_is_wider_than_the_page_and_axe_finds_nothing(page: Page, name: str) -> None:
    for width in WIDTHS:
        size(page, width)
        alone(page, name, titled(name, ENDLESS))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        alone(page, name, MADE[name]())
        assert violations(page) == []


@pytest.mark.parametrize("name", MADE)
def test_a_title_is_only_ever_a_text(page: Page, name: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail("a script in a title has run"))
    alone(page, name, titled(name, SCRIPT))
    expect(page.locator(".figure script")).to_have_count(0)
    assert SCRIPT in page.locator(".figure").inner_text() or name == "space_map"
    page.locator(".stage").focus() if name == "space_map" else page.locator(".figure button").nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tip")).to_contain_text(SCRIPT)


@pytest.mark.parametrize("name", few(MADE, "bars"))
def test_a_tip_stays_within_the_figure(page: Page, name: str) -> None:
    for width in (1440, 360):
        size(page, width)
        alone(page, name, titled(name, ENDLESS))
        if name == "space_map":
            for x in (0.02, 0.98):
                stage = box_of(page.locator(".stage"))
                page.locator(".stage").focus()
                page.mouse.move(stage["x"] + x * stage["width"], stage["y"] + 40)
                for _ in range(4):
                    page.keyboard.press("ArrowRight" if x > 0.5 else "ArrowLeft")
                assert inside(page, ".tip")
            continue
        page.keyboard.press("Tab")
        for key in ("Home", "End"):
            page.keyboard.press(key)
            expect(page.locator(".tip")).to_be_visible()
            assert inside(page, ".tip")


@pytest.mark.parametrize("name", MADE)
def test_it_prints_black_on_white_and_follows_the_colours_of_the_system(page: Page, name: str) -> None:
    page.emulate_media(color_scheme="dark")
    alone(page, name, MADE[name]())
    ink = "getComputedStyle(document.querySelector('main').shadowRoot.querySelector('.figure')).color"
    assert page.evaluate(ink) == "rgb(230, 237, 243)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ink) == "rgb(0, 0, 0)"
    page.emulate_media(media="screen", forced_colors="active", color_scheme="dark")
    assert page.evaluate(ink) == page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(forced_colors="none")


def test_the_height_of_a_bar_is_its_value_and_each_bar_begins_where_the_last_one_ends(page: Page) -> None:
    record = bars()
    alone(page, "bars", record)
    drawn = page.locator(".bar").evaluate_all(
        "bars => bars.map((bar) => [bar.y.baseVal.value, bar.height.baseVal.value])"
    )
    values = [part["value"] for one in record["columns"] for part in one["bars"]]
    scale = drawn[0][1]  # pixels of the average item's 1
    assert [height for _, height in drawn] == pytest.approx(
        [scale * abs(value) for value in values], abs=0.2
    )  # of a tenth of a pixel each
    for (one, two), (a, b) in zip(pairwise(record["columns"][:-1]), pairwise(drawn[:-2]), strict=True):
        end = a[0] if one["bars"][0]["value"] > 0 else a[0] + a[1]
        assert end == pytest.approx(b[0] + b[1] if two["bars"][0]["value"] > 0 else b[0], abs=0.2)
    for one in record["columns"]:
        expect(page.locator("svg text", has_text=one["text"])).to_have_count(1)


def test_a_click_on_a_column_selects_its_item_and_a_second_click_clears(page: Page) -> None:
    alone(page, "bars", bars())
    low = page.get_by_test_id("column-3")  # a low bar is hit anywhere in its column
    box = box_of(low)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] - 150)
    assert heard(page) == [["select", {"id": "2"}]]
    expect(low).to_have_attribute("aria-pressed", "true")
    low.click()
    assert heard(page) == [["select", {"id": None}]]
    page.get_by_test_id("column-0").click(force=True)  # the average item is no item that can be selected
    assert heard(page) == []


def test_keys_walk_through_the_columns_and_enter_selects_where_the_focus_stays(page: Page) -> None:
    alone(page, "bars", bars())
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert heard(page) == [["select", {"id": "1"}]]
    expect(page.get_by_test_id("column-2")).to_be_focused()
    expect(page.get_by_test_id("column-2")).to_have_accessible_name("B: Film 1; adds −.400")
    page.keyboard.press("Tab")  # the figure has one Tab stop
    assert page.evaluate("document.activeElement === document.body")


def test_narrow_columns_become_rows_with_all_names_and_numbers(page: Page) -> None:
    record = bars(notes=[{"text": "▲ favours Film 2", "top": True}, {"text": "▼ favours Film 1", "top": False}])
    alone(page, "bars", record)
    expect(page.locator(".stage")).to_have_class("stage upright")
    size(page, 360)
    expect(page.locator(".stage")).to_have_class("stage lying")
    tops = [box_of(page.get_by_test_id(f"column-{k}"))["y"] for k in range(6)]
    assert tops == sorted(set(tops))
    assert page.locator("svg text").all_text_contents()[-6:] == [one["text"] for one in record["columns"]]
    # What points up where larger values are above points to the right where they are there.
    assert sorted(page.locator(".note").all_inner_texts()) == ["favours Film 2 ▶", "◀ favours Film 1"]
    box = box_of(page.get_by_test_id("column-2"))
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 5)
    assert heard(page) == [["select", {"id": "1"}]]


def test_the_number_of_a_bar_is_beyond_a_dash_that_would_strike_it_through(page: Page) -> None:
    for dash in (1.22, 1.6):
        record = bars()
        record["columns"][1]["dash"] = dash
        alone(page, "bars", record | {"dashes": "the same part for the average item"})
        number, line = (box_of(page.locator(css)) for css in ("svg text:has-text('+.200')", ".usual"))
        above = number["y"] + number["height"] < line["y"] + 6
        assert above == (dash == 1.22)
        assert not number["y"] + 3 < line["y"] < number["y"] + number["height"] - 5
        expect(page.locator(".keys")).to_have_text("the same part for the average item")


def test_the_parts_of_a_row_are_as_long_as_their_values_and_the_longest_fills_the_room(page: Page) -> None:
    record = split()
    alone(page, "split", record)
    widths = page.locator("rect.part").evaluate_all("parts => parts.map((part) => part.width.baseVal.value)")
    values = [row[part] for row in record["rows"] for part in ("short", "long")]
    unit = sum(widths[:2]) / 0.6
    assert widths == pytest.approx([unit * value for value in values], abs=0.1)
    room = box_of(page.locator(".stage"))["width"] - box_of(page.locator(".name").first)["width"] - 50  # of the sums
    assert sum(widths[:2]) == pytest.approx(room, rel=0.01)
    expect(page.locator(".keys")).to_have_text("short-term distance × .70long-term distance × .30")
    name = "5th Film 1, actual: short-term part .300, long-term part .300, distance .600"
    expect(page.get_by_test_id("split-1")).to_have_accessible_name(name)


def test_a_row_of_the_split_is_selected_by_click_and_by_keys(page: Page) -> None:
    for width in (1440, 360):
        size(page, width)
        alone(page, "split", split())
        page.get_by_test_id("split-2").click()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert heard(page) == [["select", {"id": item}] for item in ("2", "1", None)]


ON_LINE = """(line, omega) => {
  const box = line.getBBox(), x = box.x + omega * box.width;
  let at = 0;
  while (line.getPointAtLength(at).x < x) at += 0.25;
  const { x: left, y: top } = line.getPointAtLength(at).matrixTransform(line.getScreenCTM());
  return [left, top];
}"""
INK = """(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  .filter((value, k) => k % 4 === 3 && value > 0).length"""


def on_curves(page: Page, omega: float, film: int) -> tuple[float, float]:
    """Returns where a line is on the screen at ω. film: its place among the drawn lines."""
    x, y = page.locator("[data-curve]").nth(film).evaluate(ON_LINE, omega)
    return x, y


def test_a_click_on_a_line_selects_its_item_also_on_a_grey_one_and_where_it_rises(page: Page) -> None:
    drawn = {0: 1, 1: 2, 2: 3, 3: 0}
    alone(page, "curves", curves())
    for film, omega in ((2, 0.4), (3, 0.6)):
        x, y = on_curves(page, omega, drawn[film])
        page.mouse.move(x, y + 4)
        expect(page.locator(".tip")).to_contain_text(f"Film {film}rank {[1, 2, 10, 20][film]} at ω =")
        page.mouse.click(x, y + 4)
        assert heard(page) == [["select", {"id": str(film)}]]
        page.evaluate("record => show(record)", curves())
    x, low = on_curves(page, 0.24, drawn[2])
    _, high = on_curves(page, 0.4, drawn[2])
    page.mouse.click(x + 12, (low + high) / 2)  # 12 pixels are .01 of ω
    assert heard(page) == [["select", {"id": "2"}]]
    plot = box_of(page.locator("[data-curve] >> nth=0"))
    page.mouse.click(plot["x"] + 20, on_curves(page, 0.02, drawn[3])[1] + 25)
    assert heard(page) == []  # 25 pixels from any line


def test_a_click_on_a_change_of_the_first_place_tells_its_omega(page: Page) -> None:
    for width in (1440, 390):
        size(page, width)
        alone(page, "curves", curves())
        change = page.get_by_role("button", name="Film 1 overtakes Film 0: set ω just past it")
        change.click()
        assert heard(page) == [["omega", {"omega": 0.5}]]


def test_keys_walk_through_lines_and_changes(page: Page) -> None:
    alone(page, "curves", curves())
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter", "ArrowRight", "Enter", "Enter"):
        page.keyboard.press(key)
    assert heard(page) == [["select", {"id": "3"}], ["omega", {"omega": 0.5}], ["omega", {"omega": 0.5}]]
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("curve-0")).to_be_focused()
    expect(page.get_by_test_id("curve-2")).to_have_accessible_name("Film 2: rank 10 at ω = .30")


def test_the_titles_beside_the_lines_do_not_overlap(page: Page) -> None:
    record = curves()
    for curve in record["curves"]:
        curve |= {"style": curve["style"] or {"colour": "#8F82C9", "width": 2.5, "shape": "diamond"}, "title": ENDLESS}
        curve |= {"edges": [0, 1], "ranks": [30 + int(curve["id"])]}  # all of them end at nearly the same height
    alone(page, "curves", record)
    boxes = sorted((box_of(page.get_by_test_id(f"curve-{k}")) for k in range(4)), key=lambda box: box["y"])
    assert all(one["y"] + one["height"] <= two["y"] + 0.5 for one, two in pairwise(boxes))


def point(page: Page, film: int) -> tuple[float, float]:
    """Returns where a film of the grid of 7 × 7 is on the screen, before the map is zoomed."""
    stage = box_of(page.locator(".stage"))
    unit = (stage["height"] - 2 - 48) / 6  # 24 pixels around the points, 1 pixel of border
    return (
        stage["x"] + stage["width"] / 2 + (film % 7 - 3) * unit,
        stage["y"] + stage["height"] / 2 - (film // 7 - 3) * unit,
    )


def test_a_click_on_the_map_selects_the_nearest_item_and_a_second_click_clears(page: Page) -> None:
    alone(page, "space_map", space_map())
    x, y = point(page, 30)
    page.mouse.move(x + 6, y - 6)
    expect(page.locator(".tip")).to_have_text("Film 30Drama")
    page.mouse.click(x + 6, y - 6)
    assert heard(page) == [["select", {"id": "30"}]]
    chosen = space_map()
    chosen["marks"]["selected"] = {"id": "30", "x": 2.0, "y": 4.0, "title": "Film 30"}
    page.evaluate("record => show(record)", chosen)
    expect(page.locator(".label.selected")).to_have_text("Film 30")
    page.mouse.click(x + 40, y + 40)  # no item is near
    page.mouse.click(x, y)
    assert heard(page) == [["select", {"id": None}]]


def test_the_wheel_zooms_about_the_pointer_dragging_moves_and_a_double_click_resets(page: Page) -> None:
    alone(page, "space_map", space_map())
    x, y = point(page, 40)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -500)
    page.wait_for_function("scrollY === 0")
    expect(page.locator(".tip")).to_contain_text("Film 40")  # it stays under the pointer
    page.mouse.move(x + 1, y)
    expect(page.locator(".tip")).to_contain_text("Film 40")
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=3)
    page.mouse.up()
    page.mouse.move(x + 61, y + 30)
    expect(page.locator(".tip")).to_contain_text("Film 40")  # it went with the pointer
    assert heard(page) == []
    page.mouse.dblclick(x + 300, y + 5)
    page.mouse.move(x, y)
    expect(page.locator(".tip")).to_contain_text("Film 40")
    page.mouse.dblclick(x, y)  # the first click selects, the double click takes that back
    assert [event for _, event in heard(page)][-2:] == [{"id": "40"}, {"id": None}]


def test_a_scroll_of_the_page_that_passes_over_the_map_goes_on(page: Page) -> None:
    alone(page, "space_map", space_map())
    x, y = point(page, 24)
    page.mouse.move(x, y)
    before = page.locator(".over, svg g").first.get_attribute("transform")
    page.mouse.wheel(0, 400)  # the whole map cannot be smaller: the page scrolls
    page.wait_for_function("scrollY > 0")
    page.mouse.wheel(0, -200)  # still the same scroll
    page.wait_for_function("scrollY < 400")
    assert page.locator(".over, svg g").first.get_attribute("transform") == before


def test_keys_go_to_the_next_item_in_a_direction_and_zoom(page: Page) -> None:
    alone(page, "space_map", space_map())
    page.keyboard.press("Tab")
    expect(page.get_by_role("application", name="The item space.")).to_be_focused()
    page.keyboard.press("ArrowRight")  # the item nearest to m
    first = page.locator("[role=status]").inner_text()
    assert first.startswith(("Film 8", "Film 9", "Film 15", "Film 16"))
    at = int(first.split(",")[0].removeprefix("Film "))
    for key, by in (("ArrowRight", 1), ("ArrowUp", 7), ("ArrowLeft", -1), ("ArrowDown", -7), ("ArrowUp", 7)):
        page.keyboard.press(key)
        at += by
        expect(page.locator("[role=status]")).to_contain_text(f"Film {at},")
    page.keyboard.press("Enter")
    assert heard(page) == [["select", {"id": str(at)}]]
    mark = page.locator("svg g").nth(1)  # the first lies in the middle, which stays
    place = mark.get_attribute("transform")
    page.keyboard.press("+")
    expect(mark).not_to_have_attribute("transform", place or "")
    page.keyboard.press("0")
    expect(mark).to_have_attribute("transform", place or "")


def test_two_fingers_zoom_the_map_and_a_tap_selects(page: Page) -> None:
    size(page, 390)
    alone(page, "space_map", space_map())
    x, y = point(page, 24)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": a, "y": b, "id": k} for k, (a, b) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x, y))
    touch("touchEnd")
    assert heard(page) == [["select", {"id": "24"}]]
    corner = page.locator("svg g").last.get_attribute("transform")
    touch("touchStart", (x - 30, y), (x + 30, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    expect(page.locator("svg g").last).not_to_have_attribute("transform", corner or "")
    assert heard(page) == []
    page.get_by_role("button", name="Show the whole map").click()
    expect(page.locator("svg g").last).to_have_attribute("transform", corner or "")
    fingers.detach()


@pytest.mark.long
def test_thirty_thousand_points_are_drawn_and_found(page: Page) -> None:
    alone(page, "space_map", space_map(30_000))
    ink = page.locator("canvas").evaluate(INK)
    assert ink > 30_000
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=status]")).to_contain_text("Film ")


def test_a_figure_in_a_hidden_part_of_the_page_is_drawn_when_it_is_shown(page: Page) -> None:
    for name in MADE:
        alone(page, name, MADE[name]())
        page.evaluate(
            "record => { document.querySelector('main').style.display = 'none'; show(record); }", MADE[name]()
        )
        size(page, 700)
        page.evaluate("document.querySelector('main').style.display = ''")
        expect(page.locator(".stage")).to_be_visible()
        assert box_of(page.locator(".figure"))["width"] == 668  # of 700, without the margins of the page
        expect(page.locator(".stage > svg")).to_have_count(1)
        expect(page.locator(".tip")).to_be_hidden()
        assert inside(page, ".stage")
        size(page, 1440)


def heads() -> dict[str, Any]:
    """Two layers with two heads and their mean, of three items."""
    weights = [[1.0, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]
    matrices = [
        {"id": f"{layer}.{head}", "name": f"layer {layer}, {f'head {head}' if head else 'mean of the heads'}"}
        | {"most": "C", "share": 0.5, "weights": weights, "row": layer - 1}
        for layer in (1, 2)
        for head in (0, 1, 2)
    ]
    return {"label": "All heads", "matrices": matrices, "columns": 3, "top": 0.7, "causal": True, "chosen": "2.0"}


def test_a_click_shows_another_head_and_a_second_click_changes_nothing(page: Page) -> None:
    for width in WIDTHS:
        size(page, width)
        alone(page, "heads", heads())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    expect(page.get_by_role("button", pressed=True)).to_have_accessible_name(
        "layer 2, mean of the heads: the last item attends most to C (50\u00a0%)"
    )
    page.get_by_test_id("head-of-1.2").click()
    assert heard(page) == [["select", {"id": "1.2"}]]
    expect(page.get_by_test_id("head-of-1.2")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("head-of-1.2").click()
    assert heard(page) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert heard(page) == [["select", {"id": "2.0"}]]
