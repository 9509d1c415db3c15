"""A headless Chromium and fresh servers for the benchmarks that drive the app."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.browser.find_chromium import find_chromium

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*QUIET, "--disable-component-update", "--disable-sync"]
        )
        yield browser
        browser.close()


SERVERS: dict[str, int] = {}  # base URL → process id


def memory_of(base: str) -> int:
    """Returns the resident memory, in megabytes, of a server started here; 0 on a system without /proc."""
    status = Path(f"/proc/{SERVERS[base]}/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


@contextlib.contextmanager
def server(script: Path, *arguments: str) -> Iterator[str]:
    """Starts a new `streamlit run`, waits until it is healthy and yields its base URL."""
    with socket.socket() as free_socket:
        free_socket.bind(("127.0.0.1", 0))
        port = free_socket.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1", "--", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"
    SERVERS[base] = process.pid
    try:
        wait_until_healthy(process, base)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def wait_until_healthy(process: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if urllib.request.urlopen(f"{base}/_stcore/health", timeout=1).status == 200:
                return
        time.sleep(0.02)
    raise SystemExit(f"The server at {base} did not become healthy.")
