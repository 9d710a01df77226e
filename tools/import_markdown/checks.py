"""Say at import what the build would warn of and only a person can mend: it goes into the receipt."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Iterable

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from ext.edition.math import tex
from ext.edition.math.engine import Renderer
from tools.import_markdown.doings import Notes


class ErrorToken(Exception):
    """A lexer met something that is not its language."""


_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")


@functools.cache
def _renderer(macros: tuple[tuple[str, str], ...]) -> Renderer:
    return Renderer(dict(macros))


def check_formulas(formulas: Iterable[str], macros: dict[str, str], notes: Notes) -> None:
    """Note the formulas that the engine cannot set, and references to labels that no formula has."""
    formulas = list(formulas)
    labels = {label.strip() for formula in formulas for label in _LABEL.findall(formula)}
    own = {macro.name: macro for formula in formulas for macro in tex.definitions(formula)[0]}
    renderer = _renderer(tuple(sorted(macros.items())))
    for formula in dict.fromkeys(formulas):
        for reference in tex.references(formula):
            if reference.label not in labels:
                notes.leave("a reference to a label that no equation has", reference.label)
        rendered = renderer.render(formula, True, own)
        if rendered.error is not None:
            notes.leave(f"a formula that cannot be set ({rendered.error})", formula)


def language(info: str, code: str, notes: Notes) -> str:
    """Return the info string of a code block; a language that is unknown, or isn't the code's, becomes ``text``."""
    name, _, rest = info.strip().partition(" ")
    if not name:
        return info
    try:
        lexer = get_lexer_by_name(name)
        lexer.add_filter("raiseonerror", excclass=ErrorToken)
        for _ in lexer.get_tokens(textwrap.dedent(code)):
            pass
    except ClassNotFound:
        notes.repaired[f"code in a language that cannot be coloured ({name})"] += 1
    except ErrorToken:
        notes.repaired[f"code that is not the {name} it says"] += 1
    else:
        return info
    return f"text {rest}".strip()
