"""Find the post in its page: the element that holds it, without what surrounds it.

Losing a formula is the worst that can happen here, so the choice is checked: whatever the site's profile, a well-known
class name or the extraction library say, the element grows until no formula is left outside of it, except in what is
plainly not the post (comments, sidebars, menus). Within it, chrome that holds formulas stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.convert.dom import MATH_TAG, Element, classes, remove, text_of

# From the most to the least specific; the first that holds the formulas is the post.
SELECTORS = (
    "[itemprop~=articleBody]", ".post-content", ".entry-content", ".article-content", ".post-body", ".entry-body",
    ".e-content", ".post__content", ".article__content", ".article-body", ".post-entry", ".RichText.ztext", "d-article",
    ".markdown-body", ".postcontent", "#article_content", "#cnblogs_post_body", "#js_content", "#PostContent",
    ".mw-parser-output", "#mw-content-text", ".article-entry",
    ".storycontent", ".snap_preview", ".post-text", ".blog-post", ".content-post",
    ".md-content__inner", ".section-content", "[role=main] article", "article", "[role=main]", "main",
    ".hentry", ".post", ".entry", "#content", "#main", ".content",
)
# Whole class names, with what themes put before and after them. A bare word must not match within a longer name:
# <div class="section" id="related-work"> is a section of the post.
_CHROME = re.compile(
    r"(?:(?:post|entry|article|site|page|blog|content|single|the|js|wp|wp-block|jp|md|is|main|left|right)[-_]?)?(?:"
    r"sidebar|side-bar|sidenav|widgets?|widget[-_]area|share|sharing|share[-_](?:buttons?|bar|links|post)|sharedaddy"
    r"|social(?:[-_](?:links|share|icons|buttons|media))?|addtoany.*|a2a_kit|related[-_]?(?:posts?|articles?|content|links)"
    r"|relatedposts|recommend(?:ed|ation)?s?[-_]posts?|breadcrumbs?|pagination|pager|paginator|nav|navigation|navbar|navi"
    r"|prev[-_]?next|nav[-_]?links|menu|toc|toc[-_](?:container|wrapper|box|content|list|title|wrap|tree)|table-of-contents"
    r"|newsletter.*|subscribe.*|cookie.*|popup|modal|modal-container|author-(?:box|bio|info)|reward(?:-container)?|donate"
    r"|copyright|tags?|tag-?links|tags-?links|meta|meta-?data|footer|search(?:-?(?:box|form|modal|bar))?|skip-link"
    r"|screen-reader-text|sr-only|visually-hidden|noprint|no-print|print-only|mw-editsection|catlinks|printfooter|mw-jump-link"
    r"|headerlink|header-anchor|anchorjs-link|heading-anchor|hash-link|anchor-link|copy-btn|code-copy|clipboard-btn"
    r"|advert(?:isement)?s?|adsbygoogle|likes?|jp-post-flair|post-like|views?-count|page-views|robots-nocontent"
    r"|navigation-top"
    r")", re.I)
_CHROME_IDS = re.compile(r"(?:toc|TOC|toctitle|sidebar|nav|navigation|footer|header-?nav|breadcrumbs?|related-?posts"
                         r"|share|jp-post-flair|jp-relatedposts|catlinks|algolia-search-modal|site-nav|post-nav|mw-navigation)\Z")
_COMMENTS = re.compile(
    r"(?:(?:post|entry|article|blog|wp|the|js)[-_]?)?(?:"
    r"comments?|comment-?(?:list|area|form|section|wrap(?:per)?)|comments-(?:area|list|wrapper|section|title|container)"
    r"|respond|disqus(?:_thread)?|giscus|utterances|gitalk(?:-container)?|valine|vcomments|waline|twikoo|isso-thread"
    r"|fb-comments)", re.I)
_CHROME_TAGS = frozenset({"nav", "form", "dialog"})
_OUTSIDE_TAGS = frozenset({"nav", "footer", "aside", "header", "head", "form", "dialog"})
_CONTENT_TAGS = frozenset({
    "html", "body", "main", "article", MATH_TAG, "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "code", "img", "table",
    "thead", "tbody", "tr", "td", "th", "figure", "blockquote", "strong"})
_CONTENTS = re.compile(r"(?:table of contents|contents|outline|目\s*录|文章目录|本文目录|大纲)[:：]?", re.I)
_GUTTERS = " | ".join(
    [f".//td[contains(@class, '{name}')]" for name in ("gutter", "linenos", "lineno", "hljs-ln-numbers")]
    + [f".//pre//span[contains(@class, '{name}')]" for name in ("linenos", "lineno", "line-number")])
_NEVER = ("script", "style", "template", "link", "meta", "noscript")


def is_chrome(el: Element) -> bool:
    """Tell whether an element is plainly not part of a post."""
    if el.tag in _CONTENT_TAGS or "section" in classes(el):
        return False
    return (el.tag in _CHROME_TAGS or any(_CHROME.fullmatch(name) for name in classes(el))
            or bool(_CHROME_IDS.match(el.get("id") or "")) or is_comments(el))


def is_comments(el: Element) -> bool:
    """Tell whether an element holds what readers wrote."""
    return el.tag not in _CONTENT_TAGS and any(
        _COMMENTS.fullmatch(name) for name in (*classes(el), el.get("id") or ""))


def unwrap_noscript(root: Element) -> None:
    """Keep the picture that only readers without scripts get, unless it stands there twice."""
    for el in list(root.iter("noscript")):
        before, after = el.getprevious(), el.getnext()
        twin = any(x is not None and (x.tag == "img" or x.find(".//img") is not None) for x in (before, after))
        if twin or el.find(".//img") is None:
            remove(el)
        else:
            el.drop_tag()


def locate(root: Element, selector: str | None) -> Element:
    """Return the element that holds the post.

    With a selector of the site's profile that matches, that element, as it is.
    """
    body = root.find("body")
    start = body if body is not None else root
    if selector:
        chosen = start.cssselect(selector)
        if chosen:
            return max(chosen, key=_weight)
    wanted = {mark for mark in start.iter(MATH_TAG) if not _outside(mark, start)}
    total = len(text_of(start))
    best: Element | None = None
    for name in SELECTORS:
        found = [el for el in start.cssselect(name) if not _outside(el, start)]
        if not found:
            continue
        candidate = max(found, key=_weight)
        if wanted <= _formulas(candidate) and _enough(candidate, total, wanted):
            return candidate
        if best is None or _weight(candidate) > 2 * _weight(best):
            best = candidate
    return _grown(best if best is not None else _by_library(start), wanted, start)


def _formulas(el: Element) -> set[Element]:
    return set(el.iter(MATH_TAG))


def _weight(el: Element) -> int:
    return len(text_of(el).strip()) + 200 * sum(1 for _ in el.iter(MATH_TAG))


def _enough(el: Element, total: int, wanted: set[Element]) -> bool:
    return bool(wanted) or len(text_of(el).strip()) * 8 > total or len(text_of(el).strip()) > 600


def _outside(el: Element, start: Element) -> bool:
    line = [el, *el.iterancestors()]
    inside = next((i for i, node in enumerate(line) if node.tag in {"article", "d-article"}), -1)
    for i, node in enumerate(line):
        if node is start:
            return False
        # an article has a header, notes and a footer of its own
        if is_chrome(node) if i < inside and node.tag != "nav" else node.tag in _OUTSIDE_TAGS or is_chrome(node):
            return True
    return False


def _grown(el: Element, wanted: set[Element], start: Element) -> Element:
    """Return the nearest ancestor that holds every formula of the post, without the chrome it took in."""
    grown = el
    while grown is not start and not wanted <= _formulas(grown):
        parent = grown.getparent()
        grown = start if parent is None else parent
    if grown is not el:
        keep = {el, *el.iterancestors(), *el.iterdescendants()}
        for other in [x for x in grown.iter() if isinstance(x.tag, str) and x not in keep]:
            if other.getparent() is not None and (other.tag in _OUTSIDE_TAGS or is_chrome(other)):
                remove(other)
    return grown


def _by_library(start: Element) -> Element:
    """Ask readability which element holds the article; it answers on a copy, whose elements are paired with ours."""
    from copy import deepcopy

    from lxml.html import HtmlElement
    from readability.readability import Document

    copy = deepcopy(start)
    originals = {twin: el for el, twin in zip(start.iter(), copy.iter(), strict=True) if isinstance(twin, HtmlElement)}
    document = Document(copy)
    document.html = copy
    document.remove_unlikely_candidates()
    document.transform_misused_divs_into_paragraphs()
    best = document.select_best_candidate(document.score_paragraphs())
    found = originals.get(best["elem"]) if best else None
    return start if found is None else found


def drop_chrome(content: Element, selectors: Sequence[str], *, guess: bool = True) -> None:
    """Remove the profile's chrome, and what is plainly chrome; guesses never remove a formula, save in comments."""
    for selector in selectors:
        for el in content.cssselect(selector):
            if el is not content:
                remove(el)
    for el in [el for el in content.iter(*_NEVER) if el is not content]:
        remove(el)
    if not guess:
        return
    size = len(text_of(content)) or 1
    for el in [el for el in content.iter() if isinstance(el.tag, str) and el is not content and (
            is_chrome(el) or (el.tag == "footer" and el.getparent().tag not in {"blockquote", "figure"}))]:
        if el.getparent() is None:
            continue
        holds_math = next(el.iter(MATH_TAG), None) is not None
        if is_comments(el):
            if not holds_math or _weight(el) * 2 < _weight(content):
                remove(el)
        elif not holds_math and len(text_of(el)) * 3 < size and not _is_protected(el):
            remove(el)


