"""ranks.npz: the rank of every test item, for a run without at_large.npz, which has the ranks too; checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.runs.columns import Column, checked_columns, columns_of
from attrec_core.storage.read_errors import expect


@dataclass(frozen=True, eq=False)
class Ranks:
    """One row for each test user."""

    users: Annotated[np.ndarray, Column(np.int32, "E", of="M", ascending=True)]
    ranks: Annotated[np.ndarray, Column(np.float32, "E", 1, "N")]  # seen items removed; an exact tie counts half


def ranks_in(arrays: Mapping[str, np.ndarray], data: Interactions) -> Ranks:
    """Raises KeyError for a missing array, ValueError saying which array is wrong and how."""
    columns = checked_columns(arrays, columns_of(Ranks), M=data.n_users, N=data.n_items)
    with_test_item = np.flatnonzero(np.diff(data.starts) >= 3)
    expect(np.array_equal(columns["users"], with_test_item), "users are not those with a test item")
    return Ranks(**columns)
