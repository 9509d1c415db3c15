"""Writes the lists of all commands, flags and settings in commands.md. Run: python docs/commands.py"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from attrec_core.cli import parser
from attrec_core.config import PRESETS, SETTINGS
from attrec_core.runs.systems import SYSTEMS

FILE = Path(__file__).with_name("commands.md")
MARK = "<!-- from the commands by docs/commands.py -->\n"


def text() -> str:
    """Returns commands.md with its lists made again: the commands, what several of them share, and the settings."""
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    commands = {action.dest: [action.dest, action.help] for action in subs._choices_actions}  # usage and sentence
    alike: dict[tuple[str, str | None], dict[str, argparse.Action]] = {}  # as it is written, its help → by command
    for name, command in subs.choices.items():
        for action in command._actions:
            as_written = " ".join([*action.option_strings, action.metavar or "|".join(map(str, action.choices or ()))])
            commands[name][0] += "" if action.option_strings else f" {as_written}"
            is_listed = action.help != argparse.SUPPRESS and (action.help or action.option_strings)
            if is_listed and action.dest not in ("help", "json"):
                alike.setdefault((as_written, action.help), {})[name] = action
    shared: dict[tuple[str, ...], list[argparse.Action]] = {}
    for by_command in alike.values():
        shared.setdefault(tuple(by_command), []).append(next(iter(by_command.values())))
    parts = {
        "Commands": [section(*commands[name], shared.pop((name,), [])) for name in commands],
        "Arguments of several commands": [section(", ".join(names), None, found) for names, found in shared.items()],
        "Settings: symbol, default, allowed values": [
            f"{key:<17} {one.symbol:<7} {str(one.default).lower():<8} {one.may_be.split('number ')[-1]}"
            for key, one in SETTINGS.items()
        ],
        "What presets and systems start from instead": starts(),
    }
    blocks = ("## {}\n\n```\n{}\n```\n".format(heading, "\n".join(lines).strip()) for heading, lines in parts.items())
    return FILE.read_text(encoding="utf-8").split(MARK)[0] + MARK + "\n".join(blocks)


def section(heading: str, about: str | None, actions: Sequence[argparse.Action]) -> str:
    """Returns arguments as `--help` shows them."""
    formatter = argparse.HelpFormatter("attrec", max_help_position=26, width=125)
    formatter.start_section(heading)
    formatter.add_text(about)
    formatter.add_arguments(actions)
    formatter.end_section()
    return formatter.format_help().replace("\n\n", "\n")


def starts() -> list[str]:
    """Returns a line for presets and systems: the settings that differ from the defaults, as `--set` takes them."""
    presets = {f"preset {name}": asdict(model) | asdict(train) for name, (model, train) in PRESETS.items()}
    changes: dict[str, Mapping[str, object]] = presets | {name: system.starts for name, system in SYSTEMS.items()}
    names: dict[str, list[str]] = {}
    for name, values in changes.items():
        changed = (
            f"{key}={str(value).lower()}"
            for key, value in values.items()
            if key in SETTINGS and value != SETTINGS[key].default
        )
        names.setdefault(" ".join(changed), []).append(name)
    return [f"{', '.join(names[changed])}: {changed}" for changed in names if changed]


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
