"""Writes the lists of all flags and settings in commands.md. Run: python docs/commands.py"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.cli import parser
from attrec_core.config import PRESETS, SETTINGS
from attrec_core.runs.systems import SYSTEMS

FILE = Path(__file__).with_name("commands.md")
MARK = "<!-- from the commands by docs/commands.py -->\n"


def commands() -> dict[str, argparse.ArgumentParser]:
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return subs.choices


def text() -> str:
    """Returns commands.md with new tables: each flag, its help text and the commands that have it; then settings."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name, command in commands().items():
        for action in command._actions:
            if action.option_strings and action.dest != "help" and action.help != argparse.SUPPRESS:
                values = action.metavar or "|".join(map(str, action.choices or ()))
                flag = ", ".join(
                    f"`{option} {values}`" if values else f"`{option}`" for option in action.option_strings
                )
                rows.setdefault((flag, action.help or ""), []).append(f"`{name}`")
    flags = table(("flag", "what it says", "commands"), *((*flag, ", ".join(rows[flag])) for flag in sorted(rows)))
    head = FILE.read_text(encoding="utf-8").split(MARK)[0]
    return "\n".join([head + MARK + flags, "## Settings", "", *settings()])


def settings() -> Iterator[str]:
    """Yields a table of all settings, and one of what each preset and each other system starts from instead."""
    yield "`--set KEY=VALUE` of `train` changes a setting.\n"
    rows = ((f"`{key}`", written(one.default), one.may_be, one.sentence) for key, one in SETTINGS.items())
    yield table(("setting", "default", "may be", "what it does"), *rows)
    yield "A preset, or a system other than AttRec, starts from other values than these:\n"
    defaults = {key: one.default for key, one in SETTINGS.items()}
    starts: dict[str, Mapping[str, object]] = {}
    for name, (model, train) in PRESETS.items():
        values = asdict(model) | asdict(train)
        starts[f"preset `{name}`"] = {key: values[key] for key in SETTINGS if values[key] != defaults[key]}
    starts |= {f"`{name}`": system.starts for name, system in SYSTEMS.items()}
    starting = {name: ", ".join(f"{key}={written(values[key])}" for key in values) for name, values in starts.items()}
    yield table(("preset or system", "starts from"), *((name, text) for name, text in starting.items() if text))


def written(value: object) -> str:
    """Returns a value as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def table(head: Sequence[str], *rows: Sequence[str]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:], ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
