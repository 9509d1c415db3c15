"""“Try it yourself” with each of the fifteen systems: its recommendations for a new user, whose vector (if the system
needs one) is estimated from the picks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from app_pages import opened_page, said
from other_runs import made, saved
from test_pages_of_other_systems import ranking

from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.explain.vectors import fold_in
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.page_context import scene
from attrec_core.views.try_it_yourself.panels import how_estimated
from attrec_core.views.view import View

NAMES = [name for name in SYSTEMS if name != "own"]
PICKS = [2, 5, 7, 11]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("systems")
    save(small_run, folder / "attrec")
    return {"attrec": folder / "attrec"} | {name: saved(name, folder) for name in NAMES if name != "attrec"}


def ids(run: Run) -> tuple[str, ...]:
    return tuple(run.interactions.item_ids[item] for item in PICKS)


@pytest.mark.usefixtures("opened_runs")
@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_list_of_the_picks(name: str, folders: dict[str, Path]) -> None:
    run = load(folders[name])
    expected = scene(run, View(likes=ids(run))).ranking.top(10).tolist()
    assert len(expected) == 10 and not set(expected) & set(PICKS)
    if name in ("popularity", "bprmf", "lstm"):  # without users, and with vectors of an inner product and a distance
        app = opened_page("learn/try_it_yourself", run=name, likes=",".join(ids(run)))
        assert not app.error and not app.info and how_estimated(run) in said(app)
        assert [row["id"] for row in ranking(app)] == [run.interactions.item_ids[item] for item in expected]


@pytest.mark.parametrize("name", ["bprmf", "fpmc", "hrm", "transrec", "caser"])
def test_no_vector_of_that_length_has_larger_inner_products_with_the_picks(name: str, folders: dict[str, Path]) -> None:
    run = load(folders[name])
    users, vector = run.arrays["user"], fold_in(run, PICKS)
    items = run.arrays[SYSTEMS[name].tastes.items][PICKS][:, -users.shape[1] :].astype(float)
    length = np.median(np.linalg.norm(users, axis=1))
    random_vectors = np.random.default_rng(0).normal(size=(500, len(vector)))
    random_vectors *= length / np.linalg.norm(random_vectors, axis=1, keepdims=True)
    assert np.linalg.norm(vector) == pytest.approx(length, rel=1e-5)
    assert (items @ vector).sum() >= (random_vectors @ items.T).sum(1).max()


def test_in_a_metric_space_the_vector_is_the_mean_of_the_picks_and_transrec_projects_it(
    folders: dict[str, Path],
) -> None:
    for name in ("prme", "lstm"):
        run = load(folders[name])
        assert fold_in(run, PICKS) == pytest.approx(run.arrays["item_long"][PICKS].mean(0), abs=1e-6)
    run = made("transrec", projected="true")
    table, mean = run.arrays["projection"], run.arrays["item"][PICKS].mean(0)
    assert not np.allclose(table, np.eye(len(table)))
    vector = fold_in(run, PICKS)
    assert vector / np.linalg.norm(vector) == pytest.approx(mean @ table / np.linalg.norm(mean @ table), abs=1e-5)


def test_a_user_that_nobody_describes_is_refused_with_what_to_do(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="pick items as a new user"):
        moment_of(load(folders["bprmf"]), None, np.array(PICKS[:2])).ranking  # noqa: B018
