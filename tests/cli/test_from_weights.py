"""Weights of another trainer become a run like our own; weights that do not fit are refused in one sentence."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import Cli
from conftest import ROOT, circle, data_file, few
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_tensors

from attrec_core.config import memory_weights
from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.runs.foreign_weights import read_arrays, rows_of
from attrec_core.runs.load import load
from attrec_core.runs.run import Run

SETTINGS = ("--set", "long_weight=0.3", "--set", "regularisation=clip", "--no-maps")  # the sample's, not the default


class Foreign:
    """The sample's weights in a folder, as another trainer would write them: rows in another order, double precision,
    one item and one user that the data does not have."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.folder, self.file, random = folder, "weights.npz", np.random.default_rng(0)
        data, weights = run.interactions, run.arrays
        orders = {"item": random.permutation(data.n_items), "user": random.permutation(data.n_users)}
        ids = {"item": data.item_ids, "user": data.user_ids}
        self.ids = {kind: [*(ids[kind][row] for row in order), f"no such {kind}"] for kind, order in orders.items()}
        self.arrays = {"W": weights["projection"].astype(float)}
        for letter, name, kind in (("X", "item_short", "item"), ("V", "item_long", "item"), ("U", "user_long", "user")):
            extra = np.ones((1, run.model_config.dim))
            self.arrays[letter] = np.concatenate([weights[name][orders[kind]].astype(float), extra])

    def written(self) -> list[object]:
        """Writes the files and returns the arguments of the command."""
        if self.file.endswith(".npz"):
            np.savez(self.folder / self.file, **self.arrays)
        else:
            save_file(self.arrays, self.folder / self.file)
        for kind, ids in self.ids.items():
            with (self.folder / f"{kind}s.csv").open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([["row", kind], *enumerate(ids)])
        files = [argument for name in ("items", "users") for argument in (f"--{name}", self.folder / f"{name}.csv")]
        out = ["--out", self.folder / "run", *SETTINGS]
        return ["from-weights", ROOT / "sample_data", "--weights", self.folder / self.file, *files, *out]


@pytest.fixture
def foreign(sample: Run, tmp_path: Path) -> Foreign:
    return Foreign(sample, tmp_path)


@pytest.mark.parametrize("file", few(["weights.npz", "weights.safetensors"], "weights.npz"))
def test_our_own_weights_come_back_as_the_same_model(cli: Cli, sample: Run, foreign: Foreign, file: str) -> None:
    foreign.file = file
    response = cli.answer(*foreign.written())
    metrics = {name: value for name, value in sample.metrics.items() if name != "validation"}
    assert {name: response[name] for name in metrics} == metrics
    imported = load(foreign.folder / "run")
    for name, array in sample.arrays.items():
        np.testing.assert_array_equal(imported.arrays[name], array)
    assert imported.across_users is not None and imported.replay is None
    ours, theirs = (cli.answer("recommend", path, "--user", "Ada Abe") for path in (sample.path, imported.path))
    assert ours["items"] == theirs["items"] != []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("ending", "kind"), [("npz", "float16"), ("safetensors", "float16"), ("safetensors", "bfloat16")]
)
def test_half_precision_is_read_as_it_is_and_a_quarter_refused(foreign: Foreign, ending: str, kind: str) -> None:
    foreign.file = f"weights.{ending}"
    foreign.written()
    ids = {letter: foreign.ids["user" if letter == "U" else "item"] for letter in "XVU"}
    tensors = {letter: torch.tensor(array).to(getattr(torch, kind)) for letter, array in foreign.arrays.items()}
    if ending == "npz":
        np.savez(foreign.folder / foreign.file, **{letter: tensor.numpy() for letter, tensor in tensors.items()})
    else:
        save_tensors(tensors, foreign.folder / foreign.file)
    read = read_arrays(foreign.folder / foreign.file, ids, "XVUW")
    for letter, tensor in tensors.items():
        np.testing.assert_array_equal(read[letter], tensor.double().numpy())
    if kind == "bfloat16":
        save_tensors(tensors | {"V": tensors["V"].to(torch.float8_e4m3fn)}, foreign.folder / foreign.file)
        with pytest.raises(
            InputError, match="V holds float8_e4m3, and weights are read as float64, float32, float16 and b"
        ):
            read_arrays(foreign.folder / foreign.file, ids, "XVUW")


