"""What of a run a classroom file holds: its items, the model, the chosen people, and the maps, cut to these.

The file is one gzip stream: the length of a header in four bytes, the header as JSON, then all arrays as float32: the
first bytes of all numbers, then the second ones, and so on, which takes a tenth less. A stream that was cut in half
cannot be read.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig, memory_weights
from attrec_core.errors import InputError
from attrec_core.explain.taste import own_share, user_points
from attrec_core.runs.library.words import noun
from attrec_core.runs.run import Run
from attrec_core.runs.weights import arrays_of
from attrec_core.views import maps
from attrec_core.views.classroom.people import Case
from attrec_core.views.drawing.theme import CATEGORIES

FORMAT = 1  # of the header; a page reads only its own
# The settings that change an answer.
MODEL = (
    "dim",
    "window",
    "long_weight",
    "mask",
    "lone_item",
    "aggregation",
    "time_signal",
    "shared_projection",
    "taste",
)
TABLES = ("item_short", "item_long", "projection", "key_projection")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Person:
    name: str
    title: str  # what the case shows
    history: list[int]  # items of the file, oldest first


def kept_items(run: Run, cases: Sequence[Case], most: int | None) -> np.ndarray:
    """Returns the items of the file, in the run's order: all, or the `most` popular ones and all of the histories."""
    if most is None or most >= run.interactions.n_items:
        return np.arange(run.interactions.n_items)
    popular = np.argsort(-run.popularity, kind="stable")[:most]
    return np.unique(np.concatenate([popular, *(run.interactions.history(case.user) for case in cases)]))


def contents(
    run: Run, cases: Sequence[Case], kept: np.ndarray, *, hidden: bool = False, with_maps: bool = True
) -> tuple[dict[str, Any], Arrays]:
    """Returns the header and the arrays. kept: of `kept_items`. hidden: people are called Person 1, 2 …"""
    data, config = run.interactions, run.model_config
    place = np.full(data.n_items, -1)
    place[kept] = np.arange(len(kept))
    users = np.array([case.user for case in cases], np.int64)
    people = [
        Person(
            f"Person {number}" if hidden else data.user_ids[case.user],
            case.title,
            place[data.history(case.user)].tolist(),
        )
        for number, case in enumerate(cases, 1)
    ]
    weights = {name: np.asarray(run.weights[name]) for name in TABLES if name in run.weights}
    arrays = {name: table[kept] if name.startswith("item_") else table for name, table in weights.items()}
    if config.taste != "items":
        arrays["user_long"] = np.asarray(run.weights["user_long"])[users]
    header = {
        "format": FORMAT,
        "noun": noun(data),
        "catalogue": data.n_items,
        "config": settings(config),
        "titles": [data.titles[item] for item in kept],
        "subtitles": [" · ".join(filter(None, (data.years[item], ", ".join(data.genres[item])))) for item in kept],
        "popular": np.argsort(-run.popularity[kept], kind="stable").tolist(),
        "people": [asdict(person) for person in people],
    }
    if config.taste == "both":
        header["own_share"] = own_share(run.weights)
    if with_maps and run.maps is not None:
        header["maps"], of_maps = cut_maps(run, kept, users)
        arrays |= of_maps
    return header, {name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()}


def cut_run(run: Run, case: Case, kept: np.ndarray, name: str) -> Run:
    """Returns the run with these items and this person alone, without the last item of their history: as much as a
    still picture of the file may show."""
    data, place = run.interactions, np.full(run.interactions.n_items, -1, np.int32)
    place[kept] = np.arange(len(kept))
    history = place[data.history(case.user)]
    history = history[: max(1, len(history) - 1)]
    data = replace(
        data,
        user_ids=(name,),
        items=history,
        times=np.arange(len(history)),
        starts=np.array([0, len(history)]),
        item_ids=tuple(data.item_ids[item] for item in kept),
        titles=tuple(data.titles[item] for item in kept),
        genres=tuple(data.genres[item] for item in kept),
        years=tuple(data.years[item] for item in kept),
    )
    arrays = {name: np.asarray(run.weights[name]) for name in (*TABLES, "own_share") if name in run.weights}
    arrays |= {name: arrays[name][kept] for name in ("item_short", "item_long")}
    if "user_long" in run.weights:
        arrays["user_long"] = np.asarray(run.weights["user_long"])[[case.user]]
    of_one = arrays_of(run.model_config, arrays)
    return replace(run, interactions=data, arrays=of_one, maps=None, across_users=None, replay=None, ranks=None)


