"""The panels of the page “Replay”, each after one epoch. On the page a player shows all of them together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from attrec_core.views.moment.attention import on_one_scale
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.panel import Panel
from attrec_core.views.replay import frames, records
from attrec_core.views.replay.frames import ReplayScene
from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment

panel = partial(Panel, subject="replay", lacks=lambda about: frames.no_replay(about.run))
moment_panel = partial(panel, record=lambda about: records.replay_moment(about.run, about.probe, about.epoch))


CURVES: Panel[ReplayScene, ReplayCurve] = panel(
    key="replay_curves",
    heading="Training curves",
    record=lambda about: records.replay_curve(about.run),
    figure=lambda about, record: records.curves(record, records.WIDE, about.epoch),
    sentence=lambda about, record: frames.curve_sentence(about.run, record, about.epoch),
    table=lambda about, record: record.table(about.epoch),
)


def attention_figure(about: ReplayScene, record: ReplayMoment) -> str:
    (matrix,) = on_one_scale([record.attention])
    return attention_map(replace(matrix, selected=about.view.selected))


ATTENTION: Panel[ReplayScene, ReplayMoment] = moment_panel(
    key="replay_attention", heading="Attention matrix", figure=attention_figure
)


def first_sentence(about: ReplayScene, record: ReplayMoment) -> str:
    titles = about.run.interactions.titles
    return f"Recommended first: “{titles[record.top[0]]}”." if record.top else "There are no candidates."


def top_table(about: ReplayScene, record: ReplayMoment) -> pd.DataFrame:
    columns = {
        "rank": range(1, len(record.top) + 1),
        "title": [about.run.interactions.titles[item] for item in record.top],
        "distance": np.round(record.distances, 4),
        "mark": ["actual" if item == record.target else "" for item in record.top],
    }
    return pd.DataFrame(columns)


TOP: Panel[ReplayScene, ReplayMoment] = moment_panel(
    key="replay_top", heading="Recommendations", sentence=first_sentence, table=top_table
)

MAP: Panel[ReplayScene, ReplayMap] = panel(
    key="replay_map",
    heading=lambda about, record: frames.MAPS[about.space],
    record=lambda about: records.replay_map(about.run, about.space, about.probe, about.epoch),
    figure=lambda about, record: records.space_map(record),
)

PANELS = (CURVES, ATTENTION, TOP, MAP)
