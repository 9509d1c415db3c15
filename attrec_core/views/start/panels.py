"""The panel of the page Start: the whole model in one picture."""

from __future__ import annotations

import pandas as pd

from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.start import words
from attrec_core.views.start.words import Story


def story_table(record: Story) -> pd.DataFrame:
    """The window with its average attention, then the recommendations with their distances."""
    window = pd.DataFrame(record.window, columns=["title", "attention"]).set_axis(["item", "average attention"], axis=1)
    recommended = pd.DataFrame(record.recommended, columns=["rank", "title", "short", "long"])
    recommended.columns = ["rank", "item", "short-term part", "long-term part"]
    recommended["distance"] = recommended["short-term part"] + recommended["long-term part"]
    recommended["actual"] = ["actual" if row.actual else "" for row in record.recommended]
    window.insert(0, "rank", range(1, len(window) + 1))
    sides = {"recent, oldest first": window, "recommended": recommended}
    for side, table in sides.items():
        table.insert(0, "side", side)
    return pd.concat(sides.values(), ignore_index=True).rename(columns={"rank": "place or rank"}).round(4)


def short_table(record: Story) -> pd.DataFrame:
    """The same table with names so short that all columns fit into the box over the picture."""
    table = story_table(record).drop(columns="actual")
    table["side"] = table["side"].str.partition(",")[0]
    short = {"place or rank": "no.", "average attention": "attention"}
    return table.rename(columns=short | {f"{term}-term part": f"{term}-term" for term in ("short", "long")})


STORY: Panel[Scene, Story] = Panel(
    key="story",
    heading="",
    title="The model in one picture",
    record=words.story_record,
    picture="story",
    sentence=lambda scene, record: record.sentence,
    table=lambda scene, record: short_table(record),
    whole=lambda scene, record: story_table(record),
    guide=lambda scene, record: words.guide(scene),
    note=lambda scene, record: words.note(scene),
    needs="attrec",
)

PANELS = (STORY,)
