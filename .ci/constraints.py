"""Prints the installed version of every package that the app and its tests need: `make constraints`."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def main() -> None:
    extras = PROJECT["optional-dependencies"].values()
    waiting = [Requirement(text) for texts in [PROJECT["dependencies"], *extras] for text in texts]
    versions: dict[str, str] = {}
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in versions or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # for example the CUDA libraries of a torch without CUDA
        versions[name] = installed.version.split("+")[0]  # no index has the local part, such as +cpu
        waiting += [Requirement(text) for text in installed.requires or ()]
    print("# What the suite ran on; made by `make constraints`. Install with: pip install -c constraints.txt .")
    for name, version in sorted(versions.items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
