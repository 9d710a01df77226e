"""Rules over measures, as ``edition.toml`` writes them: ``original.kb < 9 and original.formulas < 5``."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from typing import Any

import simpleeval

from ext.edition.site.errors import EditionError

#: What a rule may compare with to ask whether something is known.
_CONSTANTS: Mapping[str, Any] = {"null": None, "true": True, "false": False}


@functools.cache
def compiled(rule: str) -> tuple[simpleeval.SimpleEval, ast.AST]:
    """Return *rule* ready to use, with what answers it; a rule that cannot be read raises :class:`EditionError`.

    The language is that of the simpleeval package: comparisons, ``and``, ``or``, ``not``, ``in``, arithmetic; no calls.
    """
    try:
        return simpleeval.SimpleEval(functions={}), simpleeval.SimpleEval.parse(rule)
    except (simpleeval.InvalidExpression, SyntaxError) as error:
        raise EditionError(f"the rule {rule!r} cannot be read: {error}", where="edition.toml",
                           remedy="compare measures, as in: original.kb < 9 and original.formulas < 5") from error


def holds(rule: str, measures: Mapping[str, Any]) -> bool | None:
    """Return whether *rule* holds, or None when a measure that it asks for is unknown.

    A name that no measure has raises :class:`EditionError`: it is a misspelt one.
    """
    evaluator, parsed = compiled(rule)
    evaluator.names = {**_CONSTANTS, **measures}
    try:
        return bool(evaluator.eval(rule, previously_parsed=parsed))
    except simpleeval.NameNotDefined as error:
        raise EditionError(f"the rule {rule!r} asks for {error.name!r}, which is not measured",
                           where="edition.toml", remedy=f"choose from {', '.join(sorted(measures))}") from error
    except simpleeval.AttributeDoesNotExist as error:
        raise EditionError(f"the rule {rule!r} asks for {error.attr!r}, which is not measured",
                           where="edition.toml", remedy="see the guide to the audit for the measures") from error
    except TypeError as error:
        if "NoneType" in str(error):  # an order or a sum with what is unknown: so is the answer
            return None
        raise EditionError(f"the rule {rule!r} cannot be answered: {error}", where="edition.toml",
                           remedy="compare numbers with numbers and texts with texts") from error
    except (simpleeval.InvalidExpression, ArithmeticError) as error:
        raise EditionError(f"the rule {rule!r} cannot be answered: {error}", where="edition.toml",
                           remedy="use comparisons, and, or, not, in and arithmetic") from error
