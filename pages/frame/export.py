"""Share and export, at the end of every page's first line: saves what the page shows as files; opens a saved view."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import Any, TypedDict
from urllib.parse import urlencode

import streamlit as st

from attrec_core.errors import InputError, Remark, in_bytes
from attrec_core.storage.workspace import read_only
from attrec_core.views import page_context, report, saved_view
from attrec_core.views.drawing.spec import whole
from attrec_core.views.drawing.svg import THEME, on_paper
from attrec_core.views.drawing.table_format import as_csv
from attrec_core.views.page_context import Scene
from attrec_core.views.view import to_query
from pages.frame import address, page_parts, session
from pages.frame import upload as uploads
from pages.frame.component import PLOTLY_URL, SHARED, busy, component, event
from pages.frame.page_list import BY_KEY, FORMER, Page
from pages.frame.plain_text import fault
from pages.frame.runs import opened

OPEN, FILES, UPLOAD = "export", "export_files", "export_upload"
WANTED, FAULT, TURN, ROUND = "export_wanted", "export_fault", "export_turn", "export_round"
LARGEST_UPLOAD = 1  # MB
DRAWN = ["svg", "png"]
FEW_PEOPLE, SMALL = 6, 5_000_000  # people and bytes of a classroom file from a read-only server

_files = component("export", busy("files"), parts=(*SHARED, "plotly_bundle", "plot_theme"))
_share = component(
    "share",
    '<div class="share"><button type="button" class="menu" aria-expanded="false" aria-label="Copy link, export">'
    "⋯</button>"
    '<button type="button" class="copy" title="Copy the address of this view">Copy link</button>'
    '<p class="say" role="status"></p><input readonly hidden aria-label="The address of this view"></div>',
)


@st.fragment
def controls(page: Page) -> None:
    """Draws the controls. A fragment, so that the page does not run again; closed, it makes and sends no file."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        _share(key="share", width="content")
        box = st.popover("Export", key=OPEN, on_change="rerun")
    path = st.session_state.pop(TURN, None)
    if path == page.key:
        address.rerun()
    if path is not None:  # the fragment alone would not show another page
        st.switch_page(BY_KEY[path].script)
    if box.open:
        with box:
            wanted = st.session_state.pop(WANTED, None)
            made = answer(wanted, page) if wanted else None
            data = {"figures": rows(), "paper": THEME, "answer": made, "classroom": is_about_attrec()}
            _files(key=FILES, data=data, on_want_change=lambda: st.session_state.update({WANTED: event(FILES, "want")}))
            upload(page)


def is_about_attrec() -> bool:
    """Whether the page shows a moment of AttRec, which a classroom file can show, too."""
    about = page_parts.collection()
    return about.run and about.moment and opened().runs[session.run_name()].explains


class FileRow(TypedDict):
    key: str  # of the part
    picture: int  # which picture of the part
    title: str
    kinds: list[str]  # "csv", "svg", "png"


class Chart(TypedDict, total=False):
    """A chart that the browser draws for a file. name: of the chart on the page, whose zoom is kept. figure: JSON of a
    figure that the page does not show as a chart. place: in the text of a report."""

    name: str
    figure: str
    source: str  # of Plotly
    place: str


class Answer(TypedDict, total=False):
    """A file for the browser to save: its text, a chart that the browser draws, or both; or why there is no file."""

    token: str  # identifies the request of the browser
    kind: str
    name: str
    text: str
    chart: Chart
    caption: str  # of a picture
    charts: list[Chart]  # in a report
    fault: str


def rows() -> list[FileRow]:
    lines = []
    for part in page_parts.collection().parts.values():
        kinds = ([] if part.table is None else ["csv"]) + (DRAWN if part.pictures else [])
        lines.append(FileRow(key=part.key, picture=0, title=part.title, kinds=kinds))
        for k, picture in enumerate(part.pictures[1:], 1):
            lines.append(FileRow(key=part.key, picture=k, title=picture.title, kinds=DRAWN))
    return lines


def answer(wanted: Mapping[str, Any], page: Page) -> Answer:
    kind, number = str(wanted.get("kind")), wanted.get("picture")
    part = page_parts.collection().parts.get(str(wanted.get("key")))
    name, content = "", Answer(fault="The page no longer shows this.")
    if kind == "html":
        name, content = file_name(page, "report", kind), page_report(page)
    elif kind == "classroom":
        name, content = file_name(page, "classroom", "html"), classroom_file(hidden=wanted.get("hidden") is True)
    elif kind == "json":
        view, name = replace(address.current(), progress=None), session.run_name()
        state = saved_view.state_of(view, page.key, opened().runs[name], name)
        name, content = file_name(page, "state", kind), Answer(text=saved_view.to_json(state))
    elif part is not None and kind == "csv" and part.table is not None:
        name, content = file_name(page, part.title, kind), Answer(text=as_csv(part.everything()))
    elif part is not None and kind in DRAWN and type(number) is int and 0 <= number < len(part.pictures):
        picture = part.pictures[number]
        drawn = drawing_of(picture)
        content = Answer(text=on_paper(drawn)) if isinstance(drawn, str) else Answer(chart=drawn)
        content["caption"] = caption(page)
        name = file_name(page, picture.title if number else part.title, kind)
    return Answer(token=str(wanted.get("token"))[:60], kind=kind, name=name, **content)


def drawing_of(picture: page_parts.PagePicture) -> str | Chart:
    """Returns an SVG, or the chart that the browser draws."""
    drawn = picture.draw and picture.draw()
    if drawn is None or isinstance(drawn, str):
        return drawn or Chart(name=picture.key)
    figure = json.dumps(whole(drawn), ensure_ascii=False, allow_nan=False)
    return Chart(name=picture.key, figure=figure, source=PLOTLY_URL)


