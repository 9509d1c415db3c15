"""Runs and data sets for Python users: tables of their content, and the moments in a run."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.config import METRICS
from attrec_core.data.importing import import_data
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import COLUMNS, Columns, Options
from attrec_core.data.report import ImportReport
from attrec_core.errors import InputError, shown, sizes_in_words
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import Epoch, epochs_of
from attrec_core.runs.library.rename_and_trash import tidy_workspace
from attrec_core.runs.load import load as load_run
from attrec_core.runs.lookup import item_id, user_id
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.views.notebook.moment import NotebookMoment, moment_of
from attrec_core.views.notebook.picture import block
from attrec_core.views.report import table
from attrec_core.views.view import View

FIRST = 5  # rows of a data set that a notebook shows


@dataclass(frozen=True, eq=False)
class NotebookRun:
    """A trained model and the data that it was trained on.

    >>> attrec.load()
    Run('sample_data', users=1000, items=418)
    """

    record: runs_run.Run

    def __repr__(self) -> str:
        data = self.record.interactions
        return f"Run({self.record.name!r}, users={data.n_users}, items={data.n_items})"

    @property
    def users(self) -> pd.DataFrame:
        """user, interactions: one row per user.

        >>> attrec.load().users.shape
        (1000, 2)
        """
        data = self.record.interactions
        return pd.DataFrame({"user": data.user_ids, "interactions": np.diff(data.starts)})

    @property
    def items(self) -> pd.DataFrame:
        """item, title, genres, year, interactions: one row per item.

        >>> attrec.load().items.columns.tolist()
        ['item', 'title', 'genres', 'year', 'interactions']
        """
        data = self.record.interactions
        items = pd.DataFrame({"item": data.item_ids, "title": data.titles})
        genres = [", ".join(genres) for genres in data.genres]
        return items.assign(genres=genres, year=data.years, interactions=data.popularity())

    @property
    def metrics(self) -> dict[str, float]:
        """HR@10, HR@50, NDCG@10 and MRR on the test items, from 0 to 1, higher is better.

        >>> sorted(attrec.load().metrics)
        ['hr@10', 'hr@50', 'mrr', 'ndcg@10']
        """
        return {name: float(self.record.metrics[name]) for name in METRICS}

    @property
    def history(self) -> pd.DataFrame:
        """epoch, phase, loss, seconds, and the validation metrics: one row per epoch.

        >>> attrec.load().history.columns[:3].tolist()
        ['epoch', 'phase', 'loss']
        """
        rows = [vars(epoch) | (epoch.validation or {}) for epoch in epochs_of(self.record.history)]
        columns = [field.name for field in fields(Epoch)] + list(METRICS)
        return pd.DataFrame(rows, columns=columns).drop(columns=["of", "validation"])

    @property
    def data(self) -> Data:
        """The data that the run was trained on."""
        return Data(self.record.interactions)

    def user(self, user: str) -> NotebookMoment:
        """Returns a user at the step before the last, so that the next item is known; `.at(step=…)` gives another step.
        Raises InputError for an unknown id, with the nearest ids.

        >>> attrec.load().user("Ada Abe").next_item
        'rear'
        """
        return moment_of(self.record, View(user=user_id(self.record, user)))

    def classroom(self, path: str | Path, **choices: Any) -> Path:
        """Writes one HTML file with the live model, which opens without a server and without a network. choices: the
        fields of `Lesson`: users (how many, or their ids), names_hidden, panels, note (Markdown), start, guess_first,
        items. Returns the file's path. Warns of what in the start does not fit. Raises InputError for a choice that the
        run does not have, and OSError for a file that cannot be written; then nothing is written.

        >>> attrec.load().classroom("lesson.html", users=["Ada Abe"]).name
        'lesson.html'
        """
        from attrec_core.views.classroom.file import Lesson, classroom

        file = Path(path)
        made = classroom(self.record, Lesson(**choices))
        for remark in made.remarks:
            warnings.warn(str(remark), stacklevel=2)
        made.write(file)
        return file

    def new_user(self, likes: Sequence[str]) -> NotebookMoment:
        """Returns a person who is not in the data: taste and window are made from 1 to 10 items that they like.

        >>> attrec.load().new_user(["alien", "amelie"]).window
        ['alien', 'amelie']
        """
        liked = [item_id(self.record, item) for item in likes]
        if not liked:
            raise InputError("no_items", "Say what the new user likes: at least one item.", setting="likes")
        return moment_of(self.record, View(likes=tuple(dict.fromkeys(liked))))

    def window(self, items: Sequence[str]) -> NotebookMoment:
        """Returns nobody in particular after these items, oldest first: only the short-term part counts, unless the
        model makes the long-term taste of items.

        >>> attrec.load().window(["alien", "amelie"]).user is None
        True
        """
        return moment_of(self.record, View(window=tuple(item_id(self.record, item) for item in items)))

    def save(self, path: Path | str, *, overwrite: bool = False) -> NotebookRun:
        """Writes the run to a folder, in one step, and returns the run loaded from there. Raises InputError if the
        folder exists (unless `overwrite`) or cannot be written."""
        runs_run.save(self.record, Path(path), overwrite=overwrite)
        return load(path)

    def _repr_html_(self) -> str:
        data = self.record.interactions
        counts = sizes_in_words(data.n_users, data.n_items, data.n_interactions)
        return block(f"Run {self.record.name}", counts, table(pd.DataFrame([self.metrics]), "metrics"))


@dataclass(frozen=True, eq=False)
class Data:
    """Interactions, checked and in time order, and the report of reading them.

    >>> attrec.load().data
    Data(users=1000, items=418, interactions=52129)
    """

    interactions: Interactions
    report: ImportReport | None = None

    def __repr__(self) -> str:
        data = self.interactions
        return f"Data(users={data.n_users}, items={data.n_items}, interactions={data.n_interactions})"

    @property
    def frame(self) -> pd.DataFrame:
        """user, item, title, time: one row per interaction, user after user, oldest first. time is a timestamp if the
        data has a time unit, else a number that gives the order.

        >>> attrec.load().data.frame.columns.tolist()
        ['user', 'item', 'title', 'time']
        """
        data = self.interactions
        columns = {"user": (data.user_ids, data.users), "item": (data.item_ids, data.items)}
        columns["title"] = data.titles, data.items
        rows = pd.DataFrame({name: pd.Series(texts)[index].array for name, (texts, index) in columns.items()})
        dated = data.time_unit != "order"
        return rows.assign(
            time=pd.to_datetime(data.times, unit=data.time_unit, errors="coerce") if dated else data.times
        )

    def _repr_html_(self) -> str:
        recognised = () if self.report is None else (" ".join(self.report.recognised),)
        return block(repr(self), *recognised, table(self.frame.head(FIRST), "the first rows"))


def load(path: Path | str | None = None) -> NotebookRun:
    """Loads the run in a folder; None: the bundled sample. Raises InputError naming a damaged or missing file.

    >>> attrec.load().metrics["hr@10"] > 0.1
    True
    """
    tidy_workspace()
    return NotebookRun(load_run(SAMPLE_RUN if path is None else path))


def read(source: Path | str | pd.DataFrame, **settings: Any) -> Data:
    """Reads data from a file or folder of a known format, or from a DataFrame with one row per interaction.

    settings: as on the command line, with underscores: user_column, item_column, time_column …, min_rating, k_core,
    tie_rule, delimiter …; settings not given are detected. Raises InputError, one sentence, for anything wrong.

    >>> frame = pd.DataFrame({"user": list("aabb"), "item": list("xyyz"), "time": [1, 2, 1, 2]})
    >>> attrec.read(frame)
    Data(users=2, items=3, interactions=4)
    """
    tidy_workspace()
    options = options_of(settings)
    if not isinstance(source, pd.DataFrame):
        return Data(*import_data(source, options))
    with tempfile.TemporaryDirectory() as folder:
        # Read like a file, so that times, missing values and the rows to keep are decided in one place.
        file = Path(folder) / "DataFrame"
        try:
            source.rename(columns=str).to_parquet(file, index=False)
        except (pa.ArrowException, ValueError, TypeError) as error:
            reason = shown(" ".join(str(error).split()), 200)
            raise InputError("unreadable", "The DataFrame cannot be read: {reason}.", reason=reason) from None
        try:
            return Data(*import_data(file, options))
        except InputError as error:  # it is about the DataFrame, not about the file through which it was read
            facts = {name: "The DataFrame" if fact in (file, str(file)) else fact for name, fact in error.facts.items()}
            told = error.with_facts(**facts)
            raise (told.inside("") if told.place.file == str(file) else told) from None


def options_of(settings: Mapping[str, Any]) -> Options:
    """Raises InputError for a setting that does not exist, or for a value that it may not have."""
    columns = {f"{role}_column": role for role in COLUMNS}
    names = [*columns, *sorted({field.name for field in fields(Options)} - {"columns"})]
    for name in settings:
        if name not in names:
            text = "There is no setting {given} for reading; the settings are: {names}."
            raise InputError("unknown_setting", text, setting=name, given=shown(name), names=", ".join(names))
    chosen_columns = {columns[name]: value for name, value in settings.items() if name in columns}
    options = {name: value for name, value in settings.items() if name not in columns}
    if isinstance(options.get("events"), str):
        options["events"] = (options["events"],)
    try:
        if options.get("metadata") is not None:
            options["metadata"] = Path(options["metadata"])
        return Options(columns=Columns(**chosen_columns), **options)
    except TypeError:  # a text instead of a number, or a number instead of a text
        values = ", ".join(f"{name}={shown(value)}" for name, value in settings.items())
        raise InputError("wrong_type", "A setting for reading has a value of the wrong type: {v}.", v=values) from None


def interactions_of(source: Data | Interactions | pd.DataFrame | Path | str) -> Interactions:
    """The interactions to train on, from any kind of source."""
    if isinstance(source, Data):
        return source.interactions
    return source if isinstance(source, Interactions) else read(source).interactions
