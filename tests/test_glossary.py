"""One word for one thing: texts for people use the terms of the field, and not the odd ones of earlier versions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from conftest import ROOT

# Words of earlier versions. The field says: attends to, attention, lost to the mask, uniform; actual next item,
# candidate, recent items, tie; favours, contribution, removed; baseline, edited; workspace, imported, resumed.
OLD = """
looks at; who looks; looked at; column mean; mask took; missing mass; even share; Attention at large; (not
zero); has just had; has just seen; not had; out of competition; items compete; true next; really came next;
stands at rank; of the list stay; real history; Time travel; falls out; taste lies; folded in; part adds; share
rank; far means little; lay them out; shift of m; speaks for; left out: deleted; left out: in place; pulls
nearer; pushes away; the model says; pin as A; A/B; What was set; How good they are; as a table; plain controls;
to come; did not hold; Be a user; Where you lie; What and where; is going on; goes on; taken in; Take in a run;
the shelf; gone for good; broken off; whose taste; actions a user; what am I seeing
"""
PHRASES = [" ".join(phrase.split()) for phrase in OLD.split(";")]
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
    paths = [
        ROOT / "README.md",
        *(path for room in ("attrec_core", "pages", "docs") for path in (ROOT / room).rglob("*")),
    ]
    found = []
    for path in sorted(paths):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and not name.startswith("docs/"):
            found += [(name, text) for text in literals(ast.parse(path.read_text(encoding="utf-8")))]
        elif path.suffix == ".js":
            found.append((name, COMMENT.sub(" ", path.read_text(encoding="utf-8"))))
        elif path.suffix in (".md", ".ipynb"):
            found.append((name, path.read_text(encoding="utf-8")))
    return found


def test_what_a_person_reads_says_one_word_for_one_thing_and_no_line_breaks_before_a_percent_sign() -> None:
    old = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, PHRASES))})")
    found = [(file, phrase) for file, text in texts() for phrase in old.findall(" ".join(text.split()))]
    assert found == []
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
