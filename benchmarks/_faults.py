"""The small faults that `mutation.py` tries. Each changes one operator, comparison, number or truth value."""

from __future__ import annotations

import ast
import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OTHER: dict[type[ast.AST], Any] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult},
    **{ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult},
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And},
}


@dataclass(frozen=True)
class Fault:
    """One change. `place` is the index of the changed node in its file (see `run_parts`); `text` says what changes."""

    room: str
    file: str
    place: int
    line: int
    text: str
    in_function: bool  # if not, the line runs when its module is imported

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def folder_of(room: str) -> Path:
    """Returns where a room lies in the project: a folder, or a module without its ending."""
    return Path(room) if room == "pages" else Path("attrec_core", room)


def files_of(room: str) -> list[Path]:
    path = ROOT / folder_of(room)
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def run_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes of a program that are run, in order. Leaves out annotations, decorators, f-strings, error
    messages; `strict=`, which changes nothing in a program without faults; and the pixels of `width=` and `height=`:
    nobody sees one more."""
    if isinstance(node, ast.keyword) and (node.arg == "strict" or is_size(node)):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "exc", "msg", "decorator_list"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and not isinstance(part, ast.JoinedStr | ast.expr_context):
                yield part
                yield from run_parts(part)


def is_size(keyword: ast.keyword) -> bool:
    return keyword.arg in ("width", "height") and isinstance(keyword.value, ast.Constant)


def in_functions(tree: ast.AST) -> set[ast.AST]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {part for function in functions for statement in function.body for part in ast.walk(statement)}


def mutations(node: ast.AST) -> list[tuple[str, Callable[[], None]]]:
    """Returns the faults of this node: a description, and a function that makes the change in the tree."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OTHER:
        replacement = OTHER[type(node.op)]
        return [(f"{type(node.op).__name__} → {replacement.__name__}", lambda: setattr(node, "op", replacement()))]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        replacement = OTHER[type(node.ops[0])]
        return [
            (f"{type(node.ops[0]).__name__} → {replacement.__name__}", lambda: node.ops.__setitem__(0, replacement()))
        ]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        negated = ast.UnaryOp(copy.deepcopy(node.op), node.operand)  # −(−x) is x
        return [(f"without {type(node.op).__name__}", lambda: setattr(node, "operand", negated))]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        return [(f"{node.value} → {value}", lambda: setattr(node, "value", value))]
    return []


def faults_in(room: str) -> Iterator[Fault]:
    for path in files_of(room):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = in_functions(tree)
        for place, node in enumerate(run_parts(tree)):
            for text, _ in mutations(node):
                code, line = ast.unparse(node)[:70], node.lineno  # type: ignore[attr-defined]
                yield Fault(room, str(path.relative_to(ROOT)), place, line, f"{code}: {text}", node in inside)


def with_fault(program: str, fault: Fault) -> ast.Module:
    tree = ast.parse(program)
    node = list(run_parts(tree))[fault.place]
    for _, change in mutations(node):
        change()
    return ast.fix_missing_locations(tree)


@contextlib.contextmanager
def written(project: Path, fault: Fault) -> Iterator[None]:
    """Writes a fault into a copy of the project."""
    file = project / fault.file
    original = file.read_text(encoding="utf-8")
    file.write_text(ast.unparse(with_fault(original, fault)), encoding="utf-8")
    os.utime(file, (fault.place, fault.place))  # so that the cached bytecode of another fault is not used
    try:
        yield
    finally:
        file.write_text(original, encoding="utf-8")
