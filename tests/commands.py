"""Helpers for tests that call the command line."""

from __future__ import annotations

import json

import pytest

from attrec_core.cli import main
from attrec_core.errors import InputError


class Cli:
    """The command line, called by a test that reads what it says."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def told(self, *arguments: object, code: int = 0) -> tuple[str, str]:
        """Returns the answer as text, and the remarks beside it."""
        assert main([*map(str, arguments)]) == code
        captured = self.capsys.readouterr()
        return captured.out, captured.err

    def answer(self, *arguments: object) -> dict:
        """Returns the answer as JSON, whose numbers are numbers."""
        return json.loads(self.told(*arguments, "--json")[0], parse_constant=pytest.fail)

    def failed(self, *arguments: object) -> str:
        """Returns all that a refused call says on stderr, its remarks too."""
        return self.told(*arguments, code=2)[1]

    def error(self, *arguments: object) -> InputError:
        """Returns the error of a refused call as its JSON tells it."""
        return InputError.from_dict(json.loads(self.told(*arguments, "--json", code=2)[0])["error"])

    def refusal(self, *arguments: object) -> str:
        """Returns the one-line message on stderr of a refused call."""
        try:
            code = main([*map(str, arguments)])
        except SystemExit as error:
            code = error.code
        captured = self.capsys.readouterr()
        assert (code, captured.out) == (2, "")
        assert captured.err.startswith("attrec: ")
        assert captured.err.count("\n") == 1
        return captured.err
