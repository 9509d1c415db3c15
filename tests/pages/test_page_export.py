"""Export on every page: everything shown can be exported, and a saved view can be opened again."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import app_pages
import numpy as np
import pandas as pd
import pytest
from app_pages import opened_page, warnings
from conftest import few
from streamlit.testing.v1 import AppTest

from attrec_core.runs.run import Run
from attrec_core.views import saved_view
from attrec_core.views.classroom.file import read_back
from attrec_core.views.view import View, to_query
from pages.frame import address, export, page_list, page_parts

PAGES = [page.key for page in page_list.PAGES if page.group != "Lab"]
# The components that are no figure.
NO_FIGURES = {"address", "share", "export", "sequence_editor", "pick_search", "presenter", "lesson_memory"}
NO_FIGURES |= {"refused_uploads"}


def opened(page: str = "attention", *, export_open: bool = True, **query: str) -> AppTest:
    app = opened_page(page_list.BY_KEY[page].script.removeprefix("pages/").removesuffix(".py"), **query)
    if export_open:
        app.session_state[export.OPEN] = True
        app.run()
    assert not app.exception, app.exception
    return app


def sent(app: AppTest, name: str = "export") -> dict[str, Any] | None:
    return next(iter(app_pages.sent(app, f"attrec_{name}")), None)


def asked(app: AppTest, **wanted: Any) -> dict[str, Any]:
    """Returns the answer to the request of a button."""
    app.session_state[export.WANTED] = {"token": "7", **wanted}
    app.run()
    assert not app.exception, app.exception
    answer = (sent(app) or {})["answer"]
    assert answer["token"] == "7"
    return answer


def collected(app: AppTest) -> dict[str, page_parts.PagePart]:
    return app.session_state[page_parts.COLLECTION].parts


@pytest.mark.parametrize("page", few(PAGES, "why"))
def test_every_figure_and_table_that_is_shown_can_be_taken_and_every_button_gets_its_file(
    page: str, sample: Run
) -> None:
    edited = {"window": "alien,amelie,aliens"}
    for app in (opened(page, **edited, user="Bilal Ono"), opened(page, **edited, selected="alien")):
        names = [element.proto.component_name.removeprefix("attrec_") for element in app.get("bidi_component")]
        figures = [name for name in names if name not in NO_FIGURES]
        parts = collected(app).values()
        assert len(figures) <= sum(len(part.pictures) + (not part.pictures) for part in parts), figures
        tables = [part.frame() for part in parts if part.table is not None]
        assert all(any(shown.value.equals(table) for table in tables) for shown in app.dataframe)
    lines = (sent(app) or {})["figures"]
    assert len({(line["key"], line["picture"]) for line in lines}) == len(lines)
    for line in lines:
        assert line["title"]
        for kind in line["kinds"]:
            answer = asked(app, key=line["key"], picture=line["picture"], kind=kind)
            assert "fault" not in answer
            assert re.fullmatch(rf"attrec-sample_data-{page or 'start'}-.+\.{kind}", answer["name"])
            assert answer.get("chart") or answer["text"]
    report = asked(app, kind="html")
    for line in lines:
        assert line["title"][:20].replace("&", "&amp;") in report["text"].replace("&#x27;", "'")
    for chart in report["charts"]:
        assert report["text"].count(chart["place"]) == 1
    for fact in (sample.fingerprint, "sample_data", "streamlit"):
        assert fact in report["text"]


def test_a_csv_of_a_map_holds_every_point_and_the_report_every_formula(sample: Run) -> None:
    for space, users in (("long", sample.interactions.n_users), ("short", 0)):
        app = opened("metric-space", projection="pca", space=space)
        text = asked(app, key="metric_space_twin", picture=0, kind="csv")["text"]
        points = pd.read_csv(io.StringIO(text))
        assert len(points) == sample.interactions.n_items + users
        assert set(points.loc[points.what == "item", "id"]) == set(sample.interactions.item_ids)
        assert (points["marked as"].notna()).sum() >= 10
        assert np.isfinite(points[["x", "y"]].to_numpy()).all()
    app = opened("step-by-step")
    text = asked(app, kind="html")["text"]
    formulas = [formula for part in collected(app).values() for formula in part.formulas]
    assert len(formulas) > 30
    assert text.count("<math") == len(formulas)


def test_whatever_a_browser_asks_for_is_answered() -> None:
    app = opened("attention")
    for wanted in (
        {},
        {"kind": "exe"},
        {"kind": "csv"},
        {"kind": "csv", "key": "no such"},
        {"kind": "csv", "key": ["attention_twin"]},
        *({"kind": "svg", "key": "attention_twin", "picture": picture} for picture in (None, 9, -1)),
        {"kind": "svg", "key": "experiments_twin", "picture": 1},
    ):
        assert "no longer shows" in asked(app, **wanted)["fault"], wanted


def test_a_classroom_file_begins_with_what_the_page_shows(tmp_path: Path) -> None:
    wanted = {"user": "Bilal Ono", "step": "20", "window": "alien,amelie", "omega": "0.75", "mask": "none"}
    app = opened("score-split", **wanted)
    assert (sent(app) or {})["classroom"] is True
    answer = asked(app, kind="classroom")
    assert answer["name"] == "attrec-sample_data-score-split-classroom.html"
    file = tmp_path / answer["name"]
    file.write_text(answer["text"], encoding="utf-8")
    header = read_back(file)
    start, people = header["start"], header["people"]
    assert people[start["user"]]["name"] == "Bilal Ono" and len(people) == 12
    assert [header["titles"][item] for item in start["window"]] == ["Alien", "Amélie"]
    assert (start["step"], start["omega"]) == (20, 0.75)
    assert "Bilal Ono" not in asked(app, kind="classroom", hidden=True)["text"]


def test_a_page_without_a_person_offers_no_classroom_file_and_a_read_only_server_makes_small_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (sent(opened("train")) or {})["classroom"] is False
    monkeypatch.setenv("ATTREC_READONLY", "1")
    app = opened("attention")
    file = tmp_path / "small.html"
    file.write_text(asked(app, kind="classroom")["text"], encoding="utf-8")
    assert len(read_back(file)["people"]) == export.FEW_PEOPLE
    monkeypatch.setattr(export, "SMALL", 1000)
    assert "--items" in asked(app, kind="classroom")["fault"]


def test_a_saved_state_holds_the_view_and_brings_it_back(sample: Run) -> None:
    wanted = {"user": "Bilal Ono", "step": "20", "window": "alien,amelie", "omega": "0.75", "selected": "alien"}
    text = asked(opened("score-split", **wanted), kind="json")["text"]
    saved = saved_view.from_json(text)
    assert (saved.page, saved.run) == ("score-split", saved_view.SavedRun("sample_data", sample.fingerprint))
    view = saved_view.fitted(saved, sample)[0]
    assert view == View(user="Bilal Ono", step=20, window=("alien", "amelie"), omega=0.75, selected="alien")

    other_app = opened("attention", user="Ada Abe")
    uploaded(other_app, text)
    assert to_query(other_app.session_state[address.VIEW]) == wanted | {"run": "sample_data"}
    assert other_app.selectbox(key="user").value == "Bilal Ono"
    assert not other_app.warning
    assert sent(other_app) is None  # closed again


def test_what_of_a_file_does_not_fit_is_said_and_the_rest_opens_on_the_page_where_one_is(sample: Run) -> None:
    state = {
        "format": "attrec-state",
        "version": 1,
        "query": {"run": "elsewhere", "user": "Bilal Ono", "selected": "*neither*"},
        "page": "page-of-tomorrow",
        "run": {"name": "elsewhere", "fingerprint": "0123456789ab"},
        "versions": {},
    }
    app = opened("attention", user="Ada Abe")
    uploaded(app, json.dumps(state), "old.json")
    for part in ("old.json", "elsewhere", "0123456789ab", sample.fingerprint, "*neither*", "page of this saved state"):
        assert part in warnings(app)
    assert app.selectbox(key="user").value == "Bilal Ono" and sent(app, "attention_map") is not None


@pytest.mark.parametrize("content", ["{}", "not *JSON*"])
def test_a_file_that_is_no_state_is_one_sentence_and_the_view_stays(content: str) -> None:
    app = opened("attention", user="Ada Abe", window="alien,amelie")
    uploaded(app, content, "odd.json")
    assert "no saved state" in app.error[0].value and "odd" in app.error[0].value
    assert app.query_params["window"] == "alien,amelie"
    assert sent(app) is not None  # still open, so that another file can be tried


def uploaded(app: AppTest, content: str, name: str = "state.json") -> None:
    app.file_uploader[0].upload(name, content.encode(), "application/json").run()
    assert not app.exception, app.exception


def test_a_picture_belongs_to_the_open_part_or_is_a_part_by_itself() -> None:
    app = AppTest.from_function(titled).run()
    assert not app.exception
    assert [(part.title, len(part.pictures)) for part in collected(app).values()] == [("Given", 1), ("Alone", 1)]


def titled() -> None:
    from pages.frame import page_parts

    page_parts.begin()
    with page_parts.part("a", "Given", None):
        page_parts.picture("b", "Of the picture")
    page_parts.picture("c", "Alone")
