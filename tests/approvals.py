"""Everything that each door shows, as text files: to see that a change of the code changes nothing that a person sees.

    python tests/approvals.py before RUNS    # at a commit; RUNS: a folder for runs, which are trained once
    python tests/approvals.py after RUNS     # at a later one, on the same machine
    diff -r before after

Pages: every element as it is sent to the browser, and every file that Export gives, each picture with its sentence.
Commands: output, JSON and exit code. The figures of another processor differ in the last
digits, so the folders are compared and not kept. `tests/approved/` keeps less, which tests compare within a tolerance.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
WORKSPACE = tempfile.TemporaryDirectory(prefix="attrec-approvals-")
BEFORE = ROOT / "tests" / "fixtures" / "before"
EDIT = {"user": "Bilal Weber", "step": "40", "window": "alien,amelie,rocky,alien,up"}
# What the pages that show a person are about: name → the query of the address.
SCENES: dict[str, dict[str, str]] = {
    "default": {},
    "user": {"user": "Bilal Weber", "step": "40", "selected": "rocky"},
    "edited": EDIT,
    "edited-and-pinned": EDIT | {"pin": "alien,rocky", "selected": "alien", "cell": "2,1"},
    "what-if": {"user": "Ada Abe", "mask": "none", "signal": "off", "omega": "0.8"},
    "pool-max": {"user": "Ada Abe", "pool": "max", "item": "alien"},
    "by-hand": {"user": "Ada Abe", "by_hand": "1000,2000,3000,2000,2000"},
    "one-item": {"user": "Ada Abe", "window": "alien"},
    "new-person": {"likes": "alien,amelie,rocky"},
    "one-pick": {"likes": "alien"},
    "nobody": {"window": "alien,amelie"},
    "chosen": {"user": "Ada Abe", "item": "alien", "against": "rocky", "terms": "whole", "top": "5", "space": "short"},
    "map": {
        "user": "Ada Abe",
        "projection": "umap",
        "colour": "distance",
        "selected": "alien",
    },
    "link-with-faults": {"user": "nobody", "window": "gone,alien", "omega": "7", "cell": "9,9"},
}
OF_PERSON = ("", "attention", "why", "score-split", "metric-space", "step-by-step", "try-it-yourself", "at-large")
OF_HEAD = {"run": "sasrec", "user": "user 3", "layer": "1", "head": "2"}
OTHERS: dict[str, tuple[dict[str, str], ...]] = {
    "at-large": (OF_HEAD, {"user": "Ada Abe"}),
    "lesson": (
        *({}, *({"lesson": str(step)} for step in range(1, 9))),
        {"progress": "8,1.0d,2.1d,3.0d,4.2d,5.0d,6.1d,7.0d,8.0d"},
    ),
    "attention": (
        *({"scene": str(number)} for number in range(1, 7)),
        *({"lesson": step, "progress": so_far} for step, so_far in (("1", "1"), ("1", "1,1.0"), ("3", "3,3.0"))),
        *({"lesson": "1", "progress": so_far} for so_far in ("4,1.0,4.0d", "4,1.0,2.0d,3.0d,4.0d")),
        {"lesson": "1", "progress": "1,1.0", "window": "alien,amelie"},
        {"run": "popularity", "lesson": "3"},
    ),
    "why": (
        *({"lesson": "7", "progress": so_far} for so_far in ("7", "7,7.0", "7,7.0d")),
        {"pool": "max"},
        {"run": "ease"},
        {"run": "ease", "item": "item 5"},
    ),
    "score-split": ({"lesson": "3"},),
    "metric-space": ({"run": "sasrec", "selected": "item 4"},),
    "step-by-step": (
        *({"lesson": "2", "progress": "2,2.0", "mask": mask} for mask in ("after", "none", "before")),
        OF_HEAD,
    ),
    "try-it-yourself": ({"run": "sasrec", "likes": "item 2,item 5,item 7"},),
    "compare": ({}, {"beside": "first"}, {"beside": "second", "run": "first"}, {"run": "first", "beside": "bprmf"}),
    "replay": ({}, {"epoch": "2", "user": "Ada Abe"}, {"run": "first"}, {"run": "bprmf"}),
    "does-it-hold": (
        *({}, {"metric": "mrr"}, {"seen": "with"}, {"ties": "first"}),
        *({"study": "ml-100k", "data": "sample_data"}, {"data": "sample_data"}, {"study": "gone"}),
        {"study": "sample-ablation-softmax"},
    ),
    "data": ({},),
    "train": ({},),
    "runs": ({}, {"about": "first"}, {"about": "sample_data"}, {"find": "first"}, {"order": "-mrr"}),
}
SYSTEMS = ("popularity", "bprmf", "ease", "gru4rec", "sasrec")  # with and without users, windows, epochs, attention
RUNS = ("first", "long-window", "short-window", *SYSTEMS)
USERS = {"default": {}, "nobody": {"window": "i3,i1,i2"}, "new-person": {"likes": "i1,i4"}}
COMMANDS = (
    """
