"""How answers and remarks are written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from attrec_core.config import SETTINGS

FLAGS = {"events": "--event", "with_maps": "--no-maps", "run_name": "NAME"}  # of settings whose flag is another word


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """JSON, or one `key: value` a line with nested keys as `outer.inner`."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in flat(answer):
        print(f"{key}:{'' if is_table(value) else ' '}{written(value)}")


def is_table(value: Any) -> bool:
    """Whether it is a list of lists, such as a map."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def written(value: Any) -> str:
    """A number rounded; the numbers of a list beside each other, the rows of a table below each other; other lists with
    commas."""
    if isinstance(value, float):
        return f"{value:.4f}"
    if is_table(value):
        return "".join(f"\n  {written(row)}" for row in value)
    if isinstance(value, list):
        between = " " if all(isinstance(one, int | float) for one in value) else ", "
        return between.join(map(written, value))
    return str(value)


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str) -> None:
    print(f"attrec: {text}", file=sys.stderr)


def flag(setting: str) -> str:
    """A setting as `InputError.sentence` asks for it, in the words of the command line: `overwrite` → `--overwrite`,
    `quotes=literal` → `--quotes literal`, `choose time_column` → `name it with --time-column`; a setting of the model
    or of its training is its key, as `--set` takes it."""
    key, _, value = setting.removeprefix("choose ").partition("=")
    named = key if key in SETTINGS else FLAGS.get(key, f"--{key.replace('_', '-')}")
    if value:
        named += f"={value}" if key in SETTINGS else f" {value}"
    if not setting.startswith("choose "):
        return named
    if key == "member":
        return f"name the one to read with {named}"
    if key.endswith("_column"):
        return f"name it with {named}"
    return f"say --set {named}" if key in SETTINGS else f"say {named}"
