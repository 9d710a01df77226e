"""Choose the elements that hold the post, by the vote of the page's formulas and prose.

Losing a formula is the worst that can happen here, and half a post that looks whole the next. So a selector only
proposes: a proposal is taken if it holds every formula that is not plainly elsewhere (in menus, comments, sidebars) and
most of the prose; otherwise it grows until it does. What is too much can be seen and dropped, what is lost cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from tools.convert.chrome import OUTSIDE_TAGS, is_chrome, is_comments
from tools.convert.dom import MATH_TAG, Element, remove, select, text_of
from tools.convert.generators import COMMON, GENERATORS, Generator, recognise

_MATH_WEIGHT = 200  # characters of prose that a formula counts for
# Of the prose that the post must hold: where the generator is known, by a common name, by no name at all.
_KNOWN_SHARE, _GUESSED_SHARE, _CERTAIN_SHARE = 0.5, 0.7, 0.95
_LEAVES = frozenset({"p", "table", "ul", "ol", "dl", "pre", "blockquote", MATH_TAG, "h1", "h2", "h3", "h4", "h5", "h6"})
_DULL = frozenset({"a", "button", "select", "option", "script", "style", "noscript", "template", "svg", "textarea",
                   "head", "nav", "form", "title", "iframe", "object"})


@dataclass(slots=True)
class LeftOut:
    """What was left out of a post and why, by the element that was taken away."""

    reasons: dict[Element, str] = field(default_factory=dict)

    def take(self, el: Element, reason: str) -> None:
        """Remove an element, keep the text after it, and remember why."""
        self.reasons[el] = reason
        remove(el)


class _Votes:
    """The prose (characters outside of links) and the formulas in each element of a page.

    ``weight`` counts all of them; ``prose`` and ``formulas`` only what is not plainly outside of the post.
    """

    def __init__(self, start: Element) -> None:
        self.start = start
        self._elements = [el for el in start.iter() if isinstance(el.tag, str)]
        self._own: dict[Element, int] = {}
        dull: set[Element] = set()
        for el in self._elements:
            parent = el.getparent()
            if el.tag in _DULL or parent in dull:
                dull.add(el)
            self._own[el] = len(el.text.strip()) if el.text and el not in dull else 0
            if el.tail and el is not start and parent not in dull:
                self._own[parent] += len(el.tail.strip())
        own = {el: self._own[el] + _MATH_WEIGHT * (el.tag == MATH_TAG) for el in self._elements}
        self.weight = self._summed(own, set())
        self.outside = self._find_outside(own)
        self.prose = self._summed(self._own, self.outside)
        self.formulas = self._summed({el: int(el.tag == MATH_TAG) for el in self._elements}, self.outside)

    def _summed(self, own: dict[Element, int], without: set[Element]) -> dict[Element, int]:
        """Return what each element holds with all that is in it, in one pass from the end of the page."""
        totals = dict(own)
        for el in reversed(self._elements):
            if el in without:
                totals[el] = 0
            elif el is not self.start:
                totals[el.getparent()] += totals[el]
        return totals

    def _find_outside(self, own: dict[Element, int]) -> set[Element]:
        """Return the outermost elements that are plainly not the post, by what they are called and what they weigh.

        A name alone decides nothing: an element that holds a good part of the page is a wrapper. Comments may be
        longer than the post, but they stand below it.
        """
        found: set[Element] = set()
        articles: set[Element] = set()  # everything within one: an article has a header, notes, a footer of its own
        total = self.weight[self.start] or 1
        above = 0
        walker = etree.iterwalk(self.start, events=("start",))
        for _, el in walker:
            if not isinstance(el.tag, str):
                continue
            if el.tag in {"article", "d-article", "dt-article"} or el.getparent() in articles:
                articles.add(el)
            named = is_chrome(el) or (el.tag in OUTSIDE_TAGS and el not in articles)
            if named and el is not self.start and (
                    3 * self.weight[el] <= total or (is_comments(el) and above * 10 > total)):
                found.add(el)
                walker.skip_subtree()
            else:
                above += own[el]
        return found

    def enough(self, el: Element, share: float) -> bool:
        """Tell whether an element holds every formula of the post and that share of its prose."""
        return (self.formulas[el] == self.formulas[self.start]
                and self.prose[el] >= share * self.prose[self.start])


def choose(root: Element, left: LeftOut, selector: str | None, rows: Sequence[Generator] = ()
           ) -> tuple[Element, list[Generator]]:
    """Return the element that holds the post, and the generators whose marks the page bears.

    With a selector of the site's profile that matches, the largest element that it selects, as it is. An element that
    had to grow leaves out what it took in and what is plainly not the post.
    """
    body = root.find("body")
    start = body if body is not None else root
    known = recognise(root, [*rows, *GENERATORS])
    if selector:
        chosen = select(start, selector)
        if chosen:
            return max(chosen, key=_size), known
    votes = _Votes(start)
    best: Element | None = None
    for name, share, several in _proposals(known):
        found = [el for el in select(start, name) if votes.weight[el] and not _set_apart(el, votes)]
        if not found:
            continue
        if several and len(found) > 1:
            return _gathered(found), known
        candidate = max(found, key=votes.weight.__getitem__)
        if votes.enough(candidate, share):
            return candidate, known
        if best is None or votes.weight[candidate] > 2 * votes.weight[best]:
            best = candidate
    return _grown(best, votes, left), known


def _set_apart(el: Element, votes: _Votes) -> bool:
    return el in votes.outside or any(a in votes.outside for a in el.iterancestors())


def _size(el: Element) -> int:
    return len(text_of(el).strip()) + _MATH_WEIGHT * sum(1 for _ in el.iter(MATH_TAG))


def _proposals(known: Iterable[Generator]) -> Iterable[tuple[str, float, bool]]:
    for row in known:
        yield from ((name, _KNOWN_SHARE, row.several) for name in row.content)
    yield from ((name, _GUESSED_SHARE, False) for name in COMMON)


def _grown(best: Element | None, votes: _Votes, left: LeftOut) -> Element:
    """Return the smallest element around ``best`` that holds every formula of the post and most of its prose.

    Without a proposal, go down from the whole page as long as one child holds all that.
    """
    grown = best if best is not None else votes.start
    while grown is not votes.start and not votes.enough(grown, _GUESSED_SHARE):
        parent = grown.getparent()
        grown = votes.start if parent is None else parent
    while best is None:
        child = max((el for el in grown if el in votes.weight and el not in votes.outside),
                    key=votes.weight.__getitem__, default=None)
        if child is None or child.tag in _LEAVES or not votes.weight[child] or not votes.enough(child, _CERTAIN_SHARE):
            break
        grown = child
    if grown is not best:
        inner = set() if best is None else {best, *best.iterdescendants()}
        size = len(text_of(grown))
        for el in [el for el in grown.iterdescendants() if el in votes.outside and el not in inner]:
            if is_comments(el):
                left.take(el, "comments")
            elif len(text_of(el)) * 3 < size:
                left.take(el, "navigation")
    return grown


def _gathered(found: list[Element]) -> Element:
    """Put the posts of a thread one after the other into one element."""
    chosen = set(found)
    holder: Element = etree.Element("div")
    for el in found:
        if any(a in chosen for a in el.iterancestors()):
            continue
        if len(holder):
            etree.SubElement(holder, "hr")
        el.tail = None
        holder.append(el)
    return holder
