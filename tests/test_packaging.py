"""What people install: one list of dependencies, and a wheel that holds the app under a single top-level name."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from test_architecture import FILES, imported

import attrec_core
from tests.download_server import serving
from tests.outside import Outside

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEV, PICTURES = (PROJECT["optional-dependencies"][name] for name in ("dev", "pictures"))


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in (line.split("#")[0].strip() for line in text.splitlines()) if line]


def test_the_lists_for_pip_repeat_the_dependencies_and_constraints_pin_each_to_a_version_that_is_allowed() -> None:
    assert lines("requirements.txt") == PROJECT["dependencies"] + PICTURES
    assert lines("requirements-dev.txt") == ["-r requirements.txt", *DEV]
    pinned = dict(line.split("==") for line in lines("constraints.txt"))
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pinned.values())
    for text in [*PROJECT["dependencies"], *PICTURES, *DEV]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[requirement.name]), text


@pytest.mark.long
def test_every_package_that_is_imported_is_a_dependency() -> None:
    """Of Jinja2 pandas says only where it is used that it is needed."""
    declared = {name(Requirement(text).name) for text in PROJECT["dependencies"] + PICTURES}
    modules = {module.split(".")[0] for file in FILES for module, _ in imported(file)}
    others = modules - set(sys.stdlib_module_names) - {"attrec_core", "pages"}
    owners = packages_distributions()
    assert {module for module in others if not declared & {name(owner) for owner in owners[module]}} == set()
    assert "jinja2" in declared


def name(of: str) -> str:
    """Returns the name of a package as its index compares it."""
    return re.sub(r"[-_.]+", "-", of).lower()


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


def test_the_wheel_claims_one_name_and_holds_the_app_and_the_sample(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"attrec_core"}
    app = ("app.py", "pages/start.py", "pages/frame/browser/address.js", "sample_data/run/config.json")
    app += ("benchmarks/results/ml-100k/results.json", ".streamlit/config.toml")
    assert {f"attrec_core/_app/{file}" for file in app} | {"attrec_core/browser/components/plot.js"} <= {*names}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.long
def test_the_console_command_is_the_command_line_and_an_installed_app_shows_the_bundled_sample(
    wheel: Path, tmp_path: Path
) -> None:
    """In a folder without a checkout, into which pip has installed the wheel without its dependencies. Runs are kept in
    the user's folder."""
    site, inherited = tmp_path / "site", {name: value for name, value in os.environ.items() if name != "ATTREC_HOME"}
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    env = inherited | {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONSAFEPATH": "1"}

    def installed(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True)

    command = str(site / "bin" / "attrec")
    assert installed(command, "--version").stdout == f"attrec {attrec_core.__version__}\n"
    help_run = installed(command, "app", "--help")
    assert help_run.stdout.startswith("usage: attrec app"), help_run.stderr
    refused = installed(command, "app", "--run", "nowhere")
    assert (refused.returncode, refused.stdout) == (2, "") and "nowhere" in refused.stderr
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
    done = installed("-c", program)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(site / "attrec_core" / "_app"), str(tmp_path / "data" / "attrec")]


# The proxy of the tests notices whom a program asks.


ASK = "import sys, requests; requests.get(sys.argv[1])"


@pytest.mark.parametrize("address", ["http://checkip.example/", "https://checkip.example/"])
def test_a_request_of_a_program_to_another_machine_is_named(outside: Outside, address: str) -> None:
    subprocess.run([sys.executable, "-c", ASK, address], capture_output=True)
    asked = outside.taken()
    assert asked and all("checkip.example" in request for request in asked)


def test_requests_to_this_machine_are_free(outside: Outside) -> None:
    with serving() as server:
        server.files = {"a": b"a"}
        assert urllib.request.urlopen(f"{server.base}/a").read() == b"a"
    assert outside.asked == []
