"""The item vectors that pages map equal those of the torch model; and the maps themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from other_runs import made

from attrec_core.config import with_settings
from attrec_core.errors import InputError
from attrec_core.explain import maps
from attrec_core.explain.vectors import items_in, users_in
from attrec_core.models.registry import TRAINED
from attrec_core.runs.run import save
from attrec_core.runs.systems import SYSTEMS, start_of


@pytest.mark.parametrize(
    ("name", "changes"), [*((name, {}) for name in TRAINED if name != "own"), ("transrec", {"projected": "true"})]
)
def test_they_are_what_an_item_answers(name: str, changes: dict[str, str]) -> None:
    config, _ = with_settings(*start_of(name), changes | {"dim": "6"})
    model = TRAINED[name](config, 5, 9)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    arrays = {key: weight.numpy(force=True) for key, weight in model.state_dict().items()}
    spaces = SYSTEMS[name].spaces.values()
    side_by_side = np.hstack([items_in(arrays, space) for space in spaces])
    assert side_by_side == pytest.approx(model.item_vectors()[0].numpy(force=True), abs=1e-5)
    assert all(len(users_in(arrays, space)) == 5 * bool(space.users) for space in spaces)


@pytest.mark.parametrize("name", ["bprmf", "sasrec"])
def test_training_lays_them_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "umap_coordinates", lambda points, seed: points[:, :2].astype(np.float32))
    run = made(name, with_maps=True)
    assert run.maps is not None and maps.has_umap(run) and run.across_users is None
    assert {key.split("_")[0] for key in run.maps} == {"users", *run.spaces}


def test_a_system_without_vectors_has_no_maps(tmp_path: Path) -> None:
    run = made("popularity", with_maps=True)
    assert run.maps is None
    save(run, tmp_path / "run")
    with pytest.raises(InputError) as error:
        maps.add_maps(tmp_path / "run")
    assert error.value.code == "no_vectors"
