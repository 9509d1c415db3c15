"""One word for one thing: texts for people use the terms of the field, and not the odd ones of earlier versions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

# Phrases that must not appear any more → what to say instead. Upper and lower case differ.
OLD = {
    # Attention
    "looks at": "attends to",
    "who looks": "query item",
    "looked at": "attended, gets attention",
    "Who looks at whom": "Attention matrix",
    "column mean": "average attention",
    "mask took": "lost to the mask",
    "missing mass": "lost to the mask",
    "even share": "uniform",
    "even .2": "uniform: 20 %",
    "What each row takes over": "Attention output, a",
    "A bright cell is a long look": "Brighter means more attention",
    "Rows of a → m": "Pooling",
    "m by sum": "pool by sum",
    "who is looked at decides": "the attended item matters",
    "Is what is looked at what matters": "Does attention match influence?",
    "Is attention influence": "Does attention mean influence?",
    "Attention at large": "Attention across users",
    "masked, which is not 0": "masked",
    "(not zero)": "masked",
    # Items, users and the list
    "has just had": "recent items, window",
    "has just seen": "recent items, window",
    "has had": "seen items",
    "not had": "not seen",
    "out of competition": "not a candidate",
    "items compete": "candidates",
    "items that compete": "candidates",
    "true next": "actual next item",
    "really came next": "the actual next item",
    "What comes next": "Recommendations",
    "stands at rank": "is ranked 46th",
    "of the list stay": "still in the top 10",
    "but for the window": "not counting the items in the window",
    "real history": "actual history",
    "Time travel": "History up to item",
    "falls out": "replaces the oldest",
    # Taste, distances and maps
    "taste lies": "long-term taste, U",
    "folded in": "estimated from",
    "part adds": "short-term distance",
    "each part adds": "Contribution of each part",
    "as near as number": "same distance as",
    "lead for some": "rank first, depending on",
    "would have learned otherwise": "training with this ω would give a different model",
    "share rank": "tie for",
    "Where does everything lie": "Where is everything?",
    "keeps near things near": "preserves neighbourhoods",
    "far means little": "large distances are not meaningful",
    "a distance and not a product": "Why distance, not dot product?",
    "without maps by UMAP": "No UMAP map for this run yet",
    "lay them out": "Compute maps",
    "ruly nearest": "nearest neighbours",
    "rust in this map": "map trustworthiness",
    "shift of m": "m moved by",
    # Influence
    "speaks for": "favours",
    "by the exact sum": "contribution of each item",
    "left out: deleted": "removed, positions shift",
    "left out: in place": "removed, positions kept",
    "pulls nearer": "lowers the distance",
    "pushes away": "raises the distance",
    "the model says": "model value",
    "it comes nearer": "removing it lowers the distance",
    "of the first 10": "of the top 10",
    # Comparing
    "pin as A": "Set as baseline",
    "A/B": "edited and baseline",
    "Most changes with": "changes the top 10 most",
    "What changed against": "Compare settings with",
    "What was set": "Settings",
    "How good they are": "Metrics",
    "How the figures went": "Training curves",
    "Where the items lay": "Item positions",
    "Who is watched": "User shown",
    "Here is one run alone": "You need two runs to compare.",
    # Around the figures
    "what am I seeing": "How to read this",
    "as a table": "Show data",
    "plain controls": "Edit with menus",
    "Three questions, and three ways in": "Where to begin",
    # The lesson, and being a user
    "to come": "Not started",
    "set the scene again": "Restart step",
    "how far you have come": "your progress is saved in this browser",
    "did not hold": "Not quite; the answer is",
    "is at home on": "This step is on",
    "You are through": "You have finished",
    "nothing beside the page": "Large type, no menus",
    "Be a user": "Try it yourself",
    "Where you lie": "Where you are",
    "stand in the address": "are stored only in the link",
    "No past to travel": "no history",
    "What and where": "Item plus position",
    # The lab
    "packed (.zip": "Upload a file (.csv, .zip, .gz …)",
    "have the same time": "share a timestamp",
    "How often do times tie": "Duplicate timestamps",
    "told by the size": "detected",
    "is a data set now": "Imported",
    "how cold is not said": "threshold not stated",
    "bytes that no text has": "not a text file (binary data)",
    "the preset as it is": "Using the preset unchanged.",
    "Trying out a few steps": "Estimating…",
    "if the first epoch is the best": "about 16–17 s",
    "is going on": "running",
    "goes on": "continues, resumes, starts from",
    "keep the best": "Stop and keep best",
    "can tell finer": "more is finer but may overfit",
    "and it lasts": "too small is slow",
    "It is one of": "(drop it)",
    "the other way round": "Reverse order",
    "Take in a run": "Import a run (.zip)",
    "taken in": "imported",
    "When it was trained is not written": "Training date unknown",
    "the model is kept": "checkpoint",
    "actions a user": "interactions per user",
    "the shelf": "the workspace",
    "gone for good": "deleted permanently",
    "broken off": "interrupted",
    "How long will it take": "Estimate the time",
    "whose taste": "the user",
}
# Old phrases that still appear somewhere. The set shrinks: a phrase that appears nowhere has to be removed.
STILL: set[str] = set()
COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"`])//[^\n]*", re.DOTALL)


def literals(tree: ast.AST) -> Iterator[str]:
    """Yields the texts of a program, with “{}” for a fact; skips docstrings and keys, which no person reads."""
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in tree.values)
        for part in tree.values:
            if isinstance(part, ast.FormattedValue):
                yield from literals(part.value)
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.Subscript) and child is tree.slice):
            yield from literals(child)


@cache
def texts() -> list[tuple[str, str]]:
    """Returns each text that a person reads, after the name of its file."""
    found = []
    for folder in ("attrec_core", "pages"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found += [(named(file), text) for text in literals(ast.parse(file.read_text(encoding="utf-8")))]
    for file in (path for folder in ("attrec_core", "pages") for path in sorted((ROOT / folder).rglob("*.js"))):
        found.append((named(file), COMMENT.sub(" ", file.read_text(encoding="utf-8"))))
    for file in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.ipynb"))]:
        found.append((named(file), file.read_text(encoding="utf-8")))
    return found


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def occurrences() -> dict[str, set[str]]:
    """Returns for each old phrase that appears somewhere the files in which it appears."""
    files: dict[str, set[str]] = {}
    for file, text in texts():
        line = " ".join(text.split())
        for phrase in OLD:
            if phrase in line and re.search(rf"(?<!\w){re.escape(phrase)}" if phrase[0].isalnum() else "", line):
                files.setdefault(phrase, set()).add(file)
    return files


@pytest.mark.parametrize("phrase", OLD)
def test_what_a_person_reads_says_one_word_for_one_thing(phrase: str) -> None:
    files = sorted(occurrences().get(phrase, ()))
    if phrase in STILL:
        assert files, f"“{phrase}” is gone: take it out of STILL"
    else:
        assert not files, f"“{phrase}” is read in {', '.join(files)}; say “{OLD[phrase]}”"


def test_no_line_breaks_between_a_number_and_its_percent_sign() -> None:
    loose = re.compile(r"[\d}] %")
    assert [(file, text) for file, text in texts() if not file.endswith((".md", ".ipynb")) and loose.search(text)] == []


def test_the_texts_of_a_program_are_what_it_shows() -> None:
    program = '''
def shown(value, rows):
    """nobody looks at this"""
    # nor at this
    return rows["a key"], "one " "text", f"{value} of {len(rows):,} and {'inner' if rows else ''}"
'''
    assert list(literals(ast.parse(program))) == ["one text", "{} of {} and {}", "inner", ""]
    assert COMMENT.sub(" ", "a('x'); // looks at\nb('//y') /* looks\nat */ + c") == "a('x');  \nb('//y')   + c"
    assert {"README.md"} <= {file for file, _ in texts()}
