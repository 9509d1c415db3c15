"""The interface that shows an error makes its sentence, with that interface's names for settings."""

from __future__ import annotations

import argparse
import ast
import functools
import json
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.cli import parser
from attrec_core.cli.output import FLAGS, flag
from attrec_core.config import SETTINGS
from attrec_core.errors import (
    STEP,
    UNITS,
    InputError,
    Place,
    Remark,
    as_input_error,
    in_bytes,
)
from pages.frame.plain_text import name_of


def test_a_sentence_names_settings_as_its_interface_does_and_keeps_braces_of_foreign_text() -> None:
    error = InputError("no_time", "{file} has no time. {Choose:time_column}, or {choose:time_unit=none}.", file="{a}")
    assert error.sentence(flag) == "{a} has no time. Name it with --time-column, or use --time-unit none."
    assert error.sentence(name_of) == (
        "{a} has no time. Choose the column of the time, or choose “no time” as the time unit."
    )
    inner = InputError("exists", "It exists; use {name:overwrite}.")
    outer = InputError("failed", "Not imported: {why}", why=inner).inside("a.csv")
    assert outer.sentence(flag) == "a.csv: Not imported: It exists; use --overwrite."
    assert {key: name_of(key) for key in SETTINGS} == {key: f"“{one.label}”" for key, one in SETTINGS.items()}


def test_a_remark_is_a_sentence_of_its_facts_and_of_who_says_it() -> None:
    remark = Remark("unknown", "{source} names {item}; see {name:user}.", {"source": "This link", "item": "{x}\ny"})
    assert str(remark) == "This link names {x} y; see user."
    assert remark.with_facts(source="The file").sentence(str.upper) == "The file names {x} y; see USER."
    assert str(InputError("no", "No: {why}", why=remark)) == f"No: {remark}"


def test_an_error_crosses_to_another_process_with_its_code_and_its_facts() -> None:
    inner = InputError("exists", "{file} exists; say {name:overwrite}.", setting="overwrite", file=Path("a/b"))
    place = Place("f", 3)
    text = "{count:,} rows: {why} {share:.0%}"
    error = InputError("failed", text, count=np.int64(1234), why=inner, share=np.float32(0.5), place=place)
    again = InputError.from_dict(json.loads(json.dumps(error.as_dict())))
    assert (again.code, again.place, again.facts["count"], again.facts["share"]) == ("failed", place, 1234, 0.5)
    assert again.facts["why"].facts == {"file": Path("a/b")}
    assert again.sentence(flag) == error.sentence(flag)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("mine", "Mine."), "mine", "Mine."),
        (PermissionError(13, "No", "a/b"), "unusable_file", "a/b cannot be read or written: No."),
        (BrokenPipeError(32, "Broken pipe"), "unusable_output", "The output cannot be written: Broken pipe."),
        (MemoryError(), "memory", "There is not enough memory; try smaller settings, such as batch_size or dim."),
        (KeyError("a\nb"), "fault", "This is a fault of the program: KeyError: 'a\\nb'"),
    ],
)
def test_any_error_is_a_sentence_for_people(error: Exception, code: str, said: str) -> None:
    input_error = as_input_error(error)
    assert (input_error.code, str(input_error)) == (code, said)


@dataclass(frozen=True)
class Raised:
    """A call in the source code that makes an error."""

    where: str
    call: ast.Call
    codes: list[ast.expr]  # possible codes of the error
    texts: list[ast.expr]  # possible texts of the error

    @property
    def facts(self) -> set[str]:
        own = {"why"} if self.call.func.id == "disk_errors" else set()  # a fact that is not in the call
        return own | {keyword.arg for keyword in self.call.keywords if keyword.arg}


ERRORS = {"InputError", "Busy", "DivergedError", "disk_errors"}


def raised() -> Iterator[Raised]:
    files = {*(ROOT / "attrec_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")}
    for file in sorted(files - {ROOT / "attrec_core" / "errors.py"}):  # errors.py only copies errors
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ERRORS:
                codes, texts = (leaves(argument, tree, call.lineno) for argument in call.args[:2])
                yield Raised(f"{file.relative_to(ROOT)}:{call.lineno}", call, codes, texts)


def leaves(text: ast.expr, tree: ast.Module, line: int) -> list[ast.expr]:
    """Returns the parts of a text: the text itself, both sides of + and of else, or the value of a variable of the same
    function or of a constant of the module."""
    if isinstance(text, ast.BinOp):
        return leaves(text.left, tree, line) + leaves(text.right, tree, line)
    if isinstance(text, ast.IfExp):
        return leaves(text.body, tree, line) + leaves(text.orelse, tree, line)
    if not isinstance(text, ast.Name):
        return [text]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    around = [node for node in functions if node.lineno <= line <= node.end_lineno]
    for scope in (*reversed(around), tree):
        values = [value for node in ast.walk(scope) for value in put_into(text.id, node) if value.lineno <= line]
        if values:
            return leaves(max(values, key=lambda value: value.lineno), tree, line)
    return [text]


def put_into(name: str, node: ast.AST) -> Iterator[ast.expr]:
    """Yields the values that a statement assigns to a variable."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    for target in targets:
        are_tuples = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
        pairs = zip(target.elts, node.value.elts, strict=True) if are_tuples else [(target, node.value)]
        yield from (value for to, value in pairs if isinstance(to, ast.Name) and to.id == name)


def test_the_text_of_an_error_is_a_constant_and_its_code_a_word(subtests: pytest.Subtests) -> None:
    """Text from outside must be a fact: a brace in a text that was put together would be read as a field."""
    for error in raised():
        with subtests.test(error.where):
            for code in error.codes:
                assert isinstance(code, ast.Constant) and re.fullmatch(r"[a-z][a-z_]{2,30}", code.value)
            has_more = any(keyword.arg is None for keyword in error.call.keywords)
            for text in error.texts:
                assert isinstance(text, ast.Constant) and isinstance(text.value, str)
                for _, field, form, _ in string.Formatter().parse(text.value):
                    if field in ("name", "choose", "Choose"):
                        assert form or "setting" in error.facts
                        assert not form or "{" in form or form.partition("=")[0] in known_settings(), form
                    else:
                        assert field is None or field in error.facts or has_more, field
            assert not error.facts & {"name", "choose", "Choose"}


@functools.cache
def known_settings() -> set[str]:
    """Returns the keys of all settings and of all options of commands."""
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    flags = {flag for command in subs.choices.values() for action in command._actions for flag in action.option_strings}
    return {*SETTINGS, *FLAGS, *(flag.removeprefix("--").replace("-", "_") for flag in flags)}


@given(size=st.integers(STEP, 10**14))
def test_what_is_said_is_the_size_to_a_tenth_and_never_a_thousand_of_a_unit(size: int) -> None:
    count, unit = in_bytes(size).replace(",", "").split()
    rounded_size = float(count) * STEP ** (1 + UNITS.index(unit))
    assert rounded_size == pytest.approx(size, rel=0.5 if size < 2000 else 0.26 if size < 10_000 else 0.06)
    assert float(count) < STEP
