"""The panels of the page “Replay”, each after one epoch; the film of all that the page plays; its user and epoch."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal
from attrec_core.explain.wording import letter, quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.caveats import damage
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.moment.attention import AttentionRecord, on_one_scale
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.panel import Panel
from attrec_core.views.replay import records
from attrec_core.views.view import Fitted, View, of_link

MAPS = {"short": "Item positions", "long": "User and item positions"}
SPACES = {"short": "item space", "long": "user space"}
STEPS = 65535  # positions on a map, along each side
TITLE = 80  # characters of a title that are sent
CHANGING = ("weights", "column_weights", "missing")  # fields that differ between the frames of an attention matrix
OLDER_RULES = {  # the wording of older runs → the wording of today
    "had last what most people have had": "had the most popular recent items",
    "had last what few people have had": "had the least popular recent items",
}
NO_REPLAY = (
    "This run has no replay: its epochs were not kept. Every new training keeps them. "
    "Train the model again on the page Train, or with `python -m attrec_core train DATA --out RUN`."
)
NOT_RECORDED = "{run} is {kind}. Only a training of AttRec is recorded, so there is nothing to replay."
NOT_TRAINED_HERE = "This run has no replay: its weights come from another trainer, so no epochs were seen here."


@dataclass(frozen=True, eq=False)
class MovingMap:
    """What the browser needs to move N points of a map through F frames. Rows are indices of the drawn points; −1: the
    item is not drawn."""

    items: str  # (F, N, 2) uint16 in base64
    users: str | None  # the same for users, in the long-term space
    titles: Sequence[str]  # N
    wide: float
    high: float
    window: Sequence[int]  # rows of the window's items
    colours: Sequence[str]  # of the window's items
    letters: Sequence[str]  # of the window's items
    target: Sequence[int]  # the row of the actual next item
    top: Sequence[Sequence[int]]  # rows of the recommendations of each frame
    own: Sequence[Sequence[int]]  # F, the positions of m or U
    mine: str  # "m" or "U"
    drawn: str  # how many points are drawn, in words


@dataclass(frozen=True)
class FrameSentences:
    """The sentences on the page while a frame is shown: beside the player, and below each figure."""

    player: str
    curves: str
    attention: str
    map: str


@dataclass(frozen=True, eq=False)
class Film:
    epochs: Sequence[int]  # F
    step: int  # the frame of the epoch that the address names
    sentences: Sequence[FrameSentences]  # F
    attention: AttentionRecord  # with weights (F, n, n), column_weights (F, n) and missing (F,)
    map: MovingMap
    curves: Sequence[str]  # an SVG for a wide page and one for a narrow page
    across: Sequence[Sequence[float]]  # the x of each frame in these two
    place: str  # title of the map
    whose: str  # identifies the run, user and map
    selected: str | None = None  # id of an item


@dataclass(frozen=True)
class ReplayScene:
    """A view resolved against the replay of its run. probe: the user shown, from 0 in `replay.probes`."""

    run: Run
    view: View

    @property
    def probe(self) -> int:
        return (self.view.probe or 1) - 1

    @property
    def space(self) -> str:
        return self.view.space or "short"

    @property
    def epoch(self) -> int:
        """The stored epoch that the view names; by default the epoch of the run."""
        replay = records.replay_of(self.run)
        return int(replay.epochs[records.frame_of(replay, replay.best if self.view.epoch is None else self.view.epoch)])


def no_replay(run: Run) -> str:
    """Why there is nothing to replay; empty where there is."""
    if not run.explains:
        return NOT_RECORDED.format(run=run.name, kind=run.system.kind)
    if run.replay is not None:
        return ""
    return damage(run, "replay.npz") or (NO_REPLAY if run.trained_here else NOT_TRAINED_HERE)


def sent_epoch(run: Run, epoch: object) -> dict[str, int | None]:
    """The field of a view that names an epoch which a browser has sent. Empty where the replay has no such epoch: a
    browser can be made to send anything."""
    replay = records.replay_of(run)
    if type(epoch) is not int or epoch not in replay.epochs:
        return {}
    return {"epoch": None if epoch == replay.best else epoch}


def in_range(view: View, run: Run) -> Fitted:
    """Drops a user or an epoch that the replay does not have. Returns the view, and a remark for each."""
    if view.probe is None and view.epoch is None:
        return Fitted(view)
    users, last = (0, -1) if run.replay is None else (len(run.replay.probes), int(run.replay.epochs[-1]))
    remarks = []
    if view.probe is not None and view.probe > users:
        text = "{source} names user {probe} of a replay that has {users}; the first user is shown."
        remarks.append(of_link("probe_beyond", text, probe=view.probe, users=users))
        view = replace(view, probe=None)
    if view.epoch is not None and view.epoch > last:
        text = "{source} names epoch {epoch}, but the replay ends with epoch {last}; this run's epoch is shown."
        if last < 0:
            text = "{source} names epoch {epoch}, but this run has no replay."
        remarks.append(of_link("epoch_beyond", text, epoch=view.epoch, last=last))
        view = replace(view, epoch=None)
    return Fitted(view, tuple(remarks))


def person(run: Run, probe: int) -> str:
    followed = records.replay_of(run).probes[probe]
    return f"{run.interactions.user_ids[followed.user]}, who {OLDER_RULES.get(followed.rule, followed.rule)}"


def played(run: Run, probe: int, space: str, epoch: int) -> Film:
    """Each frame's positions and marks on the map, its attention, and its sentences."""
    replay, curve, points = records.replay_of(run), records.replay_curve(run), records.space_of(run, space)
    epochs = replay.epochs.tolist()
    moments = [records.replay_moment(run, probe, frame_epoch) for frame_epoch in epochs]
    matrices = on_one_scale([moment.attention for moment in moments])
    changing: dict[str, Any] = {name: np.array([getattr(matrix, name) for matrix in matrices]) for name in CHANGING}
    window, sentences = records.without_padding(replay.windows[probe]), []
    for frame, moment in enumerate(moments):
        of_curves, of_map = curve_sentence(run, curve, moment.epoch), records.map_sentence(run, space, probe, frame)
        sentences.append(FrameSentences(frame_sentence(run, curve, moment), of_curves, moment.sentence, of_map))
    return Film(
        epochs=epochs,
        step=epochs.index(epoch),
        sentences=sentences,
        attention=replace(matrices[0], **changing),
        map=MovingMap(
            **places(run, space),
            window=records.rows_of(replay, window).tolist(),
            colours=[item_colour(position) for position in range(len(window))],
            letters=[letter(position) for position in range(len(window))],
            target=records.rows_of(replay, replay.targets[[probe]]).tolist(),
            top=[records.rows_of(replay, records.without_padding(top)).tolist() for top in replay.top[:, probe]],
            own=on_grid(points, points.own[:, probe]).astype(int).tolist(),
            mine="m" if space == "short" else "U",
        ),
        curves=[records.curves(curve, layout, 0) for layout in records.LAYOUTS],
        across=[[round(layout.across(curve, frame_epoch), 1) for frame_epoch in epochs] for layout in records.LAYOUTS],
        place=MAPS[space],
        whose=f"{run.fingerprint} {probe} {space}",
    )


