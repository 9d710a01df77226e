"""Checks that compare nothing, found by reading their code."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def empty(code: str) -> Iterator[tuple[int, str]]:
    """Yield where code that calls itself a check compares nothing: ``print(True)``, a value with itself; line, why."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    compares = any(isinstance(node, (ast.Compare, ast.Call)) and not _is_print(node) for node in ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1 and _same(node.left, node.comparators[0]):
            yield node.lineno, "a value is compared with itself"
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            first, second = node.args[-2:] if _name_of(node) == "check" and len(node.args) == 3 else node.args[:2]
            if _name_of(node) in {"check", "isclose", "allclose", "array_equal"} and _same(first, second):
                yield node.lineno, "a value is compared with itself"
        if isinstance(node, ast.Call) and _is_print(node) and not compares and all(
                isinstance(part, ast.Constant) for part in node.args):
            yield node.lineno, "what is printed is written here, not computed"


def _same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)


def _name_of(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_print(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
