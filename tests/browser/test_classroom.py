"""The classroom file, opened from a disk without a network: what a student does with it, and what may go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from other_runs import remembering
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from attrec_core.explain.maps import maps_of
from attrec_core.runs.load import load
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.views.across_users.scenes import APART
from attrec_core.views.classroom.file import Lesson, classroom
from attrec_core.views.lesson.step import parts_of

from .frame import RULES, violations

USERS = ("Ada Abe", "Bo Jung", "Sami Jain")
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("classroom") / "lesson.html"
    classroom(load(SAMPLE_RUN), Lesson(users=USERS)).write(path)
    return path


@pytest.fixture
def opened(chromium: Browser, lesson: Path) -> Iterator[Open]:
    """opened(file, hash) -> the page of a file, ready. Fails if the page asks for anything, or notices an error."""
    contexts, faults = [], list[str]()

    def page_of(file: Path = lesson, state: str = "", ready: bool = True, script: str = "", **choices: object) -> Page:
        context = chromium.new_context(offline=True, **{"viewport": DESK, **choices})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request.url.startswith("file:") or faults.append(f"asks {request.url}"))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        if script:
            page.add_init_script(script)
        page.goto(f"{file.as_uri()}{state}")
        if ready:
            expect(page.locator("html[data-ready]")).to_be_attached()
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert faults == []


def said(page: Page, panel: str) -> Locator:
    return page.locator(f"#{panel} .said")


def titles(page: Page) -> list[str]:
    return page.locator("aside .row .title").all_inner_texts()


def first(page: Page) -> Locator:
    return page.get_by_test_id("rank-1").locator("button")


def test_an_edit_moves_the_list_and_back_undoes_it(opened: Open) -> None:
    page = opened()
    before, row = titles(page), page.get_by_test_id("row-1")
    row.hover()
    row.locator('[data-action="remove"]').click()
    expect(page.locator("aside .row")).to_have_count(4)
    assert titles(page) == before[:1] + before[2:]
    expect(page.get_by_test_id("cell-3-3")).to_be_visible()
    expect(page.get_by_test_id("cell-4-4")).to_have_count(0)
    expect(page.get_by_test_id("rank-1").locator(".move").first).to_be_visible()  # since the actual history
    assert "window=" in page.url
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert titles(page) == [before[2], before[0], *before[3:]]
    page.go_back()
    assert titles(page) == before[:1] + before[2:]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("aside .row")).to_have_count(5)
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("aside .row")).to_have_count(4)
    page.get_by_role("button", name="Back to the actual history").click()
    assert titles(page) == before


@pytest.mark.long
def test_undo_knows_its_steps_after_a_reload_and_leaves_a_text_field_alone(opened: Open) -> None:
    page = opened()
    for left in (4, 3):
        page.get_by_test_id("row-0").focus()
        page.keyboard.press("Delete")
        expect(page.locator("aside .row")).to_have_count(left)
    page.reload()
    expect(page.locator("aside .row")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("aside .row")).to_have_count(4)
    search = page.locator("aside").get_by_role("combobox", name="Add an item")
    search.fill("amel")
    search.press("Control+z")
    search.press("Escape")  # closes the matches, which lie over the buttons
    expect(page.locator("aside .row")).to_have_count(4)
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("aside .row")).to_have_count(3)


@pytest.mark.long
def test_the_tip_of_a_removed_item_goes_with_it(opened: Open) -> None:
    page = opened()
    row, title = page.get_by_test_id("row-1"), titles(page)[1]
    row.hover()
    expect(page.locator("#attention .tip")).to_contain_text(title)
    row.locator('[data-action="remove"]').click()
    expect(page.locator("aside .row")).to_have_count(4)
    expect(page.locator("#attention .tip:visible", has_text=f"{title} attends to")).to_have_count(0)
    page.get_by_test_id("cell-0-1").hover()
    expect(page.locator("#attention .tip")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator("aside .row")).to_have_count(5)
    expect(page.locator("#attention .tip")).to_be_hidden()


@pytest.mark.long
def test_the_keys_on_one_control_are_one_step(opened: Open) -> None:
    page = opened()
    omega = page.locator("#omega")
    for press in range(2):  # the second run begins where the focus comes back
        omega.focus()
        for _ in range(3):
            omega.press("ArrowRight")
        omega.blur()
        assert page.evaluate("[room.depth, room.scene.omega]") == [press + 1, pytest.approx(0.3 + 0.03 * (press + 1))]
    page.go_back()
    page.wait_for_function("room.depth === 1")
    assert page.evaluate("room.scene.omega") == pytest.approx(0.33)
    page.get_by_label("Set attention by hand").check()
    for place in (0, 1):
        bar = page.get_by_test_id(f"bar-{place}")
        bar.focus()
        for _ in range(2):
            shares = page.evaluate("room.view.by_hand.join()")
            bar.press("PageUp")  # is sent a quarter of a second later
            page.wait_for_function("(shares) => room.view.by_hand.join() !== shares", arg=shares)
    assert page.evaluate("room.depth") == 4  # ω, the switch, and two bars
    omega.press("End")
    expect(said(page, "split")).to_contain_text("by the short-term distance alone", ignore_case=True)
    page.get_by_role("button", name="As trained").click()
    assert page.evaluate("room.scene.ranking.long_weight") == 0.3


def test_another_person_and_another_moment(opened: Open) -> None:
    page = opened()
    before = titles(page)
    page.get_by_label("Person", exact=True).select_option(label="Bo Jung")
    assert titles(page) != before
    moment = page.get_by_label("Moment in the history")
    moment.focus()
    moment.press("Home")
    expect(page.locator("aside .row")).to_have_count(1)
    expect(page.locator("aside output").first).to_have_text("after 1 of 26")
    page.go_back()
    expect(page.locator("aside .row")).to_have_count(5)
    page.go_back()
    assert titles(page) == before


def test_attention_set_by_hand_is_followed_and_explained_by_the_models_own(opened: Open) -> None:
    page = opened()
    why, listed = said(page, "why").inner_text(), page.locator("#list tbody").inner_text()
    page.get_by_label("Set attention by hand").check()
    bar = page.get_by_test_id("bar-0")
    bar.focus()
    for _ in range(3):
        bar.press("PageUp")
    expect(said(page, "attention")).to_contain_text("Set by hand")
    expect(page.locator("#list tbody")).not_to_have_text(listed)
    expect(said(page, "why")).to_contain_text(why)
    page.get_by_label("Set attention by hand").uncheck()
    expect(page.locator("#list tbody")).to_have_text(re.compile(re.escape(first(page).inner_text())))


def test_why_follows_the_item_and_its_buttons_do_what_they_say(opened: Open) -> None:
    page = opened()
    third = page.get_by_test_id("rank-3").locator("button")
    title = third.inner_text()
    third.click()
    expect(said(page, "why")).to_contain_text("3rd")
    expect(page.locator("#why .reason")).to_contain_text(f"“{title}” is 3rd")
    page.locator("#why .primary").click()
    expect(page.locator("aside .row")).to_have_count(4)
    expect(page.locator("#why .reason")).to_contain_text(title)
    page.go_back()
    page.get_by_role("button", name="Apply this edit").click()  # it takes the item out of the top 10
    expect(page.locator("#why .reason")).to_contain_text(title)
    assert page.evaluate("room.scene.ranking.rank(room.scene.explained)") > 10


def test_the_map_shows_both_spaces_and_a_click_selects(opened: Open) -> None:
    page = opened()
    near = page.locator(".near li")
    expect(near).to_have_count(5)
    in_items = near.all_inner_texts()
    page.get_by_role("button", name="User space").click()
    expect(near.first).not_to_have_text(in_items[0])
    drawing = (
        "async (canvas) => { await room.drawn; await new Promise(requestAnimationFrame); return canvas.toDataURL(); }"
    )
    fresh = opened(state="#space=long")  # the other map is seen whole, as at first
    assert page.locator("#map canvas").evaluate(drawing) == fresh.locator("#map canvas").evaluate(drawing)
    page.get_by_role("button", name="PCA").click()
    expect(said(page, "map")).to_contain_text("PCA keeps")
    assert "space=long" in page.url
    nearest = near.first.locator("button").inner_text()
    page.locator("#map .stage svg .nearest").click(force=True)  # in the middle of the ring lies the item
    expect(said(page, "map")).to_contain_text(f"Nearest to “{nearest}”")
    assert "selected=" in page.url


# Whether the element with the focus, in shadow roots too, matches a selector.
HAS_FOCUS = """(selector) => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at?.matches(selector);
}"""
# How the task of the open question is done: the items to select, the window to make, or the ω to set.
TASK = """() => {
  const { question: asked, before } = room.path.open;
  if (asked.best) return ['select', asked.best(before)];
  if (asked.edited) return ['window', asked.edited(before, before.window)];
  return ['omega', asked.end(before)];
}"""


def tab_to(page: Page, selector: str) -> None:
    for _ in range(120):
        if page.evaluate(HAS_FOCUS, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab leads to no {selector}")


def press(page: Page, selector: str, *keys: str) -> None:
    tab_to(page, selector)
    for key in keys:
        page.keyboard.press(key)


def do_by_keys(page: Page, title: str) -> None:
    """Does the task of the open question with the keyboard alone."""
    kind, goal = page.evaluate(TASK)
    window = page.evaluate("room.scene.window")
    if title == "The metric space":
        press(page, ".near button", "Enter")  # the nearest is the first
    elif title == "Attention is not influence":
        press(page, ".truth tbody button", "Home", *["ArrowDown"] * window.index(goal[0]), "Enter")
    elif kind == "select":  # a cell of the first row, or a bar below the last row
        down = len(window) + 1 if title == "One item dominates" else 1
        tab_to(page, "[data-row][data-column][tabindex='0']")
        here = page.evaluate("document.querySelector('#attention .host').shadowRoot.activeElement.dataset.row")
        keys = ["ArrowUp"] * 20 + ["ArrowLeft"] * 20 + ["ArrowDown"] * down + ["ArrowRight"] * window.index(goal[0])
        assert here is not None
        for key in [*keys, "Enter"]:
            page.keyboard.press(key)
    elif title == "Remove an item":
        place = next(k for k, item in enumerate(window) if k == len(goal) or goal[k] != item)
        press(page, "li.row", "Home", *["ArrowDown"] * place, "Delete")
    elif title == "Order matters":
        press(page, "li.row", "Home", *["Alt+ArrowDown"] * (len(window) - 1))
    else:
        press(page, "#omega", "End" if goal == 1 else "Home")


def test_a_question_is_about_the_person_whose_case_has_its_title(opened: Open, tmp_path: Path) -> None:
    classroom(load(SAMPLE_RUN)).write(file := tmp_path / "default.html")
    asked = """() => room.path.offered.map(({ question }) =>
      [question.title, room.run.people[question.prepared(room.run).user].title])"""
    cases = dict(opened(file).evaluate(asked))
    assert {title for title, case in cases.items() if case == title} == {"One item dominates", APART}
    assert len({*cases.values()}) == len(cases)


@pytest.mark.long
def test_the_path_is_gone_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    path = page.locator("#path")
    press(page, "#path .primary", "Enter")
    count = page.evaluate("room.path.offered.length")
    assert count == 7
    for number in range(1, count + 1):
        expect(path).to_contain_text(f"Question {number} of {count}")
        title = path.locator("h2").inner_text()
        covered = page.locator(".covered").count()
        html = page.evaluate("room.path.texts(room.path.open).because")
        assert html not in page.locator("body").inner_text()
        press(page, ".options button", "Enter")
        expect(path).to_contain_text("Now do:")
        for name in re.findall("“([^{}]+?)”", "".join(parts_of(title)[part] for part in ("task", "keys"))):
            expect(page.get_by_text(name, exact=True).last).to_be_visible()
        assert page.locator(".covered").count() <= covered
        do_by_keys(page, title)
        expect(path.locator(".answer")).to_contain_text(html)
        expect(page.locator(".covered")).to_have_count(0)
        press(page, "#path .line button", "Enter")
    expect(path.locator("li")).to_have_count(count)


@pytest.mark.long
def test_a_reload_keeps_the_answers_and_a_link_does_not_tell_them(opened: Open, lesson: Path) -> None:
    page = opened()
    path = page.locator("#path")
    path.locator(".primary").click()
    path.locator(".options button").nth(1).click()
    expect(path).to_contain_text("Now do:")
    asked = path.inner_text()
    page.reload()
    expect(path).to_have_text(re.compile("Your prediction"))
    assert path.inner_text() == asked
    page.evaluate("room.select(String(room.path.open.question.best(room.path.open.before)[0]))")
    expect(path.locator(".answer")).to_be_visible()
    page.reload()
    expect(path.locator(".answer")).to_be_visible()
    other = opened(state=page.evaluate("location.hash"))
    expect(other.locator("#path .options button").first).to_be_visible()


@pytest.mark.long
def test_umap_has_no_place_for_a_taste_that_moves(opened: Open, tmp_path: Path) -> None:
    run = remembering(load(SAMPLE_RUN))
    file = tmp_path / "items.html"
    umap = {f"{space}_umap": load(SAMPLE_RUN).maps[f"{space}_umap"] for space in ("short", "long")}
    run = replace(run, maps=maps_of(run, with_umap=False) | umap)
    classroom(run, Lesson(users=USERS, start="space=long")).write(file)
    page = opened(file)
    expect(said(page, "map")).to_contain_text("UMAP cannot place Ada Abe")
    expect(page.locator("#map .key", has_text="nearest neighbours")).to_have_count(0)
    expect(page.locator(".near li")).to_have_count(5)
    page.get_by_role("button", name="PCA").click()
    expect(page.locator("#map .key", has_text="nearest neighbours")).to_have_count(1)
    expect(said(page, "map")).not_to_contain_text("cannot place")


def test_a_link_opens_its_state_and_a_wrong_part_is_said(opened: Open) -> None:
    page = opened(state="#user=1&step=9&window=3,4,5&item=7&omega=0.5")
    assert page.evaluate(
        "[room.scene.who, room.scene.step, room.scene.window, room.scene.explained, room.scene.omega]"
    ) == [*("Bo Jung", 9, [3, 4, 5], 7, 0.5)]
    other = opened(state="#user=99&window=1,2,99999&omega=7&colour=red&selected=3")
    expect(other.locator(".tools [role=status]")).to_have_text(re.compile("window.*omega|omega.*window"))
    assert other.evaluate("[room.scene.who, room.scene.selected]") == ["Ada Abe", 3]


def test_the_next_item_stays_hidden_until_somebody_asks(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "guess.html"
    made = classroom(load(SAMPLE_RUN), Lesson(users=USERS, guess_first=True, start="user=Sami Jain"))
    made.write(file)
    page = opened(file)
    expect(said(page, "list")).to_have_text("Guess first: which film comes next?")
    expect(page.get_by_text("actual", exact=True)).to_have_count(0)
    assert "actual next" not in said(page, "story").inner_text()
    for number in (3, 5):  # neither a question nor its answer tells
        page.evaluate("(number) => room.path.go(number)", number)
        assert "actual next" not in str(page.evaluate("room.path.texts(room.path.open)"))
    page.evaluate("room.path.go(null)")
    page.get_by_label("Person", exact=True).select_option(label="Sami Jain")
    ranks = page.evaluate("[...room.scene.ranking.top(20)]")
    page.get_by_role("button", name="Show the actual next film").click()
    expect(said(page, "list")).to_contain_text("“Dawn of the Dead”")
    assert page.evaluate("[...room.scene.ranking.top(20)]") == ranks


def test_titles_names_and_notes_are_text(opened: Open, tmp_path: Path) -> None:
    run = load(SAMPLE_RUN)
    data = run.interactions
    names = tuple(f"{HOSTILE} {user}" for user in data.user_ids)
    hostile = replace(data, titles=tuple(f"{HOSTILE} {title}" for title in data.titles), user_ids=names)
    file = tmp_path / "hostile.html"
    note = f"# {HOSTILE}\n\n{HOSTILE} [go](javascript:alert(1))"
    classroom(replace(run, interactions=hostile), Lesson(users=3, note=note)).write(file)
    page = opened(file)
    page.get_by_test_id("rank-2").locator("button").click()
    page.get_by_test_id("row-0").focus()
    page.keyboard.press("Delete")
    expect(page.locator("aside .row")).to_have_count(4)
    expect(page.get_by_test_id("rank-1")).to_contain_text("<script>")
    expect(page.locator("h1")).to_contain_text("<script>")
    assert page.evaluate("[document.title.includes('onerror'), document.querySelectorAll('img').length]") == [True, 0]


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_and_no_width_overflows(width: int, scheme: str, opened: Open) -> None:
    page = opened(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("#map canvas")).to_be_visible()
    if width == 390:
        page.locator(".handle").click()
    assert violations(page, RULES[scheme]) == []
    for narrow in (width, 360):
        page.set_viewport_size({"width": narrow, "height": 900})
        page.wait_for_function("(narrow) => document.documentElement.scrollWidth <= narrow", arg=narrow)  # once drawn


# Text, cell and veil of each paled cell, as CSS colours.
PALED = """board => [...board.querySelectorAll('.aside:not(.masked)')].map((cell) => getComputedStyle(cell))
  .map((look) => [look.color, look.backgroundColor, look.backgroundImage])"""


def luminance(colour: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_of_a_paled_cell_can_still_be_read(scheme: str, opened: Open) -> None:
    page = opened(color_scheme=scheme, reduced_motion="reduce")
    page.get_by_test_id("cell-4-0").hover()
    expect(page.locator("#attention .aside").first).to_be_attached()
    cells = page.locator("#attention .board").evaluate(PALED)
    assert len(cells) == 13  # neither in row 4 nor in column 0, and not masked
    for text, cell, veil in cells:
        *over, share = map(float, re.findall(r"[\d.]+", veil.partition("srgb")[2].partition(")")[0]))
        ink, ground = ([int(c) / 255 for c in re.findall(r"\d+", colour)] for colour in (text, cell))
        seen = [share * a + (1 - share) * b for a, b in zip(over, ground, strict=True)]
        low, high = sorted((luminance(ink), luminance(seen)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, cell, veil)


@pytest.mark.long
def test_on_a_phone_the_recent_items_are_always_in_reach(opened: Open) -> None:
    page = opened(viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("#map").scroll_into_view_if_needed()
    handle = page.locator(".handle")
    expect(handle).to_be_in_viewport()
    expect(page.get_by_test_id("row-0")).to_be_hidden()
    handle.tap()
    expect(page.get_by_test_id("row-0")).to_be_in_viewport()
    page.get_by_test_id("row-0").locator('[data-action="remove"]').tap()
    expect(page.locator("aside .row")).to_have_count(4)
    handle.tap()
    expect(page.get_by_test_id("row-0")).to_be_hidden()
    expect(handle).to_contain_text("edited")
    page.locator(".bar").get_by_role("button", name="Undo").tap()
    expect(handle).not_to_contain_text("edited")


# What can be touched in the open sheet and is lower or narrower than 44 pixels.
SMALL = """() => [document, ...[...document.querySelectorAll('aside .host')].map((host) => host.shadowRoot)]
  .flatMap((root) => [...root.querySelectorAll('aside :is(button, select, input), .editor :is(button, input, .grip)')])
  .filter((part) => part.offsetWidth && Math.min(part.offsetWidth, part.offsetHeight) < 44)
  .map((part) => part.outerHTML)"""


# The controls outside the sheet that a finger hits on less than 44 pixels, in width or height, to the pixel.
MISSED = """([host, selector]) => {
  const root = document.querySelector(host).shadowRoot;
  return [...root.querySelectorAll(selector)].flatMap((part) => {
    part.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { left, top, width, height } = part.getBoundingClientRect();
    const is = (x, y) => root.elementFromPoint(left + width / 2 + x, top + height / 2 + y)?.closest(selector) === part;
    const reach = (x, y) => [...Array(44).keys()].map((k) => is(k * x, k * y)).concat(false).indexOf(false);
    const hit = [reach(1, 0) + reach(-1, 0), reach(0, 1) + reach(0, -1)];
    return width && Math.min(...hit) < 44 ? [[part.outerHTML, hit]] : [];
  });
}"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("host", "selector"),
    [
        ("#story .story", ".narrow .chip"),
        ("#story .story", ".narrow .row > .control"),
        ("#story .story", ".narrow .grip"),
        ("#list .ranking", "tbody tr:not(.gap)"),
        ("#why .bars", "button"),
        ("#why .influence", "tbody tr"),
        ("#split .split", "button"),
    ],
)
def test_a_finger_hits_each_control_of_a_picture(host: str, selector: str, opened: Open) -> None:
    page = opened(viewport=PHONE, has_touch=True, is_mobile=True)
    page.evaluate("document.querySelectorAll('#why details').forEach((part) => { part.open = true; })")
    expect(page.locator(f"{host} {selector}").first).to_be_visible()
    assert page.evaluate(MISSED, [host, selector]) == []


