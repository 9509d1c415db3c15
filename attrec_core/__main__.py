"""The command line: `attrec inspect|train|recommend|explain|… …`, or `python -m attrec_core …`."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from attrec_core import __version__
from attrec_core.errors import InputError, as_input_error


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one sentence, like all the others."""

    def error(self, message: str) -> NoReturn:
        raise InputError("usage", "{message} (see {program} --help)", message=message, program=self.prog)


def parser() -> argparse.ArgumentParser:
    from attrec_core import cli  # here, so that Ctrl-C while it loads is Ctrl-C like any other

    # Started by its console command it is called as that, else as Python starts it.
    name = "attrec" if Path(sys.argv[0]).stem == "attrec" else "python -m attrec_core"
    top = Parser(prog=name, description="Train AttRec and ask it what it looks at.")
    top.add_argument("--version", action="version", version=f"attrec {__version__}")
    subs = top.add_subparsers(dest="command", required=True, parser_class=Parser)

    inspect = subs.add_parser("inspect", help="say what a data file or folder holds")
    cli.add_data(inspect)
    inspect.set_defaults(answer=cli.inspect)

    importing = subs.add_parser("import", help="read data once, filter it, and keep it as a data set with a report")
    cli.add_data(importing)
    importing.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder to write the data set to")
    importing.add_argument("--name", metavar="TEXT", help="how people call it (else the folder’s name)")
    importing.add_argument("--report", type=Path, metavar="FILE", help="the report as a file of its own, .txt or .json")
    importing.add_argument("--overwrite", action="store_true", help="replace the data set that is there")
    importing.set_defaults(answer=cli.import_data)

    download = subs.add_parser("download", help="fetch a public data set: ml-100k, ml-1m, ml-latest-small, ml-25m")
    download.add_argument("name", metavar="NAME", help="which one; kept in $ATTREC_CACHE or the user’s cache folder")
    download.add_argument("--base-url", metavar="URL", help="another server with the same files")
    download.add_argument("--json", action="store_true", help="answer as JSON")
    download.set_defaults(answer=cli.download)

    cli.add_training(subs)

    maps = subs.add_parser("maps", help="lay out the maps of a run that was trained without them, or was stopped")
    maps.add_argument("run", type=Path, metavar="RUN", help="a folder, or a name on the shelf")
    maps.add_argument("--overwrite", action="store_true", help="also where it has some already")
    maps.add_argument("--json", action="store_true", help="answer as JSON")
    maps.set_defaults(answer=cli.lay_out_maps)

    for name, answer, help_text in (
        ("evaluate", cli.evaluate, "rank the test items again"),
        ("info", cli.info, "settings, sizes, epochs, metrics, versions"),
    ):
        command = subs.add_parser(name, help=help_text)
        add_run(command)
        command.set_defaults(answer=answer)

    survey = subs.add_parser("at-large", help="attention over all test users: by place, against influence, and causes")
    add_run(survey)
    survey.add_argument("--causes", type=Path, metavar="FILE", help="true causes, as in sample_data/causes.csv")
    survey.set_defaults(answer=cli.survey)

    recommend = subs.add_parser("recommend", help="the nearest items, with short, long and blended distance")
    add_run(recommend)
    add_view(recommend)
    add_likes(recommend)
    recommend.add_argument("--top", type=int, default=10, metavar="K", help="how many items (10)")
    recommend.add_argument("--include-seen", action="store_true", help="let items compete that the user has had")
    recommend.set_defaults(answer=cli.recommend)

    attention = subs.add_parser("attention", help="who looks at whom: the attention weights of a window")
    add_run(attention)
    add_view(attention)
    attention.set_defaults(answer=cli.attention)

    for name, answer, help_text in (
        ("explain", cli.explain, "why an item stands where it stands: the exact sum, leave-one-out, the edit"),
        ("compare", cli.compare, "two windows, before and after: attention, ranks, distances, m"),
        ("omega", cli.omega, "ranks for every ω from 0 to 1, with the points where items change places"),
        ("experiments", cli.experiments, "reverse, shuffle, drop each, uniform attention …, and what each does"),
    ):
        command = subs.add_parser(name, help=help_text)
        add_run(command, may_miss=True)
        add_view(command, several=name == "compare")
        add_likes(command)
        command.add_argument("--state", type=Path, metavar="FILE", help="a view that the app saved, instead of these")
        command.add_argument("--top", type=whole(1), default=10, metavar="K", help="how many items count as first (10)")
        if name in ("explain", "experiments"):
            command.add_argument("--item", metavar="ID", help="whose distance and rank; without one, the first item’s")
        if name == "explain":
            command.add_argument("--against", metavar="ID", help="another item: why one stands above the other")
        command.set_defaults(answer=answer)
    command.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the shuffle (0)")

    two = cli.add_compare_runs(subs)
    add_view(two)
    two.add_argument("--top", type=whole(1), default=10, metavar="K", help="how many items count as first (10)")
    cli.add_shelf(subs)
    cli.add_app(subs)
    return top


def whole(least: int) -> Callable[[str], int]:
    """A whole number that is not too small."""

    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{int(text)} must be at least {least}")
        return int(text)

    return number


def add_run(command: argparse.ArgumentParser, *, may_miss: bool = False) -> None:
    found = "; with --state the one that the view was saved with, if it is here" if may_miss else ""
    command.add_argument(
        "run", type=Path, nargs="?" if may_miss else None, metavar="RUN", help=f"the folder of a trained run{found}"
    )
    command.add_argument("--json", action="store_true", help="answer as JSON")


def add_view(command: argparse.ArgumentParser, *, several: bool = False) -> None:
    command.add_argument("--user", metavar="ID", help="whose taste; without one, --window alone decides")
    command.add_argument(
        "--window",
        action="append" if several else "store",
        metavar="ID,ID,…",
        help='recent items, oldest first (an id with a comma in "quotes"); '
        + ("twice for A and B; else A is the real ones" if several else "else the real ones"),
    )
    command.add_argument("--step", type=int, metavar="N", help="look after the first N items of the history (else all)")


def add_likes(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--likes", metavar="ID,ID,…", help="a new person who likes these: their point is folded in between them"
    )


def main(arguments: list[str] | None = None, *, errors_as_json: bool = False) -> int:
    """Exit code 0, 2 for bad input with one sentence on stderr, 130 after Ctrl-C with nothing kept.

    errors_as_json: bad input is also told on stdout, as {"error": …} for the process that waits for the answer.
    """
    try:
        options = parser().parse_args(arguments)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show "é" gets it spelt out
        options.answer(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("attrec: interrupted; nothing was written.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) has gone.
        silence()
    except (InputError, OSError, MemoryError) as error:
        return refused(as_input_error(error), as_json=errors_as_json, mute=isinstance(error, OSError))
    return 0


def refused(error: InputError, *, as_json: bool, mute: bool) -> int:
    """One line on stderr, whatever the sentence quotes. mute: stdout may be what cannot be written."""
    from attrec_core.cli.output import flag

    if as_json:
        with contextlib.suppress(OSError):
            print(json.dumps({"error": error.as_dict()}), flush=True)
    if mute:
        silence()
    print(f"attrec: {error.sentence(flag)}", file=sys.stderr)
    return 2


def silence() -> None:
    """What is still to be written goes nowhere, or Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


if __name__ == "__main__":
    sys.exit(main())