info RUN
at-large RUN
recommend RUN --user Ada\xa0Abe
recommend RUN --user Ada\xa0Abe --window alien,amelie --top 3
recommend RUN --likes alien,amelie --include-seen
recommend RUN --user nobody
attention RUN --user Ada\xa0Abe
attention RUN --window alien
explain RUN --user Ada\xa0Abe
explain RUN --user Ada\xa0Abe --item alien --against rocky
explain RUN --user Ada\xa0Abe --step 9 --top 5
explain RUN --likes alien,amelie,rocky
compare RUN --user Ada\xa0Abe --window alien,amelie
omega RUN --user Ada\xa0Abe
experiments RUN --user Ada\xa0Abe --item alien
experiments RUN --window alien,amelie
compare-runs RUN RUN --user Ada\xa0Abe
runs
inspect CSV
inspect nowhere.csv
inspect CSV --min-rating 2,5
inspect CSV --min-rating high
info
info nowhere
info FOLDER
recommend RUN
recommend RUN --user Ada A
recommend RUN --window alien,item 99
recommend RUN --window alien,alien,alien,alien,alien,alien
recommend RUN --window "alien
recommend RUN --window alien --step 1
recommend RUN --likes alien --user Ada Abe
recommend RUN --likes  --top 3
recommend RUN --user Ada Abe --step 999
recommend RUN --user Ada Abe --top 0
recommend RUN --all-users
recommend RUN --all-users --out all.txt
recommend RUN --all-users --user Ada Abe --out all.csv
recommend RUN --user Ada Abe --out all.csv
study table2 CSV --out nowhere/x --seeds 0
study table2 CSV --out nowhere/x --budget -1
study table2 CSV --out nowhere/x --systems popularity,nobody
study table2 --out nowhere/x
study table2 CSV --out nowhere/x --paper
study table2 --out nowhere/x --paper --tie-rule file-first
study table2 nothing --out nowhere/x
study omega CSV --out nowhere/x --systems ease
attention RUN
attention RUN --user nobody
attention RUN --user Ada Abe --layer 2
attention RUN --user Ada Abe --head 2
explain RUN --window alien --item item 99
explain RUN --user Ada Abe --item alien --against alien
explain RUN --likes alien --step 1
omega RUN --window alien --top many
experiments RUN --window alien --seed -1
compare RUN --window alien
compare RUN --user Ada Abe
compare RUN --window alien --window alien --window amelie
compare RUN --window alien --window amelie --step 1
compare RUN --user Ada Abe --window alien --step 99
compare RUN --likes alien --window amelie
show nosuch RUN
show runs RUN
show attention RUN --step 3
show attention RUN --user nobody
show attention RUN --set fish=5
show attention RUN --beside RUN
show replay_attention RUN --user Ada Abe
show training RUN --user Ada Abe
show training RUN --set nosuch=1
show training RUN --set what=beauty
show training RUN --set what=loss
show lists RUN
show lengths nowhere
show around RUN --user Ada Abe
show attention RUN --csv nowhere/x.csv
show attention RUN --out x.png
show study_dots
show lengths
show study_dots nowhere
show study_causes ml-100k
show study_dots sample-ablation-softmax --set split=temporal
""".strip()
    .replace("FOLDER", str(ROOT / "tests"))
    .splitlines()
)
OF_SYSTEMS = ("info {run}", "recommend {run} --user u1", "attention {run} --user u1", "at-large {run}", "explain {run}")
OF_SYSTEMS += ("omega {run} --user u1", "experiments {run} --user u1", "compare {run} --window 1 --window 2")
OF_SYSTEMS += ("attention {run} --user u1 --layer 3", "at-large {run} --head 3", "at-large {run} --causes causes.csv")
OF_SYSTEMS += ("compare {run} --window item\xa01,item\xa02 --window item\xa02,item\xa01 --layer 1",)


def worlds(folder: Path) -> None:
    """Trains runs for the folder of a workspace, once: of other systems, and with a window of 1 and of 50 items."""
    from conftest import interactions_of, random_histories
    from other_runs import saved

    from attrec_core.config import ModelConfig, TrainConfig
    from attrec_core.runs.run import save
    from attrec_core.training.train_run import train_run

    if folder.exists():
        return
    for name in SYSTEMS:
        saved(name, folder)
    data, settings = interactions_of(random_histories(1)), TrainConfig(epochs=2, engine="torch")
    for name, window in (("short-window", 1), ("long-window", 50)):
        save(train_run(data, ModelConfig(dim=4, window=window), settings, with_maps=False), folder / name)
    for name in ("first", "second"):
        shutil.copytree(BEFORE / "home" / "runs" / name, folder / name)


def elements(app: Any) -> Iterator[str]:
    """Yields each element of a page as it is sent, without the code of components and without Streamlit's own ids."""
    from google.protobuf.json_format import MessageToDict

    def walk(node: Any, depth: int) -> Iterator[str]:
        if proto := getattr(node, "proto", None):
            shown = MessageToDict(proto, preserving_proto_field_name=True)
            yield f"{'  ' * depth}{node.type} {json.dumps(cleaned(shown), ensure_ascii=False, sort_keys=True)}"
        for child in getattr(node, "children", {}).values():
            yield from walk(child, depth + 1)

    yield from walk(app._tree, 0)


