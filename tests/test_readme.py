"""The README tells the truth: its commands run, its pictures and targets exist."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from test_architecture import MAY_IMPORT

from attrec_core.cli import main
from attrec_core.storage.limits import LIMITS

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.S)
# The commands of each block in their order: a command reads what the previous one has written.
COMMANDS = [
    [line for line in block.splitlines() if line.startswith("python -m attrec_core") and "path/to" not in line]
    for block in BLOCKS
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample in it, so that `runs/` of the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("sample_data", "attrec_core"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.long
@pytest.mark.parametrize("commands", [commands for commands in COMMANDS if commands], ids=lambda block: block[0][22:40])
def test_commands_run(
    commands: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Runs the first command of a block in a process of its own, as a person does, and the others in this process."""
    monkeypatch.chdir(elsewhere)
    first, *rest = ([*shlex.split(command)] for command in commands)
    done = subprocess.run([sys.executable, *first[1:]], capture_output=True, text=True)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr
    for arguments in rest:
        assert arguments[:3] == ["python", "-m", "attrec_core"]
        assert main(arguments[3:]) == 0, arguments
        assert capsys.readouterr().out, arguments


@pytest.mark.parametrize("program", re.findall(r"```python\n(.*?)```", TEXT, re.S))
def test_python_runs(
    program: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(elsewhere)
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_pictures_targets_and_files_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT):
        assert (ROOT / picture).stat().st_size > 10_000
    for target in re.findall(r"make ([a-z]+)\b", TEXT):
        if target not in ("the",):
            assert re.search(rf"^{target}:", makefile, re.M), target


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"^[A-Z]{4,}$", TEXT, re.M)


def test_the_table_of_rooms_is_the_one_that_imports_are_held_to() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ?([a-z _]*?) ?\|$", TEXT, re.M)
    listed = {room: set(imports.split()) for room, imports in rows if room in MAY_IMPORT}
    assert listed == {room: set(imports.split()) for room, imports in MAY_IMPORT.items()}


def test_each_recipe_for_contributors_is_short_and_names_what_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipes = re.findall(r"^## A (panel|page|format|model|setting)\n\n(.*?)(?=\n## |\Z)", text, re.M | re.S)
    assert [name for name, _ in recipes] == ["panel", "page", "format", "model", "setting"]
    for name, recipe in recipes:
        assert len(recipe.strip().splitlines()) < 10, name
        for path in re.findall(r"`((?:attrec_core|pages|tests|training)/[\w/.]+)`", recipe):
            if "NAME" not in path:
                assert (ROOT / path).exists() or (ROOT / "attrec_core" / path).exists(), path


def test_every_variable_of_the_environment_is_named_and_every_one_named_exists() -> None:
    sources = [file for folder in ("attrec_core", "pages") for file in (ROOT / folder).rglob("*.py")]
    read = {name for file in sources for name in re.findall(r"ATTREC_[A-Z_]+", file.read_text(encoding="utf-8"))}
    rows = dict(re.findall(r"^\| `(ATTREC_[A-Z_]+)` \| (.*) \|$", TEXT, re.M))
    assert set(rows) == read
    for limit in LIMITS:
        assert f": {limit.default}" in rows[limit.variable]


def test_every_flag_of_a_command_is_listed_and_every_flag_listed_exists() -> None:
    """`python docs/commands.py` makes the list again."""
    assert "(docs/commands.md)" in TEXT
    listed = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert runpy.run_path(str(ROOT / "docs" / "commands.py"))["text"]() == listed
    listed_flags = {
        option
        for _, options in re.findall(r"^\| (`([^|]*)) \|", listed, re.M)
        for option in re.findall(r"--[\w-]+", options)
    }
    assert {"--user-column", "--header", "--no-header", "--overwrite", "--yes"} <= listed_flags


def test_the_limits_of_streamlit_that_are_set_are_named_with_their_values() -> None:
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    limits = {name: value for name, value in server.items() if type(value) is int}
    assert set(limits) == {"maxUploadSize", "disconnectedSessionTTL"}
    for name, value in limits.items():
        assert f"`--server.{name} {value}`" in TEXT


def test_the_table_of_studies_is_that_of_their_files() -> None:
    """`python docs/results.py` makes both again."""
    made = runpy.run_path(str(ROOT / "docs" / "results.py"))
    assert made["written"](TEXT) == TEXT
    assert made["text"]() == (ROOT / "docs" / "results.md").read_text(encoding="utf-8")


def test_each_verdict_names_its_seeds_and_the_parts_of_attrec_are_compared_with_the_paper() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "results.py"))
    results = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    for name, study in made["studies"]().items():
        assert re.search(rf"^## .*, {study.protocol.seeds} seeds \(`{name}`\)$", results, re.M)
    assert re.search(r"^- ML-100K, .*temporal, 89 of 943 users tested, .* 5 seeds: ", TEXT, re.M)
    bullets = re.findall(r"^- .* seeds: .*$", TEXT, re.M)
    assert bullets and not [bullet for bullet in bullets if ": On " in bullet]  # the data is named once
    assert "Left out of the data: 32,960 rows (user with fewer than 10 interactions)." in results
    (paragraph,) = (line for line in results.splitlines() if line.startswith("**ML-100K, hinge loss.**"))
    for line, outcome in {
        "Self-attention, sum": "reproduces",
        "Self-attention, min": "do not reproduce: they may be chance",
        "No mask": "may be chance here, and the paper has no figures",
        "d = 25": "differs here, but is too small in the paper to be read off its plots",
    }.items():
        assert re.search(rf"{line} \([−+.\d]+ \[[−+.\d]+, [−+.\d]+\][^)]*\) {outcome}\.", paragraph)
