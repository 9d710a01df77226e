"""YAML in and out: safe, readable in Chinese, and errors that name the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ext.edition.site.errors import EditionError

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BaseDumper):
    """Write text with line ends on one line: on lines of its own, a ``---`` in it would end a front matter."""


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if "\n" in value else None)


_Dumper.add_representer(str, _text)


def load(text: str, *, where: Path | str, first_line: int = 1) -> Any:
    """Return the value of *text*; broken YAML raises :class:`EditionError` with file and line.

    So does what aliases make larger than *text* itself: a few lines of them stand for gigabytes, or have no end.
    """
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - the safe loader, in C where there is one
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = (mark.line if mark else 0) + first_line
        problem = getattr(error, "problem", None) or str(error)
        raise EditionError(f"is not YAML: {problem}", where=f"{where}:{line}",
                           remedy="quote values that contain a colon, a # or a bracket") from error
    if "*" in text and not _ends(value, len(text)):
        raise EditionError("its aliases (*name) stand for more than the text itself", where=f"{where}:{first_line}",
                           remedy="write the values out where they are meant")
    return value


def _ends(value: Any, most: int) -> bool:
    """Return whether *value*, every alias written out, has at most *most* scalars and collections."""
    left = [value]
    while left and most >= 0:
        one = left.pop()
        most -= 1
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            left += one
    return not left


def dump(value: Any) -> str:
    """Return *value* as block YAML, keys in their order and Chinese readable."""
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100))