OWN = ("js_content", "css_content", "html_content", "form_id", "url", "page_script_hash", "hash", "uuid")


def cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: cleaned(part) for name, part in value.items() if name not in OWN}
    if isinstance(value, list):
        return [cleaned(part) for part in value]
    if isinstance(value, str) and value.startswith("{"):  # the data of a component: the order of its fields is nothing
        with contextlib.suppress(ValueError):
            return cleaned(json.loads(value))
    if isinstance(value, str):  # an element's id ends with its key
        return re.sub(r"\$\$(ID|GENERATED)-\S+?-(?=[A-Za-z])", "", unpacked(value))
    return value


# Not approved: how an element looks by default; figures, which are approved among the panels; what is
# random; when and where a run was made.
LEFT_OUT = {"figure", "background", "ground", "svg", "token", "use_stretch", "use_content", "element_type", "wrap"}
LEFT_OUT |= {"deferred_file_id", "hide_anchor", "allow_empty", "isolate_styles", "label_visibility", "set_value"}
LONGEST, ROWS = 600, 4  # letters of a text; rows of a list


def kept(value: Any) -> Any:
    """Returns what of an element of a page, or of the JSON of a command, is approved."""
    if isinstance(value, dict):
        return {name: kept(part) for name, part in value.items() if name not in LEFT_OUT and part not in ("", {}, [])}
    if isinstance(value, list):
        rows = [kept(part) for part in value]
        return rows if len(rows) <= ROWS or not isinstance(rows[0], dict | list) else [*rows[:ROWS], [len(rows)]]
    return " ".join(value.split())[:LONGEST] if isinstance(value, str) else value


