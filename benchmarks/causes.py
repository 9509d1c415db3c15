"""Does a better ranking come with better-behaved attention? Compares the paper's hinge loss with the softmax loss: how
well the sample's test items are ranked, and how often each way to point at an item of the window finds the true cause.

Both losses are trained with the settings of the bundled run; the softmax loss changes only the settings that belong to
it. Writes the figures of each seed to benchmarks/results/causes.json, which the panel `study_causes` shows.

Run: python benchmarks/causes.py [SEEDS]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.config import with_settings
from attrec_core.data.causes import causes_beside
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.across_users import FINDERS
from attrec_core.runs.load import load
from attrec_core.storage.checksums import described
from attrec_core.training.study.race import SOFTMAX, Configs, fitted
from attrec_core.training.train_run import train_run

SAMPLE, KEPT = ROOT / "sample_data", ROOT / "benchmarks" / "results" / "causes.json"
OWN = SOFTMAX | {"learning_rate": "0.001", "vector_dropout": "0.2", "regularisation": "l2", "init_sd": "0.001"}


def main(seeds: int = 5) -> None:
    run = load(SAMPLE / "run")
    hinge = run.model_config, run.train_config
    softmax = fitted(with_settings(*hinge, OWN), leave_one_out(run.interactions))
    causes = causes_beside(SAMPLE, run.interactions)
    assert causes is not None

    def figures(configs: Configs, seed: int) -> dict[str, float]:
        trained = train_run(
            run.interactions, configs[0], replace(configs[1], seed=seed, epochs=60), with_maps=False, causes=causes
        )
        assert trained.across_users is not None and trained.across_users.causes is not None
        shares = dict(zip(FINDERS, trained.across_users.causes.shares[0].tolist(), strict=True))
        values = {name: trained.metrics[name] for name in ("mrr", "hr@10", "hr@50")} | shares
        print(configs[1].loss, seed, {name: round(value, 4) for name, value in values.items()}, flush=True)
        return values

    results = {
        configs[1].loss: [figures(configs, seed) for seed in range(seeds)] for configs in (hinge, softmax)
    }  # fmt: skip
    KEPT.write_bytes(described(results, {}, KEPT.name))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
