"""A moment: one user at one step, with everything that decides a ranking. All explanations are about a moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Integral

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import InputError, shown
from attrec_core.explain import sasrec
from attrec_core.explain.attention import Attention, levels, matrices_of, of_head
from attrec_core.explain.forward import Trace, by_hand, check_window, trace
from attrec_core.explain.other_systems import other_of, other_ranking
from attrec_core.explain.ranking import Ranking
from attrec_core.explain.taste import Memory, memory_of
from attrec_core.explain.vectors import fold_in
from attrec_core.runs.run import Run, without_attention

NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Moment:
    """A window and a long-term taste under a model's settings, which may be what-if settings.

    Seen items and the items of the window are not candidates. The actual next item is always a candidate, as in the
    evaluation, even if the user has seen it; except when an edit has put it into the window, where it did not stand.
    """

    run: Run
    window: np.ndarray  # (n,) int64 item indices, oldest first
    user: int | None  # None: a new user, or no particular user
    vector: np.ndarray | None  # (d,) U_u, or an estimated point; None: no such vector, or a system other than AttRec
    config: ModelConfig  # the run's settings, or these with another mask, time signal or aggregation
    long_weight: float  # ω
    seen: np.ndarray = field(default_factory=lambda: NOTHING)  # items of the history, whether in the window or not
    target: int | None = None  # the actual next item
    real_window: np.ndarray = field(default_factory=lambda: NOTHING)  # the window without edits
    layer: int | None = None  # from 1, the layer of the attention matrix, where there are several; None: the last
    head: int | None = None  # from 1; None: the mean of all heads
    shares: tuple[float, ...] | None = None  # (n,) average attention set by hand, with any sum; None: the model's own
    earlier: np.ndarray = field(default_factory=lambda: NOTHING)  # items before the window, for a taste from items
    pushed: np.ndarray = field(default_factory=lambda: NOTHING)  # of the window, out of which an edit has pushed them

    @cached_property
    def memory(self) -> Memory | None:
        """What the long-term taste is made of; None where there is none. An edit of the window is an edit of the
        history, which ends with the window."""
        if self.config.remembers:
            history = np.concatenate([self.earlier, self.pushed, self.window])
            return memory_of(self.run.weights, self.config, self.user, history)
        return None if self.vector is None else Memory(NOTHING, NOTHING, np.empty(0, np.float32), 1.0, self.vector)

    @cached_property
    def taste(self) -> np.ndarray | None:
        """(d,) the long-term taste U; None: short term only, or a system other than AttRec."""
        return None if self.memory is None else self.memory.point(self.run.weights["item_long"])

    @cached_property
    def own_trace(self) -> Trace:
        """All stages with the model's own attention, whatever was set by hand."""
        return trace(self.run, self.window, self.config)

    @cached_property
    def trace(self) -> Trace:
        return self.own_trace if self.shares is None else by_hand(self.own_trace, self.shares, self.config)

    @property
    def average_attention(self) -> np.ndarray:
        """(n,) float64: the attention to each item as a mean over the rows, also where m is their sum."""
        weights = self.trace.column_weights.astype(float)
        return weights / len(weights) if self.config.aggregation == "sum" else weights

    @cached_property
    def sasrec(self) -> sasrec.SasRecTrace:
        """All stages of SASRec. Raises InputError for a run of a system without attention."""
        if self.run.model_config.model != "sasrec":
            raise without_attention(self.run)
        check_window(self.window, self.config)
        return sasrec.forward(self.run.arrays, self.config, self.window[None])

    @cached_property
    def attention(self) -> Attention:
        """The attention matrix that is shown. Raises InputError for a run of a system without attention."""
        padding: list[float] = []
        if self.run.explains:
            weights, columns, missing = self.trace.weights, self.trace.column_weights, max(self.trace.missing, 0.0)
        else:
            weights, layer = (
                matrices_of(self.sasrec, self.layer, self.head)[0],
                self.sasrec.layers[(self.layer or 0) - 1],
            )
            if layer.padding.any():
                padding = of_head(layer.padding, self.head)[0].tolist()
            columns, missing = weights[-1], padding[-1] if padding else 0.0
        about = {"missing": missing, "padding": padding, **levels(self.config, len(weights))}
        return Attention(weights=weights, column_weights=columns, **about)

    @property
    def asked(self) -> np.ndarray:
        """(d,) the result of attention that items are compared with: m, or the output at SASRec's last position."""
        return self.trace.intent if self.run.explains else self.sasrec.asked[0, -1]

    @cached_property
    def ranking(self) -> Ranking:
        if self.run.explains:
            omega = 0.0 if self.taste is None else self.long_weight
            return Ranking(self.run, self.trace.intent, self.taste, omega, self.excluded)
        if self.run.attends:
            return other_of(self.run, sasrec.distances(self.run.arrays["item"], self.config, self.asked), self.excluded)
        is_new = self.user is None and len(self.seen) > 0
        estimated = fold_in(self.run, self.seen) if is_new else None
        return other_ranking(self.run, self.user, self.window, self.excluded, estimated)

    @property
    def edited(self) -> bool:
        return not np.array_equal(self.window, self.real_window)

    @cached_property
    def excluded(self) -> np.ndarray:
        """Sorted indices of the items that are not candidates."""
        indices = np.union1d(self.seen, self.window)
        is_inserted = self.target in self.window and self.target not in self.real_window
        return indices if self.target is None or is_inserted else indices[indices != self.target]

    def with_window(self, window: np.ndarray) -> Moment:
        """Returns the moment with another window, with the model's own attention. Oldest items that newer ones push out
        of the full actual window stay in the history. Edits in between count for nothing, as in an address."""
        window = np.asarray(window, np.int64)
        count = pushed_out(self.real_window, window, self.config.window)
        return replace(self, window=window, pushed=self.real_window[:count], shares=None)

    def unedited(self) -> Moment:
        """Returns the moment with the actual window."""
        return replace(self, window=self.real_window, pushed=NOTHING, shares=None)


