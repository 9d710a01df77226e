"""Weigh the words of a post: which of a list of words it says, where, and how much that counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ext.edition.site import frontmatter

#: What a word counts by the place where it is said; in the body it counts fully from :data:`OFTEN` times on.
PLACES: Mapping[str, float] = {"title": 3.0, "tags": 2.0, "headings": 1.0, "body": 1.0}
OFTEN = 8
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.M)
_ADDRESS = re.compile(r"\]\([^)\s]*\)?|https?://\S+")


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of a post; of one that is not fetched only the title."""

    title: str
    tags: tuple[str, ...] = ()
    headings: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word that was found: where, and the points it gives."""

    word: str
    place: str
    points: float


def text_of(title: str, tags: Iterable[str] = (), markdown: str = "") -> Text:
    """Return the text of a post whose body is *markdown*; addresses of links say nothing about a subject."""
    body = _ADDRESS.sub("]", markdown)
    return Text(title, tuple(tags), "\n".join(_HEADING.findall(body)), body)


def read(post: str, *, title: str = "", where: str = "text") -> Text:
    """Return the text of a Markdown file with front matter, under the *title* that is given or its own."""
    parts = frontmatter.split(post, where=where)
    return text_of(title or str(parts.meta.get("title") or ""), frontmatter.tags(parts.meta.get("tags")), parts.body)


def hits(text: Text, words: Mapping[str, float]) -> tuple[Hit, ...]:
    """Return where *text* says which of *words*, weighed; the weightiest first.

    A word is found whatever its case. One that begins or ends with a Latin letter stands alone, but may have a
    plural s; a ``*`` at its edge lets letters stand there: ``*BERT`` is also found in SimBERT.
    """
    said = {"title": text.title, "tags": "\n".join(text.tags), "headings": text.headings, "body": text.body}
    found = []
    for word, weight in words.items():
        pattern = compiled(word)
        for place, own in said.items():
            times = sum(1 for _ in pattern.finditer(own)) if place == "body" else OFTEN * bool(pattern.search(own))
            if times:
                points = weight * PLACES[place] * min(times, OFTEN) / OFTEN
                found.append(Hit(word, place, round(points, 3)))
    return tuple(sorted(found, key=lambda hit: (-abs(hit.points), hit.word, hit.place)))


def flat(weighted: Mapping[float, Iterable[str]]) -> dict[str, float]:
    """Return the weight of each word from words listed by their weight, as ``edition.toml`` has them."""
    return {word: weight for weight, listed in weighted.items() for word in listed}


@functools.cache
def compiled(word: str) -> re.Pattern[str]:
    """Return the pattern of a word."""
    core = word.strip("*")
    before = r"(?<![A-Za-z])" if core[:1].isascii() and core[:1].isalpha() and not word.startswith("*") else ""
    after = r"(?:s|es)?(?![A-Za-z])" if core[-1:].isascii() and core[-1:].isalpha() and not word.endswith("*") else ""
    return re.compile(before + r"\s+".join(map(re.escape, core.split())) + after, re.I)


def total(found: Iterable[Hit]) -> float:
    """Return the points of *found* together."""
    return round(sum(hit.points for hit in found), 3)


def why(found: Iterable[Hit], limit: int = 4) -> str:
    """Return the reason in words: ``DDPM 9 (title), 扩散 3 (headings)``."""
    return ", ".join(f"{hit.word} {hit.points:g} ({hit.place})" for hit in list(found)[:limit])
