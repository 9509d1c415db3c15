"""The systems that AttRec is compared with: each follows its own equation and learns data that it can learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from commands import Cli
from conftest import circle, few, interactions_of, random_histories

from attrec_core.cli import main
from attrec_core.config import ModelConfig, with_settings
from attrec_core.data.windows import PADDING, leave_one_out, training_chunks, training_windows
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.answering import answer
from attrec_core.models.counted import Ease, ItemKnn, MarkovCounts, Popularity
from attrec_core.models.model import Model
from attrec_core.models.registry import COUNTED, TRAINED, model_in, model_of
from attrec_core.runs.load import load
from attrec_core.runs.run import save
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.training.fit import fit
from attrec_core.training.train_run import train_run

USERS, ITEMS, DIM, LENGTH = 5, 7, 4, 3
OTHERS = [name for name in TRAINED if name != "attrec"]


def small(name: str, **settings: object) -> Model:
    """Returns a model in float64 whose values are large enough to be distinguished."""
    torch.manual_seed(3)
    config = replace(start_of(name)[0], dim=DIM, window=LENGTH, vector_dropout=0.0, **settings)
    model = model_of(config, USERS, ITEMS, init_sd=0.5).double().eval()
    with torch.no_grad():
        for parameter in model.projections:
            parameter += 0.3 * torch.randn_like(parameter)
    return model


def asked(model: Model, user: int, window: list[int]) -> np.ndarray:
    """Returns the distances (N,) for a user and a window."""
    padded = [PADDING] * (LENGTH - len(window)) + window
    return model.ranker()(np.array([user]), np.array([padded]))[0]


def table(model: Model, name: str) -> np.ndarray:
    return getattr(model, name).detach().numpy()


def squared(point: np.ndarray, points: np.ndarray) -> np.ndarray:
    return ((point - points) ** 2).sum(1)


def blended(model: Model, user: int, intent: np.ndarray) -> np.ndarray:
    """Returns the distances (N,) of a metric model with ω = .2."""
    long = squared(table(model, "user_long")[user], table(model, "item_long"))
    return 0.2 * long + 0.8 * squared(intent, table(model, "item_short"))


FORMULAS: dict[str, Callable[[Callable[[str], np.ndarray], int, list[int]], np.ndarray]] = {
    "bprmf": lambda of, user, window: -(of("bias") + of("item") @ of("user")[user]),
    "mc": lambda of, user, window: -(of("next") @ of("latest")[window].mean(0)),
    "fpmc": lambda of, user, window: -(of("item") @ of("user")[user] + of("next") @ of("latest")[window].mean(0)),
    "hrm": lambda of, user, window: -(of("item") @ np.maximum(of("user")[user], of("item")[window].max(0))),
    "prme": lambda of, user, window: (
        0.2 * squared(of("user_long")[user], of("item_long"))
        + 0.8 * squared(of("item_short")[window].mean(0), of("item_short"))
    ),
    "transrec": lambda of, user, window: (
        squared(of("item")[window].mean(0) + of("shared") + of("user")[user], of("item")) - of("bias")
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("window", [[2], [4, 2], [6, 0, 3]])
def test_a_distance_is_the_formula_of_its_paper(name: str, window: list[int]) -> None:
    model = small(name)
    expected = FORMULAS[name](lambda part: table(model, part), 1, window)
    assert asked(model, 1, window) == pytest.approx(expected, abs=1e-12)


def test_tables_begin_normal_and_end_at_two_standard_deviations() -> None:
    model = model_of(replace(start_of("sasrec")[0], dim=64, window=60), USERS, 60, init_sd=0.1)
    for values in (table(model, "item"), table(model, "place")):
        assert [values.min(), values.max()] == pytest.approx([-0.2, 0.2], rel=0.05)
        assert values.std() == pytest.approx(0.088, rel=0.05)  # .1 before the truncation


def test_a_translation_is_made_between_projected_items_and_weights_by_place_are_those_of_filled_places() -> None:
    model = small("transrec", projected=True)
    items = table(model, "item") @ table(model, "projection")
    expected = squared(items[2] + table(model, "shared") + table(model, "user")[1], items) - table(model, "bias")
    assert asked(model, 1, [2]) == pytest.approx(expected, abs=1e-12)
    model = small("prme", place_weights=True)
    weights = np.exp(table(model, "place_weight")[-2:])
    intent = (weights / weights.sum()) @ table(model, "item_short")[[4, 2]]
    assert asked(model, 1, [4, 2]) == pytest.approx(blended(model, 1, intent), abs=1e-12)


def test_caser_by_hand() -> None:
    model = small("caser", filters=2)
    item_rows = table(model, "item")[[6, 0, 3]]  # (L, d)
    horizontal = []
    for height, filters in enumerate(model.horizontal, 1):
        weights, bias = (part.detach().numpy() for part in (filters.weight, filters.bias))  # (filters, d, height)
        filtered = [np.einsum("fdh,hd->f", weights, item_rows[at : at + height]) for at in range(LENGTH - height + 1)]
        horizontal.append(np.maximum(np.array(filtered) + bias, 0).max(0))
    vertical = (item_rows.T @ model.vertical.weight.detach().numpy().T).ravel()
    features = np.concatenate([vertical, *horizontal])
    inner = np.maximum(model.mixed.weight.detach().numpy() @ features + model.mixed.bias.detach().numpy(), 0)
    expected = -(table(model, "bias") + table(model, "answer") @ np.concatenate([inner, table(model, "user")[1]]))
    assert asked(model, 1, [6, 0, 3]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["lstm", "gru4rec"])
def test_a_recurrent_network_reads_only_the_real_items(name: str) -> None:
    model = small(name)
    states, _ = model.network(getattr(model, model.item_tables[0])[torch.tensor([[4, 2]])])
    last = states[0, -1].detach().numpy()
    by_product = name == "gru4rec"
    expected = -(table(model, "bias") + table(model, "answer") @ last) if by_product else blended(model, 1, last)
    assert asked(model, 1, [4, 2]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in TRAINED if TRAINED[name].every_place])
def test_a_place_knows_nothing_of_what_comes_after_it(name: str) -> None:
    model, users = small(name), torch.tensor([0])
    before, after = (
        model.query_vectors_everywhere(users, torch.tensor([window])).detach() for window in ([1, 2, 3], [1, 2, 6])
    )
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.equal(before[:, 2], after[:, 2])


def test_sasrec_with_one_head_by_hand() -> None:
    model = small("sasrec", layers=1)
    block, window = model.blocks[0], [6, 0, 3]

    def norm(values: np.ndarray, layer: torch.nn.LayerNorm) -> np.ndarray:
        centred = values - values.mean(1, keepdims=True)
        scale = np.sqrt((centred**2).mean(1, keepdims=True) + layer.eps)
        return centred / scale * layer.weight.detach().numpy() + layer.bias.detach().numpy()

    def linear(values: np.ndarray, layer: torch.nn.Linear) -> np.ndarray:
        return values @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()

    inputs = table(model, "item")[window] * np.sqrt(DIM) + table(model, "place")
    normed = norm(inputs, block.norm_query)
    key, value = np.split(linear(inputs, block.key_value), 2, axis=1)
    scores = linear(normed, block.query) @ key.T / np.sqrt(DIM)
    scores[np.triu_indices(LENGTH, 1)] = -np.inf
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    middle = normed + weights @ value
    inner = linear(np.maximum(linear(norm(middle, block.norm_inner), block.inner[0]), 0), block.inner[3])
    expected = -(table(model, "item") @ norm(middle + inner, model.norm)[-1])
    assert asked(model, 1, window) == pytest.approx(expected, abs=1e-12)


def test_heads_must_share_the_dimensions() -> None:
    with pytest.raises(InputError) as error:
        small("sasrec", heads=3)
    assert error.value.code == "not_a_multiple"


@pytest.mark.parametrize("name", few([*sorted({*OTHERS} - {"bprmf"}), "markov"], "gru4rec", "fpmc", "markov"))
def test_what_looks_at_the_latest_items_learns_a_circle(name: str) -> None:
    settings = {"dim": "16", "epochs": "60", "patience": "0", "learning_rate": "0.01", "vector_dropout": "0"}
    if name == "lstm":
        settings |= {"learning_rate": "0.1", "init_sd": "0.1", "regularisation": "clip"}
    split = leave_one_out(interactions_of(circle()))
    configs = with_settings(*start_of(name), settings | {"window": "1" if name != "caser" else "3"})
    model, _ = fit(split, *configs)
    assert evaluate(model.ranker(), split, configs[0].window, "test").metrics["mrr"] > 0.9


@pytest.mark.parametrize("name", few(["bprmf", "ease", "itemknn"], "ease", "itemknn"))
def test_taste_is_learned_by_what_knows_users(name: str) -> None:
    """Two groups of users with separate items: unseen items of the user's own group rank above the other group's."""
    random = np.random.default_rng(0)
    groups = [[f"{group}{item}" for item in range(8)] for group in "ab"]
    data = interactions_of({f"u{user}": list(random.permutation(groups[user % 2])[:7]) for user in range(60)})
    settings = {"dim": "8", "epochs": "40", "patience": "0", "learning_rate": "0.01", "batch_size": "16"}
    model, _ = fit(leave_one_out(data), *with_settings(*start_of(name), settings))
    ranks = evaluate(model.ranker(), leave_one_out(data), 5, "test").ranks
    assert np.mean(ranks <= 2) > 0.95  # two items of the user's own group are unseen


# Counted systems.

HISTORIES = {"a": list("wxyz"), "b": list("wxzy"), "c": list("xwyv"), "d": list("yxvw")}


def counted(kind: type, **settings: object) -> tuple[object, np.ndarray]:
    """Returns the model, counted on the first two items of each user, and the matrix (M, N) of these items."""
    data = interactions_of(HISTORIES)
    model = kind(replace(ModelConfig(), **settings), data.n_users, data.n_items)
    split = leave_one_out(data)
    model.learn(split)
    matrix = np.zeros((data.n_users, data.n_items))
    mask = split.train_mask()
    matrix[data.users[mask], data.items[mask]] = 1
    return model, matrix


NOBODY = np.full((4, 2), PADDING)


def test_popularity_counts_and_item_knn_by_hand() -> None:
    model, matrix = counted(Popularity)
    assert model.scores(np.arange(4), NOBODY)[0].tolist() == matrix.sum(0).tolist()
    model, _ = counted(ItemKnn, ridge=2.0, neighbours=2)
    norms = np.sqrt(matrix.sum(0))
    similar = matrix.T @ matrix / (np.outer(norms, norms) + 2.0)
    np.fill_diagonal(similar, 0)
    for row in similar:
        row[np.argsort(-row, kind="stable")[2:]] = 0
    assert model.scores(np.arange(4), NOBODY) == pytest.approx(matrix @ similar.T, abs=1e-6)


def test_ease_is_the_best_linear_model_without_a_diagonal() -> None:
    """Each column of B is the ridge regression of an item on all others."""
    model, matrix = counted(Ease, ridge=0.7)
    best = np.zeros((matrix.shape[1],) * 2)
    for item in range(len(best)):
        others = np.delete(np.arange(len(best)), item)
        inputs = matrix[:, others]
        best[others, item] = np.linalg.solve(inputs.T @ inputs + 0.7 * np.eye(len(others)), inputs.T @ matrix[:, item])
    assert model.scores(np.arange(4), NOBODY) == pytest.approx(matrix @ best, abs=1e-5)


@pytest.mark.parametrize("kind", [Ease, ItemKnn])
def test_the_latest_items_alone_are_read_where_that_is_asked_for(kind: type) -> None:
    model, _ = counted(kind, recent=1)
    latest = np.array([[PADDING, item] for item in range(4)])
    longer = np.array([[3 - item, item] for item in range(4)])
    nobody = np.full(4, -1)  # users of whom only the window is known
    assert model.scores(np.arange(4), longer) == pytest.approx(counted(kind)[0].scores(nobody, latest))
    told = [SYSTEMS["ease"].reading(ModelConfig(recent=recent), "EASE").split(",")[0] for recent in (0, 1, 3)]
    read = ("all of a user's training items", "the latest item", "the latest 3 items")
    assert told == [f"EASE reads {items}" for items in read]


def test_markov_counts_by_hand() -> None:
    model, matrix = counted(MarkovCounts, ridge=0.5)
    share = matrix.sum(0) / matrix.sum()
    follows = np.zeros((len(share),) * 2)
    data = interactions_of(HISTORIES)
    for user in range(4):
        first, second = data.items[data.starts[user] : data.starts[user] + 2]
        follows[first, second] += 1
    row_of = {name: index for index, name in enumerate(data.item_ids)}
    windows = np.array([[PADDING, row_of["x"]], [row_of["w"], row_of["x"]], [PADDING, PADDING]])
    chance = (follows + 0.5 * share) / (follows.sum(1, keepdims=True) + 0.5)
    expected = [chance[row_of["x"]], chance[[row_of["w"], row_of["x"]]].mean(0), share]
    assert model.scores(np.arange(3), windows) == pytest.approx(np.array(expected), abs=1e-6)


# Runs of these systems.


@pytest.mark.parametrize("name", [*COUNTED, *OTHERS])
def test_a_run_of_any_system_opens_and_ranks_as_it_did_and_its_weights_fit_no_other(name: str, tmp_path: Path) -> None:
    data = interactions_of(random_histories(5, users=12, items=15))
    settings = {} if name in COUNTED else {"dim": "4", "epochs": "2"}
    run = train_run(data, *with_settings(*start_of(name), settings), with_maps=False)
    save(run, tmp_path / "run")
    opened = load(tmp_path / "run")
    assert (opened.model_config, opened.train_config) == (run.model_config, run.train_config)
    assert set(opened.metrics["validation"]) == {"hr@10", "hr@50", "ndcg@10", "mrr"}
    model = model_in(opened)
    tested = model.ranked(opened, "test")
    assert tested.metrics == {key: run.metrics[key] for key in tested.metrics}
    windows = np.array([data.history(1)[-opened.model_config.window :]])
    distances = answer("", str(tmp_path / "run"), opened.fingerprint, 1, windows[0].tolist(), None)
    # Not to the last bit: the answer pads the window, and in another shape torch may add in another order.
    np.testing.assert_allclose(distances, model.ranker()(np.array([1]), windows)[0], rtol=1e-5, atol=1e-6)
    if name == "bprmf":
        with pytest.raises(InputError) as error:
            model_in(replace(run, model_config=replace(run.model_config, model="fpmc")))
        assert error.value.code == "other_model"


@pytest.mark.parametrize(("name", "epochs"), [("ease", []), ("transrec", ["--epochs", "1"])])
def test_the_command_trains_and_evaluates_any_system(
    name: str, epochs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"u{u},i{(u + step) % 12:02},{step}" for u in range(20) for step in range(6)]
    file, out = tmp_path / "data.csv", tmp_path / "run"
    file.write_text("\n".join(["user,item,time", *rows]), encoding="utf-8")
    assert main(["train", str(file), "--model", name, "--out", str(out), "--no-maps", *epochs]) == 0
    assert SYSTEMS[name].sentence in capsys.readouterr().err
    assert Cli(capsys).answer("evaluate", out)["mrr"] == load(out).metrics["mrr"]
    assert main(["estimate", str(file), "--model", name]) == (2 if name in COUNTED else 0)


# Windows of the systems that learn at every place.


def test_every_item_but_the_first_is_learned_once() -> None:
    data = interactions_of(random_histories(2))
    split = leave_one_out(data)
    users, windows, following = training_chunks(split, 4)
    expected = training_windows(split, 4, 1)
    real = following >= 0
    learned = sorted(zip(np.repeat(users, real.sum(1)), following[real], strict=True))
    assert learned == sorted(zip(expected[0], expected[2][:, 0], strict=True))
    assert ((windows >= 0) >= real).all() and real.any(1).all()  # no piece is empty
    for user, window, after, is_real in zip(users, windows, following, real, strict=True):
        history = data.items[data.starts[user] : data.starts[user] + split.lengths[user]].tolist()
        learned_pairs = zip(window[is_real].tolist(), after[is_real].tolist(), strict=True)
        assert set(learned_pairs) <= set(pairwise(history))
