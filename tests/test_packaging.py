"""What people install: one list of dependencies, and a wheel that holds the app under a single top-level name."""

from __future__ import annotations

import ast
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement

import attrec_core

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEV = PROJECT["optional-dependencies"]["dev"]


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in (line.split("#")[0].strip() for line in text.splitlines()) if line]


def test_the_lists_for_pip_repeat_the_dependencies_of_the_project() -> None:
    assert lines("requirements.txt") == PROJECT["dependencies"]
    assert lines("requirements-dev.txt") == ["-r requirements.txt", *DEV]


def test_every_package_that_is_imported_is_a_dependency() -> None:
    """Of Jinja2 pandas says only where it is used that it is needed."""
    declared = {name(Requirement(text).name) for text in PROJECT["dependencies"]}
    files = [ROOT / "app.py", *(file for room in ("attrec_core", "pages") for file in (ROOT / room).rglob("*.py"))]
    imported = {
        module.split(".")[0]
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for module in modules_of(node)
    }
    others = imported - set(sys.stdlib_module_names) - {"attrec_core", "pages"}
    owners = packages_distributions()
    assert {module for module in others if not declared & {name(owner) for owner in owners[module]}} == set()
    assert "jinja2" in declared


def name(of: str) -> str:
    """Returns the name of a package as its index compares it."""
    return re.sub(r"[-_.]+", "-", of).lower()


def modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_constraints_pin_every_dependency_to_a_version_that_the_project_allows() -> None:
    pinned = dict(line.split("==") for line in lines("constraints.txt"))
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pinned.values())
    for text in [*PROJECT["dependencies"], *DEV]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[requirement.name]), text


def test_an_audit_names_what_is_vulnerable_and_says_what_nobody_could_tell() -> None:
    verdict = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["verdict"]
    vulnerable = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}
    packages = [vulnerable, {"name": "b", "version": "1", "vulns": []}, {"name": "c", "skip_reason": "not found"}]
    lines = ["a 1: X-1, mended in 2", "3 packages, 1 vulnerable, 1 without an answer."]
    assert verdict(json.dumps({"dependencies": packages})) == (lines, 1)
    assert verdict("") == (["The advisories cannot be fetched: nothing was audited."], 0)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the wheel, without its dependencies."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return folder


def installed(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the installed wheel in a folder without a checkout."""
    inherited = {name: value for name, value in os.environ.items() if name != "ATTREC_HOME"}
    env = inherited | {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(folder / "data"), "PYTHONSAFEPATH": "1"}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True)


def test_the_wheel_claims_one_name_and_holds_the_app_and_the_sample(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"attrec_core"}
    study = "benchmarks/results/ml-100k/results.json"
    for file in ("app.py", "pages/start.py", "pages/frame/browser/address.js", "sample_data/run/config.json", study):
        assert f"attrec_core/_app/{file}" in names
    assert "attrec_core/browser/components/plot.js" in names
    assert "attrec_core/_app/.streamlit/config.toml" in names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.long
def test_the_console_command_is_the_command_line(site: Path, tmp_path: Path) -> None:
    command = str(site / "bin" / "attrec")
    assert installed(site, tmp_path, command, "--version").stdout == f"attrec {attrec_core.__version__}\n"
    help_run = installed(site, tmp_path, command, "app", "--help")
    assert help_run.stdout.startswith("usage: attrec app"), help_run.stderr
    refused = installed(site, tmp_path, command, "app", "--run", "nowhere")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "nowhere" in refused.stderr


@pytest.mark.long
def test_an_installed_app_shows_the_bundled_sample_and_keeps_runs_in_the_users_folder(
    site: Path, tmp_path: Path
) -> None:
    program = """
import sys
from attrec_core.storage.workspace import APP, home
sys.path.insert(0, str(APP))
import app
from streamlit.testing.v1 import AppTest
shown = AppTest.from_file(str(APP / "app.py"), default_timeout=60).run()
assert not shown.exception, shown.exception
assert shown.main.markdown, "an empty page"
print(APP, home().path)
"""
    done = installed(site, tmp_path, "-c", program)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(site / "attrec_core" / "_app"), str(tmp_path / "data" / "attrec")]
