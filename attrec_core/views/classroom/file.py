"""The classroom file: one HTML page with a live AttRec, which opens without a server and without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from markdown_it import MarkdownIt

from attrec_core import browser
from attrec_core.config import PROGRAM_VERSION
from attrec_core.errors import InputError, Remark, count_of, disk_errors, in_bytes, number, sizes_in_words
from attrec_core.errors import shown as shown_text
from attrec_core.runs.library.words import data_name, noun
from attrec_core.runs.lookup import user_id
from attrec_core.runs.run import Run, refusal
from attrec_core.runs.systems import not_the_papers
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.views.classroom.contents import FORMAT, contents, cut_run, kept_items, packed, unpacked
from attrec_core.views.classroom.people import Case, cases
from attrec_core.views.drawing.colormaps import for_browser
from attrec_core.views.drawing.scripts import PICTURES, drawn
from attrec_core.views.lesson.step import parts_of
from attrec_core.views.page_context import scene
from attrec_core.views.start.words import story_record
from attrec_core.views.texts import text
from attrec_core.views.view import View, from_query, to_query
from attrec_core.views.view_fit import fit_to_run

PANELS = ("story", "attention", "list", "why", "split", "map", "path")
PEOPLE = 12
# The fields of a view that a page of such a file has, too.
IN_START = ("user", "step", "window", "omega", "item", "against", "selected", "by_hand", "projection", "space", "terms")
LARGE, LARGEST = 25_000_000, 100_000_000  # bytes: said before, refused
STEPS = (
    "What a row says",
    "One item dominates",
    "Remove an item",
    "Order matters",
    "Short term or long term",
    "Attention is not influence",
    "The metric space",
)
DATA = re.compile(r'<script type="application/octet-stream" id="data">\s*([A-Za-z0-9+/=]+)\s*</script>')


@dataclass(frozen=True)
class Lesson:
    """What a teacher chooses. users: how many people, or their ids. items: how many of the popular items, besides those
    of the histories; None: all. start: a view as in an address of the app, such as "user=7&item=12"."""

    users: int | Sequence[str] = PEOPLE
    names_hidden: bool = False
    panels: Sequence[str] = PANELS
    note: str = ""  # Markdown
    start: str = ""
    guess_first: bool = False  # the actual next item is hidden until somebody asks for it
    items: int | None = None

    def __post_init__(self) -> None:
        one_text = {name: (value,) for name in ("users", "panels") if isinstance(value := getattr(self, name), str)}
        for name, value in one_text.items():
            object.__setattr__(self, name, value)
        if isinstance(self.users, float) or (self.items is not None and self.items < 1):
            name = "users" if isinstance(self.users, float) else "items"
            sentence = "{name} must be a whole number from 1."
            raise InputError("out_of_range", sentence, setting=name)


@dataclass(frozen=True)
class Classroom:
    """A file that is not written yet, and what is in it."""

    html: str
    people: int
    items: int
    sizes: dict[str, int]  # of each part, in bytes
    panels: tuple[str, ...]  # without the map, where the run has none
    remarks: tuple[Remark, ...] = ()  # on what of the start does not fit, and is not in the file

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def write(self, path: Path) -> None:
        """Writes the whole file or nothing. Raises OSError."""
        atomic_write(path, self.html.encode())


def classroom(run: Run, lesson: Lesson | None = None) -> Classroom:
    """Makes the file. Raises InputError for a run of another system, an unknown person, panel or start, for no person,
    and for a file above LARGEST."""
    lesson = lesson or Lesson()
    if not run.explains:
        raise refusal(run)
    panels = checked_panels(lesson.panels)
    asked, remarks = asked_view(run, lesson)
    chosen = people_of(run, lesson, asked)
    kept = kept_items(run, chosen, lesson.items)
    shown = [panel for panel in panels if panel != "map" or run.maps is not None]
    if not shown or shown == ["path"]:
        code, sentence = "no_maps", "The run has no maps, so there is nothing to show."
        if "map" not in panels:
            code, sentence = "no_panel", "The path of questions leads through other panels; name some of them, too."
        raise InputError(code, sentence, setting="panels")
    header, arrays = contents(run, chosen, kept, hidden=lesson.names_hidden, with_maps="map" in shown)
    check_size(sum(array.nbytes for array in arrays.values()))
    source = source_sentence(run, len(kept), without_map=len(shown) < len(panels))
    header |= {
        "run": run.name,
        "source": source,
        "panels": shown,
        "guess_first": lesson.guess_first,
        "start": start_of(run, lesson, chosen, kept, asked),
        "lesson": {title: parts_of(title) for title in STEPS} if "path" in shown else {},
    }
    name = header["people"][0]["name"]
    still = still_picture(cut_run(run, chosen[0], kept, name))
    data = base64.b64encode(packed(header, arrays)).decode()
    html, sizes = page(run, still, source, shown, lesson, data)
    made = Classroom(html, len(chosen), len(kept), sizes, tuple(shown), remarks)
    check_size(made.size)
    return made


def checked_panels(panels: Sequence[str]) -> list[str]:
    unknown = [panel for panel in panels if panel not in PANELS]
    if unknown or not panels:
        sentence = "There is no panel {given}; the panels are: {known}."
        raise InputError(
            "no_panel", sentence, setting="panels", given=shown_text(", ".join(unknown)), known=", ".join(PANELS)
        )
    return [panel for panel in PANELS if panel in panels]


def people_of(run: Run, lesson: Lesson, asked: View) -> list[Case]:
    """Returns the people of the file. The user of the start is among them, unless others were named."""
    count = lesson.users if isinstance(lesson.users, int) else len(lesson.users)
    if count < 1:
        raise InputError("no_people", "A classroom file needs at least one person.", setting="users")
    if isinstance(lesson.users, int):
        found = list(cases(run, lesson.users))
        first = asked.user
        if first is not None and run.user_index[first] not in [case.user for case in found]:
            found = [Case(run.user_index[first]), *found[: lesson.users - 1]]
        return found
    return [Case(run.user_index[user_id(run, user)]) for user in dict.fromkeys(lesson.users)]


def asked_view(run: Run, lesson: Lesson) -> tuple[View, tuple[Remark, ...]]:
    """Returns the view of the start, without what does not fit the run, and a remark for each such part. Raises
    InputError for a part that no classroom file has."""
    given = from_query(parse_qs(lesson.start.lstrip("?#"), keep_blank_values=True))
    fitted = fit_to_run(given.view, run)
    remarks = tuple(remark.with_facts(source="The start") for remark in (*given.remarks, *fitted.remarks))
    view = replace(fitted.view, run=None)  # as an address of the app has it
    other = [name for name in to_query(view) if name not in IN_START]
    if other:
        sentence = "The start sets {given}, which a classroom file does not have; it has: {known}."
        raise InputError("bad_start", sentence, setting="start", given=", ".join(other), known=", ".join(IN_START))
    return view, remarks


def start_of(run: Run, lesson: Lesson, chosen: Sequence[Case], kept: np.ndarray, view: View) -> dict[str, Any]:
    """Returns the view of the start in the places of people and items in the file."""
    users = [case.user for case in chosen]
    place = {item: row for row, item in enumerate(kept.tolist())}

    def in_file(item_id: str) -> int:
        item = run.item_index[item_id]
        if item not in place:
            sentence = (
                "The start names the item {item}, which is not in the file: it holds the {count} most popular items "
                "and those of the histories."
            )
            raise InputError("bad_start", sentence, setting="start", item=shown_text(item_id), count=lesson.items)
        return place[item]

    names = ("step", "omega", "by_hand", "projection", "space", "terms")
    start: dict[str, Any] = {name: getattr(view, name) for name in names}
    if view.user is not None:
        if run.user_index[view.user] not in users:
            sentence = "The start is about {user}, who is not in the file."
            raise InputError("bad_start", sentence, setting="start", user=shown_text(view.user))
        start["user"] = users.index(run.user_index[view.user])
    start["window"] = None if view.window is None else [in_file(item) for item in view.window]
    for name in ("item", "against", "selected"):
        item_id = getattr(view, name)
        start[name] = None if item_id is None else in_file(item_id)
    return {name: value for name, value in start.items() if value is not None}


def estimated_size(run: Run) -> float:
    """Returns about how many bytes the file of all items takes: the two tables of items, compressed and as letters."""
    return 1.25 * (run.weights["item_short"].nbytes + run.weights["item_long"].nbytes)


def check_size(size: int) -> None:
    if size > LARGEST:
        sentence = "The file would take more than {size}; the most is {most}. Leave out items with {name:items}."
        raise InputError("too_large", sentence, setting="items", size=in_bytes(size), most=in_bytes(LARGEST))


def page(
    run: Run, still: str, source: str, panels: Sequence[str], lesson: Lesson, data: str
) -> tuple[str, dict[str, int]]:
    """Returns the HTML, and the bytes of its parts."""
    items = noun(run.interactions)
    window = run.model_config.window
    words = {"items": items, "item": items[:-1], "recent": items[:-1] if window == 1 else f"{window} {items}"}
    title, note = titled_note(lesson.note)
    script, style = program(), browser.source("classroom/classroom.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    texts = {
        "hash": f"'sha256-{digest}'",
        "title": escape(title or "How AttRec recommends"),
        "style": style,
        "cut": text("classroom", "cut"),  # in a style, before anything else that may be missing
        "lead": escape(text("classroom", "lead", **words)),
        "computed": escape(text("classroom", "computed", **words)),
        "note": f'<div class="note">{note}</div>' if note else "",
        "still": escape(text("classroom", "still")),
        "picture": still,
        "path": '<section id="path" class="panel"></section>' if "path" in panels else "",
        "panels": "\n".join(section(panel, words) for panel in panels if panel != "path"),
        "source": escape(source),
        "privacy": escape(text("classroom", "privacy")),
        "script": script,
        "data": data,
    }
    html = Template(browser.source("classroom/page.html")).substitute(texts)
    sizes = {"model, items and people": len(data), "program": len(script.encode()), "style": len(style.encode())}
    return html, sizes | {"page": len(html.encode()) - sum(sizes.values())}


def section(panel: str, words: Mapping[str, object]) -> str:
    """Returns the HTML of a panel's place, with what is the same for every person."""
    guide = MarkdownIt("commonmark", {"html": False}).render(text("classroom", f"guide {panel}", **words))
    return (
        f'<section id="{panel}" class="panel">\n<h2>{escape(text("classroom", f"panel {panel}"))}</h2>\n'
        '<p class="said" aria-live="polite"></p>\n<div class="hosts"></div>\n'
        f'<details class="guide"><summary>How to read this</summary>\n{guide}</details>\n</section>'
    )


