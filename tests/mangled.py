"""Files with some bytes changed."""

from __future__ import annotations

from hypothesis import strategies as st

SIGNS = [b'"', b"\n", b",", b"\t", b"::", b"\r", b"\0", b"\xff"]


@st.composite
def mangled(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with one to four pieces of them replaced."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 30))
        content[at : at + length] = draw(st.binary(max_size=8) | st.sampled_from(SIGNS))
    return bytes(content)
