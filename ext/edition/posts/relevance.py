"""Tell whether a fetched post belongs to a mathematical edition, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ext.edition.posts import classify, keywords
from ext.edition.posts.keywords import Hit, Text
from ext.edition.site.config import Edition

#: Formulas give a point for every :data:`FEW`, and at most :data:`MANY` points.
FEW, MANY = 3, 4.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a post is kept, its points, and the reason in words."""

    relevant: bool
    points: float
    why: str


def judge(text: Text, formulas: int, edition: Edition) -> Verdict:
    """Return whether a post with so many *formulas* is mathematics or near it.

    For it speak its formulas, the words of every topic (each word once, with its highest weight) and the
    edition's words for relevance; against it the words against.
    """
    rule = edition.relevance
    own = keywords.flat(rule.words)
    known = {word: weight for word, weight in own.items() if weight > 0}
    for topic in edition.topics:
        for word, weight in classify.vocabulary(topic).items():
            known[word] = max(weight, known.get(word, 0.0))
    for_it = keywords.hits(
        text, {word: weight for word, weight in known.items() if weight > 0 and own.get(word, 1) > 0})
    against = keywords.hits(text, {word: weight for word, weight in own.items() if weight < 0})
    points = round(min(MANY, formulas / FEW) + keywords.total(for_it) + keywords.total(against), 3)
    return Verdict(points >= rule.least, points, _why(points, rule.least, formulas, for_it, against))


def _why(points: float, least: float, formulas: int, for_it: Iterable[Hit], against: Iterable[Hit]) -> str:
    count = f"{formulas} formula{'' if formulas == 1 else 's'}" if formulas else "no formula"
    parts = [count, *(f"{side}: {shown}" for side, found in (("for", for_it), ("against", against))
                      if (shown := keywords.why(found, 3)))]
    return f"{points:g} of {least:g} points; {'; '.join(parts)}"
