"""The README and the documents tell the truth: their commands run, what they name exists."""

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

FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in FILES}
README, SERVING, ARCHITECTURE = (TEXTS[name] for name in ("README.md", "docs/serving.md", "docs/architecture.md"))
BLOCKS = [block for text in TEXTS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.S)]
PROGRAMS = [program for text in TEXTS.values() for program in re.findall(r"```python\n(.*?)```", text, re.S)]
MADE = runpy.run_path(str(ROOT / "docs" / "studies.py"))
# The commands of each block in their order: a command reads what the previous one has written.
COMMANDS = [
    [line for line in block.splitlines() if line.startswith("python -m attrec_core") and "path/to" not in line]
    for block in BLOCKS
]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with the sample in it, so that `runs/` of the checkout stays as it is."""
    for name in ("sample_data", "attrec_core"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


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


@pytest.mark.parametrize("program", PROGRAMS)
def test_python_runs(
    program: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(elsewhere)
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_the_readme_and_each_recipe_for_contributors_are_short_and_nothing_is_left_to_fill_in() -> None:
    assert len(README.split()) <= 900  # a person reads it before they know whether they want to
    things = ["panel", "column in a table", "page", "format", "model", "setting"]
    recipes = re.findall(rf"^## A ({'|'.join(things)})\n\n(.*?)(?=\n## |\Z)", ARCHITECTURE, re.M | re.S)
    assert [name for name, _ in recipes] == things
    assert max(len(recipe.strip().splitlines()) for _, recipe in recipes) < 18
    assert not any(re.search(r"^[A-Z]{4,}$", text, re.M) for text in TEXTS.values())


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_document_names_exists(name: str) -> None:
    """Links, pictures, targets of make, and paths within the project."""
    text, makefile = TEXTS[name], (ROOT / "Makefile").read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert ((ROOT / name).parent / link).exists(), link
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert ((ROOT / name).parent / picture).stat().st_size > 10_000
    for target in re.findall(r"`make ([a-z-]+)\b", text):
        assert re.search(rf"^{target}:", makefile, re.M), target
    for path in re.findall(r"`((?:attrec_core|pages|tests|benchmarks|docs|examples)/[\w/.]+)`", text):
        if "NAME" not in path and "GROUP" not in path:
            assert (ROOT / path).exists(), path


def test_the_table_of_rooms_is_the_one_that_imports_are_held_to() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ?([a-z _]*?) ?\|$", ARCHITECTURE, re.M)
    listed = {room: set(imports.split()) for room, imports in rows if room in MAY_IMPORT}
    assert listed == {room: set(imports.split()) for room, imports in MAY_IMPORT.items()}


def test_every_variable_of_the_environment_and_every_limit_is_named_and_every_one_named_exists() -> None:
    sources = [file for folder in ("attrec_core", "pages") for file in (ROOT / folder).rglob("*.py")]
    read = {name for file in sources for name in re.findall(r"ATTREC_[A-Z_]+", file.read_text(encoding="utf-8"))}
    rows = dict(re.findall(r"^\| `(ATTREC_[A-Z_]+)` \| (.*) \|$", SERVING, re.M))
    assert set(rows) == read
    for limit in LIMITS:
        assert f": {limit.default}" in rows[limit.variable]
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    limits = {name: value for name, value in server.items() if type(value) is int}
    assert set(limits) == {"maxUploadSize", "disconnectedSessionTTL"}
    assert all(f"`--server.{name} {value}`" in SERVING for name, value in limits.items())


def test_every_flag_and_setting_is_listed_as_it_is_and_every_flag_listed_exists() -> None:
    """`python docs/commands.py` makes the list again."""
    listed = TEXTS["docs/commands.md"]
    assert runpy.run_path(str(ROOT / "docs" / "commands.py"))["text"]() == listed
    flags = set(re.findall(r"^  (--[\w-]+)(?:, (--[\w-]+))?", listed, re.M))
    assert {"--user-column", "--overwrite", "--yes"} <= {flag for flag, _ in flags} and (
        "--header",
        "--no-header",
    ) in flags


@pytest.mark.parametrize("page", MADE["PAGES"])
def test_what_follows_from_the_studies_is_that_of_their_files(page: str) -> None:
    """`python docs/studies.py` makes it again."""
    assert MADE["written"](page) == TEXTS[page]