def test_a_run_says_that_it_was_not_trained_here_and_what_was_left_out(cli: Cli, sample: Run, foreign: Foreign) -> None:
    _, remarks = cli.told(*foreign.written())
    assert "1 item left out" in remarks and "1 user left out" in remarks and "long_weight=0.3" in remarks
    facts = cli.answer("info", foreign.folder / "run")
    assert facts["trained"].startswith("Not trained here")
    assert (facts["epochs"], facts["preset"], facts["engine"]) == (0, None, None)
    assert facts["train"] == {"regularisation": "clip", "seed": 0}
    diff = cli.answer("compare-runs", sample.path, foreign.folder / "run")
    assert diff["sentences"][1].endswith("not trained here, so it has no epochs.")
    (targets,) = [setting for setting in diff["settings"] if setting["key"] == "targets"]
    assert (targets["a"], targets["b"], targets["differs"]) == (1, None, True)
    assert diff["metrics"]["mrr"]["difference"] == 0


@pytest.mark.parametrize("taste", few(["items", "both"], "both"))
def test_a_taste_from_items_needs_no_users_and_one_from_both_a_share(cli: Cli, foreign: Foreign, taste: str) -> None:
    of_users, settings = {"items": ["U"], "both": []}[taste], ("--set", f"taste={taste}", "--set", "half_life=9")
    foreign.arrays = {letter: array for letter, array in foreign.arrays.items() if letter not in of_users}
    if taste == "both":
        assert "it has no array beta" in cli.refusal(*foreign.written(), *settings)
        foreign.arrays["beta"] = np.array([0.25])
    arguments = foreign.written()
    at = arguments.index("--users")
    without = [*arguments[:at], *arguments[at + 2 :], *settings]
    if taste == "items":
        cli.answer(*without)
    else:
        assert "--users is missing" in cli.refusal(*without)
        cli.answer(*arguments, *settings)
    run = load(foreign.folder / "run")
    config = replace(load(ROOT / "sample_data" / "run").model_config, taste=taste, half_life=9.0)
    assert vars(run.model_config) == vars(config)
    history = run.interactions.history(5)[:-1]
    weights = 2.0 ** (-np.arange(len(history))[::-1] / 9)
    weights[: max(0, len(history) - len(memory_weights(9.0)))] = 0
    point = weights / weights.sum() @ run.weights["item_long"][history]
    if taste == "both":
        point = 0.75 * point + 0.25 * run.weights["user_long"][5]
    np.testing.assert_allclose(moment_of(run, 5, step=len(history)).taste, point, atol=1e-5)


