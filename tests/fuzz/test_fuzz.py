"""Any bytes from outside get an answer or one sentence. `make fuzz` searches longer, guided by coverage."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import FOUND, TARGETS, Target

pytestmark = pytest.mark.long

EXAMPLES = 12  # of each target, and more of files of interactions, whose seeds are many formats
LONGEST = 20_000  # milliseconds per example: enough on a busy machine; an endless loop takes longer


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    return TARGETS[request.param]


@pytest.fixture
def seeds(target: Target, tmp_path: Path) -> list[bytes]:
    (tmp_path / "whole").mkdir()
    return target.seeds(tmp_path / "whole")


def test_a_whole_file_is_read(target: Target, seeds: list[bytes], tmp_path: Path) -> None:
    """If whole files were refused, the tests with changed files would prove little."""
    assert any(target.check(whole, tmp_path) for whole in seeds)


def test_any_bytes_are_read_or_refused_in_a_sentence(target: Target, seeds: list[bytes], tmp_path: Path) -> None:
    @settings(max_examples=EXAMPLES * (4 if target.name.startswith("table") else 1), deadline=LONGEST)
    @given(st.binary(max_size=200) | st.sampled_from(seeds).flatmap(mangled) | st.sampled_from(seeds).flatmap(altered))
    def check(content: bytes) -> None:
        target.check(content, tmp_path)

    check()


@pytest.mark.parametrize("file", sorted(FOUND.glob("*/*")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_bytes_that_once_broke_a_reader_do_so_no_more(file: Path, tmp_path: Path) -> None:
    TARGETS[file.parent.name].check(file.read_bytes(), tmp_path)


# Files with some bytes changed, or JSON with one of its values.


SIGNS = [b'"', b"\n", b",", b"\t", b"::", b"\r", b"\0", b"\xff"]


@st.composite
def mangled(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with one to four pieces of them replaced."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 30))
        content[at : at + length] = draw(st.binary(max_size=8) | st.sampled_from(SIGNS))
    return bytes(content)


OTHERS = (None, True, -1, 1.5, math.nan, 10**30, "", "x", [], ["x"], [[]], {}, {"foo": 1}, [{}])


@st.composite
def altered(draw: st.DrawFn, whole: bytes) -> bytes:
    """JSON with a value replaced, left out or added somewhere in it; any other bytes as they are."""
    try:
        content: Any = [json.loads(whole)]
    except ValueError:
        return whole
    inside = content
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = draw(st.sampled_from(keys or ["foo"]))
        if not keys or not isinstance(inside[key], dict | list) or not draw(st.integers(0, 4)):
            break
        inside = inside[key]
    if isinstance(inside, list) and not keys:
        inside.append(draw(st.sampled_from(OTHERS)))
    elif inside is not content and keys and draw(st.booleans()):
        del inside[key]
    else:
        key = draw(st.sampled_from([key, "foo"])) if isinstance(inside, dict) else key
        inside[key] = draw(st.sampled_from(OTHERS))
    return json.dumps(content[0]).encode()
