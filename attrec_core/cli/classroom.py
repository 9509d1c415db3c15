"""One HTML file with a live model, for people without a server: `classroom`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attrec_core.cli import arguments
from attrec_core.cli.arguments import Commands
from attrec_core.cli.output import answer, remark, writing
from attrec_core.errors import InputError, Remark, count_of, disk_errors, in_bytes
from attrec_core.runs.load import load
from attrec_core.views.classroom.file import LARGE, PANELS, PEOPLE, Lesson, classroom, read_back


class RunOrFile(arguments.RunFolder):
    """Stores the folder of the run that is given, or the path of a file."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option_string: object = None
    ) -> None:
        if Path(values).is_file():
            setattr(namespace, self.dest, Path(values))
        else:
            super().__call__(parser, namespace, values, option_string)


def add(subs: Commands) -> None:
    about = "one HTML file with the live model, which opens without a server and without a network"
    command = arguments.add_command(subs, "classroom", write, about)
    about = f"{arguments.A_RUN}; with --check, a classroom file"
    command.add_argument("run", action=RunOrFile, metavar="RUN", help=about)
    arguments.add_json(command)
    command.add_argument("--out", action=arguments.NewFile, metavar="FILE.html", help="where the file is written")
    people = command.add_mutually_exclusive_group()
    about = f"how many people, those whose cases teach first ({PEOPLE})"
    people.add_argument("--users", type=int, default=PEOPLE, metavar="N", help=about)
    people.add_argument("--user", action="append", metavar="ID", help="a person; give it once for each")
    command.add_argument("--names", choices=("shown", "hidden"), default="shown", help="hidden: Person 1, Person 2 …")
    about = f"what the page shows, of: {', '.join(PANELS)} (default: all)"
    command.add_argument("--panels", metavar="KEY,KEY,…", help=about)
    command.add_argument("--note", type=Path, metavar="FILE.md", help="a text of your own above the page, in Markdown")
    about = "what it shows first, as in an address of the app: user=ID&window=ID,ID&item=ID"
    command.add_argument("--start", default="", metavar="STATE", help=about)
    about = "hide the actual next item until somebody asks for it"
    command.add_argument("--guess-first", action="store_true", help=about)
    about = "keep the N most popular items, and all of the histories; ranks then count among these"
    command.add_argument("--items", type=arguments.whole(1), metavar="N", help=about)
    command.add_argument("--check", action="store_true", help="say what is in a file, instead of writing one")


def write(options: argparse.Namespace) -> None:
    if options.check:
        return check(options)
    if options.out is None:
        raise InputError("no_file", "Name the file to write with {name:out} FILE.html.", setting="out")
    lesson = Lesson(
        users=options.user or options.users,
        names_hidden=options.names == "hidden",
        panels=PANELS if options.panels is None else tuple(options.panels.split(",")),
        note="" if options.note is None else note_of(options.note),
        start=options.start,
        guess_first=options.guess_first,
        items=options.items,
    )
    made = classroom(load(options.run), lesson)
    for said in made.remarks:
        remark(said)
    if made.size > LARGE:
        text = "The file takes {size}. Fewer people ({name:users}) or fewer items ({name:items}) make it smaller."
        remark(Remark("large", text, {"size": in_bytes(made.size)}))
    if "map" in lesson.panels and "map" not in made.panels:
        remark("The run has no maps, so the page has none; `maps RUN` adds them.")
    with writing(options.out):
        made.write(options.out)
    facts = {"file": str(options.out), "people": made.people, "items": made.items, "panels": made.panels}
    sizes = ", ".join(f"{name} {in_bytes(size)}" for name, size in made.sizes.items())
    people = "1 person" if made.people == 1 else f"{made.people:,} people"
    lines = [f"{options.out}: {people}, {count_of(made.items, 'item')}, {in_bytes(made.size)} ({sizes})."]
    return answer(options, facts | {"bytes": made.sizes}, lines)


def note_of(file: Path) -> str:
    """Reads a teacher's note. Raises InputError for a file that is no text."""
    with disk_errors("unusable_file", "{file} cannot be read: {why}.", file=file):
        content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        sentence = "{file} is no text in UTF-8, so it cannot be the note."
        raise InputError("no_text", sentence, setting="note", file=file) from None


def check(options: argparse.Namespace) -> None:
    """Says what is in a file."""
    header = read_back(options.run)
    people = [person["name"] for person in header["people"]]
    facts = {
        "run": header["run"],
        "source": header["source"],
        "people": people,
        "interactions": sum(len(person["history"]) for person in header["people"]),
        "items": len(header["titles"]),
        "of": header["catalogue"],
        "settings": {key: value for key, value in header["config"].items() if key != "memory_weights"},
        "panels": header["panels"],
        "arrays": header["arrays"],
        "bytes": header["sizes"],
    }
    settings = ", ".join(f"{key}={value}" for key, value in facts["settings"].items())
    lines = [
        f"run: {header['run']}",
        header["source"],
        f"people ({len(people)}): {', '.join(people)}",
        f"their histories: {count_of(facts['interactions'], 'interaction')}",
        f"items: {facts['items']:,} of {facts['of']:,}",
        f"settings: {settings}",
        f"panels: {', '.join(header['panels'])}",
        *(f"{name}: {' × '.join(map(str, shape))} numbers" for name, shape in header["arrays"].items()),
        *(f"{name}: {in_bytes(size)}" for name, size in header["sizes"].items()),
    ]
    return answer(options, facts, lines)
