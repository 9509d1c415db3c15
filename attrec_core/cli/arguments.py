"""Arguments that several commands share: a run, a user and a window, and the flags for them."""

from __future__ import annotations

import argparse
import contextlib
import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from attrec_core.cli.output import answer, remark
from attrec_core.errors import InputError, shown
from attrec_core.explain.attention import layers_and_heads
from attrec_core.explain.moment import usual_step, window_at
from attrec_core.runs.library.listing import list_runs, weights_fingerprint
from attrec_core.runs.library.names import entry_folder, library_folder
from attrec_core.runs.load import load
from attrec_core.runs.lookup import item_id, user_id
from attrec_core.runs.run import Run, without_attention
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind, heal
from attrec_core.storage.workspace import SAMPLE_RUN, home
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.saved_view import LARGEST, State, fitted, from_json
from attrec_core.views.view import Fitted, View

A_RUN = "a folder, or a name in the workspace"
Commands = argparse._SubParsersAction  # what each file adds its commands to
AddArguments = Callable[[argparse.ArgumentParser], None]


def add_command(
    subs: Commands,
    name: str,
    answer: Callable[[argparse.Namespace], int | None],
    about: str,
    *parts: AddArguments,
    **more: Any,
) -> argparse.ArgumentParser:
    """Adds a command. answer: the function that runs it. parts: functions that add arguments shared with other
    commands. more: further arguments of argparse's `add_parser`."""
    command: argparse.ArgumentParser = subs.add_parser(name, help=about, **more)
    command.set_defaults(answer=answer)
    for add in parts:
        add(command)
    return command


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="answer as JSON")


def add_run(command: argparse.ArgumentParser, *, or_state: bool = False) -> None:
    """Adds RUN and --json. or_state: --state may name the run instead."""
    hint = "; with --state, by default the run that the view was saved with" if or_state else ""
    command.add_argument("run", action=RunFolder, nargs="?" if or_state else None, metavar="RUN", help=A_RUN + hint)
    add_json(command)


class RunFolder(argparse.Action):
    """Stores the folder of the run that is given. No `type`, whose error argparse would replace by its own."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option_string: object = None
    ) -> None:
        setattr(namespace, self.dest, None if values is None else run_folder(values))


class NewFile(argparse.Action):
    """Stores the path of a file to write. Its folder must exist, so that no long computation ends without a result."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option_string: object = None
    ) -> None:
        path = Path(values)
        if not path.parent.is_dir():
            text = "{file} cannot be written: there is no folder {folder}. Create it first, or name another file."
            raise InputError("no_folder", text, file=path, folder=path.parent)
        setattr(namespace, self.dest, path)


def run_folder(named: str | Path, kind: Kind = RUN) -> Path:
    """Returns the folder of a run, given as a path or as a name in the workspace. Raises InputError when neither
    exists."""
    path = Path(named)
    heal(path)
    if (path / kind.mark).is_file():
        return path
    with contextlib.suppress(InputError):
        return entry_folder(home(), str(named), kind)
    if path.is_dir():
        return path  # whoever opens it reports what is wrong with it
    text = "There is no {kind} at {path}, and none of that name in {folder}."
    raise InputError("no_entry", text, kind=kind.name, path=path, folder=library_folder(home(), kind))


def data_folder(named: str) -> Path:
    """Returns the path of data, given as such or as the name of a data set in the workspace. Whoever reads it reports
    that neither exists."""
    path = Path(named)
    with contextlib.suppress(InputError):
        return path if path.exists() else entry_folder(home(), named, DATA_SET)
    return path


