"""Which window an edit changes when the browser's list is older than the list of the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app_pages import clicks, component, opened_page
from streamlit.testing.v1 import AppTest

from pages.frame import address, session
from pages.widgets import editor
from pages.widgets.components import SentEdit

__all__ = ["clicks"]  # a fixture


def shown(app: AppTest) -> tuple[list[str], int]:
    """Returns the ids of the editor's list, and its revision."""
    sent = component(app, "editor")
    return [item[0] for item in sent["items"]], sent["revision"]


def edit(ids: list[str], revision: int) -> Callable[[], None]:
    return lambda: session.take_edit(SentEdit(tuple(ids), revision, "remove"))


def test_an_edit_of_the_list_that_was_left_is_none_of_the_next_one(clicks: list[Callable[[], object]]) -> None:
    def run(*callbacks: Callable[[], object]) -> tuple[list[str], int]:
        clicks.extend(callbacks)
        app.run()
        assert not app.exception
        return shown(app)

    app = opened_page("explore/attention", user="Bilal Ono")
    old, before = shown(app)
    for change in (lambda: session.choose_user("Ada Abe"), lambda: session.choose_step(9)):
        # Edits made before the new list arrived: one in the same run as the change, then each in a later run.
        late_edits = [edit(old[1:], before + 1), edit(old[2:], before + 2)]
        new, revision = run(change, late_edits[0])
        assert new != old and revision > before + 2
        for late_edit in late_edits:
            assert run(late_edit)[0] == new
            assert "was for the list you left" in app.toast[0].value
            assert "window" not in app.query_params
        assert run(edit(new[1:], revision + 1)) == (new[1:], revision + 1) and not app.toast
        old, before = run(lambda: session.travel(-1))
        assert (old, before) == (new, revision + 2)


def test_edits_before_any_answer_are_all_taken(clicks: list[Callable[[], object]]) -> None:
    app = opened_page("explore/attention", user="Bilal Ono")
    ids, revision = shown(app)
    clicks += [edit(ids[1:], revision + 1), edit(ids[2:], revision + 2)]
    app.run()
    clicks.append(edit(ids[3:], revision + 3))
    app.run()
    assert shown(app) == (ids[3:], revision + 3)


def test_a_second_click_on_the_menus_edits_what_the_first_has_left(clicks: list[Callable[[], object]]) -> None:
    """Both clicks are on menus that were drawn for the same list."""
    app = opened_page("explore/attention", user="Bilal Ono")
    items, _ = shown(app)
    removed: editor.PlainEdit = lambda ids, at: ids[:at] + ids[at + 1 :]  # noqa: E731
    earlier: editor.PlainEdit = lambda ids, at: editor.moved(ids, at, at - 1)  # noqa: E731
    cases: list[tuple[list[tuple[editor.PlainEdit, int]], list[str]]] = [
        ([(removed, 0), (lambda ids, at: [*ids, "heat"], 4)], items[1:]),
        ([(removed, 4)] * 2, items[:4]),  # there is no fifth item any more
        ([(earlier, 1), (earlier, 2)], [items[1], items[2], items[0], *items[3:]]),
        ([(earlier, 0)], items),
        ([(lambda ids, at: [], 0)], items),
    ]
    for edits, expected in cases:
        clicks += [partial(editor.make, edit, at, 5) for edit, at in edits]
        app.run()
        assert not app.exception
        assert [item for item in shown(app)[0] if item in items] == expected
        clicks.append(lambda: address.change(window=None))
        app.run()


def test_the_last_edit_of_the_first_picture_is_undone_alone(clicks: list[Callable[[], object]]) -> None:
    app = opened_page("start", user="Bilal Weber", window="alien,amelie,aliens")
    assert "Undo" not in [button.label for button in app.button]  # what a link holds is no edit
    clicks.append(lambda: address.change(window=("alien", "amelie")))
    app.run()
    app.button(key="undo_last").click().run()
    assert app.query_params["window"] == "alien,amelie,aliens"
    assert app.button(key="reset")
    assert "Undo" not in [button.label for button in app.button]
