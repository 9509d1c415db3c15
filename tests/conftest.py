"""Small worlds that the tests share."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Coroutine, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

# Before numpy and torch are there. Where several processes share the processors, threads that wait for each other spin:
# tests of small matrices take twice the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions, in_time_order, repeated, rows_at
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.explain.forward import Trace, trace
from attrec_core.explain.maps import make_maps
from attrec_core.explain.ranking import Ranking, ranking
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.storage.locks import held
from attrec_core.training.train_run import train_run
from pages.frame.streamlit_internals import PagesManager

ROOT = Path(__file__).resolve().parent.parent
# Neither a test nor a server that one starts sees, or touches, what people keep.
EMPTY_HOME = tempfile.TemporaryDirectory(prefix="attrec-home-")
os.environ["ATTREC_HOME"] = EMPTY_HOME.name
os.environ.pop("ATTREC_READONLY", None)
# Some machines keep no bytecode; then each of a hundred processes would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Each AppTest looks for components in all installed packages, which takes longer than its page does: once is enough.
with contextlib.suppress(ImportError, AttributeError):
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
# A test that writes mostly waits for the disk. Memory has no fsync to wait for, and a killed process loses nothing.
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
# An example takes as long as the machine's other programs let it: what it takes is no fact about what it checks.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
OWN_SERVERS = {"serve", "fresh_server"}  # fixtures
SHARED_DATA = Path(os.environ.get("ATTREC_DATA", ROOT.parent / "shared" / "data"))


def often(short: int, long: int) -> int:
    """How many of something a test tries: in the suite, and by `make soak`."""
    return long if os.environ.get("SOAK") else short


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """A page's script becomes the main module, which other processes would then begin with."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


def finished(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs it to its end, in a thread of its own: the browser's tests leave a running loop in theirs."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


def mixed(*choices: Sequence[Hashable], together: int) -> list[tuple]:
    """Ways to choose one of each: by `make soak` all, in the suite few, in which any so many values still meet."""
    ways = {way: {*itertools.combinations(enumerate(way), together)} for way in itertools.product(*choices)}
    if os.environ.get("SOAK"):
        return list(ways)
    found, missing = [], set().union(*ways.values())
    while missing:
        found.append(max(ways, key=lambda way: len(ways[way] & missing)))
        missing -= ways[found[-1]]
    return found


def interactions_of(
    histories: dict[str, list[str]], *, tie_rule: TieRule = "file-last", duplicates: Duplicates = "keep"
) -> Interactions:
    """From lists of item ids, one time unit apart."""
    rows = [(user, item, time) for user, items in histories.items() for time, item in enumerate(items)]
    table = in_time_order(frame_of(rows), tie_rule)
    kept = rows_at(table, ~repeated(table)) if duplicates == "drop" else table
    return Interactions.from_ordered(kept, source="test", tie_rule=tie_rule, duplicates=duplicates)


def frame_of(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """Rows of user, item and time as readers give them."""
    return pd.DataFrame(rows, columns=["user", "item", "time"]).astype({"user": "category", "item": "category"})


def random_histories(seed: int, users: int = 30, items: int = 25, longest: int = 12) -> dict[str, list[str]]:
    random = np.random.default_rng(seed)
    return {
        f"user {user}": [f"item {item}" for item in random.permutation(items)[: random.integers(1, longest + 1)]]
        for user in range(users)
    }


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Run:
    """A model trained for two epochs on random histories, with maps. One of the processes that run the tests trains it,
    the others open it. UMAP would compile for twelve seconds; its coordinates here are those of PCA, swapped."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if hasattr(request.config, "workerinput") else own
    path = shared / "worlds" / "small_run"
    with held(shared, wait=300):
        if not path.exists():
            data = interactions_of(random_histories(1))
            settings = ModelConfig(dim=8, window=4), TrainConfig(epochs=2, targets=1, negatives=2, engine="torch")
            run = train_run(data, *settings, with_maps=False)
            stored = make_maps(run.arrays, run.train_config.seed, with_umap=False)
            stored |= {f"{space}_umap": stored[f"{space}_pca"][:, ::-1].copy() for space in ("long", "short")}
            save(replace(run, maps=stored), path)
    return replace(load(path), path=Path(), fingerprint="")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Among the files that drive a browser, which mostly wait, those that compute: so no processor is idle, and none
    works alone at the end. Of the first, those that start servers of their own begin, then the largest."""
    sizes = Counter(item.path for item in items)
    slow = {item.path for item in items if OWN_SERVERS.intersection(getattr(item, "fixturenames", ()))}
    browser = sorted(
        (path for path in sizes if "browser" in path.parts), key=lambda path: (path not in slow, -sizes[path])
    )
    others = [path for path in sizes if "browser" not in path.parts]
    turn = {path: place / len(files) for files in (browser, others) for place, path in enumerate(files)}
    items.sort(key=lambda item: turn[item.path])


@pytest.fixture(autouse=True)
def frame_is_the_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest falls back to Streamlit's pages/-folder mode at each run; the app's server switches that off."""
    if PagesManager is None:
        return
    start = PagesManager.__init__

    def without_folder(self: object, *args: object, **options: object) -> None:
        start(self, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", without_folder)


@pytest.fixture
def real_data() -> Path:
    """The folder of real data sets; a test that needs it is skipped, saying so, where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets are not here; name their folder by ATTREC_DATA")
    return SHARED_DATA


def recommend(
    run: Run,
    user: int | None,
    window: Sequence[int] | np.ndarray,
    *,
    long_weight: float | None = None,
    exclude: Sequence[int] | np.ndarray | None = None,
) -> tuple[Trace, Ranking]:
    """The trace and the ranking of a user (None: nobody) with this window."""
    steps = trace(run, np.asarray(window))
    taste = None if user is None else run.arrays["user_long"][user]
    return steps, ranking(run, steps.intent, taste, long_weight=long_weight, exclude=exclude)
