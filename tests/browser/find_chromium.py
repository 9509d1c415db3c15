"""Finds Chromium on the PATH or where macOS keeps it. Prints its path; exit code 1 if there is no Chromium."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_chromium() -> str | None:
    on_path = next((executable for name in NAMES if (executable := shutil.which(name))), None)
    return on_path or next((path for path in MAC if Path(path).is_file()), None)


if __name__ == "__main__":
    path = find_chromium()
    print(path or "no Chromium was found")
    sys.exit(path is None)