def unpacked(text: str) -> str:
    """The workspace of this call, times, addresses and what rounding leaves are not what is compared."""
    for path, name in ((WORKSPACE.name, "WORKSPACE"), (os.environ["ATTREC_HOME"], "HOME"), (str(ROOT), "ROOT")):
        text = text.replace(path, name)
    text = re.sub(r"\bT_[0-9a-f]{5}_", "T_", text)  # pandas numbers its styles at random
    text = re.sub(r'"token": \d+', "TOKEN", text)
    text = re.sub(r"\b\d{4}\\?-\d\d\\?-\d\d[T ]\d\d\\?:\d\d(:\d\d\+\d\d:\d\d)?", "WHEN", text)
    return re.sub(r"\d+(\.\d+)? (seconds|minutes|hours|s|min|h) ago", "AGO", text)


def exports(app: Any) -> Iterator[str]:
    """Yields every part of a page as Export writes it: title, words, tables and drawings."""
    from attrec_core.views.drawing.table_format import as_csv

    if "page_parts" not in app.session_state:
        return
    page = app.session_state["page_parts"]
    yield f"about {page.facts} run {page.run} moment {page.moment} by hand {page.by_hand}"
    for part in page.parts.values():
        yield f"== {part.key}: {part.title}\n{part.sentence}\n{part.note}"
        yield from part.formulas
        if part.table is not None:
            yield as_csv(part.frame())
            if part.whole is not None:
                yield as_csv(part.everything())
        for picture in part.pictures:
            yield f"-- {picture.key}: {picture.title}"
            if picture.draw is not None:
                drawn = picture.draw()
                yield drawn if isinstance(drawn, str) else json.dumps(drawn)


def page_file(page: str, query: dict[str, str]) -> str:
    from app_pages import opened_page

    app = opened_page(page, **query)
    return unpacked("\n".join([*elements(app), "", *exports(app)]))


def command_file(arguments: list[str]) -> str:
    from attrec_core.cli import main

    lines = []
    for words in (arguments, [*arguments, "--json"]):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code: object = main(words)
            except SystemExit as end:
                code = end.code
        lines += [f"$ {' '.join(words)}", out.getvalue(), err.getvalue(), f"exit {code}"]
    return unpacked("\n".join(lines))


def all_files() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yields the name of each file and the function that makes its text."""
    for page in OF_PERSON:
        for name, query in SCENES.items():
            yield f"pages/{page or 'start'}-{name}", partial(page_file, page, query)
        for run in RUNS:
            for name, query in USERS.items():
                yield f"pages/{page or 'start'}-{run}-{name}", partial(page_file, page, query | {"run": run})
    for page, queries in OTHERS.items():
        for number, query in enumerate(queries, 1):
            yield f"pages/{page}-other-{number}", partial(page_file, page, query)
    sample, csv = str(ROOT / "sample_data" / "run"), str(BEFORE / "ratings.csv")
    given = [line.replace("RUN", sample).replace("CSV", csv) for line in COMMANDS]
    given += [line.format(run=f"{os.environ['ATTREC_HOME']}/runs/{run}") for run in RUNS for line in OF_SYSTEMS]
    for number, line in enumerate(given, 1):
        words = [word.replace("\xa0", " ") for word in line.split(" ")]
        yield f"commands/{number:02d}-{words[0]}", partial(command_file, words)


def main(folder: Path, kept: Path, only: str = "") -> None:
    os.environ["ATTREC_HOME"] = WORKSPACE.name
    import conftest  # noqa: F401 - sets Streamlit and numpy up as for the tests

    os.environ["ATTREC_HOME"] = WORKSPACE.name
    worlds(kept)
    shutil.copytree(kept, Path(WORKSPACE.name) / "runs", dirs_exist_ok=True)
    from pages.frame.streamlit_internals import PagesManager

    start = PagesManager.__init__

    def without_folder(self: object, *args: object, **options: object) -> None:
        start(self, *args, **options)
        PagesManager.uses_pages_directory = False

    PagesManager.__init__ = without_folder
    for name, make in all_files():
        if not re.search(only, name):
            continue
        path = folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")
        print(name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
