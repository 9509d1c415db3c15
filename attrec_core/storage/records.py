"""Makes records (frozen dataclasses) from parsed JSON, whose values may have any type."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from attrec_core.errors import shown
from attrec_core.storage.read_errors import expect

Record = TypeVar("Record")


def record_of(kind: type[Record], content: Any) -> Record:
    """Returns a record; what its class does not know is ignored. Raises ValueError naming the field that is missing or
    has another type than its annotation."""
    name = kind.__name__.lower()
    expect(isinstance(content, dict), f"a {name} is {shown(content)}")
    types, values = get_type_hints(kind), {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name in content:
            values[field.name] = typed(content[field.name], types[field.name], field.name)
        else:
            optional = not (field.default is field.default_factory is dataclasses.MISSING)
            expect(optional, f"{field.name} of a {name} is missing")
    return kind(**values)


def typed(value: Any, kind: Any, name: str) -> Any:
    """Returns a value of JSON as a field of this type: a record, or a text, a number or a switch (`Any`: one of these),
    also in a tuple or in a mapping. Raises ValueError for another value."""
    inner = get_args(kind)
    if dataclasses.is_dataclass(kind):
        return record_of(kind, value)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        expect(isinstance(value, list), f"{name} is {shown(value)}")
        return tuple(typed(item, inner[0], name) for item in value)
    if get_origin(kind) in (dict, Mapping):
        expect(isinstance(value, dict), f"{name} is {shown(value)}")
        return {key: typed(item, inner[1], f"{name} {key}") for key, item in value.items()}
    kinds = {float: (int, float), Any: (int, float, str, bool)}.get(kind, (kind,))
    expect(type(value) in kinds and (type(value) is not float or math.isfinite(value)), f"{name} is {shown(value)}")
    return value
