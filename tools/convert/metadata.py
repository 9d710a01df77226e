"""Read what a page says about itself: title, date, author, tags, canonical address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from tools.convert.dom import Element, text_of
from tools.convert.escape import absolute
from tools.convert.records import Profile

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WRITTEN = (re.compile(r"\b([A-Z][a-z]{2})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})"),
            re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([A-Z][a-z]{2})[a-z]*\.?,?\s+(\d{4})"))
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
    """Return the element that shows the title."""
    for selector in ((profile.title,) if profile.title else _TITLES):
        found = [el for el in root.cssselect(selector) if text_of(el).strip() or len(el)]
        if found and (profile.title or len(found) == 1 or selector not in {"h1", "main h1", "article h1"}):
            return found[0]
    return None


def fallback_title(root: Element) -> str:
    """Return the title from the head of the page, without the name of the site."""
    for value in _meta(root, "og:title", "twitter:title"):
        return value
    titles = [" ".join(text_of(el).split()) for el in root.iter("title")]
    if not titles:
        return ""
    parts = re.split(r"\s+(?:[|–—»·-]|::)\s+", titles[0])
    return max(parts, key=len) if len(parts) > 1 else titles[0]


def read_date(root: Element, profile: Profile) -> str | None:
    """Return the day on which the post was published."""
    if profile.date:
        for el in root.cssselect(profile.date):
            found = day(el.get("datetime") or el.get("content") or text_of(el))
            if found:
                return found
    sources = [*_meta(root, "article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "pubdate",
                      "publishdate", "citation_date"),
               *(str(item.get("datePublished", "")) for item in _linked_data(root)),
               *(el.get("datetime") or el.get("content") or text_of(el)
                 for el in root.xpath("//*[contains(@itemprop, 'datePublished')] | //time")),
               *(text_of(el) for el in root.xpath("//*[contains(@class, 'post-date') or contains(@class, 'entry-date')"
                                                   " or contains(@class, 'date')]")[:4])]
    return next((found for found in map(day, sources) if found), None)


def read_author(root: Element, profile: Profile) -> str | None:
    """Return who wrote the post."""
    selectors = [profile.author] if profile.author else list(_AUTHORS)
    if not profile.author:
        for value in _meta(root, "author", "article:author", "dc.creator", "citation_author"):
            if not value.startswith("http"):
                return value[:200]
    for selector in selectors:
        for el in root.cssselect(selector):
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
        found = [text_of(el) for el in root.cssselect(profile.tags)]
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