def caption(page: Page) -> str:
    """Returns the line below a picture that is alone in a file: the page, the run, the user and step, and what-ifs."""
    about, words = page_parts.collection(), [page.title]
    if about.run:
        words.append(f"run {session.run_name()}")
    if about.moment:
        scene = shown_scene()
        shown = dict(report.facts(scene))
        state = "edited window" if scene.edited and scene.has_person else ""
        what_if = "" if shown["settings"] == report.AS_TRAINED else f"what-if {shown['settings']}"
        words += [part for part in (shown["who"], shown.get("when", ""), state, what_if) if part]
    return " · ".join([*words, *(value for _, value in about.facts)])[:160]


def shown_scene() -> Scene:
    scene = session.scene()
    return page_context.set_by_hand(scene) if page_parts.collection().by_hand else scene


def file_name(page: Page, what: str, ending: str) -> str:
    """“attrec-sample_data-attention-attention-map.csv”. Without a run, the first fact takes the place of the run."""
    about = page_parts.collection()
    subject = [session.run_name()] if about.run else [value for _, value in about.facts[:1]]
    return f"{'-'.join(['attrec', *map(slug, subject), page.key or 'start', slug(what)])}.{ending}"


def slug(text: str) -> str:
    """Returns the words of the text, as many as fit in 60 letters, joined by hyphens: safe in a file name."""
    words = re.sub(r"[^\w]+", "-", text.lower()).strip("-")
    return (words if len(words) <= 60 else words[:61].rpartition("-")[0] or words[:60]) or "untitled"


def page_report(page: Page) -> Answer:
    charts: list[Chart] = []
    parts = []
    for part in page_parts.collection().parts.values():
        pictures = []
        for picture in part.pictures:
            mark = f"chart-{len(charts)}"
            drawn = drawing_of(picture)
            if not isinstance(drawn, str):
                charts.append(drawn | {"place": report.place_of(mark)})
            pictures.append(report.SectionPicture(picture.title, drawn if isinstance(drawn, str) else None, mark))
        parts.append(report.Section(part.title, part.sentence, pictures, part.frame(), part.note, part.formulas))
    title, about = f"{page.title} · AttRec explorer", page_parts.collection()
    facts = [*(report.facts(shown_scene()) if about.moment else []), *about.facts]
    return Answer(text=report.page_report(title, facts, parts, provenance()), charts=charts)


def classroom_file(*, hidden: bool) -> Answer:
    """The file with the live model, which begins with what the page shows. A read-only server makes only small ones."""
    from attrec_core.views.classroom import file  # late: only who asks for such a file needs it

    scene, people, most = shown_scene(), file.PEOPLE, file.LARGE
    if read_only():
        people, most = FEW_PEOPLE, SMALL
    kept = file.IN_START if scene.user is not None else ("omega",)
    start = urlencode({name: text for name, text in to_query(scene.view).items() if name in kept})
    lesson = file.Lesson(people, names_hidden=hidden, start=start)
    try:
        size = file.estimated_size(scene.run)
        made = file.classroom(scene.run, lesson) if size <= most else None
    except InputError as error:
        return Answer(fault=str(error))
    if made is None or made.size > most:
        text = "The file would take {size}; here the most is {most}. In a terminal, {command} leaves out items."
        size = size if made is None else made.size
        command = "attrec classroom RUN --items N"
        refused = InputError("too_large", text, size=in_bytes(size), most=in_bytes(most), command=command)
        return Answer(fault=str(refused))
    return Answer(text=made.html)


def provenance() -> report.Facts:
    versions = {**saved_view.versions(), "streamlit": version("streamlit")}
    facts: report.Facts = [
        ("shown with", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ("address", f"{st.context.url or ''}?{urlencode(address.query(progress=None))}"),
        ("made", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")),
    ]
    if not page_parts.collection().run:
        return facts
    run = opened().runs[session.run_name()]
    made, data = "trained with" if run.trained_here else "trained elsewhere, imported with", run.interactions
    return [
        ("run", session.run_name()),
        ("its weights", f"sha256 {run.fingerprint}… (the first 12 digits)"),
        ("its data", f"{data.source}, tie rule {data.tie_rule}" if data.may_tie else data.source),
        (made, ", ".join(f"{name} {number}" for name, number in run.versions.items())),
        *facts,
    ]


def upload(page: Page) -> None:
    """Draws the upload of a saved state, which becomes the view. If it is faulty, shows why; the present view stays."""
    key = f"{UPLOAD}_{st.session_state.setdefault(ROUND, 0)}"
    uploads.field("Open a saved state", key, lambda file: take(file, page), LARGEST_UPLOAD, type="json")
    if error := st.session_state.get(FAULT):
        st.error(fault(error))


def take(file: Any, page: Page) -> None:
    st.session_state[FAULT] = None
    if file is None:
        return
    try:
        saved = saved_view.from_json(file.getvalue(), file.name)
    except InputError as error:
        st.session_state[FAULT] = error
        return
    # A run with the same weights, else the run with the same name, else the run shown.
    runs = opened().runs
    named = [saved.run.name] if saved.run.name in runs else []
    same = [name for name in dict.fromkeys([*named, *runs]) if runs.fingerprint(name) == saved.run.fingerprint]
    name = next((name for name in [*same, *named] if runs.get(name) is not None), session.run_name())
    view, remarks = saved_view.fitted(saved, runs[name], file.name)
    path = FORMER.get(saved.page, saved.page)
    if path not in BY_KEY:
        path = page.key
        remarks += (Remark("no_such_page", "The page of this saved state does not exist here; it opens on this page."),)
    address.replace_view(replace(view, run=name), remarks)
    st.session_state[TURN] = path
    st.session_state[OPEN] = False
    st.session_state[ROUND] += 1
