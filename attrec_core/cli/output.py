"""Writing answers, remarks and the names of settings."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import SETTINGS
from attrec_core.data.options import OPTIONS
from attrec_core.errors import InputError, Remark, disk_errors

# The flags of settings whose flag is not their key. The key `window` without a suffix is the model's setting.
FLAGS = {
    "with_maps": "--no-maps",
    "run_name": "NAME",
    "from_run": "--from",
    "own_model": "--model",
    "window_ids": "--window",
    **{option.key: option.flag for option in OPTIONS},
}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Escapes control characters and characters that change the direction of text, as JSON does: no title, name or file
    may move the cursor of a terminal, or reverse its letters."""
    return CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """Prints the answer as JSON, or as one `key: value` per line with nested keys as `outer.inner`."""
    if as_json:
        print(visible(json.dumps(whole_ranks(answer), ensure_ascii=False)))
        return
    for key, value in flat(answer):
        print(visible(f"{key}:{'' if is_table(value) else ' '}{value_text(value)}"))


def whole_ranks(value: Any, name: str = "") -> Any:
    """Returns a value for JSON with ranks as integers, unless a tie counts half. name: of its field."""
    if isinstance(value, Mapping):
        return {key: whole_ranks(part, str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [whole_ranks(part, name) for part in value]
    return int(value) if "rank" in name and isinstance(value, float) and value.is_integer() else value


def answer(options: argparse.Namespace, facts: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Prints the facts as JSON with --json, else the lines."""
    if options.json:
        show(facts, True)
    else:
        print(visible("\n".join(lines)))


def writing(file: Path) -> AbstractContextManager[None]:
    """Turns an OSError into the InputError that names the file which the block writes."""
    return disk_errors("not_written", "{file} cannot be written: {why}.", file=file)


def is_table(value: Any) -> bool:
    """Whether the value is a list of lists, such as a map."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def value_text(value: Any) -> str:
    """Returns a value as text: a float is rounded; the numbers of a list are on one line, separated by spaces; each row
    of a table is on its own line; other lists are separated by commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    if is_table(value):
        return "".join(f"\n  {value_text(row)}" for row in value)
    if isinstance(value, list):
        separator = " " if all(isinstance(item, int | float) for item in value) else ", "
        return separator.join(map(value_text, value))
    return str(value)


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str | InputError | Remark) -> None:
    print(visible(f"attrec: {text if isinstance(text, str) else text.sentence(flag)}"), file=sys.stderr)


def flag(setting: str) -> str:
    """Returns what the command line calls a setting of `InputError.sentence`: `overwrite` → `--overwrite`,
    `quotes=literal` → `--quotes literal`, `choose time_column` → `name it with --time-column`. A setting of the model
    or of its training is called by its key, as `--set` takes it."""
    key, _, value = setting.removeprefix("choose ").partition("=")
    name = key if key in SETTINGS else FLAGS.get(key, f"--{key.replace('_', '-')}")
    if value:
        name += f"={value}" if key in SETTINGS else f" {value}"
    if not setting.startswith("choose "):
        return name
    if key == "member" and not value:
        return f"name the one to read with {name}, or several with + between, which are joined in this order"
    if key.endswith("_column") and not value:
        return f"name it with {name}"
    return f"use --set {name}" if key in SETTINGS else f"use {name}"


def cells(values: np.ndarray) -> list[Any]:
    """Returns numbers for JSON, with null for NaN."""
    numbers = values.astype(object)
    numbers[np.isnan(values)] = None
    return numbers.tolist()