@pytest.mark.long
@pytest.mark.parametrize("height", [844, 560])
def test_the_sheet_of_a_phone_fits_a_finger(height: int, opened: Open) -> None:
    page = opened(viewport={"width": 360, "height": height}, has_touch=True, is_mobile=True)
    page.locator(".handle").tap()
    page.get_by_test_id("row-1").locator(".words").tap()  # shows its other buttons
    expect(page.get_by_test_id("row-1").locator('[data-action="later"]')).to_be_visible()
    search = page.locator("aside").get_by_role("combobox", name="Add an item")
    search.tap()
    search.fill("a")
    matches = page.locator("aside .popup")
    expect(matches).to_be_in_viewport(ratio=1)
    expect(search).to_be_in_viewport(ratio=1)
    assert page.evaluate(SMALL) == []
    page.mouse.move(180, height - 100)
    page.mouse.wheel(0, 2000)
    page.mouse.move(180, 20)
    page.mouse.wheel(0, 2000)
    expect(matches.locator("[role=option]").last).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
    expect(page.locator("aside #hint")).to_be_hidden()
    search.press("Escape")  # closes the matches alone
    expect(matches).to_be_hidden()
    expect(search).to_be_visible()


@pytest.mark.long
def test_without_javascript_there_is_a_still_picture_and_a_sentence(opened: Open) -> None:
    page = opened(ready=False, java_script_enabled=False)
    expect(page.locator("#still svg")).to_be_visible()
    expect(page.get_by_text("This is a still picture")).to_be_visible()
    expect(page.locator("#room")).to_be_hidden()


