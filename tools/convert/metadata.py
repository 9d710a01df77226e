"""Read what a page says about itself: title, date, author, tags, canonical address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from tools.convert.dom import Element, ancestors, classes, select, text_of
from tools.convert.escape import absolute
from tools.convert.records import Profile

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WRITTEN = (re.compile(r"\b([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})"),
            re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3})[a-z]*\.?,?\s+(\d{4})"))
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2]|(?<=[/-])[1-9])[/-]?"
                         r"(3[01]|[12]\d|0[1-9]|(?<=[/-])[1-9])(?=[/_.-]|\Z)")
_BANNERS = frozenset({"site-title", "site-name", "site-header", "brand", "navbar-brand", "logo", "blog-title",
                      "site-logo"})
_HOME = re.compile(r"(?:https?://[^/?#]{1,200})?/?|\.{1,2}/|(?:\.{0,2}/)?index\.html?")
_AUTHORS = ("[itemprop~=author] [itemprop~=name]", "[rel~=author]", ".author")
_TITLES = ("[itemprop~=headline]", ".entry-title", ".post-title", ".article-title", "article h1", "main h1", "h1")


def day(text: str | None) -> str | None:
    """Return the first date in a text as ISO 8601, or None."""
    text = text or ""
    found = [match.groups() for match in _DAY.finditer(text)]
    found += [(m[3], str(_MONTHS.index(m[1].lower()) + 1), m[2]) for m in _WRITTEN[0].finditer(text)
              if m[1].lower() in _MONTHS]
    found += [(m[3], str(_MONTHS.index(m[2].lower()) + 1), m[1]) for m in _WRITTEN[1].finditer(text)
              if m[2].lower() in _MONTHS]
    for year, month, number in found:
        try:
            return date(int(year), int(month), int(number)).isoformat()
        except ValueError:
            continue
    return None


def title_element(root: Element, profile: Profile) -> Element | None:
    """Return the element that shows the title: of several the one of which the head of the page speaks too.

    A theme may show the name of the site as the only ``h1``; that is no title.
    """
    if profile.title:
        return next((el for el in select(root, profile.title) if text_of(el).strip() or len(el)), None)
    head = (*_meta(root, "og:title", "twitter:title", "citation_title"), _head_title(root))
    said = [_letters(value) for value in head]
    others = _site_names(root)
    first: Element | None = None
    for selector in _TITLES:
        found = [el for el in select(root, selector) if (text_of(el).strip() or len(el)) and not _is_banner(el)
                 and _letters(text_of(el)) not in others]
        agreed = next((el for el in found if any(_agree(_letters(text_of(el)), title) for title in said)), None)
        if agreed is not None:
            return agreed
        if first is None and found and (len(found) == 1 or selector not in {"h1", "main h1", "article h1"}):
            first = found[0]
    return first


def _is_banner(el: Element) -> bool:
    """Tell whether a heading is the name of the site, which leads to its home."""
    if any(classes(a) & _BANNERS for a in (el, *ancestors(el, 2))):
        return True
    links = el.findall(".//a") + [a for a in ancestors(el, 1) if a.tag == "a"]
    return len(links) == 1 and bool(_HOME.fullmatch((links[0].get("href") or "").strip())) and (
        text_of(links[0]).strip() == text_of(el).strip() or el in links[0])


def _agree(shown: str, said: str) -> bool:
    """Tell whether a title in the page is the one in its head, which may have the site's name, or lack formulas."""
    if not shown or not said:
        return False
    start = min(len(shown), len(said), 12)
    return shown in said or (len(said) > 3 and said in shown) or (start >= 6 and shown[:start] == said[:start])


def _site_names(root: Element) -> set[str]:
    """Return what the head calls the site, as far as that is not the title as well."""
    own, *others = map(_letters, _title_parts(root))
    return {*others, *_named(root)} - {own, ""}


def site_name(root: Element) -> str:
    """Return what a page calls its site, or nothing."""
    return next(_meta(root, "og:site_name", "application-name"), "") or next(iter(_title_parts(root)[1:]), "")


def _named(root: Element) -> set[str]:
    return {_letters(name) for name in _meta(root, "og:site_name", "application-name")}


def _letters(text: str) -> str:
    return "".join(ch for ch in text if ch.isalnum()).lower()


def _head_title(root: Element) -> str:
    return next((" ".join(text_of(el).split()) for el in root.iter("title")), "")


def _title_parts(root: Element) -> list[str]:
    """Return the parts of the title in the head, the post's first: it is a heading too, or else the longest."""
    said = next(_meta(root, "og:title", "twitter:title"), "") or _head_title(root)
    parts = [part for part in re.split(r" (?:[|–—»·-]|::) ", " ".join(said.split())) if part]
    parts = [part for part in parts if _letters(part) not in _named(root)] or parts
    if len(parts) < 2:
        return parts or [""]
    shown = {_letters(text_of(el)) for el in root.iter("h1", "h2") if not _is_banner(el)}
    own = next((part for part in parts if _letters(part) in shown), max(parts, key=len))
    return [own, *(part for part in parts if part is not own)]


