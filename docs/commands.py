"""Writes the list of all flags in commands.md, from the parsers of the commands. Run: python docs/commands.py"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.cli import parser

FILE = Path(__file__).with_name("commands.md")
MARK = "<!-- from the commands by docs/commands.py -->\n"


def commands() -> dict[str, argparse.ArgumentParser]:
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return subs.choices


def text() -> str:
    """Returns commands.md with a new table: a row for each flag and its help text, with the commands that have it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name, command in commands().items():
        for action in command._actions:
            if action.option_strings and action.dest != "help" and action.help != argparse.SUPPRESS:
                values = action.metavar or "|".join(map(str, action.choices or ()))
                flag = ", ".join(
                    f"`{option} {values}`" if values else f"`{option}`" for option in action.option_strings
                )
                rows.setdefault((flag, action.help or ""), []).append(f"`{name}`")
    lines = [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in (flag, help_text, ', '.join(names)))} |"
        for (flag, help_text), names in sorted(rows.items())
    ]
    head = FILE.read_text(encoding="utf-8").split(MARK)[0]
    return "\n".join([head + MARK + "| flag | what it says | commands |", "|---|---|---|", *lines, ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
