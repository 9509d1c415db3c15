"""All that the browser needs to play a replay by itself, and what of a link fits it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.wording import quoted, rank
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.attention.records import AttentionRecord, on_one_scale
from attrec_core.views.drawing.theme import item_colour
from attrec_core.views.replay.figures import LAYOUTS, curves
from attrec_core.views.replay.records import Film, MovingMap, ReplayCurve, ReplayMoment
from attrec_core.views.replay.words import (
    ReplaySpace,
    frame_of,
    held,
    kept,
    replay_curve,
    replay_moment,
    rows_of,
    space_of,
    when,
)
from attrec_core.views.view import Fitted, View, of_link

SPACES = {"short": "items, and m", "long": "users and items"}
STEPS = 65535  # places on a map, along each side
TITLE = 80  # characters of a title that travel
CHANGING = ("weights", "column_weights", "missing")  # what differs between the frames of an attention matrix
NO_REPLAY = (
    "Of this run no epochs were kept, so there is nothing to play. Every training keeps them now: train it once more, "
    "on the page Train or by `python -m attrec_core train DATA --out RUN`, and its replay is here."
)
SEEN = """
**Left**, how the figures went, epoch by epoch: the loss of the training that ended as this run, and HR@50 and MRR on
the validation items, as the search had them after the same epoch. The **line** is the epoch that is shown; the dashed
one is the epoch whose model this run is.

**Middle**, whom the items of one person's window looked at then. The person was chosen by a rule before anything was
learned, so nobody was picked because they look good.

**Right**, where everything lay. All epochs are seen from the same side, along the first two principal axes of the
trained model, so a point moves on the map as far as it has moved along them.
"""


def in_range(view: View, run: Run) -> Fitted:
    """The view without a person or an epoch that the replay does not have, and a remark for each."""
    if view.probe is None and view.epoch is None:
        return Fitted(view)
    users, last = (0, -1) if run.replay is None else (len(run.replay.probes), int(run.replay.epochs[-1]))
    remarks = []
    if view.probe is not None and view.probe > users:
        text = "{source} watches person {probe} of a replay, which has {users}; they were left out."
        remarks.append(of_link("probe_beyond", text, probe=view.probe, users=users))
        view = replace(view, probe=None)
    if view.epoch is not None and view.epoch > last:
        text = "{source} gives the epoch {epoch} of a replay, which ends with epoch {last}; it was left out."
        if last < 0:
            text = "{source} gives the epoch {epoch} of a replay, which has none; it was left out."
        remarks.append(of_link("epoch_beyond", text, epoch=view.epoch, last=last))
        view = replace(view, epoch=None)
    return Fitted(view, tuple(remarks))


def shown_epoch(run: Run, view: View) -> int:
    """Of those that were kept; by default the one that is the run."""
    replay = kept(run)
    return int(replay.epochs[frame_of(replay, replay.best if view.epoch is None else view.epoch)])


def person(run: Run, probe: int) -> str:
    """Who is watched, and by which rule."""
    watched = kept(run).probes[probe]
    return f"{run.interactions.user_ids[watched.user]}, who {watched.rule}"


def played(run: Run, probe: int, space: str, epoch: int) -> Film:
    """Frame by frame: the map's places, what is marked on it, the attention, and a line of text."""
    replay, curve, points = kept(run), replay_curve(run), space_of(run, space)
    epochs = replay.epochs.tolist()
    moments = [replay_moment(run, probe, each) for each in epochs]
    window = held(replay.windows[probe])
    return Film(
        epochs=epochs,
        step=epochs.index(epoch),
        says=[frame_sentence(run, curve, moment) for moment in moments],
        attention=joined(on_one_scale([moment.attention for moment in moments])),
        map=MovingMap(
            **places(run, space),
            window=rows_of(replay, window).tolist(),
            colours=[item_colour(place) for place in range(len(window))],
            target=rows_of(replay, replay.targets[[probe]]).tolist(),
            top=[rows_of(replay, held(top)).tolist() for top in replay.top[:, probe]],
            own=on_grid(points, points.own[:, probe]).astype(int).tolist(),
            mine="m" if space == "short" else "U",
        ),
        curves=[curves(curve, layout, 0) for layout in LAYOUTS],
        across=[[round(layout.across(curve, each), 1) for each in epochs] for layout in LAYOUTS],
        place=f"Where the {'items' if space == 'short' else 'users and items'} lay",
        whose=f"{run.fingerprint} {probe} {space}",
    )