def settings(config: ModelConfig) -> dict[str, Any]:
    of_model = {name: getattr(config, name) for name in MODEL}
    weights = memory_weights(config.half_life) if config.remembers else ()
    return of_model | {"half_life": config.half_life, "memory_weights": weights, "history": config.history}


def cut_maps(run: Run, kept: np.ndarray, users: np.ndarray) -> tuple[dict[str, Any], Arrays]:
    """Returns what the header says of the maps, and for each map the coordinates of the items and, in the user space,
    of the people; for PCA also its formula, which places any other point."""
    genres, arrays = maps.main_genres(run), Arrays()
    named = maps.frequent(genres)
    colours = [named.index(genres[item]) if genres[item] in named else len(named) for item in kept]
    about: dict[str, Any] = {"projections": maps.projections(run)[::-1], "regions": {}, "colours": colours}
    about["legend"] = [
        {"name": name, "colour": CATEGORIES[row % 10], "drawn": row in colours}
        for row, name in enumerate([*named, "other" if named else noun(run.interactions)])
    ]
    for space in ("short", "long"):
        for projection in about["projections"]:
            key = f"{space}_{projection}"
            arrays[f"{key}_items"] = maps.items_at(run, space, projection)[kept]
            if space == "long" and not run.model_config.remembers:  # else a person moves with the history
                points = user_points(run)[users]
                arrays[f"{key}_people"] = maps.places(run, space, projection, points)
                drawn = maps.drawn_users(run, space)
                found = np.isin(users, drawn)
                arrays[f"{key}_people"][found] = maps.layout(run)[key][np.searchsorted(drawn, users[found])]
            about["regions"][key] = [
                {"name": region.name, "x": float(region.at[0]), "y": float(region.at[1]), "colour": region.colour}
                for region in maps.regions_of(run, space, projection)
            ]
        arrays |= {f"{space}_{part}": maps.layout(run)[f"{space}_{part}"] for part in ("mean", "axes", "share")}
    return about, arrays


def packed(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Returns the header and the arrays as one gzip stream, the same bytes for the same content."""
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    head = json.dumps({**header, "arrays": shapes}, ensure_ascii=False, allow_nan=False).encode()
    numbers = np.concatenate([array.ravel() for array in arrays.values()]).astype("<f4")
    planes = numbers.view(np.uint8).reshape(-1, 4).T
    return gzip.compress(struct.pack("<I", len(head)) + head + planes.tobytes(), 6, mtime=0)


def unpacked(stream: bytes) -> tuple[dict[str, Any], Arrays]:
    """Reads the result of `packed`. Raises InputError for anything else."""
    try:
        content = gzip.decompress(stream)
        (length,) = struct.unpack_from("<I", content)
        header = json.loads(content[4 : 4 + length])
        planes = np.frombuffer(content, np.uint8, offset=4 + length).reshape(4, -1)
        numbers, arrays, start = np.ascontiguousarray(planes.T).view("<f4").ravel(), Arrays(), 0
        for name, shape in header.pop("arrays").items():
            count = int(np.prod(shape))
            arrays[name] = numbers[start : start + count].reshape(shape)
            start += count
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError, struct.error):
        raise InputError("damaged_file", "Its data is damaged: it was cut, or changed after it was written.") from None
    return header, arrays
