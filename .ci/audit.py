"""Asks for known vulnerabilities of what constraints.txt pins: `make release`.

Ends with 1 where there is one. Where the advisories cannot be asked for, of all packages or of some, it says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"


def verdict(answer: str) -> tuple[list[str], int]:
    """What pip-audit has answered in JSON, as lines for people, and how many packages are vulnerable."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        return ["The advisories cannot be asked for: nothing is audited."], 0
    lines = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    vulnerable = sum(bool(package.get("vulns")) for package in packages)
    unknown = sum("skip_reason" in package for package in packages)
    lines.append(f"{len(packages)} packages, {vulnerable} vulnerable, {unknown} without an answer.")
    return lines, vulnerable


def main() -> int:
    options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(CONSTRAINTS), *options]
    asked = subprocess.run(command, capture_output=True, text=True)
    lines, vulnerable = verdict(asked.stdout)
    print("\n".join(lines))
    if not asked.stdout:
        print(asked.stderr.strip().rpartition("\n")[2])  # why
    return int(vulnerable > 0)


if __name__ == "__main__":
    sys.exit(main())
