"""Every command, flag and choice of an earlier version still works, and help is quick."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from attrec_core.cli import output, parser
from attrec_core.config import SETTINGS

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


def test_every_command_has_help_and_that_of_train_describes_every_setting() -> None:
    texts = {name: " ".join(command.format_help().split()) for name, command in commands().items()}
    assert all(name in text for name, text in texts.items())
    for key, setting in SETTINGS.items():
        assert f" {key} " in texts["train"]
        assert setting.sentence in texts["train"] and setting.may_be in texts["train"]


def test_help_is_there_without_torch() -> None:
    program = """
import sys
from attrec_core.cli import main
try:
    main(["--help"])
except SystemExit:
    sys.exit(", ".join({"torch", "umap", "sklearn", "scipy", "streamlit"} & set(sys.modules)) or 0)
"""
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")
    assert "compare-runs" in process.stdout


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
