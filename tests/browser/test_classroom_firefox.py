"""The classroom file in Firefox, from a disk, without a network: each of its parts once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attrec_core.runs.load import load
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.views.classroom.file import Lesson, classroom

from .marionette import Firefox, find_firefox, firefox

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(find_firefox() is None, reason="needs Firefox: Debian's package firefox-esr"),
]
DOWN, DELETE, END, ENTER = "\ue015", "\ue017", "\ue010", "\ue007"  # keys, as WebDriver writes them
FAULT = "document.documentElement.dataset.fault"
# Gives the focus to a part inside a component.
FOCUS = "(selector, inside) => document.querySelector(selector).shadowRoot.querySelector(inside).focus()"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    file, profile = tmp_path_factory.mktemp("lesson") / "lesson.html", tmp_path_factory.mktemp("profile")
    classroom(load(SAMPLE_RUN), Lesson(users=["Sami Jain", "Bo Jung"])).write(file)
    with firefox(profile) as browser:
        browser.open(file.as_uri())
        browser.wait("document.documentElement.dataset.ready === ''")
        # Firefox also says where a figure that has drawn itself for a new width is measured once more.
        ours = "!event.message.startsWith('ResizeObserver')"
        browser.run(f"addEventListener('error', (event) => {{ if ({ours}) {FAULT} = event.message; }});")
        yield browser
        assert browser.run(f"return {FAULT} ?? null") is None


def window(page: Firefox) -> list[int]:
    return page.run("return room.scene.window")


def focus(page: Firefox, host: str, inside: str) -> None:
    page.run(f"({FOCUS})(...arguments)", host, inside)


def test_all_panels_are_drawn_and_nothing_is_asked_for(page: Firefox) -> None:
    page.wait("document.querySelector('#map .host').shadowRoot.querySelector('canvas')?.width")
    said = page.run("return [...document.querySelectorAll('.said')].map((panel) => panel.textContent)")
    assert len(said) == 6
    assert all(said)
    assert page.run("return performance.getEntriesByType('resource').length") == 0


def test_an_edit_by_keyboard_moves_everything_and_back_undoes_it(page: Firefox) -> None:
    before = window(page)
    focus(page, "aside .host", "li.row")
    page.press(DOWN + DELETE)
    page.wait("room.scene.window.length === 4")
    assert window(page) == [before[0], *before[2:]]
    assert (
        page.run("return document.querySelector('#attention .host').shadowRoot.querySelectorAll('.cell').length") == 16
    )
    assert "window=" in page.run("return location.hash")
    page.run("history.back()")
    page.wait("room.scene.window.length === 5")
    assert window(page) == before


def test_omega_by_keyboard_and_attention_by_hand(page: Firefox) -> None:
    first = page.run("return room.scene.ranking.top(1)[0]")
    page.run("document.querySelector('#omega').focus()")
    page.press(END)
    page.wait("room.scene.ranking.long_weight === 1")
    assert page.run("return room.scene.ranking.top(1)[0]") != first
    page.run("history.back()")
    page.wait("room.scene.ranking.long_weight === 0.3")
    page.run("document.querySelector('#attention [role=switch]').click()")
    focus(page, "#attention .host", "[data-testid=bar-0]")
    page.press("\ue00e" * 3)  # Page Up
    page.wait(
        "room.by_hand.moment.shares && document.querySelector('#attention .said').textContent.includes('Set by hand')"
    )
    page.run("document.querySelector('#attention [role=switch]').click()")
    page.wait("!room.by_hand.by_hand")


def test_a_click_in_the_list_is_explained_and_the_map_follows(page: Firefox) -> None:
    page.run("document.querySelector('#list .host').shadowRoot.querySelector('[data-testid=rank-3] button').click()")
    page.wait("document.querySelector('#why .said').textContent.startsWith('3rd')")
    page.run("[...document.querySelectorAll('#map button')].find((one) => one.textContent === 'User space').click()")
    page.wait("document.querySelector('#map .said').textContent.startsWith('Nearest to “')")
    assert page.run("return document.querySelectorAll('.near li').length") == 5


def test_a_question_of_the_path_is_answered(page: Firefox) -> None:
    page.run("document.querySelector('#path .primary').click(); document.querySelector('.options button').focus()")
    page.press(ENTER)
    page.wait("document.querySelector('#path').textContent.includes('Now do:')")
    page.run("const { question, before } = room.path.open; room.select(String(question.best(before)[0]))")
    page.wait("document.querySelector('#path .answer')")
    page.wait("!document.querySelector('.covered')")  # panels open one after the other
    assert page.run(f"return {FAULT} ?? null") is None
    page.call("WebDriver:Refresh", {})
    page.wait("document.documentElement.dataset.ready === ''")
    assert page.run("return Boolean(document.querySelector('#path .answer'))")
