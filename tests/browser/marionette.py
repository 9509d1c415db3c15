"""Firefox without a driver: its own remote protocol, Marionette. A message is its length, a colon and a JSON array."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
OFFLINE = {
    "marionette.port": 0,  # any free one; Firefox writes it into its profile
    "network.proxy.type": 1,  # nothing behind the proxy: whatever is asked for fails
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
}


def find_firefox() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Firefox:
    """One window. Raises RuntimeError with Firefox's own message where a command fails."""

    def __init__(self, port: int) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=30).makefile("rwb")
        self.last = 0
        self.receive()  # its greeting
        self.call("WebDriver:NewSession", {})

    def receive(self) -> Any:
        length = b""
        while (digit := self.stream.read(1)) != b":":
            length += digit
        return json.loads(self.stream.read(int(length)))

    def call(self, command: str, parameters: dict[str, Any]) -> Any:
        self.last += 1
        message = json.dumps([0, self.last, command, parameters]).encode()
        self.stream.write(b"%d:%s" % (len(message), message))
        self.stream.flush()
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result.get("value") if isinstance(result, dict) else result

    def open(self, url: str) -> None:
        self.call("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of an async function in the page; returns what it returns."""
        body = f"const done = [...arguments].at(-1); (async () => {{ {script} }})().then(done, (e) => done(`${{e}}`));"
        return self.call("WebDriver:ExecuteAsyncScript", {"script": body, "args": list(arguments), "newSandbox": False})

    def wait(self, condition: str) -> Any:
        """Waits until an expression of the page is true, looking in each frame; returns its value."""
        return self.run(f"let is; while (!(is = ({condition}))) await new Promise(requestAnimationFrame); return is;")

    def press(self, keys: str) -> None:
        """Presses each of the keys, as WebDriver names them, in the element that has the focus."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})


@contextmanager
def firefox(profile: Path, width: int = 1440, height: int = 900) -> Iterator[Firefox]:
    """Starts Firefox without a screen and without a network, with an empty profile in this folder."""
    program = find_firefox()
    assert program is not None
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in OFFLINE.items()]
    (profile / "user.js").write_text("\n".join(lines))
    flags = ["--headless", "--marionette", "--profile", str(profile), f"--width={width}", f"--height={height}"]
    process = subprocess.Popen([program, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = profile / "MarionetteActivePort"
        while not port.exists() or not port.read_text().strip():
            process.wait(0.05) if process.poll() is not None else _pause(process)
        yield Firefox(int(port.read_text()))
    finally:
        process.terminate()
        process.wait(30)


def _pause(process: subprocess.Popen[bytes]) -> None:
    """Waits for a moment, or for the end of the process."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
    raise RuntimeError("Firefox ended before it could be asked anything.")
