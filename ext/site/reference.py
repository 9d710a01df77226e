"""Reference pages made of the code itself, so that they cannot drift: ``{reference} configuration`` and others."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from ext.edition.checks.lint import Lint, Severity
from ext.edition.links.graph import chart
from ext.edition.site import config
from ext.site.translated import PRINTED


def configuration() -> Iterator[str]:
    """Yield a table of keys for every table of ``edition.toml``, with the comments of ``ext.edition.site.config``."""
    comments = ModuleAnalyzer.for_module(config.__name__).find_attr_docs()
    for path, table in _tables("", config.Edition):
        yield f"### `{path or 'edition.toml'}`\n"
        yield f"{_plain(inspect.cleandoc(table.__doc__ or ''))}\n"
        rows = []
        for field in msgspec.structs.fields(table):
            if _struct(field.type) is not None:
                continue
            comment = " ".join(comments.get((table.__name__, field.name), [])).strip()
            rows.append(f"| `{field.name}` | {_default(field)} | {_cell(comment)} |")
        if rows:
            yield "| 键 key | 缺省 default | 说明 |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _tables(path: str, table: type[msgspec.Struct]) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    yield path and f"[{path}]", table
    for field in msgspec.structs.fields(table):
        inner = _struct(field.type)
        if inner is not None:
            name = f"{path}.{field.name}" if path else field.name
            listed = typing.get_origin(field.type) is tuple
            for below, found in _tables(name, inner):
                yield (f"[{below}]" if listed and below == f"[{name}]" else below), found


def _struct(annotation: Any) -> type[msgspec.Struct] | None:
    """Return the table that a field holds, alone or as a list of tables."""
    for candidate in (annotation, *typing.get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, msgspec.Struct):
            return candidate
    return None


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value in ("", (), {}, None):
        return "–"
    plain = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{_cell(plain)}`"


def commands() -> Iterator[str]:
    """Yield the help of every command, as ``python -m tools COMMAND --help`` prints it."""
    from tools.__main__ import COMMANDS, command_parser

    for name, command in COMMANDS.items():
        parser = command_parser(name, importlib.import_module(command.module))
        yield f"### `{name}`\n\n{command.summary[:1].upper()}{command.summary[1:]}.\n"
        yield f"````{{code-block}} text\n:class: {PRINTED}\n\n{parser.format_help().strip()}\n````\n"


def lints() -> Iterator[str]:
    """Yield the table of findings: subtype of the warning, whether it warns, remedy."""
    yield "| 类别 subtype | 性质 | 补救 remedy |\n|---|---|---|"
    for lint in Lint:
        warns = "warning" if lint.severity is Severity.MISTAKE else "finding"
        yield f"| `zhushu.{lint}` | {warns} | {_cell(lint.remedy)} |"


#: The rooms in the order of the guide: what a module is about says where it is, on both sides.
ROOMS: Mapping[str, str] = MappingProxyType({
    "site": "版面、设置、各处共用的工具", "posts": "文章：原文与所加", "math": "公式", "annotations": "注疏",
    "audit": "审计", "search": "搜索", "links": "链接、引文、相关", "checks": "构建时的检查",
    "build": "何时重建什么，多快"})
_EXT = Path(__file__).parent.parent


def rooms() -> Iterator[str]:
    """Yield who knows whom in the pure half, drawn from its imports, and what every module of every room is for."""
    known = {room: _knows(room) for room in ROOMS if (_EXT / "edition" / room).is_dir()}
    order: list[str] = []
    while rest := [room for room in known if room not in order]:
        # The contract of imports sees to it that there is always one; where it is broken the rest stands as it is.
        order += [room for room in rest if known[room] <= {room, *order}] or rest
    drawn = {node.name: node for node in chart(order, known).nodes}
    yield "```text"
    for room in order:
        used = "、".join(other for other in order if other in known[room] - {room})
        yield f"{'│  ' * (drawn[room].column if room in drawn else 0)}├─ {room}{f'  ◄─  {used}' if used else ''}"
    yield "```\n"
    for room, name in ROOMS.items():
        yield f"### `{room}`：{name}\n"
        yield "| 模块 module | 做什么 what it does |\n|---|---|"
        for half in (_EXT, _EXT / "edition"):
            for path in sorted((half / room).rglob("*.py")):
                # Only what a module begins with: to parse all of them takes a second.
                head = path.read_text("utf-8").partition("\nfrom __future__ import")[0]
                line = (ast.get_docstring(ast.parse(head)) or "").partition("\n")[0]
                if path.name != "__init__.py":
                    yield f"| `{path.relative_to(_EXT.parent).as_posix()}` | {_cell(line)} |"
        yield ""


def _knows(room: str) -> frozenset[str]:
    """Return the rooms of the pure half that the modules of one import; settings may name a check, see the contract."""
    text = "".join(path.read_text("utf-8") for path in (_EXT / "edition" / room).rglob("*.py")
                   if path.stem != config.__name__.rpartition(".")[2])
    return frozenset(re.findall(r"^ *from ext\.edition\.(\w+)[. ]", text, re.M))


def _plain(text: str) -> str:
    """Return a docstring without its roles, which are none of the page's."""
    return re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text)


def _cell(text: str) -> str:
    """Return text that stays in its cell and is read as text."""
    parts = re.split(r"(?<!`)(`+[^`]*`+)", " ".join(_plain(text).split()))
    for number in range(0, len(parts), 2):  # what is code is text already
        for mark, harmless in (("{", "\\{"), ("<", "&lt;"), ("$", "\\$")):
            parts[number] = parts[number].replace(mark, harmless)
    return "".join(parts).replace("|", "\\|")


#: The references by name.
PARTS: Mapping[str, Callable[[], Iterator[str]]] = MappingProxyType(
    {"configuration": configuration, "commands": commands, "lints": lints, "rooms": rooms})


class ReferenceDirective(SphinxDirective):
    """``{reference} PART`` puts a part of the reference where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the part from the code; the page is read again when the code changed."""
        part = directives.choice(self.arguments[0], PARTS)
        for path in (*_EXT.rglob("*.py"), *(_EXT.parent / "tools").rglob("*.py")):
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes("\n".join(PARTS[part]()), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("reference", ReferenceDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