def joined(frames: list[AttentionRecord]) -> AttentionRecord:
    """Of F frames: weights (F, n, n), column_weights (F, n), missing (F,); all else is the same in each."""
    changing: dict[str, Any] = {name: np.array([getattr(frame, name) for frame in frames]) for name in CHANGING}
    return replace(frames[0], **changing)


@cached
def places(run: Run, space: str) -> dict[str, Any]:
    """Where all points lay at every epoch, as whole numbers within the limits of the map: (F, n, 2) in base64; and how
    many of how many points these are."""
    replay, data, points = kept(run), run.interactions, space_of(run, space)
    (left, right), (bottom, top) = points.limits
    drawn, users = f"{len(replay.items):,} of {data.n_items:,} items", None
    if points.users is not None:
        drawn += f" (large), {len(replay.users):,} of {data.n_users:,} users (small)"
        users = packed(points, points.users)
    return {
        "items": packed(points, points.items),
        "users": users,
        "titles": [data.titles[item][:TITLE] for item in replay.items],
        "wide": right - left,
        "high": top - bottom,
        "drawn": drawn,
    }


def packed(space: ReplaySpace, points: np.ndarray) -> str:
    return base64.b64encode(on_grid(space, points).astype("<u2").tobytes()).decode()


def on_grid(space: ReplaySpace, points: np.ndarray) -> np.ndarray:
    """(…, 2) in 0 … STEPS within the limits, upwards as on the map."""
    low, high = np.array(space.limits).T
    return np.round((points.astype(float) - low) / np.maximum(high - low, 1e-12) * STEPS).clip(0, STEPS)


def frame_sentence(run: Run, curve: ReplayCurve, moment: ReplayMoment) -> str:
    """A line that moves along with the picture."""
    parts = [when(kept(run), frame_of(kept(run), moment.epoch)).rstrip(",")]
    at = np.flatnonzero(curve.epochs == moment.epoch)
    if len(at):
        figures = (("loss", curve.losses), ("HR@50", curve.hr50), ("MRR", curve.mrr))
        parts += [f"{name} {number(float(of[at[0]]), 3)}" for name, of in figures if not np.isnan(of[at[0]])]
    return f"{', '.join(parts)}; {quoted(run, moment.target, 40)} stands at rank {rank(moment.rank)}"


def curve_sentence(run: Run, epoch: int) -> str:
    """From where to where the loss went, and how far it was at the epoch that is shown."""
    curve = replay_curve(run)
    phase = "the final fit" if kept(run).phase == "refit" else "the search"
    if not len(curve.epochs):
        return "No epoch is on record."
    losses = dict(zip(curve.epochs.tolist(), (number(loss, 3) for loss in curve.losses.tolist()), strict=True))
    first, last = number(float(curve.losses[0]), 3), curve.epochs[-1]
    between = f"; after epoch {epoch} it was {losses[epoch]}" if epoch in losses and epoch != last else ""
    best = ""
    if not np.isnan(curve.mrr).all():
        at = int(np.nanargmax(curve.mrr))
        best = f"; MRR on the validation items was highest after epoch {curve.epochs[at]} ({number(curve.mrr[at], 3)})"
    return (
        f"In {phase} the loss went from {first} after the first epoch to {losses[last]} after epoch {last}{between}"
        f"{best}. The run is the model after epoch {curve.best}."
    )
