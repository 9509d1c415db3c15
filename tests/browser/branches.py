"""Which branches of Python functions have run: each condition must have been true and false, and each string in a table
of words must have been said. So a test that compares two implementations by examples knows what it has not compared.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType, TracebackType
from typing import Any, Self

import numpy as np

NOTE = "__note_condition__"


class Branches:
    """A context in which the conditions of some functions are watched. Each function keeps its identity, so it is
    watched wherever it is called from."""

    def __init__(self, functions: Sequence[Callable[..., Any]]) -> None:
        self.functions = [function for function in functions if isinstance(function, FunctionType)]
        assert len(self.functions) == len(functions), "only plain functions can be watched"
        self.conditions: dict[str, set[bool]] = {}
        self.words: dict[str, set[str]] = defaultdict(set)  # function → the values of its tables of words

    def __enter__(self) -> Self:
        self.codes = [function.__code__ for function in self.functions]
        for function in self.functions:
            function.__code__ = self.watched(function)
            function.__globals__[NOTE] = self.note
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for function, code in zip(self.functions, self.codes, strict=True):
            function.__code__ = code
            function.__globals__.pop(NOTE, None)

    def note(self, condition: str, value: Any) -> Any:
        # A comparison of arrays is no condition.
        self.conditions[condition] |= {True, False} if isinstance(value, np.ndarray) else {bool(value)}
        return value

    def missing(self, said: str) -> list[str]:
        """Returns what has not happened. said: all sentences together."""
        never = [
            f"{condition} was never {not only}" if values else f"{condition} never happened"
            for condition, values in self.conditions.items()
            if len(values) < 2
            for only in values or {True}
        ]
        return never + [
            f"{function}: “{word}” was never said"
            for function, words in self.words.items()
            for word in sorted(words)
            if word not in said
        ]

    def watched(self, function: FunctionType) -> CodeType:
        """Returns the function's code in which each condition tells `note` its value."""
        name = f"{function.__module__.removeprefix('attrec_core.')}.{function.__name__}"
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        first = function.__code__.co_firstlineno
        self.words[name] |= {
            value.value
            for table in ast.walk(definition)
            if isinstance(table, ast.Dict)
            for value in table.values
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }
        branches = self

        class Watch(ast.NodeTransformer):
            def told(self, node: ast.expr) -> ast.expr:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == NOTE:
                    return node
                condition = f"{name}, line {first + node.lineno - 1}: {ast.unparse(node)}"
                branches.conditions.setdefault(condition, set())
                call = ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(condition), node], [])
                return ast.copy_location(call, node)

            def visit_Compare(self, node: ast.Compare) -> ast.expr:
                self.generic_visit(node)
                return self.told(node)

            def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
                self.generic_visit(node)
                if not isinstance(node.values[-1], ast.Constant):  # a default: `item or 0`
                    node.values = [*map(self.told, node.values[:-1]), node.values[-1]]  # the last decides nothing
                return node

            def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
                self.generic_visit(node)
                node.test = self.told(node.test)
                return node

            def visit_If(self, node: ast.If) -> ast.stmt:
                self.generic_visit(node)
                node.test = self.told(node.test)
                return node

            def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
                self.generic_visit(node)
                node.ifs = [self.told(test) for test in node.ifs]
                return node

        module = ast.fix_missing_locations(ast.increment_lineno(Watch().visit(tree), first - 1))
        code = compile(module, function.__code__.co_filename, "exec")
        return next(
            const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == function.__name__
        )
