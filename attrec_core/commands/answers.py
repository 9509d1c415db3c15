"""How answers and remarks are written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def show(answer: Mapping[str, Any], as_json: bool) -> None:
    """JSON, or one `key: value` a line with nested keys as `outer.inner`."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in flat(answer):
        print(f"{key}: {value:.4f}" if isinstance(value, float) else f"{key}: {value}")


def flat(answer: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in answer.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, "none" if value in ({}, [], None) else value


def remark(text: str) -> None:
    print(f"attrec: {text}", file=sys.stderr)
