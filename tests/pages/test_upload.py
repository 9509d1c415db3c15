"""What the server counts of uploads while they arrive. tests/browser/test_upload_guard.py asks a real server."""

from __future__ import annotations

import types
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from pages.frame import streamlit_internals, upload
from pages.frame.upload import MEGABYTE, UploadGuard

BYTE = 1 / MEGABYTE


@types.coroutine
def wait() -> Iterator[None]:
    yield


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads a request whole."""
    while (await receive()).get("more_body"):
        pass


def begun(guard: UploadGuard, session: str, *megabytes: float, method: str = "PUT") -> Coroutine[Any, Any, None]:
    """An upload that waits before each of its parts; `send` goes on to the next one."""
    parts = [int(size * MEGABYTE) for size in megabytes]

    async def receive() -> dict[str, Any]:
        await wait()
        return {"body": bytes(parts.pop(0)), "more_body": bool(parts)}

    return guard({"type": "http", "method": method, "path": f"/upload/{session}/file"}, receive, None)


def status_of(request: Coroutine[Any, Any, None]) -> int:
    """Sends the next part. Returns 100 if more is awaited, 204 at the end, or the status of the refusal."""
    try:
        request.send(None)
    except StopIteration:
        return 204
    except HTTPException as refusal:
        return refusal.status_code
    return 100


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UploadGuard:
    for name, value in {"HOME": str(tmp_path), "SESSION_UPLOAD_MB": "3", "TOTAL_UPLOAD_MB": "6"}.items():
        monkeypatch.setenv(f"ATTREC_{name}", value)
    monkeypatch.setattr(upload, "COUNTED", 0)  # seconds for which a count of the disk holds
    return UploadGuard(app)


def test_a_session_and_all_of_them_hold_no_more_than_their_limits_until_a_request_ends(guard: UploadGuard) -> None:
    a, b, c, d = begun(guard, "a", 3, 0), begun(guard, "b", 2, 1, BYTE), begun(guard, "c", 0), begun(guard, "d", BYTE)
    assert [status_of(one) for one in (a, b, c, d, a, b, b)] == [100] * 7
    assert guard.arriving == {"a": 3 * MEGABYTE, "b": 3 * MEGABYTE}
    assert [status_of(one) for one in (c, b, d, a)] == [204, 413, 204, 204]
    assert guard.arriving == {}
    first, second, third = (begun(guard, name, 2, BYTE, 0) for name in "abc")
    assert [status_of(one) for one in (first, second, third) * 2] == [100] * 6
    assert [status_of(one) for one in (first, second, third)] == [507, 100, 100]


def test_what_is_held_in_memory_and_on_the_disk_counts(
    guard: UploadGuard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamlit_internals, "uploads_in_memory", lambda: {"a": 2 * MEGABYTE, "b": MEGABYTE})
    for session, most in (("a", 1), ("b", 2), ("c", 3)):
        request = begun(guard, session, most, BYTE)
        assert [status_of(request) for _ in range(3)] == [100, 100, 413]
    (tmp_path / "uploads" / "c").mkdir(parents=True)
    (tmp_path / "uploads" / "c" / "file").write_bytes(bytes(2 * MEGABYTE))
    request = begun(guard, "b", 1, BYTE)  # it began before the file was moved to the disk
    assert [status_of(request) for _ in range(3)] == [100, 100, 507]
    monkeypatch.setattr(upload, "COUNTED", 9)
    (tmp_path / "uploads" / "c" / "file").unlink()
    request = begun(guard, "b", 1, BYTE)  # the count of before still holds
    assert [status_of(request) for _ in range(3)] == [100, 100, 507]


def test_a_read_only_server_takes_a_saved_state_and_other_requests_are_not_counted(
    guard: UploadGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_READONLY", "1")
    state = begun(guard, "a", 2, BYTE)
    assert [status_of(state) for _ in range(3)] == [100, 100, 403]
    other = begun(guard, "a", 9, method="POST")
    assert [status_of(other) for _ in range(2)] == [100, 204]
