"""A proxy that passes nothing on and remembers who was to be asked: no test may ask another machine.

Programs that a test starts use it too, since they inherit the variables that name it. Addresses of this machine are
reached without it.
"""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCAL = "localhost,127.0.0.1,::1"
BLOCKED = "The tests ask no other machine"


class Outside(ThreadingHTTPServer):
    """Answers each request with an error. asked: the method and the address of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusal)
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def name_in_environment(self) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            os.environ[name] = os.environ[name.upper()] = f"http://127.0.0.1:{self.server_port}"
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = LOCAL

    def taken(self) -> list[str]:
        """Returns the requests since the last call."""
        asked, self.asked = self.asked, []
        return asked


class Refusal(BaseHTTPRequestHandler):
    def parse_request(self) -> bool:
        """Refuses each request, whatever its method."""
        if super().parse_request():
            self.server.asked.append(f"{self.command} {self.path}")
            self.send_error(502, BLOCKED)
        return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The standard error is of the tests."""