def titled_note(note: str) -> tuple[str, str]:
    """Returns the note's first heading, if it begins with one, as plain text; and the rest of it as safe HTML: no HTML
    of the note's own, no image, no link but to the web. Raises InputError for a note that is no text."""
    if "\0" in note or (not note.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in note)):
        raise InputError("no_text", "The note is no text.", setting="note")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = lambda url: url.startswith(("https://", "http://", "mailto:", "#"))  # type: ignore[method-assign]
    first, _, rest = note.lstrip().partition("\n")
    if first.startswith("# "):
        return first[2:].strip(), parser.render(rest)
    return "", parser.render(note)


def still_picture(run: Run) -> str:
    """Returns what the page shows where JavaScript is off. run: of one person, who is shown after all their items."""
    only = scene(run, View(user=run.interactions.user_ids[0], step=len(run.interactions.items)))
    return drawn(PICTURES["story"], replace(story_record(only), sentence="The model in one picture"))


def source_sentence(run: Run, kept: int, *, without_map: bool) -> str:
    data, config = run.interactions, run.model_config
    sizes = sizes_in_words(data.n_users, data.n_items, len(data.items))
    name = data_name({"name": data.name, "about": data.about})
    settings = asdict(config) | {"loss": run.train_config.loss}
    more = f" With {added}." if (added := not_the_papers(settings)) else ""
    if kept < data.n_items:
        more += f" This file holds {kept:,} of the {count_of(data.n_items, 'item')}; ranks count among these."
    if without_map:
        more += " The run has no maps, so this file has none."
    return (
        f"The model is AttRec (Zhang et al., 2018), trained on {name + ', ' if name else ''}{sizes}: a window of "
        f"{config.window}, {config.dim} dimensions, ω = {number(config.long_weight)}.{more} Written by attrec "
        f"{PROGRAM_VERSION}."
    )