@cached
def places(run: Run, space: str) -> dict[str, Any]:
    """The positions of the drawn points at every epoch, as whole numbers within the limits of the map: (F, n, 2) in
    base64; and how many of all points are drawn."""
    replay, data, points = records.replay_of(run), run.interactions, records.space_of(run, space)
    (left, right), (bottom, top) = points.limits
    drawn, users = f"{len(replay.items):,} of {data.n_items:,} items", None
    if points.users is not None:
        drawn += f" (large), {len(replay.users):,} of {data.n_users:,} users (small)"
        users = packed(points, points.users)
    titles = [data.titles[item][:TITLE] for item in replay.items]
    size = {"wide": right - left, "high": top - bottom}
    return {"items": packed(points, points.items), "users": users, "titles": titles, "drawn": drawn, **size}


def packed(space: records.ReplaySpace, points: np.ndarray) -> str:
    return base64.b64encode(on_grid(space, points).astype("<u2").tobytes()).decode()


def on_grid(space: records.ReplaySpace, points: np.ndarray) -> np.ndarray:
    """Scales points (…, 2) from the limits to 0 … STEPS; y grows upwards, as on the map."""
    low, high = np.array(space.limits).T
    return np.round((points.astype(float) - low) / np.maximum(high - low, 1e-12) * STEPS).clip(0, STEPS)


