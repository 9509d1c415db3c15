"""Checks the packages pinned in constraints.txt for known vulnerabilities: `make release`.

Exits with 1 if any package is vulnerable. Says so if the advisories for some or all packages cannot be fetched.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"


def verdict(answer: str) -> tuple[list[str], int]:
    """Returns the JSON answer of pip-audit as readable lines, and the number of vulnerable packages."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        return ["The advisories cannot be fetched: nothing was audited."], 0
    lines = [
        f"{package['name']} {package['version']}: {vuln['id']}, mended in {', '.join(vuln['fix_versions']) or 'none'}"
        for package in packages
        for vuln in package.get("vulns", ())
    ]
    vulnerable = sum(bool(package.get("vulns")) for package in packages)
    unknown = sum("skip_reason" in package for package in packages)
    lines.append(f"{len(packages)} packages, {vulnerable} vulnerable, {unknown} without an answer.")
    return lines, vulnerable


def main() -> int:
    options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(CONSTRAINTS), *options]
    audit = subprocess.run(command, capture_output=True, text=True)
    lines, vulnerable = verdict(audit.stdout)
    print("\n".join(lines))
    if not audit.stdout:
        print(audit.stderr.strip().rpartition("\n")[2])  # the reason
    return int(vulnerable > 0)


if __name__ == "__main__":
    sys.exit(main())
