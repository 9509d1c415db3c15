"""Checkpoints that RecBole and RecTools have written: attention, scores and lists are those that the library computed,
and RecBole's own score comes out again. The recipes beside this file made them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Cli
from safetensors.numpy import save_file

from attrec_core.config import Equations
from attrec_core.data.importing import rows
from attrec_core.data.recbole_rows import recbole_rows
from attrec_core.errors import InputError
from attrec_core.explain import proof, sasrec
from attrec_core.explain.moment import moment_of
from attrec_core.runs import foreign_sasrec
from attrec_core.runs.foreign_sasrec import Foreign, read_foreign_sasrec
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.checkpoints import read_checkpoint

HERE = Path(__file__).parent
DATA = HERE / "tiny"
RECBOLE = ("recbole_gelu.pth", "recbole_relu.pth", "recbole_filtered.pth")
RECTOOLS = ("rectools_one.ckpt", "rectools_two.ckpt", "rectools_cosine.ckpt")
CLOSE = 1e-5  # float32, summed in another order


@pytest.fixture(params=RECBOLE + RECTOOLS)
def case(request: pytest.FixtureRequest) -> tuple[Foreign, dict[str, np.ndarray], bool]:
    """The model as it was read, what the library computed, and whether its windows begin at the left."""
    file = HERE / request.param
    with np.load(file.with_suffix(".npz")) as computed:
        return read_foreign_sasrec(file), dict(computed), file.suffix == ".pth"


def test_attention_scores_and_lists_are_those_of_the_library(case: tuple[Foreign, dict[str, Any], bool]) -> None:
    foreign, computed, begins_left = case
    for window, attention, scores in zip(*(computed[name] for name in ("windows", "attention", "scores")), strict=True):
        items = window[window > 0] - 1
        count = len(items)
        trace = sasrec.forward(foreign.arrays, foreign.config, items[None])
        part = slice(0, count) if begins_left else slice(len(window) - count, None)
        for layer, theirs in zip(trace.layers, attention, strict=True):
            assert layer.weights[0] == pytest.approx(theirs[:, part, part], abs=CLOSE)
            before = theirs[:, part, : len(window) - count].sum(-1) if not begins_left else 0
            assert layer.padding[0] == pytest.approx(before, abs=CLOSE)
        own = -sasrec.distances(foreign.arrays["item"], foreign.config, trace.asked[0, -1])
        assert own == pytest.approx(scores[1:], abs=CLOSE)
        assert np.argsort(-own, kind="stable")[:10].tolist() == np.argsort(-scores[1:], kind="stable")[:10].tolist()


def test_a_window_beside_shorter_ones_gives_the_same(case: tuple[Foreign, dict[str, Any], bool]) -> None:
    """Windows of several lengths at once, padded on the left, as an evaluation ranks them."""
    foreign, computed, _ = case
    windows = [window[window > 0] - 1 for window in computed["windows"]]
    padded = np.array([[-1] * (6 - len(items)) + items.tolist() for items in windows])
    together = sasrec.forward(foreign.arrays, foreign.config, padded).asked[:, -1]
    for items, asked in zip(windows, together, strict=True):
        alone = sasrec.forward(foreign.arrays, foreign.config, items[None]).asked[0, -1]
        assert asked == pytest.approx(alone, abs=CLOSE)


def test_rectools_padding_is_seen_unless_it_has_a_mask() -> None:
    for name, seen in (("rectools_one.ckpt", True), ("rectools_two.ckpt", False)):
        foreign = read_foreign_sasrec(HERE / name)
        padding = sasrec.forward(foreign.arrays, foreign.config, np.array([[3]])).layers[0].padding
        assert bool((padding > 0.5).all()) is seen  # of five empty places and one item


@pytest.mark.parametrize("name", RECBOLE)
def test_ids_and_score_of_recbole_come_out_again(name: str) -> None:
    foreign, file = read_foreign_sasrec(HERE / name), HERE / name
    kept = recbole_rows(rows(DATA), foreign.settings)
    with np.load(file.with_suffix(".npz")) as computed:
        assert ["[PAD]", *kept.tokens] == computed["ids"].tolist()
    assert foreign.score is not None
    found = proof.proof_of(foreign.arrays, foreign.config, kept, foreign.settings, foreign.score)
    assert found is not None and found.agrees
    assert found.here == pytest.approx(foreign.score, abs=5.1e-5)
    wrong = replace(kept, items=(kept.items + 1) % len(kept.tokens))  # each item has the vector of another
    doubted = proof.proof_of(foreign.arrays, foreign.config, wrong, foreign.settings, foreign.score)
    assert doubted is not None and not doubted.agrees


@pytest.mark.parametrize("name", ["recbole_filtered.pth", "rectools_one.ckpt"])
def test_the_command_makes_a_run_that_opens(name: str, cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "run"
    arguments = ["from-weights", DATA, "--model", "sasrec", "--weights", HERE / name, "--out", out, "--no-maps"]
    _, said = cli.told(*arguments)
    run, foreign = load(out), read_foreign_sasrec(HERE / name)
    assert run.model_config == foreign.config
    assert ("MRR@10 .2056" in said) is ("recbole" in name)
    moment = moment_of(run, 0)
    items = [foreign_ids(run, foreign).index(run.interactions.item_ids[item]) for item in moment.window]
    trace = sasrec.forward(foreign.arrays, foreign.config, np.array([items]))
    assert moment.asked == pytest.approx(trace.asked[0, -1], abs=CLOSE)
    assert moment.attention.weights.sum() + sum(moment.attention.padding) == pytest.approx(len(items), abs=CLOSE)


def foreign_ids(run: Run, foreign: Foreign) -> list[str]:
    return list(foreign.ids or recbole_rows(rows(DATA), foreign.settings).tokens)


def test_arrays_with_settings_and_ids_are_read_as_the_checkpoint_is(tmp_path: Path) -> None:
    checkpoint, foreign = read_checkpoint(HERE / RECTOOLS[2]), read_foreign_sasrec(HERE / RECTOOLS[2])
    arrays = {
        name.removeprefix("state_dict."): array for name, array in checkpoint.arrays.items() if "torch_model" in name
    }
    file, settings, items = (tmp_path / name for name in ("model.safetensors", "settings.json", "items.csv"))
    save_file(arrays, file)
    settings.write_text(json.dumps({"library": "rectools", "heads": 2, "scaled": True, "score": "cosine"}))
    items.write_text("\n".join(["item", *(foreign.ids or [])]))
    read = read_foreign_sasrec(file, settings, items)
    assert read.config == foreign.config and read.ids == foreign.ids
    assert {name: array.tolist() for name, array in read.arrays.items()} == {
        name: array.tolist() for name, array in foreign.arrays.items()
    }


def test_the_settings_of_a_run_keep_its_equations(tmp_path: Path) -> None:
    foreign = read_foreign_sasrec(HERE / RECBOLE[0])
    assert asdict(foreign.config.equations)["norm"] == "after"
    with pytest.raises(InputError, match="activation"):
        Equations(activation="softplus")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="epsilon"):
        Equations(epsilon=float("nan"))
    with pytest.raises(InputError, match="scaled"):
        Equations(scaled=1)  # type: ignore[arg-type]


def test_data_that_is_not_that_of_the_training_is_doubted(tmp_path: Path, cli: Cli) -> None:
    """The same rows in another order: other ids, of as many items."""
    lines = (DATA / "tiny.inter").read_text().splitlines()
    (tmp_path / "tiny.inter").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    run, model = tmp_path / "run", ("--weights", HERE / "recbole_gelu.pth", "--model", "sasrec", "--no-maps")
    _, said = cli.told("from-weights", tmp_path / "tiny.inter", *model, "--out", run)
    assert "MRR@10 .2225" in said and "Doubt the" in said
    assert load(run).system.label == "SASRec of RecBole, another score than its file says"
    assert not load(run).history["opened"]["agrees"]
    few = tmp_path / "few.inter"
    few.write_text("\n".join(lines[:40]) + "\n")
    assert "items" in cli.refusal("from-weights", few, *model, "--out", tmp_path / "other")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"val_interval": {"rating": "[3,inf)"}}, "val_interval"),
        ({"rm_dup_inter": "first"}, "rm_dup_inter"),
        ({"user_inter_num_interval": "[2,5];[8,inf)"}, "user_inter_num_interval"),
    ],
)
def test_a_setting_of_recbole_that_is_not_followed_is_named(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        recbole_rows(rows(DATA), settings)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"use_causal_attn": False}, "not causal"),
        ({"transformer_layers_type": "mine.Layers"}, "SASRecTransformerLayers is read"),
        ({"pos_encoding_kwargs": {"rotary": True}}, "rotary"),
        ({"similarity_module_kwargs": {"distance": "euclid"}}, "score='euclid'"),
        ({"n_heads": 3}, "3 heads do not divide its 8 dimensions"),
    ],
)
def test_an_equation_of_rectools_that_is_not_known_is_refused(
    change: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = read_checkpoint(HERE / RECTOOLS[0])
    checkpoint.values["hyper_parameters"]["model_config"] |= change
    monkeypatch.setattr(foreign_sasrec, "read_checkpoint", lambda _: checkpoint)
    with pytest.raises(InputError, match=why):
        read_foreign_sasrec(HERE / RECTOOLS[0])
