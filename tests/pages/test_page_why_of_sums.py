"""The page Why for EASE and item kNN: what each item adds to the score of the explained item."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pages import opened_page, page_links, page_text
from other_runs import saved

from attrec_core.errors import number
from attrec_core.explain.exact_sum import item_parts
from attrec_core.runs.load import load
from attrec_core.views.page_context import scene
from attrec_core.views.view import View

NAMES = ("ease", "itemknn")

pytestmark = pytest.mark.usefixtures("opened_runs")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: saved(name, tmp_path_factory.mktemp("sums")) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_each_item_adds(name: str, folders: dict[str, Path]) -> None:
    page_scene = scene(load(folders[name]), View(user="user 3"))
    first, *_, fifth = page_scene.ranking.top(5).tolist()
    for chosen, item, rank in (({}, first, "1st"), ({"item": page_scene.item_id(fifth)}, fifth, "5th")):
        app = opened_page("explore/why", run=name, user="user 3", **chosen)
        assert not app.info and not app.error
        headings = [header.value.replace("\\", "") for header in app.header]
        assert any(heading.startswith(f"“{page_scene.title(item)}” is {rank}") for heading in headings)
        assert "What each item adds to the score" in headings
        assert f"The score, {number(item_parts(page_scene.moment, item).score, 3)}, is the sum of" in page_text(app)


def test_the_page_attention_leads_there() -> None:
    assert "Why this item? →" in [link.label for link in page_links(opened_page("explore/attention", run="ease"))]
