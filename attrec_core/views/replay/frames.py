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
from attrec_core.views.replay.words import frame_of, limits_of, replay_curve, replay_moment, when
from attrec_core.views.view import Fitted, View, of_link

SPACES = {"short": "items, and m", "long": "users and items"}
STEPS = 65535  # places on a map, along each side
TITLE = 80  # characters of a title that travel
DIGITS = 3  # of a weight that travel
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
    asked = run.replay.best if view.epoch is None else view.epoch
    return int(run.replay.epochs[frame_of(run.replay, asked)])


def person(run: Run, probe: int) -> str:
    """Who is watched, and by which rule."""
    one = run.replay.probes[probe]
    return f"{run.interactions.user_ids[one.user]}, who {one.rule}"


def played(run: Run, probe: int, space: str, epoch: int) -> Film:
    """Frame by frame: the map's places, what is marked on it, the attention, and a line of text."""
    replay = run.replay
    epochs = replay.epochs.tolist()
    moments = [replay_moment(run, probe, kept) for kept in epochs]
    window, curve = replay.windows[probe], replay_curve(run)
    return Film(
        epochs=epochs,
        step=epochs.index(epoch),
        says=[frame_sentence(run, curve, moment) for moment in moments],
        attention=joined(attention_frames(run, moments)),
        map=MovingMap(
            **places(run, space),
            window=rows_of(run, window[window >= 0]),
            colours=[item_colour(place) for place in range(int((window >= 0).sum()))],
            target=rows_of(run, replay.targets[probe : probe + 1]),
            top=[rows_of(run, top[top >= 0]) for top in replay.top[:, probe]],
            own=own_places(run, probe, space),
            mine="m" if space == "short" else "U",
            drawn=drawn_words(run, space),
        ),
        curves=[curves(curve, layout, 0) for layout in LAYOUTS],
        across=[[round(layout.across(curve, kept), 1) for kept in epochs] for layout in LAYOUTS],
        place=f"Where the {'items' if space == 'short' else 'users and items'} lay",
        whose=f"{run.fingerprint} {probe} {space}",
    )


def attention_frames(run: Run, moments: list[ReplayMoment]) -> list[AttentionRecord]:
    """A record an epoch, on scales that hold for all of them."""
    config, first = run.model_config, moments[0]
    count, lossy = len(first.ids), config.mask == "after"
    colours = [item_colour(place) for place in range(count)]
    titles = [title[:300] for title in first.titles]
    return on_one_scale(
        [
            AttentionRecord.of_model(
                config,
                ids=first.ids,
                titles=titles,
                colours=colours,
                weights=moment.weights.astype(float).round(DIGITS),
                masked=first.masked,
                column_weights=moment.column_weights.astype(float).round(DIGITS),
                missing=1 - float(moment.weights.sum()) / count if lossy else 0.0,
            )
            for moment in moments
        ]
    )


def joined(frames: list[AttentionRecord]) -> AttentionRecord:
    """Of F frames: weights (F, n, n), column_weights (F, n), missing (F,); all else is the same in each."""
    changing = {name: np.array([getattr(one, name) for one in frames]) for name in CHANGING}
    return replace(frames[0], **changing)


@cached
def places(run: Run, space: str) -> dict[str, Any]:
    """Where all points lay at every epoch, as whole numbers within the limits of the map: (F, n, 2) in base64."""
    replay = run.replay
    items, users = (replay.short_items, None) if space == "short" else (replay.long_items, replay.long_users)
    (left, right), (bottom, top) = limits_of(run, space)
    return {
        "items": packed(run, space, items),
        "users": None if users is None else packed(run, space, users),
        "titles": [run.interactions.titles[item][:TITLE] for item in replay.items],
        "wide": right - left,
        "high": top - bottom,
    }


def drawn_words(run: Run, space: str) -> str:
    """How many of how many points are drawn."""
    replay, data = run.replay, run.interactions
    items = f"{len(replay.items):,} of {data.n_items:,} items"
    return items if space == "short" else f"{items} (large), {len(replay.users):,} of {data.n_users:,} users (small)"


def packed(run: Run, space: str, points: np.ndarray) -> str:
    return base64.b64encode(on_grid(run, space, points).astype("<u2").tobytes()).decode()


def on_grid(run: Run, space: str, points: np.ndarray) -> np.ndarray:
    """(…, 2) in 0 … STEPS within the limits, upwards as on the map."""
    (left, right), (bottom, top) = limits_of(run, space)
    low, high = np.array([left, bottom]), np.array([right, top])
    return np.round((points.astype(float) - low) / np.maximum(high - low, 1e-12) * STEPS).clip(0, STEPS)


def own_places(run: Run, probe: int, space: str) -> list[list[int]]:
    """m in the short-term space, the person's U in the long-term one, at every epoch."""
    replay = run.replay
    if space == "short":
        points = replay.intents[:, probe]
    else:
        points = replay.long_users[:, np.searchsorted(replay.users, replay.probes[probe].user)]
    return on_grid(run, space, points).astype(int).tolist()


def rows_of(run: Run, items: np.ndarray) -> list[int]:
    """Which of the drawn points these items are; −1 for one that is not drawn."""
    drawn = run.replay.items
    at = np.minimum(np.searchsorted(drawn, items), len(drawn) - 1)
    return np.where(drawn[at] == items, at, -1).tolist()


def frame_sentence(run: Run, curve: ReplayCurve, moment: ReplayMoment) -> str:
    """A line that moves along with the picture."""
    told = [when(run.replay, frame_of(run.replay, moment.epoch)).rstrip(",")]
    at = np.flatnonzero(curve.epochs == moment.epoch)
    if len(at):
        figures = (("loss", curve.losses), ("HR@50", curve.hr50), ("MRR", curve.mrr))
        told += [f"{name} {number(float(of[at[0]]), 3)}" for name, of in figures if not np.isnan(of[at[0]])]
    return f"{', '.join(told)}; {quoted(run, moment.target, 40)} stands at rank {rank(moment.rank)}"


def curve_sentence(run: Run, epoch: int) -> str:
    """From where to where the loss went, and how far it was at the epoch that is shown."""
    curve = replay_curve(run)
    phase = "the final fit" if run.replay.phase == "refit" else "the search"
    if not len(curve.epochs):
        return "No epoch is on record."
    first, last = number(float(curve.losses[0]), 3), number(float(curve.losses[-1]), 3)
    said = f"In {phase} the loss went from {first} after the first epoch to {last} after epoch {curve.epochs[-1]}"
    best = "" if np.isnan(curve.mrr).all() else best_words(curve)
    at = np.flatnonzero(curve.epochs == epoch)
    between = len(at) and epoch != curve.epochs[-1]
    now = f"; after epoch {epoch} it was {number(float(curve.losses[at[0]]), 3)}" if between else ""
    return f"{said}{now}{best}. The run is the model after epoch {curve.best}."


def best_words(curve: ReplayCurve) -> str:
    at = int(np.nanargmax(curve.mrr))
    return f"; MRR on the validation items was highest after epoch {curve.epochs[at]} ({number(curve.mrr[at], 3)})"
