"""The panels of the page “Replay”, each after one epoch. On the page a player shows all of them together."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.moment.records import on_one_scale
from attrec_core.views.panel import Panel
from attrec_core.views.replay import figures, frames, tables, words
from attrec_core.views.replay.frames import ReplayScene
from attrec_core.views.replay.records import ReplayCurve, ReplayMap, ReplayMoment


def no_replay(about: ReplayScene) -> str:
    return frames.no_replay(about.run)


def moment(about: ReplayScene) -> ReplayMoment:
    return words.replay_moment(about.run, about.probe, about.epoch)


def attention_figure(about: ReplayScene, record: ReplayMoment) -> str:
    (matrix,) = on_one_scale([record.attention])
    return attention_map(replace(matrix, selected=about.view.selected))


CURVES: Panel[ReplayScene, ReplayCurve] = Panel(
    key="replay_curves",
    heading="Training curves",
    record=lambda about: words.replay_curve(about.run),
    figure=lambda about, record: figures.curves(record, figures.WIDE, about.epoch),
    sentence=lambda about, record: frames.curve_sentence(about.run, record, about.epoch),
    table=lambda about, record: tables.curves(record, about.epoch),
    subject="replay",
    lacks=no_replay,
)

ATTENTION: Panel[ReplayScene, ReplayMoment] = Panel(
    key="replay_attention",
    heading="Attention matrix",
    record=moment,
    figure=attention_figure,
    sentence=lambda about, record: record.sentence,
    table=lambda about, record: tables.attention(record),
    subject="replay",
    lacks=no_replay,
)

TOP: Panel[ReplayScene, ReplayMoment] = Panel(
    key="replay_top",
    heading="Recommendations",
    record=moment,
    sentence=lambda about, record: words.first_sentence(about.run, record),
    table=lambda about, record: tables.top(about.run, record),
    subject="replay",
    lacks=no_replay,
)

MAP: Panel[ReplayScene, ReplayMap] = Panel(
    key="replay_map",
    heading=lambda about, record: frames.MAPS[about.space],
    record=lambda about: words.replay_map(about.run, about.space, about.probe, about.epoch),
    figure=lambda about, record: figures.space_map(record),
    sentence=lambda about, record: record.sentence,
    table=lambda about, record: tables.places(record),
    subject="replay",
    lacks=no_replay,
)

PANELS = (CURVES, ATTENTION, TOP, MAP)
