"""Every page through app.py: an edit and its undoing, wrong addresses, broken runs, and hostile titles."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from app_pages import Clicks, clicks, component, page_text
from app_pages import opened_page as opened

from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run
from attrec_core.views.across_users import scenes
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.scripts import drawn
from attrec_core.views.page_context import scene
from attrec_core.views.start.words import Story, story_record
from attrec_core.views.view import View
from pages.frame import address, page_list, session
from pages.frame import runs as frame_runs
from pages.widgets.components import SentEdit
from tests.views.test_panels import APPROVED, check_approved

__all__ = ["clicks"]  # a fixture
PAGES = [page.key for page in page_list.PAGES if page.group in ("Explore", "Learn")]


def test_an_edit_can_be_undone_done_again_and_reset(sample: Run, clicks: Clicks) -> None:
    app = opened("attention", user=sample.interactions.user_ids[17])
    before = component(app, "attention_map")["ids"]
    after = [*before[:2], *before[3:]]
    clicks.append(lambda: session.take_edit(SentEdit(tuple(after), component(app, "editor")["revision"] + 1, "remove")))
    app.run()
    for key, shown in ((None, after), ("undo", before), ("redo", after), ("reset", before)):
        if key is not None:
            app.button(key=key).click().run()
        assert component(app, "attention_map")["ids"] == shown
        assert ("edited" in page_text(app)) == (shown == after)
        assert app.query_params.get("window") in ([",".join(after)] if shown == after else [None])


def test_people_who_stand_out_are_offered_first(sample: Run) -> None:
    app = opened("attention")
    options = app.selectbox(key="user").options
    users = scenes.standing_out(sample)
    assert options[: len(users)] == list(users)
    assert len(users) == len(scenes.extremes(sample)) > 4
    label = next(label for label in users if "influence" in label)
    app.selectbox(key="user").set_value(label).run()
    assert not app.exception
    assert app.selectbox(key="user").value == users[label] != "Bilal Weber"


def test_a_wrong_address_says_what_it_dropped_the_run_and_the_user_first_and_shows_the_rest() -> None:
    wrong = {"mask": "foo", "pool": "bar", "cell": "9,9", "omega": "7", "selected": "zzz", "dim": "99", "step": "999"}
    app = opened(**wrong, foo="1", bar="2", window="x,y", run="nowhere", user="Nobody Known")
    first, (folded,) = app.warning[0].value, [box for box in app.expander if "did not fit" in box.label]
    assert first.count("\n") == address.AT_ONCE and address.REST in first
    lines = [line.replace("\\", "") for line in first.splitlines()]
    assert "run “nowhere”" in lines[0] and "user “Nobody Known”" in lines[1]
    rest = folded.markdown[0].value.replace("\\", "").splitlines()
    parts = ("“foo”, “bar”", "mask", "pool", "cell", "“7” as ω", "zzz", "dimension", "“x”, “y”")
    assert len(rest) == len(parts)
    assert not [part for part in parts if not any(part in line for line in rest)]


def test_a_link_of_half_a_megabyte_comes_back_as_a_few_sentences() -> None:
    app = opened(progress=",".join(["x"] * 100_000))
    folded = next(box for box in app.expander if "did not fit" in box.label)
    warning = f"{app.warning[0].value} {folded.markdown[0].value}".replace("\\", "")
    assert warning.count("as progress in the lesson") == address.MOST_REMARKS and len(warning) < 3000
    assert f"{100_000 - address.MOST_REMARKS:,} more parts" in warning
    assert folded.label == f"{100_000 - address.AT_ONCE:,} more parts did not fit"
    shown = address.MOST_REMARKS + 1
    for more in (1, 2):  # two share a line, one has its own
        remarks = tuple(address.of_link("x", f"{number}.") for number in range(address.MOST_REMARKS + more))
        first = address.first_of(remarks)
        assert len(first) == shown and address.parts_of(first) == len(remarks)
        assert (first[-1].code == "more") == (more == 2)


def test_a_run_that_cannot_be_opened_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path)])
    assert "config" in (said := opened().error[0].value) and "missing" in said
    (tmp_path / "runs" / "damaged").mkdir(parents=True)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr(frame_runs, "SAMPLE_RUN", tmp_path / "none")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "none")])
    assert "There is no run at" in opened(run="damaged", lesson="4").error[0].value


def test_hostile_titles_are_text_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run) -> None:
    titles = ("<script>alert(1)</script>", "x" * 10_000, "**bold** $x$ :red[y]", *small_run.interactions.titles[3:])
    data = replace(small_run.interactions, titles=titles)
    runs_run.save(replace(small_run, interactions=data, maps=None), tmp_path / "hostile")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "hostile")])
    app = opened(window=",".join(data.item_ids[:3]), selected=data.item_ids[0])
    likes = opened("try-it-yourself", likes=",".join(data.item_ids[:3]))
    for page in (*PAGES, None):
        app = app.switch_page(page_list.BY_KEY[page].script).run() if page else likes
        assert not app.exception
        assert not [text for text in app.markdown if re.search(r"(?<!\\)<script>| :red\[", text.value)]


# The first page: the picture of the model, its drawings, its titles and an edit of it.


@pytest.fixture(scope="module")
def record(sample: Run) -> Story:
    return story_record(scene(sample, View()))


def story_drawn(record: Story, at: str) -> str:
    """Returns the drawing in a layout of the script, which is well-formed XML."""
    drawing = drawn(f"(record) => storyPicture(record, {at})", record)
    ElementTree.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    return drawing


def test_the_drawing_that_can_be_edited_and_that_of_a_phone_are_the_approved_ones(record: Story) -> None:
    """The wide one on paper is approved among the panels."""
    lines = ["# The other drawings of the first page"]
    for name, at in (("a phone", "{ ...STORY_NARROW, live: false }"), ("edited", "STORY_WIDE")):
        lines += ["", f"## {name}", "", *story_drawn(record, at).replace("><", ">\n<").splitlines()]
    check_approved("\n".join(lines) + "\n", APPROVED / "start_live.txt")


def test_a_long_title_breaks_and_a_hostile_one_is_text(record: Story) -> None:
    assert theme.wrapped("one two three", 10, 60, 3) == ["one two", "three"]
    assert "".join(theme.wrapped("x" * 50, 10, 60, 9)) == "x" * 50
    assert len(theme.wrapped("word " * 60, 16, 100, 2)) == 2
    assert theme.wrapped("word " * 60, 16, 100, 2)[-1].endswith("…")
    hostile = replace(record, window=(replace(record.window[0], title='<script>"&'), *record.window[1:]))
    assert "<script>" not in story_drawn(hostile, "STORY_WIDE")


def test_an_edit_of_the_picture_is_an_edit_of_the_window(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.widgets import components

    edits: list[SentEdit] = []
    sent: dict[str, object] = {}
    monkeypatch.setattr(components, "_story", lambda **arguments: sent.update(arguments))
    components.story(story_record(scene(sample, View())), key="story", on_change=edits.append, revision=3)
    assert sent["data"]["revision"] == 3
    for value in ({"ids": ["rocky"], "revision": 4, "did": "remove", "say": "gone"}, {"ids": [], "revision": 5}, {}):
        monkeypatch.setattr(components, "event", lambda key, name, value=value: value)
        sent["on_order_change"]()
    assert [edit.ids for edit in edits] == [("rocky",)]