def add_view(command: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Adds the user, the window and the step. several: the command takes two windows."""
    command.set_defaults(likes=None, state=None)  # for a command without these flags
    command.add_argument("--user", metavar="ID", help="the user; without one, only --window counts")
    default = "twice for A and B; once: A is the actual window" if several else "default: the actual ones"
    about = f'recent items by id or title, oldest first (one with a comma in "quotes"); {default}'
    command.add_argument("--window", action="append" if several else "store", metavar="ID,ID,…", help=about)
    add_step(command)


def add_step(command: argparse.ArgumentParser) -> None:
    about = "use the first N items of the history, or all of them (default: all but the last, as on the pages)"
    command.add_argument("--step", type=step, metavar="N|all", help=about)


def step(text: str) -> int | Literal["all"]:
    return "all" if text == "all" else int(text)


def add_likes(command: argparse.ArgumentParser, *, or_state: bool = False) -> None:
    """Adds --likes. or_state: also --state, which replaces all these options."""
    about = "a new user who likes these items (ids or titles): their long-term taste is estimated from them, or "
    about += "computed if the model makes it of items"
    command.add_argument("--likes", metavar="ID,ID,…", help=about)
    if or_state:
        about = "a view saved by the app, instead of these options"
        command.add_argument("--state", type=Path, metavar="FILE", help=about)


def add_matrix(command: argparse.ArgumentParser) -> None:
    """Adds --layer and --head, which choose the attention matrix of a model that has several."""
    about = "the layer whose attention is shown, of SASRec (default: the last)"
    command.add_argument("--layer", type=whole(1), metavar="N", help=about)
    about = "the head of that layer, of SASRec (default: the mean of all heads)"
    command.add_argument("--head", type=whole(1), metavar="N", help=about)


def add_top(command: argparse.ArgumentParser) -> None:
    about = "length of the list of recommendations (10)"
    command.add_argument("--top", type=whole(1), default=10, metavar="K", help=about)


def whole(least: int) -> Callable[[str], int]:
    """Returns a function that reads a whole number and refuses one below `least`."""

    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{int(text)} must be at least {least}")
        return int(text)

    return number


def run_of(options: argparse.Namespace) -> Run:
    """Returns the named run, else the run that the view in --state was saved with: the bundled run, or a run of the
    workspace. Raises InputError when there is none, or when it is damaged and has no intact copy."""
    if options.run is not None:
        return load(options.run)
    if options.state is None:
        raise InputError("no_run", "Name a run: its folder, or {name:state} FILE with a saved view.")
    saved = saved_state(options.state).run
    folders = [SAMPLE_RUN, *(entry.path for entry in list_runs(home()) if entry.fault is None)]
    # The run of that name comes first, so that the weights of the others need not be read.
    fault = None
    for folder in sorted(folders, key=lambda path: path.name != saved.name):
        has_weights = False
        try:
            has_weights = (folder / RUN.mark).is_file() and weights_fingerprint(folder) == saved.fingerprint
            if has_weights:
                return load(folder)
        except InputError as error:
            fault = fault or (error if has_weights else None)
    if fault is not None:
        raise fault
    text = "{file} was saved with the run {run}, and no run here has its weights ({fingerprint}): name a run "
    text += "to open it with."
    facts = {"file": options.state, "run": shown(saved.name), "fingerprint": shown(saved.fingerprint)}
    raise InputError("no_run", text, **facts)


def saved_state(file: Path) -> State:
    """Reads a view saved by the app. Raises InputError for a file that cannot be read, or is not a saved view."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)  # enough to see that it is too large
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError("unreadable", "{file} cannot be read: {why}.", file=file, why=why) from None
    return from_json(content, file.name)


def scene_of(run: Run, options: argparse.Namespace) -> Scene:
    """Returns the scene of the view in --state, with a remark for each part that does not fit the run; else of --likes,
    or of --user, --step and --window."""
    return scene(run, view_of(run, options) if options.state is None else state_view(run, options))


def answer_at(at: Scene, options: argparse.Namespace, facts: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Prints as `answer` does, and first at which step of how many a user stands."""
    standing = {"step": at.step, "steps": len(at.history)} if at.user is not None else {"step": None, "steps": None}
    answer(options, standing | dict(facts), [*([f"{at.whose}."] if at.when else []), *lines])


def state_view(run: Run, options: argparse.Namespace) -> View:
    """Returns the view in --state as far as it fits the run. Raises InputError for arguments that it already holds."""
    if options.user is not None or options.window or options.step is not None or options.likes is not None:
        text = "{name} already contains the user and the window; omit {name:user}, {name:likes}, {name:window_ids} and "
        raise InputError("clash", text + "{name:step}.", setting="state")
    return noted(fitted(saved_state(options.state), run, options.state.name))


def noted(fit: Fitted, **facts: str) -> View:
    """Returns the view that is left, with a remark for each part that does not fit. facts: of the remarks."""
    for part in fit.remarks:
        remark(part.with_facts(**facts))
    return fit.view


def view_of(run: Run, options: argparse.Namespace) -> View:
    """Returns the view of --likes, or of --user, --step and --window. A new user's taste and window come from --likes;
    --window replaces the window."""
    user = likes = step = None
    if options.likes is not None:
        if options.user is not None or options.step is not None:
            text = "{name:likes} describes a new user, so {name:user} and {name:step} cannot be given with it."
            raise InputError("clash", text)
        if not (likes := ids_of(run, options.likes)):
            raise InputError("empty", "{name} is empty; give items as ID,ID,….", setting="likes")
    elif options.user is None and options.window is None:
        text = "Give a user ({name:user} ID) or recent items ({name:window_ids} ID,ID,…)."
        raise InputError("no_user", text)
    elif (index := user_of(run, options)) is not None:
        user, history = run.interactions.user_ids[index], run.interactions.history(index)
        step = {"all": len(history), None: usual_step(history)}.get(options.step, options.step)
        window_at(run, index, step)  # refuses a step that does not exist
    window = None if options.window is None else ids_of(run, options.window)
    return View(user=user, step=step, window=window, likes=likes)


def user_of(run: Run, options: argparse.Namespace) -> int | None:
    """Returns the index of --user, or None. Raises InputError for a --step without a user."""
    if options.user is None and options.step is not None:
        text = "{name} is a step in the history of a user; give the user with {name:user} ID."
        raise InputError("no_user", text, setting="step")
    return None if options.user is None else run.user_index[user_id(run, options.user)]


def matrix_of(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    """Returns --layer and --head as fields of a moment. Raises InputError for a run without attention, and for a layer
    or head that its model does not have."""
    if not run.attends:
        raise without_attention(run)
    chosen: dict[str, Any] = {"layer": options.layer, "head": options.head}
    for (part, given), count in zip(chosen.items(), layers_and_heads(run.model_config), strict=True):
        if given is not None and given > count:
            text = "{name} {given} does not exist; the largest that {run} has is {most}."
            raise InputError("no_such_matrix", text, setting=part, given=given, run=run.name, most=count)
    return chosen


def ids_of(run: Run, text: str) -> tuple[str, ...]:
    """Returns the items of a --window or of --likes."""
    try:
        names = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        fault = "{name:window_ids} {value} is not a list of ids separated by commas; put an id with a comma, a "
        fault += 'quotation mark or a line break in "quotes".'
        raise InputError("not_a_list", fault, setting="window", value=shown(text)) from None
    return tuple(item_id(run, name) for name in names)
