"""The command line: `attrec inspect|train|recommend|explain|… …`, or `python -m attrec_core …`.

Each file holds commands together with their arguments. Answers go to stdout, progress and remarks to stderr.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

from attrec_core.config import PROGRAM_VERSION
from attrec_core.errors import InputError, as_input_error


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are one sentence each, like all other errors."""

    def error(self, message: str) -> NoReturn:
        raise InputError("usage", "{message} (see {program} --help)", message=message, program=self.prog)


def parser() -> argparse.ArgumentParser:
    # Imported here, so that Ctrl-C while they load is handled like any other Ctrl-C.
    from attrec_core.cli import classroom, data, explain, facts, from_weights, library, recommend, show, study, training

    # The name of the console command if that started the program, else the way to start it with Python.
    name = "attrec" if Path(sys.argv[0]).stem == "attrec" else "python -m attrec_core"
    top = Parser(prog=name, description="Train AttRec and explain its recommendations.")
    top.add_argument("--version", action="version", version=f"attrec {PROGRAM_VERSION}")
    subs = top.add_subparsers(dest="command", required=True, parser_class=Parser)
    for file in (data, training, study, from_weights, facts, recommend, explain, show, classroom):
        file.add(subs)
    facts.add_compare_runs(subs)
    library.add(subs)
    show.add_app(subs)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit code: 0; 2 for bad input, with a sentence on stderr; 130 after Ctrl-C, with
    a sentence that says what is kept.

    With --json, bad input is also reported on stdout, as {"error": …}.
    """
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    code = 0
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show "é" gets "\xe9"
        options = parser().parse_args(arguments)
        from attrec_core.runs.library.rename_and_trash import tidy_workspace

        tidy_workspace()
        code = options.answer(options) or 0  # most commands return nothing
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        print(f"attrec: interrupted; {str(stop) or 'nothing was written'}.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The program that reads our output (head, less) has ended.
        silence()
    except (InputError, OSError, MemoryError) as error:
        return report_error(as_input_error(error), as_json=as_json, mute=isinstance(error, OSError))
    except Exception as error:
        from attrec_core.explain.other_systems import WORKER

        if not WORKER.own:  # no custom model is in use
            raise
        from attrec_core.models.registry import fault_in

        return report_error(fault_in(error, WORKER.own), as_json=as_json, mute=False)
    return code


def report_error(error: InputError, *, as_json: bool, mute: bool) -> int:
    """Writes the error as one line on stderr, whatever the sentence quotes, and returns the exit code.

    as_json: also write it to stdout. mute: write nothing more to stdout, which may be what failed.
    """
    from attrec_core.cli.output import flag, visible

    if as_json:
        with contextlib.suppress(OSError):
            print(json.dumps({"error": error.as_dict() | {"sentence": error.sentence(flag)}}), flush=True)
    if mute:
        silence()
    print(visible(f"attrec: {error.sentence(flag)}"), file=sys.stderr)
    return 2


def silence() -> None:
    """Discards the output that is still to be written; otherwise Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the descriptor of stdout
