"""What all tests share: the environment, fixtures and small data sets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Coroutine, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

# Set before numpy and torch are imported. Threads spin while they wait for each other: where several processes share
# the processors, tests of small matrices take twice the time. With more than one thread of numba's, its import, such as
# by UMAP, gives torch as many.
os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"} | os.environ

import numpy as np
import pandas as pd
import pytest
from commands import Cli
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.reading.rows import Rows
from attrec_core.explain.forward import Trace, trace
from attrec_core.explain.maps import make_maps
from attrec_core.explain.ranking import Ranking
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home
from attrec_core.training.train_run import train_run
from pages.frame.streamlit_internals import PagesManager
from tests.durations import seconds_of_files
from tests.outside import Outside

ROOT = Path(__file__).resolve().parent.parent
# Neither the tests nor the servers that they start read or change a person's own workspace.
EMPTY_HOME = tempfile.TemporaryDirectory(prefix="attrec-home-")
os.environ["ATTREC_HOME"] = EMPTY_HOME.name
os.environ.pop("ATTREC_READONLY", None)
# Some machines switch bytecode files off; then each of a hundred processes would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Each AppTest searches all installed packages for components, which takes longer than its page. Once is enough.
with contextlib.suppress(ImportError, AttributeError):
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
# A test that writes files mostly waits for the disk. Files in memory need no such wait, and survive a killed process.
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
# No deadline: the time of an example depends on the machine's other programs, not on the code that it checks.
settings.register_profile("suite", deadline=None, max_examples=50)
settings.load_profile("suite")
SHARED_DATA = Path(os.environ.get("ATTREC_DATA", ROOT.parent / "shared" / "data"))


def often(short: int, long: int) -> int:
    """Returns how many times a test tries something: `short` in the suite, `long` by `make soak`."""
    return long if os.environ.get("SOAK") else short


@pytest.fixture(autouse=True, scope="session")
def counting_proxy() -> Iterator[Outside]:
    """The proxy of all programs that this test process starts. Counts also what servers ask that live until its end."""
    proxy = Outside()
    proxy.name_in_environment()
    yield proxy
    assert not proxy.taken()


@pytest.fixture(autouse=True)
def outside(counting_proxy: Outside) -> Iterator[Outside]:
    """The same proxy. The test fails if one of its programs has asked another machine."""
    yield counting_proxy
    assert not counting_proxy.taken(), "asked outside"


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Restores the main module: AppTest replaces it by a page's script, with which new processes would then begin."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


def finished(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine to its end in a new thread, because the browser tests leave a running event loop in theirs."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


def mixed(*choices: Sequence[Hashable], together: int) -> list[tuple]:
    """Ways to choose one of each: all by `make soak`; in the suite few, with every combination of `together` values."""
    ways = {way: {*itertools.combinations(enumerate(way), together)} for way in itertools.product(*choices)}
    if os.environ.get("SOAK"):
        return list(ways)
    chosen, missing = [], set().union(*ways.values())
    while missing:
        chosen.append(max(ways, key=lambda way: len(ways[way] & missing)))
        missing -= ways[chosen[-1]]
    return chosen


def few(values: Iterable[Hashable], *kept: Hashable) -> list[Any]:
    """Returns the parameters of a test: those kept are tried by `make test`, too; the others are marked `long`."""
    return [pytest.param(value, marks=() if value in kept else pytest.mark.long) for value in values]


def interactions_of(
    histories: dict[str, list[str]], *, tie_rule: TieRule = "file-last", duplicates: Duplicates = "keep"
) -> Interactions:
    """Builds interactions from lists of item ids, one time unit apart."""
    table = frame_of([(user, item, time) for user, items in histories.items() for time, item in enumerate(items)])
    rows = Rows(table, "order", len(table), {}, (), format="test", tie_rule=tie_rule, duplicates=duplicates)
    return importing.interactions_of(rows)[0]


def circle(users: int = 40, items: int = 12, length: int = 9) -> dict[str, list[str]]:
    """All users follow the same circle from different starts: the last item determines the next item."""
    return {f"u{u}": [f"i{(u + step) % items:02}" for step in range(length)] for u in range(users)}


def frame_of(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """Returns rows of user, item and time as a table, as readers give it."""
    return pd.DataFrame(rows, columns=["user", "item", "time"]).astype({"user": "category", "item": "category"})


def random_histories(seed: int, users: int = 30, items: int = 25, longest: int = 12) -> dict[str, list[str]]:
    random = np.random.default_rng(seed)
    return {
        f"user {user}": [f"item {item}" for item in random.permutation(items)[: random.integers(1, longest + 1)]]
        for user in range(users)
    }


def data_file(path: Path, histories: dict[str, list[str]], header: str = "user,item,time") -> Path:
    """Writes histories as a table, one time unit apart. Returns its path."""
    rows = [f"{user},{item},{time}" for user, items in histories.items() for time, item in enumerate(items)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Run:
    """A run trained for two epochs on random histories, with maps. One of the test processes trains it, the others load
    it. UMAP would compile for twelve seconds, so the coordinates of PCA, swapped, stand for its coordinates."""
    base_temp = tmp_path_factory.getbasetemp()
    shared = base_temp.parent if hasattr(request.config, "workerinput") else base_temp
    path = shared / "worlds" / "small_run"
    with hold_lock(shared, wait=300):
        if not path.exists():
            data = interactions_of(random_histories(1))
            settings = ModelConfig(dim=8, window=4), TrainConfig(epochs=2, targets=1, negatives=2, engine="torch")
            run = train_run(data, *settings, with_maps=False)
            maps = make_maps(run.arrays, run.train_config.seed, with_umap=False)
            maps |= {f"{space}_umap": maps[f"{space}_pca"][:, ::-1].copy() for space in ("long", "short")}
            save(replace(run, maps=maps), path)
    return replace(load(path), path=Path(), fingerprint="")


@pytest.fixture(scope="module")
def saved(small_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small run; a test that changes it takes `home`."""
    save(small_run, folder := tmp_path_factory.mktemp("saved") / "run-a")
    return folder


