"""Reading data: what is kept, what is dropped and counted, and which error message a wrong file gets."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of
from table_files import put, read, refused

from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError

GOOD = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"times": np.zeros(5)}, "an array is not a list of whole numbers"),
        ({"times": np.zeros(4, int)}, "items and times differ in length"),
        ({"starts": np.array([0, 2, 4])}, "the histories do not fit the users"),
        ({"starts": np.array([0, 0, 5])}, "a user has no interactions"),
        ({"starts": np.array([0, 7, 5], np.uint64)}, "a user has no interactions"),
        ({"items": np.array([0, 1, 2, 0, 3])}, "an interaction has an item that is not in the catalogue"),
        ({"items": np.array([0, 1, 2, 0, -1])}, "an interaction has an item that is not in the catalogue"),
        ({"user_ids": ("a", "a")}, "a user id appears twice"),
        ({"item_ids": ("x", "y", "x")}, "an item id appears twice"),
        ({"titles": ("x", "y")}, "titles, genres and years do not fit the items"),
    ],
)
def test_arrays_that_are_no_interactions_are_refused(changes: dict[str, object], said: str) -> None:
    whole = interactions_of({"a": ["x", "y"], "b": ["z", "x", "y"]})
    with pytest.raises(InputError, match=f"These are not valid interactions: {said}"):
        replace(whole, **changes)


@pytest.mark.real
def test_a_real_catalogue_gives_titles_years_and_genres(real_data: Path) -> None:
    interactions, _ = read(real_data / "ml-100k")
    assert interactions.tie_rule == "file-first"
    fargo = interactions.item_ids.index("100")
    assert (interactions.titles[fargo], interactions.years[fargo]) == ("Fargo", "1996")
    assert interactions.genres[fargo] == ("Crime", "Drama", "Thriller")
    assert "Misérables, Les" in interactions.titles  # latin-1


def test_arrays_cannot_be_changed() -> None:
    interactions = interactions_of({"a": ["p", "q", "r"], "b": ["q", "p", "r"]})
    with pytest.raises(ValueError, match="read-only"):
        interactions.items[0] = 1


def test_leave_one_out_holds_back_the_last_two() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s"], "b": ["q", "p"], "c": ["p"]}))
    assert split.evaluated.tolist() == [0]  # b and c have too few items for evaluation and train with all of them
    assert split.lengths.tolist() == [2, 2, 1]
    assert [split.interactions.item_ids[split.held_out(part)[1][0]] for part in ("validation", "test")] == ["r", "s"]
    assert split.with_validation().lengths.tolist() == [3, 2, 1]
    with pytest.raises(InputError, match="No user has 3 or more interactions"):
        leave_one_out(interactions_of({"a": ["p", "q"], "b": ["q", "r"]}))


def test_a_file_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "data.csv", GOOD)
    path.chmod(0)
    if os.geteuid() == 0:
        # The superuser may read any file, so raise the error that other users get.
        def refuse(self: Path, *_: object, **__: object) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
    refused(path, "cannot be read: Permission denied")


def test_a_path_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.csv", "does not exist")
