"""Sort the rules of a theme's style sheet by what of it pages can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tinycss2

_MEDIA = frozenset({"media", "supports"})


def sort_rules(css: str, parts: Mapping[str, str], rest: str) -> dict[str, str]:
    """Deal the rules of *css* out into named sheets, each in the order of the original.

    A rule of several selectors may come into several sheets, each with some of them. A selector belongs to the part
    of a class in it, which *parts* tells of the longest of the class's first words that it knows: of ``list-group`` for
    ``list-group-item``. What is in the arguments of ``:not()``, ``:is()`` and their like does not count. Everything
    else, fonts and variables too, belongs to *rest*. Licences are in all sheets.
    """
    found: dict[str, list[str]] = {name: [] for name in {*parts.values(), rest}}
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    licences = "".join(rule.serialize() for rule in rules if rule.type == "comment" and rule.value.startswith("!"))
    for name, text in _deal(rules, parts, rest):
        found[name].append(text)
    return {name: licences + "".join(texts) for name, texts in found.items()}


def _deal(rules: Iterable[Any], parts: Mapping[str, str], rest: str) -> Iterator[tuple[str, str]]:
    for rule in rules:
        if rule.type == "qualified-rule":
            body = tinycss2.serialize(rule.content)
            by_part: dict[str, list[str]] = {}
            for selector in _split(rule.prelude):
                by_part.setdefault(_part(selector, parts, rest), []).append(tinycss2.serialize(selector).strip())
            for name, selectors in by_part.items():
                yield name, f"{','.join(selectors)}{{{body}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in _MEDIA and rule.content is not None:
            inner: dict[str, str] = {}
            within = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            for name, text in _deal(within, parts, rest):
                inner[name] = inner.get(name, "") + text
            for name, text in inner.items():
                yield name, f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}"
        elif rule.type not in ("error", "comment"):
            yield rest, rule.serialize()


def _split(tokens: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut a list of selectors at its commas."""
    one: list[Any] = []
    for part in tokens:
        if part == ",":
            yield one
            one = []
        else:
            one.append(part)
    yield one


def _part(selector: list[Any], parts: Mapping[str, str], rest: str) -> str:
    named = [token.value for before, token in zip(selector, selector[1:], strict=False)
             if before == "." and token.type == "ident"]
    known = (next((parts[start] for start in _starts(name) if start in parts), rest) for name in named)
    return next((part for part in known if part != rest), rest)


def _starts(name: str) -> Iterator[str]:
    """Give the class and what it begins with, word by word, the longest first."""
    while name:
        yield name
        name = name.rpartition("-")[0]
