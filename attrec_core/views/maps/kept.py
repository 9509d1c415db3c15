"""How many of the nearest items a map keeps around each test user: around m in the item space, around U in the user
space."""

from __future__ import annotations

import numpy as np

from attrec_core.data.windows import last_windows
from attrec_core.explain.forward import intents
from attrec_core.explain.maps import medoids, stored_pca
from attrec_core.explain.neighbours import NEIGHBOURS, nearest_of_all
from attrec_core.explain.vectors import items_table
from attrec_core.runs.run import Run
from attrec_core.views.maps.coordinates import drawn_users, items_at, layout

MOST_READ = 200_000_000  # numbers of the items' vectors that are read; with more, the first users are looked at


def kept_neighbours(run: Run, space: str, projection: str, users: np.ndarray) -> np.ndarray:
    """(U,) users at the step before their test item → (u,) how many of the NEIGHBOURS items nearest to each of the
    first u are also nearest on the map. 0 for a user who is not drawn, and in a small catalogue."""
    table, coordinates = items_table(run, space), items_at(run, space, projection)
    users = users[: max(1, MOST_READ // table.size)].astype(np.int64)
    if len(table) <= 2 * NEIGHBOURS:
        return np.zeros(len(users), np.int64)
    rows = nearest_of_all(table, points_of_users(run, space, users), NEIGHBOURS)[0]
    if space == "long":
        drawn = drawn_users(run, space)
        row = np.minimum(np.searchsorted(drawn, users), len(drawn) - 1)
        at, is_drawn = layout(run)[f"long_{projection}"][row], drawn[row] == users
    elif projection == "pca":
        at, is_drawn = stored_pca(layout(run), space).place(points_of_users(run, space, users)), True
    else:
        at, is_drawn = medoids(rows, coordinates), True
    on_map = nearest_of_all(coordinates, at, NEIGHBOURS)[0]
    return (rows[:, :, None] == on_map[:, None]).any(2).sum(1) * is_drawn


def points_of_users(run: Run, space: str, users: np.ndarray) -> np.ndarray:
    """(U,) users → (U, d) m in the item space, U in the user space."""
    if space == "long":
        return run.weights["user_long"][users]
    data, length = run.interactions, run.model_config.window
    return intents(run.weights, run.model_config, last_windows(data, users, np.diff(data.starts)[users] - 1, length))
