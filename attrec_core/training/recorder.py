"""Records training for the replay: a few users chosen by rule, and the vectors of some items and users, at every epoch.

Both phases are recorded, because the search's model is the run when the final fit is interrupted. The recorder draws
nothing from the training's random generators and only reads the model, so the weights are the same with and without it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from attrec_core.config import ModelConfig
from attrec_core.data.windows import Split, last_windows, seen_before
from attrec_core.explain.maps import drawn_users, pca
from attrec_core.explain.ranking import remove_seen, target_ranks
from attrec_core.models.attrec import AttRec
from attrec_core.models.model import Model, Recommender
from attrec_core.runs.history import History
from attrec_core.runs.replay import Phase, Probe, Replay
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import KEY, digits_of
from attrec_core.storage.read_errors import expect

MOST_FRAMES = 60  # of a phase; above it, every second frame is deleted
MOST_CELLS = 2_000_000  # of attention matrices in a phase; limits the frames when windows are long
MOST_ITEMS, MOST_USERS = 1000, 500  # in a frame
MOST_VALUES = 1_000_000  # of vectors in a frame; limits items and users when there are many dimensions
FIRST = 10  # recommendations in a frame


@dataclass(frozen=True, eq=False)
class Frame:
    """The recorded part of the model after an epoch. Names are as in `Replay`, but the vectors are whole."""

    weights: np.ndarray  # (P, L, L) float16
    top: np.ndarray  # (P, K) int32
    distances: np.ndarray  # (P, K) float32
    ranks: np.ndarray  # (P,) float32
    intents: np.ndarray  # (P, d) float16
    short_items: np.ndarray  # (n, d) float16
    long_items: np.ndarray  # (n, d) float16
    long_users: np.ndarray  # (m, d) float16


def probes_of(split: Split, length: int) -> tuple[Probe, ...]:
    """Chooses up to five users with a test item before training: one user per rule, no user twice.

    The rules use the length of the history, and the popularity of the items in the user's window of `length`.
    """
    data, users = split.interactions, split.evaluated
    counts = np.diff(data.starts)[users]
    windows = last_windows(data, users, counts - 1, length)
    popularity = np.where(windows >= 0, data.popularity()[np.maximum(windows, 0)], 0).sum(1) / (windows >= 0).sum(1)
    full = counts > length
    shortest = np.where(full, counts, np.inf) if full.any() else -counts
    rules = (
        ("has the longest history", -counts),
        ("has the shortest history that fills a window" if full.any() else "has a history as long as most", shortest),
        ("has a history of median length", np.abs(counts - np.median(counts))),
        ("had the most popular recent items", np.where(full == full.max(), -popularity, np.inf)),
        ("had the least popular recent items", np.where(full == full.max(), popularity, np.inf)),
    )
    chosen: dict[int, str] = {}
    for rule, values in rules:
        order = users[np.argsort(values, kind="stable")].tolist()
        user = next((user for user in order if user not in chosen), None)
        if user is not None:
            chosen[user] = rule
    return tuple(Probe(user, rule) for user, rule in chosen.items())


class Recorder:
    """Called with the model after every epoch (`OnModel`); returns the replay at the end.

    folder: where the frames of an unfinished training run are saved; frames of its earlier processes are loaded again.
    """

    def __init__(self, split: Split, config: ModelConfig, seed: int, folder: Path | None = None) -> None:
        data = split.interactions
        self.config, self.seed, self.folder = config, seed, folder
        self.probes = probes_of(split, config.window)
        self.probe_users = np.array([probe.user for probe in self.probes], np.int64)
        positions = np.diff(data.starts)[self.probe_users] - 1
        self.histories = last_windows(data, self.probe_users, positions, config.history)
        self.windows = self.histories[:, -config.window :]
        self.targets = data.items[data.starts[self.probe_users + 1] - 1].astype(np.int64)
        self.seen = seen_before(data, self.probe_users, positions)
        share = min(1.0, MOST_VALUES / (config.dim * (2 * MOST_ITEMS + MOST_USERS)))
        self.items = drawn_items(data.popularity(), round(MOST_ITEMS * share), (self.windows, self.targets))
        self.users = some_users(data.n_users, round(MOST_USERS * share), self.probe_users, seed)
        # What the taste of each drawn user is made of, if it is made of items: all before the test item.
        ends = np.maximum(np.diff(data.starts)[self.users] - 1, 0)
        self.of_users = last_windows(data, self.users, ends, config.history)
        cells = len(self.probes) * config.window**2
        self.most = int(np.clip(MOST_CELLS // cells, 8, MOST_FRAMES))
        self.frames: dict[str, dict[int, Frame]] = {"search": {}, "refit": {}}
        self.damaged = 0  # frames of earlier processes that cannot be read
        self.load_frames()

    def __call__(self, phase: str, number: int, model: Model) -> None:
        step = stride(number, self.most)
        if number % step:
            return
        frames = self.frames[phase]
        frames[number] = self.frame(model)
        deleted = [old for old in frames if old % step]
        for old in deleted:
            del frames[old]
        if self.folder is not None:
            self.save(self.folder, phase, number, deleted)

    @torch.inference_mode()
    def frame(self, model: Recommender) -> Frame:
        """Returns the frame of the model as it is now; the model is not changed."""
        assert isinstance(model, AttRec)  # other systems are not recorded
        was_training = model.training
        model.eval()
        users, histories = (torch.from_numpy(array).to(model.device) for array in (self.probe_users, self.histories))
        stages = model.attention(histories[:, -self.config.window :])
        distances, tastes = model(users, histories).cpu().numpy(), self.tastes(model)
        model.train(was_training)
        remove_seen(distances, self.targets, self.seen)
        top = np.argsort(distances, axis=1, kind="stable")[:, :FIRST]
        top_distances = np.take_along_axis(distances, top, 1)
        short, long = (getattr(model, name).cpu().numpy() for name in ("item_short", "item_long"))
        return Frame(
            weights=half(stages.weights.cpu().numpy()),
            top=np.where(np.isinf(top_distances), -1, top).astype(np.int32),
            distances=np.where(np.isinf(top_distances), np.nan, top_distances).astype(np.float32),
            ranks=target_ranks(distances, self.targets).astype(np.float32),
            intents=half(stages.intent.cpu().numpy()),
            short_items=half(short[self.items]),
            long_items=half(long[self.items]),
            long_users=half(tastes),
        )

    @torch.inference_mode()
    def tastes(self, model: AttRec) -> np.ndarray:
        """Returns U (m, d) of the drawn users."""
        users, histories = (torch.from_numpy(array).to(model.device) for array in (self.users, self.of_users))
        return model.taste(users, histories).cpu().numpy()

    def save(self, folder: Path, phase: str, number: int, gone: list[int]) -> None:
        """Saves a frame with the unfinished training run. A full disk only costs a resumed run this frame. Its file has
        the checksum of the same file without a checksum."""
        arrays = vars(self.frames[phase][number])
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            content = save_tensors(arrays, {KEY: digits_of(save_tensors(arrays))})
            atomic_write(folder / file_name(phase, number), content)
        with contextlib.suppress(OSError):
            for old in gone:
                (folder / file_name(phase, old)).unlink(missing_ok=True)

    def load_frames(self) -> None:
        """Loads the frames of earlier processes; an older file has no checksum. A damaged frame, or one with other
        shapes, is left out and counted."""
        matrix, items = (self.config.window, self.config.window), (len(self.items), self.config.dim)
        shapes = {"weights": (len(self.probe_users), *matrix), "short_items": items, "long_items": items}
        shapes["long_users"] = (len(self.users), self.config.dim)
        for file in sorted(self.folder.glob("*-*.safetensors")) if self.folder is not None else ():
            phase, number = file.stem.split("-", 1)
            try:
                content = file.read_bytes()
                arrays = load_tensors(content)
                header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
                digits = header.get("__metadata__", {}).get(KEY)
                expect(digits in (None, digits_of(save_tensors(arrays))), "its checksum does not match")
                frame = Frame(**arrays)
                fits = all(getattr(frame, name).shape == shape for name, shape in shapes.items())
                expect(fits, "it has other shapes")
                self.frames[phase][int(number)] = frame
            except (OSError, SafetensorError, ValueError, TypeError, KeyError):
                self.damaged += 1

    def replay(self, model: Recommender, history: History) -> Replay:
        """Returns the replay of the phase whose model is the run, with a frame of the run itself."""
        refitted = history.ended != "interrupted" and any(epoch.phase == "refit" for epoch in history.epochs)
        phase: Phase = "refit" if refitted else "search"
        last = max(epoch.epoch for epoch in history.epochs if epoch.phase == phase)
        frames = {number: frame for number, frame in self.frames[phase].items() if number <= last}
        frames[history.best_epoch] = self.frame(model)
        epochs = sorted(frames)
        names = [field.name for field in dataclasses.fields(Frame)]
        stacked = {name: np.stack([getattr(frames[number], name) for number in epochs]) for name in names}
        # One PCA of each space for all epochs, as in the maps of the run.
        assert isinstance(model, AttRec)
        short, long = (getattr(model, name).detach().numpy() for name in ("item_short", "item_long"))
        if self.config.remembers:
            users = self.tastes(model)
        else:
            table = model.user_long.detach().numpy()
            users = table[drawn_users(len(table), len(long), self.seed)]
        of_short, of_long = pca(short), pca(np.vstack([users, long]))
        places = {"short_items": of_short, "intents": of_short, "long_items": of_long, "long_users": of_long}
        for name, space in places.items():
            stacked[name] = half(space.place(stacked[name].astype(np.float32)))
        return Replay(
            phase=phase,
            epochs=np.array(epochs, np.int32),
            best=history.best_epoch,
            probes=self.probes,
            windows=self.windows.astype(np.int32),
            targets=self.targets.astype(np.int32),
            items=self.items.astype(np.int32),
            users=self.users.astype(np.int32),
            **stacked,
        )


def file_name(phase: str, number: int) -> str:
    return f"{phase}-{number:04}.safetensors"


def half(values: np.ndarray) -> np.ndarray:
    """Converts to float16, exact to 1/2000. Values too large for float16 are clipped, so that they stay finite."""
    return np.clip(values, -60_000, 60_000).astype(np.float16)


def stride(number: int, most: int) -> int:
    """Returns the smallest power of 2 that has at most `most` multiples from 0 to `number`."""
    return 1 << (number // most).bit_length()


def drawn_items(popularity: np.ndarray, most: int, always: tuple[np.ndarray, ...]) -> np.ndarray:
    """popularity (N,) → the `most` most popular items and the items in the arrays `always`, ascending (n,)."""
    popular = np.argsort(-popularity, kind="stable")[:most]
    required = np.concatenate([items.ravel() for items in always])
    return np.union1d(popular, required[required >= 0])


def some_users(count: int, most: int, always: np.ndarray, seed: int) -> np.ndarray:
    """Returns a seeded sample of `most` users of `count`, and the users in `always` (P,), ascending (m,)."""
    if count <= most:
        return np.arange(count)
    return np.union1d(np.random.default_rng(seed).choice(count, most, replace=False), always)
