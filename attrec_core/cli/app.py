"""`attrec app`: the app in a browser, on the bundled sample or on any run."""

from __future__ import annotations

import argparse
import os
import sys

from attrec_core.cli.arguments import A_RUN, Commands, add_command, run_folder
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class
from attrec_core.explain.other_systems import WORKER
from attrec_core.runs.load import load
from attrec_core.storage.workspace import APP


def add(subs: Commands) -> None:
    command = add_command(subs, "app", app, "open the app in a browser, with the bundled sample or the given runs")
    about = f"a run to open: {A_RUN}; repeatable"
    command.add_argument("--run", action="append", default=[], metavar="RUN", help=about)
    add_model(command, CLASS_AGAIN)
    command.add_argument("--port", type=int, default=8501, metavar="N", help="port to listen on (8501)")
    command.add_argument(
        "--address", default="localhost", metavar="HOST", help="address to listen on (localhost: this machine only)"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def app(options: argparse.Namespace) -> None:
    """Replaces this process by the server, so that Ctrl-C and signals reach it. Raises InputError when a run cannot be
    opened,
    or the class of --model cannot be used."""
    given = ["--model", WORKER.own] if take_class(options) else []
    runs = [run_folder(run) for run in options.run]
    for run in runs:
        load(run)
    command = ["run", str(APP / "app.py"), f"--server.port={options.port}", f"--server.address={options.address}"]
    command += ["--server.headless=true"] if options.no_browser else []
    given += [part for run in runs for part in ("--run", str(run.absolute()))]
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", *command, *(["--", *given] if given else [])])
