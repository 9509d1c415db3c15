"""`make fuzz`: changes bytes and keeps inputs that reach new code; each target gets a share of FUZZ_SECONDS.

An input that breaks a reader, takes too long or takes too much memory is written to found/TARGET/, where test_fuzz.py
reads it again until the fault is fixed. Arguments: names of targets; default: all.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
SECONDS = int(os.environ.get("FUZZ_SECONDS", "300"))  # for all targets together
SLOWEST = 15  # seconds for one input
MEMORY = 3_000  # MB
LONGEST = 20_000  # bytes of an input
# Kept between runs, so that the next run continues from there.
CORPUS = Path(os.environ.get("FUZZ_CORPUS", ROOT / ".fuzz"))

sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
with atheris.instrument_imports(include=["attrec_core"]):
    from targets import FOUND, TARGETS, Target


def fuzz(target: Target, seconds: int, scratch: Path) -> None:
    """Never returns: the fuzzer ends the process, with exit status 0 if it found nothing."""
    corpus, findings = CORPUS / target.name, FOUND / target.name
    for folder in (corpus, findings, scratch / "whole"):
        folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(target.seeds(scratch / "whole")):
        (corpus / f"whole-{number}").write_bytes(content)
    limits = [f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}"]
    options = [*limits, f"-artifact_prefix={findings}/", "-verbosity=0", "-print_final_stats=1"]
    atheris.Setup(["fuzz", *options, str(corpus)], lambda content: target.check(content, scratch))
    atheris.Fuzz()


def main() -> int:
    names = sys.argv[1:] or list(TARGETS)
    broken = []
    for name in names:
        print(f"{name} …", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            child = os.fork()
            if child == 0:
                fuzz(TARGETS[name], max(1, SECONDS // len(names)), Path(scratch))
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
                broken.append(name)
        with contextlib.suppress(OSError):
            (FOUND / name).rmdir()  # unless an input was found
    print(f"{len(names)} targets, broken: {', '.join(broken) or 'none'}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
