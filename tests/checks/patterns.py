"""Every regular expression of `tools/` and `ext/`: where it stands, what it says, how it is used."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

REPO = Path(__file__).parents[2]
_CALLS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
_ANCHORED = ("match", "fullmatch")
_FLAGS_AT = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4,
             "subn": 4}


@dataclass(frozen=True, slots=True)
class Use:
    """One pattern at one place; one that is put together while the program runs is only told as it is `spelled`."""

    where: str
    spelled: str
    pattern: str | bytes | None
    flags: int
    mode: str


@dataclass(frozen=True)
class Source:
    """One module: its text, and every node of its syntax tree."""

    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return what the tree holds, in the order of `ast.walk`."""
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Return every call of the `re` module."""
        return [node for node in self.nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                and node.func.attr in _CALLS and isinstance(node.func.value, ast.Name) and node.func.value.id == "re"]

    @cached_property
    def named(self) -> dict[int, list[str]]:
        """Return what a call is assigned to, or, behind a dot, what is asked of it at once."""
        found: dict[int, list[str]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found[id(node.value)] = [target.id if isinstance(target, ast.Name) else target.attr
                                         for target in targets if isinstance(target, ast.Name | ast.Attribute)]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
                found[id(node.value)] = [f".{node.attr}"]
        return found

    @cached_property
    def ways(self) -> dict[str, set[str]]:
        """Return by which methods each name is used; "search" where it is handed on."""
        called = {id(node.value): node.attr for node in self.nodes if isinstance(node, ast.Attribute)}
        # Tried again and again further on in one text, a match is a search of our own.
        called |= {id(node.func.value): "search" for node in self.nodes
                   if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                   and node.func.attr in _ANCHORED and len(node.args) > 1}
        ways: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                ways[node.id if isinstance(node, ast.Name) else node.attr].add(called.get(id(node), "search"))
        return ways


@cache
def sources() -> dict[str, Source]:
    """Return every module of the project, by its path."""
    return {str(path.relative_to(REPO)): Source(path.read_text("utf-8"))
            for folder in ("tools", "ext") for path in sorted((REPO / folder).rglob("*.py"))}


def modules() -> list[str]:
    """Return the paths of the modules that may call the `re` module."""
    return [path for path, source in sources().items() if re.search(r"\bre\s*\.", source.text)]


@cache
def _ways(path: str, name: str) -> set[str]:
    """Return how a name is used: a private one in its module, any other in all that speak of it."""
    homes = [sources()[path]] if name.startswith("_") else [one for one in sources().values() if name in one.text]
    return set().union(*(home.ways.get(name, set()) for home in homes))


def _mode(path: str, names: list[str]) -> str:
    ways = set().union(*(_ways(path, name) for name in names)) - {"pattern", "flags"}
    for mode in ("fullmatch", "match"):
        if ways and ways == {mode}:
            return mode
    return "match" if ways and ways <= set(_ANCHORED) else "search"


def _module(path: str) -> ModuleType:
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return importlib.import_module(name)


def _value(node: ast.expr | None, space: dict[str, object]) -> object:
    """Return what an expression of constants and module names is, or None when it needs more."""
    if isinstance(node, ast.Constant):
        return node.value
    if node is None or isinstance(node, ast.Name) and node.id not in space:
        return None
    try:
        return eval(compile(ast.Expression(node), "<pattern>", "eval"), space)
    except Exception:
        return None


def uses(path: str) -> Iterator[Use]:
    """Yield every call of the `re` module in one of ours, with its pattern and flags and the way it is matched."""
    source = sources()[path]
    if not source.calls:
        return
    space = {**vars(builtins), **vars(_module(path))}
    for node in source.calls:
        call = node.func.attr  # type: ignore[attr-defined]
        given = next((key.value for key in node.keywords if key.arg == "flags"),
                     node.args[_FLAGS_AT[call]] if len(node.args) > _FLAGS_AT[call] else None)
        flags = _value(given, space)
        pattern = _value(node.args[0], space)
        if isinstance(pattern, re.Pattern):
            pattern, flags = pattern.pattern, pattern.flags
        mode = call if call in _ANCHORED else "search"
        if call == "compile":
            names = source.named.get(id(node), [])
            own = [name[1:] for name in names if name.startswith(".")]
            mode = own[0] if own and own[0] in _ANCHORED else "search" if own or not names else _mode(path, names)
        known = isinstance(pattern, str | bytes)
        yield Use(f"{path}:{node.lineno}", "" if known else ast.get_source_segment(source.text, node.args[0]) or "",
                  pattern if known else None, int(flags or 0), mode)