def frame_sentence(run: Run, curve: records.ReplayCurve, moment: records.ReplayMoment) -> str:
    """The loss, the metrics on the validation items and the rank in one frame, for the player."""
    replay, row = records.replay_of(run), curve.epochs == moment.epoch
    figures = (("loss", curve.losses), ("validation HR@50", curve.hr50), ("validation MRR", curve.mrr))
    parts = [f"{name} {number(float(v), 3)}" for name, values in figures for v in values[row] if not np.isnan(v)]
    metrics = f"{', '.join(parts)}; " if parts else ""
    start, target = records.when(replay, records.frame_of(replay, moment.epoch)), quoted(run, moment.target, 40)
    return f"{start}: {metrics}the actual next item, {target}, is ranked {ordinal(moment.rank)}."


def curve_sentence(run: Run, curve: records.ReplayCurve, epoch: int) -> str:
    """The first and the last loss, the loss after an epoch, and the best epoch."""
    phase = "the final fit" if records.replay_of(run).phase == "refit" else "training"
    if not len(curve.epochs):
        return "No epochs recorded."
    losses = dict(zip(curve.epochs.tolist(), (number(loss, 3) for loss in curve.losses.tolist()), strict=True))
    first, last = number(float(curve.losses[0]), 3), curve.epochs[-1]
    between = f" (after epoch {epoch}: {losses[epoch]})" if epoch in losses and epoch != last else ""
    best = ""
    if not np.isnan(curve.mrr).all():
        row = int(np.nanargmax(curve.mrr))
        best = f" Validation MRR was highest after epoch {curve.epochs[row]} ({number(curve.mrr[row], 3)})."
    start = f"went from {first} after epoch {curve.epochs[0]} to" if len(losses) > 1 else "is"
    return (
        f"In {phase} the loss {start} {losses[last]} after epoch {last}"
        f"{between}.{best} This run is the model after epoch {curve.best}."
    )


panel = partial(Panel, subject="replay", lacks=lambda about: no_replay(about.run))
moment_panel = partial(panel, record=lambda about: records.replay_moment(about.run, about.probe, about.epoch))


CURVES: Panel[ReplayScene, records.ReplayCurve] = panel(
    key="replay_curves",
    heading="Training curves",
    record=lambda about: records.replay_curve(about.run),
    figure=lambda about, record: records.curves(record, records.WIDE, about.epoch),
    sentence=lambda about, record: curve_sentence(about.run, record, about.epoch),
    table=lambda about, record: record.table(about.epoch),
)


def attention_figure(about: ReplayScene, record: records.ReplayMoment) -> str:
    (matrix,) = on_one_scale([record.attention])
    return attention_map(replace(matrix, selected=about.view.selected))


ATTENTION: Panel[ReplayScene, records.ReplayMoment] = moment_panel(
    key="replay_attention", heading="Attention matrix", figure=attention_figure
)


def first_sentence(about: ReplayScene, record: records.ReplayMoment) -> str:
    titles = about.run.interactions.titles
    return f"Recommended first: “{titles[record.top[0]]}”." if record.top else "There are no candidates."


def top_table(about: ReplayScene, record: records.ReplayMoment) -> pd.DataFrame:
    columns = {
        "rank": range(1, len(record.top) + 1),
        "title": [about.run.interactions.titles[item] for item in record.top],
        "distance": np.round(record.distances, 4),
        "mark": ["actual" if item == record.target else "" for item in record.top],
    }
    return pd.DataFrame(columns)


TOP: Panel[ReplayScene, records.ReplayMoment] = moment_panel(
    key="replay_top", heading="Recommendations", sentence=first_sentence, table=top_table
)

MAP: Panel[ReplayScene, records.ReplayMap] = panel(
    key="replay_map",
    listed="Item positions",
    heading=lambda about, record: MAPS[about.space],
    record=lambda about: records.replay_map(about.run, about.space, about.probe, about.epoch),
    figure=lambda about, record: records.space_map(record),
)

PANELS = (CURVES, ATTENTION, TOP, MAP)