def _is_protected(el: Element) -> bool:
    """Tell whether an element stands in code or in a heading, or holds code."""
    return el.find(".//pre") is not None or any(
        a.tag in {"pre", "code", "h1", "h2", "h3", "h4", "h5", "h6"} for a in el.iterancestors())


def drop_contents(content: Element) -> None:
    """Remove a table of contents: a list of nothing but links into the page; the edition makes its own."""
    for listing in list(content.iter("ul", "ol")):
        links = listing.findall(".//a")
        if listing.getparent() is None or len(links) < 3 or listing.find(f".//{MATH_TAG}") is not None:
            continue
        linked = sum(len("".join(text_of(a).split())) for a in links if (a.get("href") or "").startswith("#"))
        if linked * 10 < 9 * len("".join(text_of(listing).split())):
            continue
        before = listing.getprevious() if listing.getprevious() is not None else listing.getparent().getprevious()
        if before is not None and _CONTENTS.fullmatch(text_of(before).strip()):
            remove(before)
        remove(listing)


def drop_gutters(content: Element) -> None:
    """Remove the line numbers beside code."""
    for el in content.xpath(_GUTTERS):
        if re.fullmatch(r"[\s\d]*", text_of(el)):
            remove(el)
    for table in content.xpath(".//table[.//td/pre or .//td//div/pre]"):
        if len(table.findall(".//td")) == 1:
            table.set("role", "presentation")


def cut_footer(content: Element, patterns: Sequence[str]) -> None:
    """Cut the post at the first block that a pattern matches, if no formula follows."""
    if not patterns:
        return
    ending = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for el in content.iter():
        if not isinstance(el.tag, str) or el is content or not ending.search(text_of(el)):
            continue
        if any(ending.search(text_of(child)) for child in el if isinstance(child.tag, str)) and not ending.search(
                el.text or ""):
            continue
        victims = [el]
        node = el
        while node is not content:
            victims.extend(node.itersiblings())
            node = node.getparent()
        if not any(v.tag == MATH_TAG or next(v.iter(MATH_TAG), None) is not None for v in victims):
            for victim in victims:
                victim.tail = None
                victim.getparent().remove(victim)
            return