def program() -> str:
    """Returns the script of the page: AttRec in JavaScript, the app's components, and the page around them. What
    several components have in front of them stands once, in a scope around theirs; what all share, at the top."""
    components = browser.COMPONENTS.values()
    shared, *parts = dict.fromkeys(part for component in components for part in component.parts)
    of_all, *of_several = (browser.source(f"components/{part}.js") for part in (shared, *parts) if "/" not in part)
    properties = ",\n".join(f"{component.name}: {property_of(component)}" for component in components)
    of_app = "\n".join(["const COMPONENTS = (() => {", *of_several, f"return {{\n{properties}\n}};\n}})();"])
    return "\n".join([for_browser(), of_all, *sources("engine"), of_app, *sources("classroom")])


def property_of(component: browser.Component) -> str:
    """Returns a component of the app as a property of COMPONENTS: its HTML, its style and its function."""
    script = browser.source(f"components/{component.name}.js").replace("export default", "return")
    texts = json.dumps({"html": browser.busy(component.root), "css": component.style()})
    return f"{texts[:-1]}, run: (() => {{\n{script}\n}})() }}"


def sources(folder: str) -> list[str]:
    """Returns the scripts of a folder, in the order of their names in its list."""
    return [browser.source(f"{folder}/{name}.js") for name in browser.ORDER[folder]]


def read_back(path: Path) -> dict[str, Any]:
    """Reads a file's own data back. Returns its header, with the bytes of each part under "sizes". Raises InputError
    for any other file, and for a damaged one."""
    with disk_errors("unusable_file", "{file} cannot be read: {why}.", file=path):
        html = path.read_text(encoding="utf-8", errors="replace")
    found = DATA.search(html)
    if found is None:
        sentence = "{file} is no classroom file, or it was cut: it holds no data."
        raise InputError("no_classroom", sentence, file=path)
    try:
        header, arrays = unpacked(base64.b64decode(found[1], validate=True))
        if header.get("format") != FORMAT:
            raise ValueError("another format")
    except (InputError, ValueError) as error:
        sentence = "{file} is damaged: it was cut, or changed after it was written."
        raise InputError("damaged_file", sentence, file=path) from error
    sizes = {"data": len(found[1]), "page and program": len(html.encode()) - len(found[1])}
    return header | {"sizes": sizes, "arrays": {name: list(array.shape) for name, array in arrays.items()}}
