"""The proxy of the tests notices whom a program asks."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

import pytest

from tests.download_server import serving
from tests.outside import Outside

ASK = "import sys, requests; requests.get(sys.argv[1])"


@pytest.mark.parametrize("address", ["http://checkip.example/", "https://checkip.example/"])
def test_a_request_of_a_program_to_another_machine_is_named(outside: Outside, address: str) -> None:
    subprocess.run([sys.executable, "-c", ASK, address], capture_output=True)
    asked = outside.taken()
    assert asked and all("checkip.example" in request for request in asked)


def test_requests_to_this_machine_are_free(outside: Outside) -> None:
    with serving() as server:
        server.files = {"a": b"a"}
        assert urllib.request.urlopen(f"{server.base}/a").read() == b"a"
    assert outside.asked == []