@pytest.fixture
def home(small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The workspace of this process, with the run “mine”."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    save(small_run, tmp_path / "home" / "runs" / "mine")
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def sample() -> Run:
    """The bundled run."""
    return load(ROOT / "sample_data" / "run")


@pytest.fixture(autouse=True, scope="module")
def no_run_of_another_file() -> Iterator[None]:
    """Forgets the runs that were listed: the app still shows a run from memory whose folder is gone, but a run of
    another test file is none of the next one's."""
    yield
    if frame_runs := sys.modules.get("pages.frame.runs"):
        for store in (frame_runs.CACHE.former, frame_runs.CACHE.stay, frame_runs.CACHE.outcomes):
            store.clear()
        frame_runs.cached_runs.cache_clear()
        frame_runs.asked_for.cache_clear()


@pytest.fixture
def opened_runs(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app shows the runs of the fixture `folders`, which a test file defines, besides the bundled one."""
    from pages.frame.runs import cached_runs  # late: what it imports of Streamlit is changed above

    arguments = [word for folder in folders.values() for word in ("--run", str(folder))]
    monkeypatch.setattr(sys, "argv", [str(ROOT / "app.py"), *arguments])
    yield
    cached_runs.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest test files first, so that no processor works alone at the end."""
    seconds = seconds_of_files()
    known = sorted(seconds.values())
    usual = known[len(known) // 2] if known else 1.0  # of a file that is new

    def length(item: pytest.Item) -> tuple[float, Path]:
        return -seconds.get(item.path.relative_to(ROOT / "tests").as_posix(), usual), item.path

    items.sort(key=length)


class Halves(LoadFileScheduling):
    """Half of the processes take the files of the browser tests first, the others the rest: each process that visits
    the app starts a browser and a server, and compiles the scripts of its pages."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        visits = 2 * self.nodes.index(node) < len(self.nodes)
        first = next((file for file in self.workqueue if ("/browser/" in file) == visits), None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Halves | None:
    return Halves(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def frame_is_the_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switches Streamlit's pages/-folder mode off, as the app's server does; AppTest falls back to it at each run."""
    if PagesManager is None:
        return
    start = PagesManager.__init__

    def without_folder(self: object, *args: object, **options: object) -> None:
        start(self, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", without_folder)


@pytest.fixture
def real_data() -> Path:
    """The folder of real data sets. Where it is missing, the test is skipped with a message."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets are not here; name their folder by ATTREC_DATA")
    return SHARED_DATA


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


def recommend(
    run: Run,
    user: int | None,
    window: Sequence[int] | np.ndarray,
    *,
    long_weight: float | None = None,
    exclude: Sequence[int] | np.ndarray | None = None,
) -> tuple[Trace, Ranking]:
    """Returns the trace and the ranking of a user (None: no user) with this window."""
    steps = trace(run, np.asarray(window))
    taste = None if user is None else run.arrays["user_long"][user]
    omega = run.model_config.long_weight if long_weight is None else long_weight
    excluded = None if exclude is None else np.asarray(exclude, np.int64)
    return steps, Ranking(run, steps.intent, taste, 0.0 if taste is None else omega, excluded)
