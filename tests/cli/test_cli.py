"""The command line as users call it: answers on stdout; bad input gives one sentence and exit code 2."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import answer, refusal, told
from conftest import ROOT, data_file, random_histories, recommend

from attrec_core.cli import main
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from tests.processes import PATIENCE

ROWS = "user,item,timestamp\n" + "".join(f"u{u},i{(u * 3 + k) % 9},{k}\n" for u in range(12) for k in range(6))


@pytest.fixture(scope="module")
def saved(small_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run-a"
    runs_run.save(small_run, path)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def test_inspect(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    report = answer(capsys, "inspect", table)
    expected = {"format": "csv", "users": 12, "items": 9, "interactions": 72, "read": 72, "kept": 72, "dropped": {}}
    assert report | expected | {"tied_last": 0.0, "tie_rule": "file-last"} == report
    assert report["counts"]["per_user"] == 6
    assert report["first"][0] == {"user": "u0", "item": "i0", "title": "i0", "time": "0", "rating": None, "event": None}
    for text in ("2,5", "high"):
        assert main(["inspect", str(table), "--min-rating", text]) == 2
        assert f"'{text}' is not a number; write decimals with a point, as 2.5" in capsys.readouterr().err


def test_train_then_ask_everything(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "mine"
    settings = ("--epochs", "2", "--seed", "3", "--set", "dim=8", "--no-maps")
    assert main(["train", str(table), "--out", str(out), *settings, "--json"]) == 0
    captured = capsys.readouterr()
    trained = json.loads(captured.out)
    assert re.search("attrec: Preset paper with .*epochs 2.* [(]sparse, because this data has 6.0 inter", captured.err)
    assert trained["n_users"] == 12
    evaluated = answer(capsys, "evaluate", out)
    assert set(evaluated) == {"hr@10", "hr@50", "ndcg@10", "mrr", "n_users", "tie_rule", "all"}
    assert evaluated["mrr"] == trained["mrr"]
    info = answer(capsys, "info", out)
    assert (info["model"]["dim"], info["train"]["seed"], info["maps"]) == (8, 3, [])
    assert (info["preset"]["name"], info["preset"]["changed"]) == ("paper", {"dim": 8, "epochs": 2, "seed": 3})
    assert info["preset"]["why"].startswith("sparse, because this data has 6.0 interactions per user")
    assert sorted(path.name for path in out.parent.iterdir()) == ["mine"]
    assert load(out).interactions.name == "rows"


def test_recommend_is_the_explanations_ranking(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    run = load(saved)
    user = int(np.diff(run.interactions.starts).argmax())
    response = answer(capsys, "recommend", saved, "--user", run.interactions.user_ids[user], "--top", 4)
    history = run.interactions.history(user)
    _, ranking = recommend(run, user, history[-4:], exclude=history)
    assert [item["item"] for item in response["items"]] == [run.interactions.item_ids[i] for i in ranking.top(4)]
    assert not {item["item"] for item in response["items"]} & {run.interactions.item_ids[i] for i in history}
    for item in response["items"]:
        blend = response["long_weight"] * item["long"] + (1 - response["long_weight"]) * item["short"]
        assert item["distance"] == pytest.approx(blend, abs=1e-6)
    assert [item["rank"] for item in response["items"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(("ending", "seen"), [("csv", ()), ("parquet", ("--include-seen",))])
def test_the_recommendations_of_all_users_are_those_of_each(
    capsys: pytest.CaptureFixture[str],
    saved: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    seen: tuple,
) -> None:
    monkeypatch.setattr("attrec_core.cli.recommend.MOST", 7)  # users per block, so that there are several blocks
    out, run = tmp_path / f"all.{ending}", load(saved)
    facts = answer(capsys, "recommend", saved, "--all-users", "--top", 4, "--out", out, *seen)
    table = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    assert facts == {"out": str(out), "users": run.interactions.n_users, "rows": len(table)}
    assert table["user"].drop_duplicates().tolist() == list(run.interactions.user_ids)
    for user, user_rows in table.groupby("user", sort=False):
        items = answer(capsys, "recommend", saved, "--user", user, "--top", 4, *seen)["items"]
        for row, item in zip(user_rows.to_dict("records"), items, strict=True):
            assert (row["rank"], row["item"], row["title"]) == (item["rank"], item["item"], item["title"])
            for part in ("distance", "short", "long"):
                assert row[part] == pytest.approx(item[part], rel=1e-5, abs=1e-9)


def test_a_csv_of_all_users_holds_no_formula_and_parquet_the_ids_as_they_are(
    capsys: pytest.CaptureFixture[str], small_run: Run, tmp_path: Path
) -> None:
    data = small_run.interactions
    ids, titles = tuple(f"-{item}" for item in data.item_ids), tuple(f"＝{title}" for title in data.titles)
    runs_run.save(replace(small_run, interactions=replace(data, item_ids=ids, titles=titles)), tmp_path / "run")
    for ending, remarks in (("csv", 1), ("parquet", 0)):
        out = tmp_path / f"all.{ending}"
        _, said = told(capsys, "recommend", tmp_path / "run", "--all-users", "--top", 2, "--out", out)
        assert said.count(f"{data.n_items} ids begin with an apostrophe") == remarks
    table, whole = pd.read_csv(tmp_path / "all.csv"), pd.read_parquet(tmp_path / "all.parquet")
    assert set(whole["item"]) <= set(ids)
    for name in ("item", "title"):
        assert list(table[name]) == [f"'{text}" for text in whole[name]]


def test_a_run_is_explained_where_there_is_no_workspace(
    capsys: pytest.CaptureFixture[str], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("attrec_core.runs.library.rename_and_trash.home", homeless)
    assert answer(capsys, "info", saved)["model"]


def test_a_table_of_all_users_wants_a_file_and_no_user(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path
) -> None:
    assert "--out FILE.csv or FILE.parquet" in refusal(capsys, "recommend", saved, "--all-users")
    assert "--out FILE.csv" in refusal(capsys, "recommend", saved, "--all-users", "--out", tmp_path / "all.txt")
    message = refusal(capsys, "recommend", saved, "--all-users", "--out", tmp_path / "a.csv", "--user", "user 1")
    assert "leave out --user" in message
    assert "add --all-users" in refusal(capsys, "recommend", saved, "--out", tmp_path / "a.csv", "--user", "user 1")
    assert list(tmp_path.iterdir()) == []


def test_window_and_step_are_heard(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    run = load(saved)
    user = int(np.diff(run.interactions.starts).argmax())
    name, history = run.interactions.user_ids[user], run.interactions.history(user)
    response = answer(capsys, "attention", saved, "--user", name, "--step", 2)
    assert response["items"] == [run.interactions.item_ids[item] for item in history[:2]]
    response = answer(capsys, "attention", saved, "--window", "item 1,item 2, item 1")
    assert response["items"] == ["item 1", "item 2", "item 1"]
    assert np.allclose(response["column_weights"], np.mean(response["weights"], 0))
    assert response["missing"] == pytest.approx(1 - sum(response["column_weights"]), abs=1e-6)


def test_an_id_with_a_comma_can_be_named(capsys: pytest.CaptureFixture[str], small_run: Run, tmp_path: Path) -> None:
    data = small_run.interactions
    ids = ("i,1", *data.item_ids[1:])
    runs_run.save(replace(small_run, interactions=replace(data, item_ids=ids)), tmp_path / "run")
    assert answer(capsys, "attention", tmp_path / "run", "--window", '"i,1",item 2')["items"] == ["i,1", "item 2"]


def test_the_text_answers_name_titles(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    name, windows = load(saved).interactions.user_ids[1], ("item 1,item 2,item 1", "item 4")
    for command in ("attention", "recommend", "explain", "compare", "omega", "experiments"):
        for window in windows:
            assert "item " in told(capsys, command, saved, "--user", name, "--window", window)[0]
    for command in ("info", "evaluate"):
        assert ": " in told(capsys, command, saved)[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--set", "colour=red"), "no setting 'colour'; the settings are: model, dim"),
        (("--set", "long_weight=1.5"), "long_weight=1.5 is out of range: it must be a number from 0 to 1"),
        (("--set", "mask=sideways"), "mask='sideways' is out of range: it must be one of after, before, none"),
        (("--set", "time_signal=perhaps"), "must be true or false"),
        (("--set", "dim"), "must be KEY=VALUE"),
        (("--epochs", "few"), "epochs='few' must be a whole number"),
        (("--set", "threads=99999999999999999999"), "is out of range"),
        (("--set", f"dim={'9' * 5000}"), "must be a whole number"),
        (("--seed", "-1"), "seed=-1 is out of range"),
        (("--time-column", "when"), "no column 'when'"),
        (("--set", "pairs=aligned", "--set", "targets=3", "--set", "negatives=4"), "a multiple of targets"),
    ],
)
def test_refused_training_writes_nothing(
    capsys: pytest.CaptureFixture[str], table: Path, arguments: tuple[str, ...], expected: str
) -> None:
    out = table.parent / "out"
    assert expected in refusal(capsys, "train", table, "--out", out, *arguments)
    assert [path.name for path in table.parent.iterdir()] == ["rows.csv"]


def test_a_training_without_a_folder_is_told_the_command_with_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "workspace"))
    text = refusal(capsys, "train", "my data.csv")
    assert text.endswith(": python -m attrec_core train 'my data.csv' --out 'workspace/runs/my data'\n")


def test_an_output_folder_that_exists_is_replaced_only_when_told_and_behind_its_link(
    capsys: pytest.CaptureFixture[str], table: Path
) -> None:
    out, link = table.parent / "out", table.parent / "link"
    settings = ("--preset", "quick", "--epochs", 1, "--no-maps")
    _, said = told(capsys, "train", table, "--out", out, *settings)
    assert "attrec: Preset quick with epochs 1 (the paper's preset for this data is sparse)." in said
    before = (out / "weights.safetensors").read_bytes()
    assert "--overwrite" in refusal(capsys, "train", table, "--out", out, *settings)
    assert (out / "weights.safetensors").read_bytes() == before
    link.symlink_to(out)
    answer(capsys, "train", table, "--out", link, "--seed", 9, "--overwrite", *settings)
    assert link.is_symlink() and (out / "weights.safetensors").read_bytes() != before
    assert sorted(path.name for path in table.parent.iterdir()) == ["link", "out", "rows.csv"]


def test_an_output_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    assert "cannot be written: Not a directory" in refusal(capsys, "train", table, "--out", table / "run")
    long = table.parent / ("x" * 300)
    assert "cannot be written: File name too long" in refusal(capsys, "train", table, "--out", long)
    assert [path.name for path in table.parent.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--user", "nobody"), "no user 'nobody'"),
        (("--user", "user 11111"), "Did you mean 'user 1"),
        (("--window", "item 1,item 99"), "no item 'item 99'"),
        (("--window", ""), "takes 1 to 4"),
        (("--window", "item 1,item 2,item 3,item 4,item 5"), "holds 5 items; this model takes 1 to 4"),
        (("--user", "user 1", "--step", "999"), "Step 999 does not exist"),
        (("--window", "item 1", "--step", "1"), "give the user with --user"),
        (("--window", "a\nb"), "not a list of ids"),
        (("--window", '"item 1'), "not a list of ids"),
        ((), "Give a user"),
    ],
)
def test_wrong_views_get_a_sentence(
    capsys: pytest.CaptureFixture[str], saved: Path, arguments: tuple[str, ...], expected: str
) -> None:
    for command in ("recommend", "attention"):
        assert expected in refusal(capsys, command, saved, *arguments)


def test_unknown_commands_and_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "invalid choice" in refusal(capsys, "dance")
    assert "no run at" in refusal(capsys, "info", tmp_path / "nowhere")
    assert "at least 1" in refusal(capsys, "recommend", tmp_path, "--top", "0", "--user", "x")


def test_looking_imports_neither_torch_nor_umap(saved: Path) -> None:
    program = (
        "import sys; from attrec_core.__main__ import main; "
        f"assert main(['attention', {str(saved)!r}, '--window', 'item 1,item 2']) == 0; "
        "assert not {'torch', 'umap', 'numba', 'sklearn'} & set(sys.modules), 'too much was imported'"
    )
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr


@pytest.mark.long
def test_interrupting_a_training_keeps_the_best_so_far_and_says_so(table: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "attrec_core", "train", str(table), "--out", str(tmp_path / "run"), "--json"]
    command += ["--epochs", "100000", "--set", "patience=0", "--set", "dim=4", "--set", "engine=torch"]
    # A process in the background may ignore Ctrl-C, and its children would ignore it too.
    training = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    stderr = b""
    while b"of at most 100000" not in stderr:  # in the progress bar after the first epoch
        chunk = training.stderr.read1()
        assert chunk, stderr
        stderr += chunk
    training.send_signal(signal.SIGINT)
    out, rest = training.communicate(timeout=PATIENCE)
    assert training.returncode == 0
    assert b"Interrupted: kept epoch" in rest
    assert load(tmp_path / "run").history["ended"] == "interrupted"
    assert json.loads(out)["best_epoch"] >= 1
    assert {path.name for path in tmp_path.iterdir()} == {"run", table.name}


def test_a_training_goes_on_from_a_run_with_new_users_and_items(
    capsys: pytest.CaptureFixture[str], saved: Path, tmp_path: Path
) -> None:
    histories = {name: [*items, "new item"] for name, items in random_histories(1).items()}
    more = data_file(tmp_path / "more.csv", histories | {"new user": ["item 1", "new item", "item 2"]})
    command = ["train", more, "--from", saved, "--out", tmp_path / "after", "--no-maps"]
    assert "--from has the settings of its run; leave out --preset" in refusal(capsys, *command, "--preset", "quick")
    assert main([*map(str, command), "--set", "dim=4"]) == 2
    assert "dim cannot change in a training that starts from a run: run-a has 8." in capsys.readouterr().err

    _, remarks = told(capsys, *command, "--set", "epochs=1")
    assert "25 of 26 items start from run-a." in remarks
    assert "30 of 31 users start from run-a." in remarks
    assert "may know the validation items" in remarks
    before, after = (answer(capsys, "info", folder) for folder in (saved, tmp_path / "after"))
    assert after["from"] == {"run": "run-a", "fingerprint": before["fingerprint"]}
    assert (before["from"], after["model"]) == (None, before["model"])
    assert after["train"] == before["train"] | {"epochs": 1}

    assert "already complete" in told(capsys, *command, "--resume")[1]
    without_from = [argument for argument in command if argument not in ("--from", saved)]
    assert main([*map(str, without_from), "--resume"]) == 2
    assert "already" in capsys.readouterr().err


def test_the_output_that_cannot_be_written_is_a_sentence(saved: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "attrec_core", "info", str(saved)], cwd=ROOT, stdout=full, stderr=subprocess.PIPE
        )
    assert process.returncode == 2
    assert process.stderr.decode().strip() == "attrec: The output cannot be written: No space left on device."


def test_a_terminal_without_accents_still_gets_its_answer(saved: Path) -> None:
    command = [sys.executable, "-m", "attrec_core", "attention", "sample_data/run", "--window", "alien,amelie"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert process.returncode == 0
    assert b"Am\\xe9lie" in process.stdout


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), OSError(28, "No space left on device")])
def test_what_ends_the_maps_keeps_the_model(monkeypatch: pytest.MonkeyPatch, table: Path, error: BaseException) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("attrec_core.training.train_run.make_maps", interrupted)
    assert main(["train", str(table), "--out", str(table.parent / "out"), "--epochs", "1", "--set", "dim=4"]) == 0
    assert load(table.parent / "out").maps is None


def test_lists_stand_as_rounded_numbers_and_a_map_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "at-large", ROOT / "sample_data" / "run")[0].splitlines()
    assert "weight_by_place: 0.1290 0.1480 0.1657 0.1915 0.1603" in lines
    heading = lines.index("mean_map:")
    assert lines[heading + 1] == "  0.0000 0.1854 0.2070 0.2397 0.2012"
    assert lines[heading + 2] == "  0.1616 0.0000 0.2074 0.2392 0.2008"
    assert lines[heading + 6].startswith("causes.")
    assert "maps: long_axes, long_mean, " in told(capsys, "info", ROOT / "sample_data" / "run")[0]
