"""Every regular expression of `tools/` and `ext/`: where it stands, what it says, how it is used."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

REPO = Path(__file__).parents[2]
_CALLS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
_ANCHORED = ("match", "fullmatch")
_FLAGS_AT = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4,
             "subn": 4}


@dataclass(frozen=True, slots=True)
class Use:
    """One pattern at one place: `pattern` is None where it is put together while the program runs."""

    where: str
    spelled: str
    pattern: str | bytes | None
    flags: int
    mode: str


@cache
def sources() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of the project, by its path."""
    return {str(path.relative_to(REPO)): ast.parse(path.read_text("utf-8"))
            for folder in ("tools", "ext") for path in sorted((REPO / folder).rglob("*.py"))}


@cache
def _ways() -> dict[tuple[str, str], set[str]]:
    """Return by which methods each name of a pattern is used; "search" where it is handed on.

    A private name belongs to its module, which is the first half of the key; others are looked for everywhere.
    """
    ways: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, tree in sources().items():
        called = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        # Tried again and again further on in one text, a match is a search of our own.
        called |= {id(node.func.value): "search" for node in ast.walk(tree)
                   if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                   and node.func.attr in _ANCHORED and len(node.args) > 1}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                name = node.id if isinstance(node, ast.Name) else node.attr
                ways[path if name.startswith("_") else "", name].add(called.get(id(node), "search"))
    return ways


def _mode(path: str, names: list[str]) -> str:
    ways = set().union(*(_ways().get((path if name.startswith("_") else "", name), set()) for name in names))
    ways -= {"pattern", "flags"}
    for mode in ("fullmatch", "match"):
        if ways and ways == {mode}:
            return mode
    return "match" if ways and ways <= set(_ANCHORED) else "search"


def _module(path: str) -> ModuleType:
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return importlib.import_module(name)


def _value(node: ast.expr | None, space: dict[str, object]) -> object:
    """Return what an expression of constants and module names is, or None when it needs more."""
    if node is None or isinstance(node, ast.Name) and node.id not in space:
        return None
    try:
        return eval(compile(ast.Expression(node), "<pattern>", "eval"), space)
    except Exception:
        return None


def uses() -> Iterator[Use]:
    """Yield every call of the `re` module with its pattern and flags and the way it is matched."""
    for path, tree in sources().items():
        if not any(isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"
                   for node in ast.walk(tree)):
            continue
        text = (REPO / path).read_text("utf-8")
        space = {**vars(builtins), **vars(_module(path))}
        named: dict[int, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                named[id(node.value)] = [target.id if isinstance(target, ast.Name) else target.attr
                                         for target in targets if isinstance(target, ast.Name | ast.Attribute)]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
                named[id(node.value)] = [f".{node.attr}"]
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS
                    and isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
                continue
            call = node.func.attr
            given = next((key.value for key in node.keywords if key.arg == "flags"),
                         node.args[_FLAGS_AT[call]] if len(node.args) > _FLAGS_AT[call] else None)
            flags = _value(given, space)
            pattern = _value(node.args[0], space)
            if isinstance(pattern, re.Pattern):
                pattern, flags = pattern.pattern, pattern.flags
            mode = call if call in _ANCHORED else "search"
            if call == "compile":
                names = named.get(id(node), [])
                own = [name[1:] for name in names if name.startswith(".")]
                mode = own[0] if own and own[0] in _ANCHORED else "search" if own or not names else _mode(path, names)
            yield Use(f"{path}:{node.lineno}", ast.get_source_segment(text, node.args[0]) or "",
                      pattern if isinstance(pattern, str | bytes) else None, int(flags or 0), mode)
