"""The command line as users call it: answers on stdout; bad input gives one sentence and exit code 2."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest
from commands import Cli
from conftest import ROOT, data_file, random_histories
from shelf_worlds import names

from attrec_core.cli import main, output, parser
from attrec_core.config import SETTINGS
from attrec_core.runs import run
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.rename_and_trash import delete, list_trash
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import SAMPLE_RUN, Home
from tests.processes import PATIENCE


@pytest.fixture
def table(tmp_path: Path) -> Path:
    histories = {f"u{user}": [f"i{(user * 3 + place) % 9}" for place in range(6)] for user in range(12)}
    return data_file(tmp_path / "rows.csv", histories)


def test_train_then_ask_everything(cli: Cli, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "mine"
    settings = ("--epochs", "2", "--seed", "3", "--set", "dim=8", "--no-maps")
    said, remarks = cli.told("train", table, "--out", out, *settings, "--json")
    trained = json.loads(said)
    assert re.search("attrec: Preset “paper”, except: .*epochs 2.* [(]sparse, because this data has 6.0 inter", remarks)
    assert trained["n_users"] == 12
    evaluated = cli.answer("evaluate", out)
    assert set(evaluated) == {"hr@10", "hr@50", "ndcg@10", "mrr", "n_users", "tie_rule", "all"}
    assert evaluated["mrr"] == trained["mrr"]
    info = cli.answer("info", out)
    assert (info["model"]["dim"], info["train"]["seed"], info["maps"]) == (8, 3, [])
    assert (info["preset"]["name"], info["preset"]["changed"]) == ("paper", {"dim": 8, "epochs": 2, "seed": 3})
    assert info["preset"]["why"].startswith("sparse, because this data has 6.0 interactions per user")
    assert sorted(path.name for path in out.parent.iterdir()) == ["mine"]
    assert load(out).interactions.name == "rows"


@pytest.mark.parametrize(("ending", "seen"), [("csv", []), ("parquet", ["--include-seen"])])
def test_the_recommendations_of_all_users_are_those_of_each(
    cli: Cli, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, seen: list[str]
) -> None:
    monkeypatch.setattr("attrec_core.cli.recommend.MOST", 7)  # users per block, so that there are several blocks
    out, users = tmp_path / f"all.{ending}", load(saved).interactions.user_ids
    facts = cli.answer("recommend", saved, "--all-users", "--top", 4, "--out", out, *seen)
    table = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    assert facts == {"out": str(out), "users": len(users), "rows": len(table), "each": "after all items but the last"}
    assert table["user"].drop_duplicates().tolist() == list(users)
    for user, rows in table.groupby("user", sort=False):
        items = pd.DataFrame(cli.answer("recommend", saved, "--user", user, "--top", 4, *seen)["items"])
        rows = rows.drop(columns="user").reset_index(drop=True)
        # Stored in single precision.
        pd.testing.assert_frame_equal(rows, items[[*rows]], check_dtype=False, rtol=1e-5, atol=1e-9)


def test_a_csv_of_all_users_holds_no_formula_and_parquet_plain_ids(cli: Cli, small_run: Run, tmp_path: Path) -> None:
    data, folder = small_run.interactions, tmp_path / "run"
    ids = ("-i,1", *(f"-{item}" for item in data.item_ids[1:]))
    data = replace(data, item_ids=ids, titles=tuple(f"＝{title}" for title in data.titles))
    runs_run.save(replace(small_run, interactions=data), folder)
    for ending, remarks in (("csv", 1), ("parquet", 0)):
        _, said = cli.told("recommend", folder, "--all-users", "--top", 2, "--out", tmp_path / f"all.{ending}")
        assert said.count(f"{data.n_items} ids begin with an apostrophe") == remarks
    table, whole = pd.read_csv(tmp_path / "all.csv"), pd.read_parquet(tmp_path / "all.parquet")
    assert set(whole["item"]) <= set(ids)
    for name in ("item", "title"):
        assert list(table[name]) == [f"'{text}" for text in whole[name]]
    # An id with a comma can be named.
    assert cli.answer("attention", folder, "--window", f'"-i,1",{ids[2]}')["items"] == ["-i,1", ids[2]]


def test_refused_training_writes_nothing(cli: Cli, table: Path) -> None:
    out = table.parent / "out"
    for arguments, expected in (
        (["--set", "colour=red"], "no setting 'colour'; the settings are: model, dim"),
        (["--set", "long_weight=1.5"], "long_weight=1.5 is out of range: it must be a number from 0 to 1"),
        (["--set", "mask=sideways"], "mask='sideways' must be one of after, before, none"),
        (["--set", "time_signal=perhaps"], "must be true or false"),
        (["--set", "dim"], "must be KEY=VALUE"),
        (["--epochs", "few"], "epochs='few' must be a whole number"),
        (["--set", "threads=99999999999999999999"], "is out of range"),
        (["--set", f"dim={'9' * 5000}"], "must be a whole number"),
        (["--seed", "-1"], "seed=-1 is out of range"),
        (["--time-column", "when"], "no column 'when'"),
        (["--set", "pairs=aligned", "--set", "targets=3", "--set", "negatives=4"], "a multiple of targets"),
        (["--out", table / "run"], "cannot be written: Not a directory"),
        (["--out", table.parent / ("x" * 300)], "cannot be written: File name too long"),
    ):
        assert expected in cli.refusal("train", table, "--out", out, *arguments)
    assert [path.name for path in table.parent.iterdir()] == ["rows.csv"]


def test_a_training_without_a_folder_is_told_how(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "workspace"))
    text = cli.refusal("train", "my data.csv")
    assert text.endswith(": python -m attrec_core train 'my data.csv' --out 'workspace/runs/my data'\n")


def test_an_output_folder_that_exists_is_replaced_only_when_told_and_behind_its_link(cli: Cli, table: Path) -> None:
    out, link = table.parent / "out", table.parent / "link"
    settings = ("--preset", "quick", "--epochs", 1, "--no-maps")
    _, said = cli.told("train", table, "--out", out, *settings)
    assert "attrec: Preset “quick”, except: epochs 1 (the paper's preset for this data is sparse)." in said
    before = (out / "weights.safetensors").read_bytes()
    assert "--overwrite" in cli.refusal("train", table, "--out", out, *settings)
    assert (out / "weights.safetensors").read_bytes() == before
    link.symlink_to(out)
    cli.answer("train", table, "--out", link, "--seed", 9, "--overwrite", *settings)
    assert link.is_symlink() and (out / "weights.safetensors").read_bytes() != before
    assert sorted(path.name for path in table.parent.iterdir()) == ["link", "out", "rows.csv"]


def test_looking_imports_neither_torch_nor_umap_and_needs_no_terminal_with_accents() -> None:
    program = """
