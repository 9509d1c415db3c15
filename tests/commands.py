"""Helpers for tests that call the command line."""

from __future__ import annotations

import json

import pytest

from attrec_core.cli import main


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    """Returns the answer as JSON, whose numbers are numbers."""
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    """Returns the answer as text, and the remarks beside it."""
    assert main([*map(str, arguments)]) == 0
    captured = capsys.readouterr()
    return captured.out, captured.err


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Returns the one-line message on stderr of a refused call."""
    try:
        code = main([*map(str, arguments)])
    except SystemExit as error:
        code = error.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.startswith("attrec: ")
    assert captured.err.count("\n") == 1
    return captured.err
