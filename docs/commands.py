"""Writes commands.md, the list of all flags, from the parsers of the commands. Run: python docs/commands.py"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.cli import parser

FILE = Path(__file__).with_name("commands.md")
HEAD = """# Flags of the commands

Made by `docs/commands.py` from the commands themselves; `python -m attrec_core COMMAND --help` says the same. What each
command answers is in the README.

| flag | what it says | commands |
|---|---|---|
"""


def commands() -> dict[str, argparse.ArgumentParser]:
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return subs.choices


def text() -> str:
    """Returns a table with a row for each flag and its help text, and the commands that have this flag."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name, command in commands().items():
        for action in command._actions:
            if action.option_strings and action.dest != "help":
                values = action.metavar or "|".join(map(str, action.choices or ()))
                flag = ", ".join(
                    f"`{option} {values}`" if values else f"`{option}`" for option in action.option_strings
                )
                rows.setdefault((flag, action.help or ""), []).append(f"`{name}`")
    lines = [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in (flag, help_text, ', '.join(names)))} |"
        for (flag, help_text), names in sorted(rows.items())
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