import io, sys
from contextlib import redirect_stdout, suppress
from attrec_core.__main__ import main
with suppress(SystemExit), redirect_stdout(io.StringIO()) as help_text:
    main(["--help"])
assert "compare-runs" in help_text.getvalue()
assert not {"torch", "umap", "sklearn", "scipy", "streamlit"} & set(sys.modules), "too much was imported"
assert main(["attention", "sample_data/run", "--window", "alien,amelie"]) == 0
assert not {"torch", "umap", "numba", "sklearn"} & set(sys.modules), "too much was imported"
"""
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, env=environment)
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"Am\\xe9lie" in process.stdout


@pytest.mark.long
def test_interrupting_a_training_keeps_the_best_so_far_and_says_so(table: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "attrec_core", "train", str(table), "--out", str(tmp_path / "run"), "--json"]
    command += ["--epochs", "100000", "--set", "patience=0", "--set", "dim=4", "--set", "engine=torch"]
    # A process in the background may ignore Ctrl-C, and its children would ignore it too.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    training = subprocess.Popen(command, cwd=ROOT, preexec_fn=heard, **pipes)
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


def test_a_training_goes_on_from_a_run_with_new_users_and_items(cli: Cli, saved: Path, tmp_path: Path) -> None:
    histories = {name: [*items, "new item"] for name, items in random_histories(1).items()}
    more = data_file(tmp_path / "more.csv", histories | {"new user": ["item 1", "new item", "item 2"]})
    alone = ["train", more, "--out", tmp_path / "after", "--no-maps"]
    command = [*alone, "--from", saved]
    assert "--from has the settings of its run; leave out --preset" in cli.refusal(*command, "--preset", "quick")
    said = cli.failed(*command, "--set", "dim=4")
    assert "dim cannot change in a training that starts from a run: run-a has 8." in said
    _, remarks = cli.told(*command, "--set", "epochs=1")
    assert "25 of 26 items start from run-a." in remarks
    assert "30 of 31 users start from run-a." in remarks
    assert "may know the validation items" in remarks
    before, after = (cli.answer("info", folder) for folder in (saved, tmp_path / "after"))
    assert after["from"] == {"run": "run-a", "fingerprint": before["fingerprint"]}
    assert (before["from"], after["model"]) == (None, before["model"])
    assert after["train"] == before["train"] | {"epochs": 1}
    assert "already complete" in cli.told(*command, "--resume")[1]
    assert "already" in cli.failed(*alone, "--resume")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_the_output_that_cannot_be_written_is_a_sentence(saved: Path) -> None:
    command = [sys.executable, "-m", "attrec_core", "info", str(saved)]
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE)
    assert process.returncode == 2
    assert process.stderr.decode().strip() == "attrec: The output cannot be written: No space left on device."


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), OSError(28, "No space left on device")])
def test_what_ends_the_maps_keeps_the_model(monkeypatch: pytest.MonkeyPatch, table: Path, error: BaseException) -> None:
    monkeypatch.setattr("attrec_core.training.train_run.maps_of", Mock(side_effect=error))
    assert main(["train", str(table), "--out", str(table.parent / "out"), "--epochs", "1", "--set", "dim=4"]) == 0
    assert load(table.parent / "out").maps is None


# Commands and flags.
# Command → flag (or name of an argument) → choices, as they were before errors had codes.
BEFORE = json.loads((Path(__file__).parent / "commands_of_before.json").read_text(encoding="utf-8"))


def commands() -> dict[str, argparse.ArgumentParser]:
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(subs.choices)


@pytest.mark.parametrize("command", BEFORE)
def test_a_command_of_before_takes_what_it_took(command: str) -> None:
    actions = commands()[command]._actions
    current = {" ".join(action.option_strings) or action.metavar or action.dest: action for action in actions}
    for flag, choices in BEFORE[command].items():
        assert flag in current, f"{command} {flag}"
        assert set(choices or ()) <= set(map(str, current[flag].choices or ())), f"{command} {flag}"


def test_every_command_has_help_and_that_of_train_describes_every_setting(cli: Cli) -> None:
    assert "invalid choice" in cli.refusal("dance")
    texts = {name: " ".join(command.format_help().split()) for name, command in commands().items()}
    assert all(name in text for name, text in texts.items())
    for key, setting in SETTINGS.items():
        assert f" {key} " in texts["train"]
        assert setting.sentence in texts["train"] and setting.may_be in texts["train"]


def test_no_title_moves_the_cursor_of_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    title = "A\x1b[2J\x9b1A\u202eB\tC"
    output.show({"title": title}, False)
    output.show({"title": title}, True)
    output.remark(title)
    captured = capsys.readouterr()
    as_text, as_json = captured.out.splitlines()
    assert as_text == "title: A\\u001b[2J\\u009b1A\\u202eB\tC"
    assert json.loads(as_json) == {"title": title}
    assert captured.err == "attrec: A\\u001b[2J\\u009b1A\\u202eB\tC\n"
    assert not output.CONTROL.search(captured.out + captured.err)


# The command `classroom`: its flags, what it answers, and what it refuses without writing anything.


def test_a_file_is_written_and_says_what_is_in_it(cli: Cli, tmp_path: Path) -> None:
    file, note = tmp_path / "lesson.html", tmp_path / "note.md"
    note.write_text("# My lesson\n\nLook at **one** row.", encoding="utf-8-sig")
    flags = ("--user", "Ada Abe", "--user", "Bo Jung", "--items", 60, "--panels", "list,story", "--note", note)
    made = cli.answer("classroom", SAMPLE_RUN, "--out", file, *flags, "--names", "hidden", "--guess-first")
    html = file.read_text(encoding="utf-8")
    assert "<h1>My lesson</h1>" in html and "<strong>one</strong>" in html
    assert sum(made["bytes"].values()) == file.stat().st_size
    inside = cli.answer("classroom", file, "--check")
    assert inside["people"] == ["Person 1", "Person 2"]
    assert (inside["items"], inside["of"], inside["panels"]) == (made["items"], 418, ["story", "list"])
    told, _ = cli.told("classroom", file, "--check")
    assert "Person 2" in told


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), "no_file"),
        (("--panels", "maps"), "no_panel"),
        (("--note", SAMPLE_RUN / "weights.safetensors"), "no_text"),
        (("--note", "no-such-file.md"), "unusable_file"),
        (("--users", "2", "--user", "Ada Abe"), "usage"),
        (("--items", "0"), "usage"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    flags: tuple[object, ...], code: str, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "lesson.html"
    out = ("--out", file) if flags else ()
    assert cli.error("classroom", SAMPLE_RUN, *out, *flags).code == code
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_or_read_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "lesson.html"
    assert cli.error("classroom", SAMPLE_RUN, "--out", missing, "--users", 1).code == "no_folder"
    assert cli.error("classroom", SAMPLE_RUN, "--out", tmp_path, "--users", 1).code == "not_written"
    other = tmp_path / "other.html"
    other.write_text("<p>another page</p>", encoding="utf-8")
    assert cli.error("classroom", other, "--check").code == "no_classroom"
    assert cli.error("classroom", other, "--out", tmp_path / "lesson.html").code != "fault"


# The run library on the command line: the same names and the same sentences.


def test_list_rename_delete_restore(home: Home, small_run: Run, cli: Cli) -> None:
    (entry,) = cli.answer("runs")["found"]
    assert (entry["name"], entry["metrics"]["mrr"]) == ("mine", small_run.metrics["mrr"])
    assert entry["fingerprint"] == load(home.runs / "mine").fingerprint
    assert entry["sizes"] == {"users": 30, "items": 25, "interactions": small_run.interactions.n_interactions}
    assert cli.answer("rename", "mine", "yours") == {"folder": str(home.runs / "yours")}
    assert f"There is no run in {home.runs} that matches 'zzz'." in cli.told("runs", "--search", "zzz")[0]
    trashed = cli.answer("delete", "yours")
    assert cli.answer("runs")["found"] == []
    assert "no run in" in cli.told("runs")[0]
    assert [row["id"] for row in cli.answer("runs", "--trash")["trash"]] == [trashed["id"]]
    assert "yours" in cli.told("runs", "--trash")[0]
    assert "leave out --search" in cli.refusal("runs", "--trash", "--search", "yours")
    cli.answer("restore", "yours", "--name", "ours")
    assert names(home) == {"ours"}
    assert "The bundled run is called 'sample_data'" in cli.refusal("rename", "ours", "sample_data")
    cli.answer("delete", "ours")
    run.save(small_run, home.runs / "ours")
    assert "Restored ours as ours 2: its name is taken." in cli.told("restore", "ours")[0]
    cli.answer("delete", "ours 2")
    (home.runs / "ours").rename(home.path / "aside")
    assert "use --yes" in cli.refusal("empty-trash")
    assert cli.answer("empty-trash", "--yes") == {"removed": 1}
    assert cli.answer("empty-trash") == {"removed": 0}  # an empty trash needs no confirmation
    assert "no run 'ours 2' in the trash" in cli.refusal("restore", "ours 2")


@pytest.mark.parametrize(("said", "left"), [("y\n", 0), ("YES\n", 0), ("\n", 1), ("no\n", 1), ("", 1)])
def test_a_terminal_is_asked_before_the_trash_is_emptied(
    home: Home, said: str, left: int, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(home, "mine")
    terminal = io.StringIO(said)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    assert "1 run will be deleted permanently" in cli.told("empty-trash", code=2 if left else 0)[1]
    assert len(list_trash(home)) == left


def test_a_list_is_searched_and_sorted_and_says_what_is_broken(home: Home, small_run: Run, cli: Cli) -> None:
    run.save(small_run, home.runs / "alpha")
    write_notes(home, "alpha", tags=["for the talk"])
    (home.runs / "broken").mkdir()
    listed, said = cli.told("runs", "--sort", "name")
    lines = [line.partition("items  ")[2].split("  ") for line in listed.splitlines()]
    mark = "(preset “movielens”, not the paper's for this data)"
    assert lines == [["test", "alpha", mark, "#for the talk"], ["test", "mine", mark]]
    assert said == f"attrec: {home.runs / 'broken'} is not a complete run: config.json is missing.\n"
    assert [row["name"] for row in cli.answer("runs", "--search", "talk dim=8")["found"]] == ["alpha"]


def test_pack_and_unpack(home: Home, tmp_path: Path, cli: Cli) -> None:
    file = tmp_path / "mine.zip"
    assert cli.answer("pack", "mine", "--out", file) == {"file": str(file), "size": file.stat().st_size}
    assert "exists already" in cli.refusal("pack", "mine", "--out", file)
    assert cli.answer("unpack", file)["name"] == "mine 2"
    assert "Imported given into the workspace" in cli.told("unpack", file, "--name", "given")[0]
    assert "called 'given' already" in cli.refusal("unpack", file, "--name", "given")
    assert "not a file of a data set" in cli.refusal("unpack", file, "--data")
    assert "none of that name" in cli.refusal("pack", "nothing", "--out", tmp_path / "b.zip")
    assert "not a .zip" in cli.refusal("unpack", home.runs / "mine" / "items.csv")