def pushed_out(before: np.ndarray, after: np.ndarray, length: int) -> int:
    """Returns how many of the oldest items of a window an edit pushes out by adding others at the end, so that the
    window is full; 0 for any other edit."""
    if len(after) != length or np.array_equal(np.sort(before), np.sort(after)):
        return 0
    counts = range(1, len(before))
    return next((count for count in counts if np.array_equal(after[: len(before) - count], before[count:])), 0)


def moment_of(run: Run, user: int | None, window: np.ndarray | None = None, step: int | None = None) -> Moment:
    """Returns the moment after `step` items of a user's history (None: `usual_step`). `window`: an edited window
    instead. Without a user, a window is needed. Raises InputError for an invalid step; an invalid window fails at first
    use."""
    history, config = NOTHING if user is None else run.interactions.history(user).astype(np.int64), run.model_config
    actual = NOTHING if user is None else window_at(run, user, step)
    step = usual_step(history) if step is None else step
    vector = run.weights["user_long"][user] if user is not None and run.explains and config.taste == "vector" else None
    moment = Moment(
        run=run,
        window=actual,
        user=user,
        vector=vector,
        config=config,
        long_weight=config.long_weight if vector is not None or config.remembers else 0.0,
        seen=history[:step],
        target=int(history[step]) if user is not None and step < len(history) else None,
        real_window=actual,
        # As many as count after any edit of the window.
        earlier=history[: step - len(actual)][-config.history :] if config.remembers else NOTHING,
    )
    return moment if window is None else moment.with_window(window)


def usual_step(history: np.ndarray) -> int:
    """The step that every door shows by default: the last item, the test item, has not happened yet, to show how it is
    ranked."""
    return max(1, len(history) - 1)


def window_at(run: Run, user: int, step: int | None = None) -> np.ndarray:
    """Returns the last L of the first `step` items of a user's history (None: `usual_step`), oldest first. Raises
    InputError unless step is from 1 to the length of the history."""
    history = run.interactions.history(user)
    step = usual_step(history) if step is None else step
    if isinstance(step, bool) or not isinstance(step, Integral) or not 1 <= step <= len(history):
        sentence = "Step {step} does not exist: {user} has {count} interactions, so the steps are 1 to {count}."
        user_id = shown(run.interactions.user_ids[user])
        raise InputError("no_step", sentence, setting="step", step=shown(step), user=user_id, count=len(history))
    return history[max(0, step - run.model_config.window) : step].astype(np.int64)
