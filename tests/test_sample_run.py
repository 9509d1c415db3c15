"""The bundled model is small, agrees with its figures, comes from the documented command and is worth exploring."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from attrec_core import data
from attrec_core.data.causes import causes_beside
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.across_users.users import across_users
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import window_at
from attrec_core.runs.across_users import COLUMNS, FINDERS
from attrec_core.runs.run import Run
from attrec_core.training.fit import fit
from attrec_core.training.train_run import evaluate_run

SAMPLE = ROOT / "sample_data"
TOLERANCE = 0.03  # of a metric, for the arithmetic of another machine or torch; on one machine the bits are the same


def test_it_is_small_and_whole_and_was_trained_on_the_data_beside_it(sample: Run) -> None:
    assert sum(file.stat().st_size for file in Path(sample.path).iterdir()) <= 3_000_000
    assert {"long_pca", "long_umap", "short_pca", "short_umap"} <= set(sample.maps)
    assert "simulated" in sample.interactions.about and sample.interactions.n_interactions >= 40_000
    data_set = data.read(SAMPLE)
    assert data_set.item_ids == sample.interactions.item_ids
    assert data_set.titles == sample.interactions.titles
    assert np.array_equal(data_set.items, sample.interactions.items)


def test_its_figures_are_those_of_its_weights(sample: Run) -> None:
    computed = evaluate_run(sample)
    for name in ("hr@10", "hr@50", "ndcg@10", "mrr"):
        assert computed[name] == pytest.approx(sample.metrics[name], abs=1e-3)
    assert computed["hr@10"] >= 0.31
    assert computed["mrr"] >= 0.19


def test_the_same_settings_learn_the_same_again(sample: Run) -> None:
    short = dataclasses.replace(sample.train_config, epochs=4, patience=0, refit=False)
    _, history = fit(leave_one_out(data.read(SAMPLE)), sample.model_config, short)
    for epoch, stored in zip(history.epochs, sample.history["epochs"], strict=False):
        assert epoch.validation == pytest.approx(stored["validation"], abs=TOLERANCE)


def test_attention_finds_true_causes_far_more_often_than_the_latest_item_does(sample: Run) -> None:
    """Among viewings whose cause lies in a full window: is the most attended item the cause?"""
    length = sample.model_config.window
    attended, latest = [], []
    with (SAMPLE / "causes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            step = int(row["step"])
            if not row["cause_step"] or step < length or step - int(row["cause_step"]) > length:
                continue
            window = window_at(sample, sample.user_index[row["user"]], step)
            cause = int(row["cause_step"]) - (step - length)
            attended.append(int(trace(sample, window).column_weights.argmax()) == cause)
            latest.append(cause == length - 1)
    assert len(attended) > 10_000
    stored = dict(zip(FINDERS, sample.across_users.causes.shares[0], strict=True))
    assert stored["attention"] == pytest.approx(np.mean(attended), abs=1e-3)
    assert stored["latest"] == pytest.approx(np.mean(latest))
    assert np.mean(attended) >= max(0.46, np.mean(latest) + 0.15)


def test_its_statistics_are_those_of_its_weights(sample: Run) -> None:
    again = across_users(sample, causes_beside(SAMPLE, sample.interactions))
    for name in COLUMNS:
        stored, computed = (getattr(record, name).astype(float) for record in (sample.across_users, again))
        assert np.isclose(stored, computed, atol=1e-4, equal_nan=True).mean() > 0.99, name
    assert sample.across_users.causes.kinds == again.causes.kinds == ("all", "mood", "series")
    assert np.array_equal(sample.across_users.causes.viewings, again.causes.viewings)
    np.testing.assert_allclose(sample.across_users.causes.shares, again.causes.shares, atol=1e-3)
    assert np.mean(1 / sample.across_users.ranks) == pytest.approx(sample.metrics["mrr"], abs=1e-3)


def test_what_attracts_finds_more_causes_than_what_is_looked_at(sample: Run) -> None:
    """The simulated world was made to show this. Causes by series are found, causes by mood hardly."""
    causes = sample.across_users.causes
    table = {
        kind: dict(zip(FINDERS, shares, strict=True)) for kind, shares in zip(causes.kinds, causes.shares, strict=True)
    }
    overall, series, mood = (table[kind] for kind in ("all", "series", "mood"))
    assert overall["chance"] == pytest.approx(0.2)
    assert overall["chance"] < overall["latest"] < overall["attention"] < overall["exact"]
    assert all(0.8 < overall[name] < 1 for name in ("delete", "mask", "nearest"))
    assert all(series[name] > mood[name] for name in ("attention", "exact", "delete", "nearest"))
    assert mood["attention"] < mood["chance"]
