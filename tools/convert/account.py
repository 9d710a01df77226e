"""Settle the census of a page against its post: what was kept, left out and why, without TeX, or lost.

Every formula of the census ends in exactly one of these, so that what the post lacks has a name. A post that lacks a
formula for no reason, or that holds too small a share of its page, is doubtful.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from tools.convert.census import Census, Item
from tools.convert.chrome import OUTSIDE_TAGS, is_chrome, is_comments
from tools.convert.dom import Element
from tools.convert.formulas import tidy
from tools.convert.receipt import Account, Doubt, Finding, Left, Receipt, tokens

_WRAPPING = re.compile(r"\\label\s*\{[^{}]*\}|\\displaystyle(?![A-Za-z])|&(?:amp;)?(?:bg|fg|s)=[\w-]*")
_LOOSE = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\(?:tag|label)\s*\{[^{}]*\}|\\displaystyle|[^\w\\]|_"
                    r"|\\(?![A-Za-z])")
_OUTER = re.compile(r"\A\s*(?:\$\$?|\\[(\[]|\\begin\{(?:equation|displaymath|math)\*?\})"
                    r"|(?:\$\$?|\\[)\]]|\\end\{(?:equation|displaymath|math)\*?\})\s*\Z")
_MIN_MISSING, _MIN_TEXT = 3, 1500  # fewer formulas and letters elsewhere in the page make no post doubtful


class _Places:
    """Where each element of the untouched page went."""

    def __init__(self, census: Census, post: Element, reasons: Mapping[Element, str]) -> None:
        self._above = census.above
        self._known: dict[Element, str] = dict(reasons)  # "" for what is in the post
        posts = [post] if post in census.above or len(post) == 0 else [el for el in post if el in census.above]
        self._known |= dict.fromkeys(posts, "")
        self._hidden = census.hidden

    def reason(self, el: Element) -> str:
        """Return why an element is not in the post; empty when it is."""
        line: list[Element] = []
        at: Element | None = el
        while at is not None and at not in self._known:
            line.append(at)
            at = self._above.get(at)
        said = "outside the post" if at is None else self._known[at]
        for step in reversed(line):
            if said == "outside the post" and (step.tag in OUTSIDE_TAGS or is_chrome(step)):
                said = "comments" if is_comments(step) else "navigation"
            if said in {"", "outside the post"} and step in self._hidden:
                said = "hidden"
            self._known[step] = said
        return said

    def place(self, el: Element) -> str:
        """Name the nearest element around with an id or a class, as a selector."""
        at: Element | None = el
        while at is not None:
            if at.get("id"):
                return f"{at.tag}#{at.get('id')}"[:80]
            if at.get("class"):
                return f"{at.tag}.{'.'.join(at.get('class').split()[:2])}"[:80]
            at = self._above.get(at)
        return "body"


def settle(census: Census, post: Element, reasons: Mapping[Element, str], receipt: Receipt, had: Iterable[str],
           share: float) -> Receipt:
    """Return the receipt with the account of the whole page; ``had`` is the TeX of the post and of its title."""
    places = _Places(census, post, reasons)
    where = [places.reason(item.place) for item in census.formulas]
    kept, missing = _match(census.formulas, where, list(had))
    left: dict[tuple[str, str], list[str]] = defaultdict(list)
    lost: list[Finding] = []
    drawn: list[Finding] = []
    for index in missing:
        item, reason = census.formulas[index], where[index]
        snippet = " ".join((item.tex or item.snippet).split())[:300]
        if reason:
            left[reason, places.place(item.place)].append(snippet)
        elif item.tex is None:
            drawn.append(Finding("formula", item.snippet))
        elif item.text:
            left["text in code" if item.code else "text", places.place(item.place)].append(snippet)
        else:
            lost.append(Finding("formula", snippet))
    known = Counter(_loose(found.snippet)[:60] for found in receipt.lost)
    lost = [found for found in lost if known[_loose(found.snippet)[:60]] == 0]
    text: Counter[str] = Counter()
    for el, letters in census.letters.items():
        text[places.reason(el)] += letters
    account = Account(
        len(census.formulas), kept, text.total(), text[""],
        dict(Counter(kind for kind, _ in census.things)),
        tuple(Left(reason, place, tuple(found)) for (reason, place), found in left.items()))
    more = max(0, len(drawn) - len(receipt.without_tex) - len(receipt.reconstructed))
    doubts = tuple(_doubts(census, where, set(missing), text, lost, share))
    return receipt.settled(account, tuple(lost), tuple(drawn[len(drawn) - more:]), doubts)


def _doubts(census: Census, where: list[str], missing: set[int], text: Counter[str], lost: list[Finding], share: float
            ) -> Iterable[Doubt]:
    """Say why a post may not be the whole post. Comments and what is hidden are no part of any."""
    if lost:
        yield Doubt("lost", len(lost), len(census.formulas))
    aside = {"comments", "hidden"} if text[""] * 10 > text["comments"] else {"hidden"}
    counted = [i for i, item in enumerate(census.formulas) if where[i] not in aside and not item.code]
    gone = sum(i in missing and (where[i] != "" or census.formulas[i].tex is not None) for i in counted)
    if gone >= _MIN_MISSING and gone > (1 - share) * len(counted):
        yield Doubt("formulas", len(counted) - gone, len(counted))
    prose = sum(n for reason, n in text.items() if reason not in aside)
    if text[""] < share * prose and prose - text[""] >= _MIN_TEXT:
        yield Doubt("text", text[""], prose)


def _match(items: list[Item], where: list[str], had: list[str]) -> tuple[int, list[int]]:
    """Pair the formulas of the page with those of the post; return how many are there, and which are not.

    First those of the post's own place, spelled alike; then those that differ in what wraps or aligns them.
    """
    there = Counter(_strict(tex) for tex in had)
    order = sorted(range(len(items)), key=lambda i: (items[i].code, where[i] != ""))
    open_ones = []
    for i in order:
        key = _strict(items[i].tex or "")
        if key and there[key] > 0:
            there[key] -= 1
        else:
            open_ones.append(i)
    rest = Counter(_loose(key) for key in there.elements())
    missing = []
    for i in open_ones:
        key = _loose(items[i].tex or "")
        if key and rest[key] > 0:
            rest[key] -= 1
        else:
            missing.append(i)
    return len(items) - len(missing), sorted(missing)


def _strict(tex: str) -> str:
    body = _WRAPPING.sub("", tidy(tex))
    return "".join(tokens(_OUTER.sub("", _OUTER.sub("", body))))


def _loose(tex: str) -> str:
    return _LOOSE.sub("", tex)
