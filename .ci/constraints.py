"""Prints the exact version of everything that the app and its tests need, as installed here: `make constraints`."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def main() -> None:
    waiting = [Requirement(text) for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]]
    versions: dict[str, str] = {}
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in versions or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # such as the CUDA libraries of a torch that has none
        versions[name] = found.version.split("+")[0]  # a local part, such as +cpu, is on no index
        waiting += [Requirement(text) for text in found.requires or ()]
    print("# What the suite ran on; made by `make constraints`. Install with: pip install -c constraints.txt .")
    for name, version in sorted(versions.items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
