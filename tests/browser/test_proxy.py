"""The app behind nginx, configured as in docs/serving.md: TLS, a password, uploads and the channel of the app."""

from __future__ import annotations

import base64
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT, free_port
from .test_guard import HANDSHAKE, KEY

NGINX, OPENSSL = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), shutil.which("openssl")
PASSWORD = {"Authorization": "Basic " + base64.b64encode(b"ada:lovelace").decode()}
pytestmark = pytest.mark.skipif(not (NGINX and OPENSSL), reason="nginx or openssl is not installed here")


@pytest.fixture(scope="module")
def proxy(app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx with the documented configuration, with name, files and ports of this machine."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    secret = ["-subj", "/CN=localhost", "-keyout", f"{folder}/attrec.key", "-out", f"{folder}/attrec.pem"]
    subprocess.run([str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", *secret], check=True)
    hashed = subprocess.run([str(OPENSSL), "passwd", "-apr1", "lovelace"], check=True, capture_output=True, text=True)
    (folder / "attrec.htpasswd").write_text(f"ada:{hashed.stdout}")
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    site = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert site is not None
    local_values = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "attrec.school.example": "localhost",
        "/etc/ssl/": f"{folder}/",
        "/etc/nginx/": f"{folder}/",
        "http://127.0.0.1:8501": app,
    }
    changed = site[1]
    for documented, local in local_values.items():
        assert documented in changed
        changed = changed.replace(documented, local)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    settings = f"pid {folder}/pid;\nerror_log {folder}/errors;\ndaemon off;\nevents {{}}\n"
    settings += f"http {{\naccess_log off;\n{temporary}{changed}}}\n"
    (folder / "nginx.conf").write_text(settings)
    (folder / "errors").touch()
    if Path("/proc/self").stat().st_uid == 0:
        folder.chmod(0o755)
        (folder / "nginx.conf").write_text(f"user root;\n{settings}")  # its workers read the files of this test
    process = subprocess.Popen([str(NGINX), "-c", f"{folder}/nginx.conf", "-p", str(folder)])
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < deadline, (folder / "errors").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(30)


def trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificate of this test
    return context


def answer(port: int, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=trusted())
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def test_the_password_is_asked_for_and_the_page_comes_with_its_policy(proxy: int) -> None:
    assert answer(proxy, "/", {}).status == 401
    assert answer(proxy, "/_stcore/health", {"Authorization": "Basic YTpi"}).status == 401
    response = answer(proxy, "/attention", PASSWORD | {"Accept": "text/html"})
    assert response.status == 200
    assert "'sha256-" in response.getheader("content-security-policy", "")
    assert b"<script>" in response.read()


def test_the_channel_of_the_app_opens_for_its_own_pages_alone(proxy: int) -> None:
    def opened(origin: str, password: dict[str, str]) -> int:
        more = {"Host": f"localhost:{proxy}", "Origin": origin, **password}
        lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        request = f"GET /_stcore/stream HTTP/1.1\r\n{lines}{HANDSHAKE.format(key=KEY)}\r\n"
        with (
            socket.create_connection(("127.0.0.1", proxy), timeout=30) as plain,
            trusted().wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(request.encode())
            return int(connection.recv(4096).split()[1])

    assert opened(f"https://localhost:{proxy}", PASSWORD) == 101
    assert opened("https://evil.example", PASSWORD) == 403
    assert opened(f"https://localhost:{proxy}", {}) == 401