def with_one(array: np.ndarray, value: float) -> np.ndarray:
    array = array.copy()
    array[3, 2] = value
    return array


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            lambda x, u, items: {"X": x["X"][1:], "V": x["V"][1:], "item": items[1:]},
            "lacks 1 of the 418 items of the data",
        ),
        (lambda x, users, items: {"user": [*users[:4], users[1], *users[5:]]}, "twice, again in row 5"),
        (lambda x, users, items: {"item": items[:-1]}, "X has 419 rows, and there are ids of 418 items"),
        (lambda x, *ids: {"U": x["U"].T}, "U has 64 rows, and there are ids of 1,001 users"),
        (lambda x, *ids: {"X": x["X"][:, :7]}, "V has 64 columns, and X has 7 columns"),
        (lambda x, *ids: {"X": x["X"][:1]}, "X has 1 row, and there are ids of 419 items"),
        (
            lambda x, *ids: {"X": x["X"].astype("<f4").view("V2")},
            "X holds raw bytes, as numpy writes bfloat16 (a .safetensors keeps",
        ),
        (lambda x, *ids: {"X": x["X"].astype(str)}, "X holds texts, and weights are read as float64, "),
        (lambda x, *ids: {"V": with_one(x["V"], np.nan)}, "V holds a value that is not a number from"),
        (
            lambda x, *ids: {"U": with_one(x["U"], 1e30)},
            "U holds a value that is not a number from −1,000,000,000 to 1,000,000,000",
        ),
        (lambda x, *ids: {"W": x["W"].astype(int)}, "W holds int64, and weights are read as float64, "),
        (lambda x, *ids: {"W": x["W"][:, 1:]}, "W has 63 columns, and X has 64 columns"),
        (lambda x, *ids: {"U": None}, "it has no array U; it needs X, V, U and W"),
        (lambda x, *ids: {"beta": np.array([0.5])}, "AttRec has no array 'beta'"),  # of a taste from both alone
        (lambda x, *ids: {"bias": np.ones(3)}, "AttRec has no array 'bias'"),
        (lambda x, *ids: {"W": np.array([{"not": "numbers"}])}, "it holds other things than arrays of numbers"),
    ],
)
def test_a_misfit_is_refused(cli: Cli, foreign: Foreign, changes: Callable[..., dict[str, Any]], expected: str) -> None:
    for name, value in changes(foreign.arrays, foreign.ids["user"], foreign.ids["item"]).items():
        (foreign.ids if name in foreign.ids else foreign.arrays)[name] = value
    foreign.arrays = {name: array for name, array in foreign.arrays.items() if array is not None}
    assert expected in cli.refusal(*foreign.written())
    assert not (foreign.folder / "run").exists()


def test_other_files_settings_of_a_training_and_tables_without_ids_are_refused(cli: Cli, foreign: Foreign) -> None:
    arguments = foreign.written()
    for setting, expected in (
        ("dim=8", "the arrays decide it"),
        ("epochs=3", "the weights are trained already"),
        ("windows=3", "There is no setting"),
    ):
        assert expected in cli.refusal(*arguments, "--set", setting)
    (foreign.folder / "items.csv").write_text("name\na\n")
    assert "items.csv cannot be used: it has no column item; it has name" in cli.refusal(*arguments)
    foreign.file = "weights.pt"
    assert "weights are read from .npz and .safetensors" in cli.refusal(*foreign.written())


def test_whole_numbers_may_be_spelt_as_floats_unless_the_data_has_both(tmp_path: Path) -> None:
    names, file = ["5", "6.0", "7"], tmp_path / "items.csv"
    assert rows_of(names, ["7.0", "6", "5"], "item", file).tolist() == [2, 1, 0]
    assert rows_of(["5", "5.0"], ["5.0", "5"], "item", file).tolist() == [1, 0]
    with pytest.raises(InputError) as refused:
        rows_of(["5", "5.0"], ["5", "6"], "item", file)
    assert refused.value.code == "no_weights"


def test_a_training_from_a_run_says_of_users_only_what_starts_from_it(cli: Cli, tmp_path: Path) -> None:
    """Users have no weights where the taste is made of items; another shape is refused before anything is said."""
    file, small = data_file(tmp_path / "data.csv", circle()), ("--preset", "quick", "--set", "dim=4", "--no-maps")
    for taste, said in (("items", False), ("vector", True)):
        run = tmp_path / taste
        cli.told("train", file, "--out", run, *small, "--epochs", "1", "--set", f"taste={taste}")
        remarks = cli.told(
            "train", file, "--from", run, "--out", tmp_path / f"{taste}-on", "--no-maps", "--epochs", "1"
        )[1]
        assert "items start from" in remarks and ("users start from" in remarks) == said
        refused = cli.refusal("train", file, "--from", run, "--out", tmp_path / "no", "--set", "taste=both")
        assert "cannot change" in refused and "start from" not in refused.partition("cannot change")[0]
