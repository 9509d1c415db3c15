"""An error's sentence is made by the interface that shows it, in that interface's names for settings."""

from __future__ import annotations

import pytest

from attrec_core.cli.output import flag
from attrec_core.config import SETTINGS
from attrec_core.errors import InputError, Remark
from pages.widgets.control_names import name_of


@pytest.mark.parametrize(
    ("asked", "typed", "control"),
    [
        ("overwrite", "--overwrite", "“overwrite”"),
        ("min_rating", "--min-rating", "“minimum rating”"),
        ("dim", "dim", "“dimensions d”"),
        ("time_column", "--time-column", "the column of the time"),
        ("choose time_column", "name it with --time-column", "choose the column of the time"),
        ("choose time_unit=none", "say --time-unit none", "choose “no time” as the time unit"),
        ("quotes=literal", "--quotes literal", "choose “they are part of the text” for quotation marks"),
    ],
)
def test_a_setting_is_a_flag_on_the_command_line_and_a_control_on_a_page(asked: str, typed: str, control: str) -> None:
    assert flag(asked) == typed
    assert name_of(asked) == control


def test_a_sentence_names_settings_as_its_interface_does_and_keeps_braces_of_foreign_text() -> None:
    error = InputError("no_time", "{file} has no time. {Choose:time_column}, or {choose:time_unit=none}.", file="{a}")
    assert error.sentence(flag) == "{a} has no time. Name it with --time-column, or say --time-unit none."
    assert error.sentence(name_of) == (
        "{a} has no time. Choose the column of the time, or choose “no time” as the time unit."
    )


def test_a_fact_that_is_an_error_is_said_in_the_same_names() -> None:
    inner = InputError("exists", "It exists; say {name:overwrite}.")
    outer = InputError("failed", "Not imported: {why}", why=inner).inside("a.csv")
    assert outer.sentence(flag) == "a.csv: Not imported: It exists; say --overwrite."


def test_every_setting_of_a_configuration_has_a_control() -> None:
    for key, setting in SETTINGS.items():
        assert name_of(key) == f"“{setting.label}”"


def test_a_remark_is_a_sentence_of_its_facts_and_of_who_says_it() -> None:
    remark = Remark("unknown", "{source} names {item}; see {name:user}.", {"source": "This link", "item": "{x}\ny"})
    assert str(remark) == "This link names {x} y; see user."
    assert remark.with_facts(source="The file").sentence(str.upper) == "The file names {x} y; see USER."
    assert str(InputError("no", "No: {why}", why=remark)) == f"No: {remark}"