def fallback_title(root: Element) -> str:
    """Return the title from the head of the page, without the name of the site."""
    return _title_parts(root)[0]


def read_date(root: Element, profile: Profile, address: str | None = None) -> str | None:
    """Return the day on which the post was published.

    The address of a post doesn't change, so a day in it comes first; a guess comes last, and only where nothing says
    that it is a date of something else.
    """
    if profile.date:
        for el in select(root, profile.date):
            found = _day_of(el)
            if found:
                return found
    if address and (match := _IN_ADDRESS.search(urlsplit(address).path)):
        found = day("-".join(match.groups()))
        if found:
            return found
    sources = [*_meta(root, "article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "pubdate",
                      "publishdate", "citation_date", "citation_publication_date", "dcterms.date", "dc.date.issued"),
               *(str(item.get("datePublished", "")) for item in _linked_data(root))]
    elements = root.xpath("//*[contains(@itemprop, 'datePublished')] | //time[@pubdate] | //time")
    elements += root.xpath("//*[contains(@class, 'post-date') or contains(@class, 'entry-date')"
                           " or contains(@class, 'date')]")[:4]
    found = next((found for found in map(day, sources) if found), None)
    found = found or next((found for found in map(_day_of, elements) if found), None)
    return found or _guessed(root)


def _day_of(el: Element) -> str | None:
    """Return the day that an element names for programs, or else for readers."""
    return day(el.get("datetime")) or day(el.get("content")) or day(text_of(el))


def _guessed(root: Element) -> str | None:
    """Ask htmldate, which knows where themes put a date, about the page without its pictures and comments."""
    from copy import deepcopy

    from htmldate import find_date

    copy = deepcopy(root)
    for el in copy.xpath("//img | //source | //iframe | //a | //footer | //aside | //pre | //table"
                         " | //meta[contains(@property, 'image') or contains(@name, 'image')"
                         "          or contains(@property, 'video') or contains(@property, 'audio')]"
                         " | //*[contains(@class, 'comment') or contains(@class, 'related') or contains(@id, 'comment')"
                         "       or contains(@class, 'copyright') or contains(@class, 'sidebar')]"):
        if el.getparent() is not None:
            el.drop_tree()
    return find_date(copy, extensive_search=False, original_date=True, deferred_url_extractor=True) or None


def read_author(root: Element, profile: Profile) -> str | None:
    """Return who wrote the post."""
    selectors = [profile.author] if profile.author else list(_AUTHORS)
    if not profile.author:
        for value in _meta(root, "author", "article:author", "dc.creator", "citation_author"):
            if not value.startswith("http"):
                return value[:200]
    for selector in selectors:
        for el in select(root, selector):
            text = " ".join(text_of(el).split())
            if text:
                return text[:200]
    for item in _linked_data(root):
        author = item.get("author")
        author = author[0] if isinstance(author, list) and author else author
        name = author.get("name") if isinstance(author, dict) else author
        if isinstance(name, str) and name.strip():
            return name.strip()[:200]
    return None


def read_tags(root: Element, profile: Profile) -> tuple[str, ...]:
    """Return the tags of the post, each once, in the order of the page."""
    if profile.tags:
        found = [text_of(el) for el in select(root, profile.tags)]
    else:
        found = [text_of(el) for el in root.xpath("//a[contains(concat(' ', @rel, ' '), ' tag ')]")]
        found = found or list(_meta(root, "article:tag"))
        found = found or [part for value in _meta(root, "keywords") for part in re.split(r"[,，;；、]", value)]
    cleaned = (" ".join(tag.split()).lstrip("#").strip()[:80] for tag in found)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:50]


def read_canonical(root: Element, url: str | None) -> str | None:
    """Return the address under which the post wants to be known."""
    for el in root.xpath("//link[@href and contains(concat(' ', @rel, ' '), ' canonical ')]"):
        found = absolute(el.get("href"), url)
        if found and found.startswith("http"):
            return found
    for value in _meta(root, "og:url"):
        found = absolute(value, url)
        if found and found.startswith("http"):
            return found
    return absolute(url, None)


def base_of(root: Element, url: str | None) -> str | None:
    """Return the address against which links are resolved."""
    for el in root.xpath("//base[@href]"):
        found = absolute(el.get("href"), url)
        if found and found.startswith("http"):
            return found
    return url or read_canonical(root, None)


def _meta(root: Element, *names: str) -> Iterator[str]:
    for name in names:
        for el in root.iter("meta"):
            said = (el.get("property") or el.get("name") or el.get("itemprop") or "").lower()
            if said == name and (el.get("content") or "").strip():
                yield " ".join(el.get("content").split())


def _linked_data(root: Element) -> Iterator[dict[str, Any]]:
    for el in root.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(el.text or "")
        except (ValueError, RecursionError):
            continue  # a page's broken metadata is no error of ours
        items = data.get("@graph", [data]) if isinstance(data, dict) else data
        yield from (item for item in (items if isinstance(items, list) else []) if isinstance(item, dict))
