"""Recognise footnotes: a reference and a note that link to each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tools.convert.dom import Element, ancestors, remove, text_of

_NOTE_TAGS = frozenset({"li", "p", "div", "dd", "aside", "section", "tr", "table", "td", "blockquote"})
# "[12]" and the like; a link with another text is an ordinary link, such as one of a table of contents
_REFERENCE = re.compile(
    r"[\[(（【^]?\s*(?:\d{1,4}|[A-Za-z]{1,2}|[*†‡§¶#]{1,3}|(?:注|脚注|note)\s*+\d{0,3})\s*+[\])）】]?", re.I)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(slots=True)
class Notes:
    """The footnotes of one post, numbered in the order of their references."""

    references: dict[Element, int] = field(default_factory=dict)
    bodies: dict[Element, int] = field(default_factory=dict)
    back_links: set[Element] = field(default_factory=set)

    def reference(self, el: Element) -> int | None:
        """Return the number of the note that an element refers to."""
        return self.references.get(el)

    def is_body(self, el: Element) -> bool:
        """Tell whether an element is a note, which is written at the end."""
        return el in self.bodies

    def is_back_link(self, el: Element) -> bool:
        """Tell whether a link leads from a note back to its reference."""
        return el in self.back_links

    def definitions(self, write: Callable[[Element], str]) -> list[str]:
        """Return the definitions in MyST, written by ``write``."""
        result = []
        for body, number in self.bodies.items():
            lines = (write(body) or "…").split("\n")
            result.append("\n".join([f"[^{number}]: {lines[0]}", *("    " + x if x else "" for x in lines[1:])]))
        return result


def find_notes(root: Element) -> Notes:
    """Pair the links of a post with the notes they lead to."""
    notes = Notes()
    named: dict[str, Element] = {}
    for el in root.iter():
        if isinstance(el.tag, str):
            for name in (el.get("id"), el.get("name") if el.tag == "a" else None):
                if name:
                    named.setdefault(name, el)
    taken: dict[Element, int] = {}
    around: set[Element] = set()  # what holds a note
    for link in root.iter("a"):
        target = named.get(_fragment(link))
        if target is None or link in notes.back_links or not _REFERENCE.fullmatch(text_of(link).strip()):
            continue
        body = target if target.tag in _NOTE_TAGS else next(
            (a for a in ancestors(target, 4) if a.tag in _NOTE_TAGS and a is not root), None)
        if body is None or body is root or _contains(body, link) or next(body.iter(*_HEADINGS), None) is not None:
            continue
        own = {link.get("id"), link.get("name"), *(a.get("id") for a in ancestors(link, 2))} - {None}
        backs = [a for a in body.iter("a") if _fragment(a) in own and _fragment(a)]
        if not backs or body in around or any(a in taken for a in body.iterancestors()):
            continue
        number = taken.setdefault(body, len(taken) + 1)
        around.update(body.iterancestors())
        notes.bodies[body] = number
        wrapper = link.getparent()
        whole = (wrapper is not None and wrapper.tag == "sup" and text_of(wrapper).strip() == text_of(link).strip()
                 and len(wrapper.findall(".//a")) == 1)
        notes.references[wrapper if whole else link] = number
        notes.back_links.update(backs)
    for body in notes.bodies:
        _trim(body)
    return notes


def _fragment(link: Element) -> str:
    """Return the place that a link names; in feeds the address of the page stands before it.

    Only where note and reference name each other is it taken for one in this post.
    """
    return unquote((link.get("href") or "").partition("#")[2])


def _contains(outer: Element, inner: Element) -> bool:
    return any(a is outer for a in inner.iterancestors())


def _trim(body: Element) -> None:
    """Drop the number that a note in a table or a paragraph repeats ("[1]")."""
    for label in body.xpath(".//td[contains(@class, 'label')] | .//span[contains(@class, 'label')]"):
        if re.fullmatch(r"[\s\[\](){}\w*†‡]{0,12}", text_of(label)):
            remove(label)
