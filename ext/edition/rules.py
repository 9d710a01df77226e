"""Rules over measures, as ``edition.toml`` writes them: ``original.kb < 9 and original.formulas < 5``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import rule_engine

from ext.edition.errors import EditionError


@functools.cache
def compiled(rule: str) -> rule_engine.Rule:
    """Return *rule* ready to use; a rule that cannot be read raises :class:`EditionError`.

    The language is that of the rule-engine package: comparisons, ``and``, ``or``, ``not``, arithmetic; no calls.
    """
    try:
        return rule_engine.Rule(rule)
    except rule_engine.EngineError as error:
        raise EditionError(f"the rule {rule!r} cannot be read: {error.message}", where="edition.toml",
                           remedy="compare measures, as in: original.kb < 9 and original.formulas < 5") from error


def holds(rule: str, measures: Mapping[str, Any]) -> bool | None:
    """Return whether *rule* holds, or None when a measure that it asks for is unknown.

    A name that no measure has raises :class:`EditionError`: it is a misspelt one.
    """
    try:
        return bool(compiled(rule).matches(measures))
    except rule_engine.errors.SymbolResolutionError as error:
        raise EditionError(f"the rule {rule!r} asks for {error.symbol_name!r}, which is not measured",
                           where="edition.toml", remedy=f"choose from {', '.join(sorted(measures))}") from error
    except rule_engine.errors.AttributeResolutionError as error:
        raise EditionError(f"the rule {rule!r} asks for {error.attribute_name!r}, which is not measured",
                           where="edition.toml", remedy="see the configuration reference for the measures") from error
    except rule_engine.errors.EvaluationError:
        # Comparing with a null: the measure is unknown, and so is the answer.
        return None