@pytest.mark.long
@pytest.mark.parametrize("after", [500, 1000, 10_000, "class Moment", 'id="data">'])
def test_a_file_that_was_cut_says_so(after: int | str, lesson: Path, opened: Open, tmp_path: Path) -> None:
    html, cut = lesson.read_bytes(), tmp_path / "cut.html"
    cut.write_bytes(html[: html.index(after.encode()) + 20 if isinstance(after, str) else after])
    page = opened(cut, ready=False)
    first = "getComputedStyle(document.documentElement, '::before')"
    if isinstance(after, int):
        page.wait_for_timeout(2200)  # an intact file has two seconds to appear
        assert "the file is incomplete" in page.evaluate(f"{first}.content")
        assert page.evaluate(f"{first}.visibility") == "visible"
        return
    assert page.evaluate(f"{first}.content") == "none"
    expect(page.locator("#still svg")).to_be_visible()
    expect(page.locator("#still .reason")).to_contain_text("not whole")
    expect(page.locator("#still .reason")).to_be_visible()
    expect(page.locator(".computed")).to_be_hidden()
    expect(opened().locator(".computed")).to_be_visible()  # of an intact file


def test_a_browser_that_cannot_decompress_gets_a_sentence(opened: Open) -> None:
    page = opened(ready=False, script="delete globalThis.DecompressionStream")
    expect(page.get_by_text("too old for this page")).to_be_visible()
    expect(page.locator("#still svg")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_paper_is_one_page_without_controls_and_the_screen_comes_back(scheme: str, width: int, opened: Open) -> None:
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.evaluate("room.drawn")
    widths = "['#why .influence', '#split .split'].map((one) => document.querySelector(one).clientWidth)"
    before = page.evaluate(widths)
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4"))) == 1
    assert page.evaluate(widths) == before
    page.evaluate("room.path.go(1); room.path.given.set(1, 0); room.draw()")  # only the first row is open
    page.evaluate("room.onPaper(true)")
    expect(page.get_by_test_id("cell-1-0")).to_have_text("?")
    expect(page.locator("aside")).to_be_hidden()
    expect(page.locator(".paper")).to_have_text("Ada Abe, after 32 of 33 films")
    expect(page.locator("#attention [data-testid=cell-0-1]")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 39, 51)"
