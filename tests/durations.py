"""Which test files take long: `make durations` runs the whole suite and writes their seconds into durations.txt.

`conftest.py` reads the file: the longest files start first, so that no processor is idle at the end. Prints the slowest
tests, which are the ones to look at first.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

TABLE = Path(__file__).with_name("durations.txt")
HEAD = """\
# Seconds for each test file, with set-up, several at a time on two cores; they depend on the machine.
# Written by `make durations`.
"""
SLOWEST = 40  # tests that are printed


def seconds_of_files() -> dict[str, float]:
    """Returns the seconds of each file in the table, such as {"data/test_wild.py": 8.4}."""
    rows = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {file: float(seconds) for seconds, file in rows}


def main(report: Path) -> None:
    """report: a JUnit report of the whole suite."""
    files: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        module = case.attrib["classname"].removeprefix("tests.")
        file, seconds = f"{module.replace('.', '/')}.py", float(case.attrib["time"])
        files[file] += seconds
        tests[f"{file}::{case.attrib['name']}"] += seconds
    rows = (f"{seconds:.1f} {file}" for file, seconds in files.most_common())
    TABLE.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    print(f"The slowest of {len(tests)} tests, {sum(tests.values()):.0f} s in all:")
    for name, seconds in tests.most_common(SLOWEST):
        print(f"{seconds:7.1f} s  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
