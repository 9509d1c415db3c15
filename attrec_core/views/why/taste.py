"""What of the history the long-term taste is made of, and what each item of it adds to a distance; not the paper's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number, percent
from attrec_core.explain.exact_sum import long_parts
from attrec_core.explain.wording import amount, letter, quoted
from attrec_core.views.drawing.plot import CALM, axis, bar, figure, hover
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import (
    HATCH,
    LONG,
    SELECTED,
    item_colour,
    reads_zero,
    round_ticks,
    short_title,
    signed,
)
from attrec_core.views.page_context import Scene

HEIGHT = 360  # pixels
DIGITS = 5
VECTOR = (
    "The long-term taste of this run is a vector of the user's own, as in the paper; it is not made of items. A run "
    "that is trained with the setting taste=items shows here what of the history counts."
)


@dataclass(frozen=True)
class Remembered:
    """One item of a history that the taste is made of."""

    place: int  # in the history, from 1, oldest first
    age: int  # how many items are newer
    item: int
    title: str
    date: str  # of the interaction; empty where the data has only an order, and for an edited window
    share: float  # c, of the whole taste
    adds: float  # ω c ‖V_k − V‖², to the distance of the explained item
    usual: float  # the mean of that over the catalogue
    in_window: int | None  # place in the window, from 1

    @property
    def raises(self) -> float:
        """How much more it adds than for the average item; below 0, it lowers the distance."""
        return self.adds - self.usual


@dataclass(frozen=True)
class TasteOfItems:
    """The items that a taste is made of, oldest first."""

    rows: tuple[Remembered, ...]
    of: int  # items of the whole history
    half_life: float
    own_share: float  # β of the user's own vector
    sentence: str

    def table(self) -> pd.DataFrame:
        """One row for each item, the latest first."""
        heads = {"place": "place in the history", "title": "item", "date": "date", "share": "share of the taste c"}
        heads |= {"adds": "adds", "usual": "mean over the catalogue"}
        table = pd.DataFrame(self.rows, columns=[*heads]).iloc[::-1].reset_index(drop=True)
        changes = table["adds"] - table["usual"]
        table = table.rename(columns=heads).assign(**{"changes it by (adds − mean)": changes}).round(DIGITS)
        return table if any(row.date for row in self.rows) else table.drop(columns="date")


def taste_of_items(scene: Scene) -> TasteOfItems:
    """Returns what the taste of the scene is made of, and what it adds to the distance of the explained item."""
    memory, item = scene.moment.memory, scene.explained
    assert memory is not None and item is not None  # else `lacks` says why
    parts, count = long_parts(scene.moment, item)[1], len(scene.window)
    before = place_of(scene, len(scene.window))
    dates = dates_of(scene, before)
    rows = tuple(
        Remembered(
            place=before + count - age,
            age=age,
            item=remembered,
            title=scene.title(remembered),
            date=dates.get(before + count - age, ""),
            share=share,
            adds=parts[age].value,
            usual=parts[age].usual,
            in_window=count - age if age < count else None,
        )
        for remembered, age, share in zip(
            memory.items.tolist(), memory.ages.tolist(), memory.shares.tolist(), strict=True
        )
    )
    half_life = scene.moment.config.half_life
    found = TasteOfItems(rows, before + count, half_life, memory.own_share, "")
    return replace(found, sentence=sentence(scene, found, item))


def place_of(scene: Scene, age: int) -> int:
    """Returns the place in the history, from 1, of the item that this many items are newer than."""
    past = (len(scene.likes) if scene.user is None else scene.step) - len(scene.real_window)
    return past + len(scene.moment.pushed) + len(scene.window) - age


def dates_of(scene: Scene, before: int) -> dict[int, str]:
    """Returns the date of each place of the history, from 1; of an edited window, only those `before` it."""
    data = scene.run.interactions
    if scene.user is None or data.time_unit == "order":
        return {}
    start, count = int(data.starts[scene.user]), before if scene.edited else scene.step
    days = pd.to_datetime(data.times[start : start + count], unit=data.time_unit, errors="coerce")
    return {place: f"{day:%Y-%m-%d}" for place, day in enumerate(days, start=1) if not pd.isna(day)}


def sentence(scene: Scene, record: TasteOfItems, item: int) -> str:
    """How many items count, how few of them are at least half of the taste, and which lowers the distance most."""
    shares = [row.share for row in reversed(record.rows)]
    half = int(np.searchsorted(np.cumsum(shares), sum(shares) / 2)) + 1
    counts = "the only item" if record.of == 1 else f"all {record.of} items"
    if len(record.rows) < record.of:
        counts = f"the latest {len(record.rows)} of {record.of} items"
    held = sum(shares[:half]) / sum(shares)
    latest = "the latest item is" if half == 1 else f"the latest {half} are"
    whole = "their part" if record.own_share else "it"
    half_of_it = f"; {latest} {percent(held)} of {whole}" if len(record.rows) > 1 else ""
    own = f", besides a vector of the user's own (β = {percent(record.own_share)})" if record.own_share else ""
    text = f"The long-term taste is made of {counts}{own}{half_of_it}."
    best = min(record.rows, key=lambda row: row.raises)
    if best.raises >= 0:
        return f"{text} In the long-term part, none brings {quoted(scene.run, item)} nearer than the average item."
    less = f"by {amount(-best.raises, 3)}, compared with the average item"
    most = " most" if len(record.rows) > 1 else ""
    lowers = f"“{best.title}” ({since(best)}) lowers the distance of {quoted(scene.run, item)}{most}"
    return f"{text} In the long-term part, {lowers}: {less}."


def since(row: Remembered) -> str:
    """How long ago an item was, counted in items."""
    return f"{count_of(row.age, 'newer item')} since" if row.age else "the latest item"


def draw(scene: Scene, record: TasteOfItems) -> Figure:
    """Above, the share of each item in the taste, items of the window in their colours; below, what it adds to the
    distance, compared with the average item."""
    rows, places = record.rows, [row.place for row in record.rows]
    colours = [LONG if row.in_window is None else item_colour(scene.hue(row.item)) for row in rows]
    frames = [SELECTED if row.item == scene.selected else CALM for row in rows]
    marker = {"color": colours, "line": {"color": frames, "width": [2 if f == SELECTED else 0.5 for f in frames]}}
    hatched = {"color": LONG, "pattern": HATCH}  # as every long-term part
    texts = [hover_of(row) for row in rows]
    look = {"marker": marker, "customdata": [row.item for row in rows], "showlegend": False} | hover(texts)
    changes, shares = [row.raises for row in rows], [row.share for row in rows]
    low, high = min([0.0, *changes]), max([0.0, *changes])
    pad = 0.08 * (high - low or 1.0)
    extent = [low - pad, high + pad]
    data = [
        bar(places, shares, **look),
        bar(places, changes, yaxis="y2", **look | {"marker": hatched | {"line": marker["line"]}}),
    ]
    across = axis("place in the history (the latest at the right)", anchor="y2", fixedrange=True)
    across |= {"range": [min(places) - 0.7, max(places) + 0.7], "tickformat": "d"}
    up = axis("share of the taste", domain=[0.56, 1], rangemode="tozero", tickformat=".1~%", fixedrange=True, nticks=4)
    zero = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": CALM}
    down = axis("long-term part changes by", domain=[0, 0.44], anchor="x", range=extent, fixedrange=True)
    down |= round_ticks(extent[0], extent[1], 4) | zero
    look = {"hovermode": "closest", "bargap": 0.15, "dragmode": False}
    return figure(data, HEIGHT, (10, 10, 10, 46), **look, xaxis=across, yaxis=up, yaxis2=down)


def hover_of(row: Remembered) -> str:
    name = f"{letter(row.in_window - 1)}. " if row.in_window else ""
    when = f", {row.date}" if row.date else ""
    effect = "no difference"
    if not reads_zero(row.raises, 4):
        effect = f"{'lowers' if row.raises < 0 else 'raises'} the distance by {number(abs(row.raises), 4)}"
    return (
        f"{name}{short_title(row.title, 80)}<br>{since(row)}{when}<br>"
        f"share of the taste {percent(row.share)}<br>adds {signed(row.adds, 4)}; {effect}"
    )
