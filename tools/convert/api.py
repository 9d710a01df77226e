"""Convert a page to MyST without losing a formula, and account for what was in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ext.edition.checks import markup
from ext.edition.checks.markup import Construct, Found, as_read
from tools.convert import account
from tools.convert import metadata as m
from tools.convert import trim as t
from tools.convert.boxes import mark_boxes
from tools.convert.census import count
from tools.convert.content import LeftOut, choose
from tools.convert.dateline import take_dateline
from tools.convert.decode import clean, decode
from tools.convert.delimiters import scan
from tools.convert.dom import MATH_TAG, Element, parse, remove, text_of
from tools.convert.emphasis import mend
from tools.convert.escape import destination
from tools.convert.footnotes import find_notes
from tools.convert.formulas import Formula, FormulaBook
from tools.convert.headings import mend_headings
from tools.convert.img import draw
from tools.convert.inline import Piece, Raw, Text, line, plain
from tools.convert.inventory import listed
from tools.convert.leaks import settle, unread
from tools.convert.markdown import Written, write
from tools.convert.markups import protect
from tools.convert.mathjax import Delimiters, detect
from tools.convert.notebooks import drop_prompts
from tools.convert.placeholders import words_of
from tools.convert.receipt import Finding, Inventory, Receipt, compare
from tools.convert.records import Conversion, Profile
from tools.convert.sidenotes import settle_notes
from tools.convert.texforms import displayed_in_line, inline
from tools.convert.teximages import revealed

_CUT = re.compile(
    r"(?:\[\s*\[?\s*\[?\s*(?:\.{3}|…|&hellip;)\s*\]?\s*\]?\s*\]"
    r"|(?:read more|read the rest|continue reading|keep reading|more\s*(?:…|\.{3})"
    r"|阅读全文|阅读更多|查看全文|继续阅读|阅读原文)"
    r"[^\n.。]{0,60})\W*\Z", re.I)


def convert(html: str | bytes, *, url: str | None = None, profile: Profile | None = None,
            content_type: str | None = None, fragment: bool = False,
            image_paths: Mapping[str, str] | None = None) -> Conversion:
    """Convert a page, or with ``fragment`` the content of a feed entry, to MyST.

    ``url`` resolves relative links and names the page in errors; ``image_paths`` maps absolute picture addresses to
    local paths, pictures that it lacks stay links to their source. Raises EditionError for a page beyond the limits.
    """
    profile = profile or Profile()
    text = decode(html, content_type) if isinstance(html, bytes) else clean(html)
    text = revealed(text)
    # a script that opens a fragment would be taken for part of a page's head
    root = parse(f"<html><body><div>{text}</div></body></html>" if fragment else text, where=url)
    seen = count(root)
    base = m.base_of(root, url)
    rules = Delimiters() if fragment else detect(root)
    if profile.dollars is not None:
        rules = replace(rules, dollars=profile.dollars)
    book = FormulaBook()
    t.unwrap_noscript(root)
    protect(root, book, reconstruct=profile.reconstruct)
    mend(root, rules, book)
    scan(root, rules, book)
    mend_headings(root)
    boxes = mark_boxes(root)

    title_el = None if fragment else m.title_element(root, profile)
    meant: Counter[Construct] = Counter()
    title, heading = _title(root, title_el, book, fragment, meant)
    canonical = m.read_canonical(root, url)
    date = None if fragment else m.read_date(root, profile, url or canonical)
    details = (m.read_author(root, profile), m.read_tags(root, profile), canonical)
    left = LeftOut()
    drop = [*profile.drop]
    if fragment:
        post = _body(root)
    else:
        post, known = choose(root, left, profile.content, profile.generators)
        drop += [selector for row in known for selector in row.drop]
    drop_prompts(post)
    settle_notes(post, root)
    t.drop_chrome(post, drop, left, guess=not fragment)
    if not fragment and not profile.content:
        t.drop_contents(post, left)
    t.drop_gutters(post)
    t.cut_footer(post, profile.footer, left)
    _drop_title(post, title_el, title)
    line_date = None if fragment else take_dateline(post)
    draw(post)

    notes = find_notes(post)
    things = _things(post)
    written = write(post, book.marks, notes, base, image_paths, words_of(profile.language), boxes)
    titled = [f"# {heading}"] if heading else []
    settled = settle([*titled, *written.passages], written.meant + meant, where=url, skipped=len(titled))
    heading = settled.passages[0].removeprefix("# ") if titled else heading
    markdown = "\n\n".join(settled.passages[len(titled):]) + "\n"
    receipt = _receipt(post, things, book, written, settled.below(len(titled)))
    receipt = replace(receipt, lost=(*receipt.lost, *unread(settled.found, written.meant + meant)),
                      literal=settled.literal)
    had, _ = listed(settled.found)
    receipt = account.settle(seen, post, left.reasons, receipt, [*had.inline, *had.displayed], profile.share)
    return Conversion(markdown, title, heading, date or line_date, *details, tuple(dict.fromkeys(written.images)),
                      tuple(dict.fromkeys(written.links)), receipt, bool(_CUT.search(text_of(post).strip()[-200:])))


def _body(root: Element) -> Element:
    body = root.find("body")
    return root if body is None else body


def _title(root: Element, el: Element | None, book: FormulaBook, fragment: bool, meant: Counter[Construct]
           ) -> tuple[str, str]:
    """Return the title as plain text and as a line of MyST, whose markup is counted in ``meant``."""
    if el is None:
        title = "" if fragment else m.fallback_title(root)
        return title, line([Text(title)], single=True)
    pieces: list[Piece] = [Text(el.text or "")]
    for node in el.iterdescendants():
        if node.tag == MATH_TAG:
            formula = book.marks[node]
            tex = formula.tex or formula.snippet
            pieces.append(Raw(displayed_in_line(tex) if formula.display else inline(tex),
                              made=markup.formula(markup.DISPLAYED if formula.display else markup.INLINE)))
        elif isinstance(node.tag, str) and node.tag not in {"script", "style"}:
            pieces.append(Text(node.text or ""))
        pieces.append(Text(node.tail or ""))
    return plain(pieces), line(pieces, single=True, meant=meant)


def _drop_title(post: Element, el: Element | None, title: str) -> None:
    """Take the title out of the post: it is metadata, and the page of the edition shows it."""
    if el is not None and any(a is post for a in el.iterancestors()):
        remove(el)
        return
    first = next(post.iter("h1", "h2"), None)
    if first is not None and first is not post and title and _letters(text_of(first)) == _letters(title):
        remove(first)


def _letters(text: str) -> str:
    return "".join(ch for ch in text if ch.isalnum()).lower()


def _things(post: Element) -> Inventory:
    """Return the headings and the code of the tree, before it is walked."""
    return Inventory(
        headings=tuple(" ".join(text_of(el).split()) for el in post.iter("h1", "h2", "h3", "h4", "h5", "h6")
                       if text_of(el).strip() or next(el.iter(MATH_TAG, "img"), None) is not None),
        code=tuple(text_of(el).strip("\n") for el in post.iter("pre", "listing", "xmp")
                   if text_of(el).strip() and next(el.iter(MATH_TAG), None) is None))


def _receipt(post: Element, things: Inventory, book: FormulaBook, written: Written, found: Sequence[Found]) -> Receipt:
    """Compare the post with what a MyST reader finds in its conversion."""
    formulas = [book.marks[mark] for mark in post.iter(MATH_TAG)]
    known = [f for f in formulas if f.tex is not None]
    had, links = listed(found)
    page = Inventory(
        tuple(f.tex or "" for f in known if not f.display), tuple(f.tex or "" for f in known if f.display),
        things.headings, tuple(image.path or image.url for image in written.images), written.tables, things.code)
    shown = {*had.images, *links}
    kept = tuple(image.path or image.url for image in written.images
                 if as_read(destination(image.path or image.url)) in shown)
    myst = replace(had, images=kept)
    return compare(page, myst, _findings(formulas, lambda f: f.tex is None),
                   _findings(formulas, lambda f: f.reconstructed))


def _findings(formulas: list[Formula], test: object) -> list[Finding]:
    assert callable(test)
    return [Finding(f.markup, f.snippet) for f in formulas if test(f)]
