"""List the posts of an RSS or Atom feed, through all its pages, and judge whether it gives them whole."""

from __future__ import annotations

import html
import re
import statistics
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
from bs4 import BeautifulSoup

from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.convert import convert
from tools.fetch.entries import Listed, iso_date, joined
from tools.fetch.http import Page, Refused

#: Ends of a text that was cut: `[[[...]]]`, `[…]`, "read more", 阅读全文, possibly with a reading time after it.
_CUT = re.compile(
    r"(\[{1,3}\s*(\.{3}|…|&hellip;|&#8230;)\s*\]{1,3}"
    r"|^\s*(read|continue|keep) (more|reading|the (rest|full|whole))[^.\n]{0,80}"
    r"|\b(read more|continue reading)|\(more…?\.*\)|阅读(全文|更多|剩余|原文|余下)[^。\n]{0,20}"
    r"|查看(全文|更多)|(点击)?继续阅读[^。\n]{0,20}|展开全文"
    r")[\s»→>*_)\].…]*+(\(\d+ min[^)]*\))?\s*\Z", re.I | re.M)
#: A bare ellipsis ends cut texts too, but also sentences…… of a post that is whole.
_TRAILING = re.compile(r"(?<![….])(…|\.{3})\s*\Z")
_SHORT = 1000
#: What WordPress adds below a post, whole or not.
_TAIL_LENGTH = 700
_TAIL = re.compile(r"The post\s.{1,300}\s(first )?appeared (first )?on\s.{1,200}\.?\s*\Z", re.S)
#: Median length of the descriptions, in characters of text, above which a feed is taken to give whole posts.
_WHOLE = 3000
_CLOSED = re.compile(rb"</(\w+:)?(rss|feed|rdf)>\Z", re.I)


def list_feed(url: str, get: Callable[[str], Page], site: Site, *, known: Callable[[Listed], bool],
              max_pages: int = 500) -> list[Listed]:
    """Return the posts of the feed at *url*, newest first as feeds are.

    Further pages (RFC 5005 ``next`` and ``prev-archive``, WordPress ``?paged=``) are followed until one brings
    nothing that *known* does not know. Raises :class:`EditionError` when the address gives no feed or no posts.
    """
    found: dict[tuple[str, str], Listed] = {}
    page: str | None = url
    asked: set[str] = set()
    while page is not None and page not in asked and len(asked) < max_pages:
        asked.add(page)
        try:
            answer = get(page)
        except Refused:
            if page == url:
                raise
            break  # past the last page
        feed, entries = parse_feed(answer, site, first=page == url)
        fresh = [e for e in entries if (e.url, e.guid) not in found]
        found.update({(e.url, e.guid): e for e in fresh})
        page = _next_page(feed, answer.url, len(asked)) if any(not known(e) for e in fresh) else None
    return list(found.values())


def parse_feed(answer: Page, site: Site, *, first: bool = True) -> tuple[Any, list[Listed]]:
    """Return feedparser's feed and its entries as records; malformed XML is read as far as it goes."""
    feed = feedparser.parse(answer.body, response_headers={"content-type": answer.content_type},
                            sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise _no_feed(answer, feed)
    if not feed.entries and first:
        raise EditionError("the feed lists no posts", where=answer.url,
                           remedy="check the address, or name an archive page in site.archive")
    texts = [_given(entry, answer.url) for entry in feed.entries]
    lengths = [len(_plain(text)) for text, content in texts if not content]
    generous = bool(lengths) and statistics.median(lengths) >= _WHOLE
    broken_off = bool(feed.bozo) and not _is_closed(answer.body[-2000:])
    entries = []
    for index, (entry, (text, content)) in enumerate(zip(feed.entries, texts, strict=True)):
        whole = (content or generous) and not is_cut(text)
        whole = {"auto": whole, "full": bool(text), "summary": False}[site.feed_content]
        if broken_off and index == len(feed.entries) - 1:
            whole = False  # the answer ends in the middle of this post
        entries.append(_entry(entry, feed.feed, answer.url, text, whole))
    return feed, entries


def _is_closed(end: bytes) -> bool:
    """Return whether the end of a feed is that of its root, comments apart."""
    end = end.rstrip()
    while end.endswith(b"-->") and (start := end.rfind(b"<!--")) >= 0:
        end = end[:start].rstrip()
    return bool(_CLOSED.search(end))


def is_cut(markup: str) -> bool:
    """Return whether the text of *markup* ends like one that goes on elsewhere; an empty one does."""
    text = _plain(markup, "\n")
    text = (text[:-_TAIL_LENGTH] + _TAIL.sub("", text[-_TAIL_LENGTH:])).strip()
    if not text:
        return not re.search(r"<(img|video|audio|iframe|svg|math|table)\b", markup, re.I)
    return bool(_CUT.search(text[-400:]) or (len(text) < _SHORT and _TRAILING.search(text)))


def _plain(markup: str, between: str = "") -> str:
    return BeautifulSoup(markup, "lxml").get_text(between) if re.search("[<&]", markup) else markup


def _given(entry: Any, here: str) -> tuple[str, bool]:
    """Return the text of an entry, and whether it is content rather than a summary.

    Where ``xml:base`` says what its links are relative to, this goes with the text.
    """
    content: Any = max(entry.get("content", []), key=lambda c: len(str(c.get("value") or "")), default={})
    text = str(content.get("value") or "")
    if not text.strip():
        return str(entry.get("summary") or ""), False
    base = str(content.get("base") or "")
    if base not in ("", here) and re.match(r"https?://", base):
        text = f'<base href="{html.escape(base)}">{text}'
    return text, True


def _entry(entry: Any, feed: Any, base: str, text: str, whole: bool) -> Listed:
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    guid = str(entry.get("id") or "")
    if not link and re.match(r"https?://", guid):
        link = guid
    date = entry.get("published") or entry.get("created") or ""
    # Asked for by `get`, a missing `updated` would be answered with the date of publication.
    updated = entry["updated"] if "updated" in entry else ""  # noqa: SIM401
    tags = [str(tag.get("term") or "").strip() for tag in entry.get("tags", [])]
    return Listed(
        url=joined(base, link) if link else "",
        guid=guid, title=_title(entry), date=iso_date(str(date or updated)), updated=iso_date(str(updated)),
        author=str(entry.get("author") or feed.get("author") or ""),
        licence=str(entry.get("license") or entry.get("rights") or feed.get("license") or feed.get("rights") or ""),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)), html=text or None, whole=whole, kind="feed")


def _title(entry: Any) -> str:
    title = str(entry.get("title") or "")
    if "html" in str(entry.get("title_detail", {}).get("type", "")) and re.search("[<&]", title):
        title = convert(f"<h1 class=entry-title>{title}</h1>").title  # a title may hold formulas
    return " ".join(title.split())


def _next_page(feed: Any, url: str, count: int) -> str | None:
    """Return the address of the page of the feed that follows, as far as the feed tells."""
    links = {link.get("rel"): link.get("href") for link in feed.feed.get("links", [])}
    if target := links.get("next") or links.get("prev-archive"):
        return joined(url, target)
    if "wordpress" not in str(feed.feed.get("generator", "")).lower():
        return None
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(count + 1))])))


def _no_feed(answer: Page, feed: Any) -> EditionError:
    """Say what the address gave instead of a feed, and where the feed may be."""
    if not answer.body.strip():
        return EditionError("the answer is empty, not a feed", where=answer.url, remedy="check the address")
    if re.search(rb"<(!doctype html|html|body)\b", answer.body[:5000], re.I):
        page = BeautifulSoup(answer.body, "lxml")
        link = page.find("link", rel="alternate", type=re.compile(r"application/(rss|atom)\+xml"))
        target = joined(answer.url, link.get("href")) if link is not None else ""
        return EditionError("is an HTML page, not a feed", where=answer.url,
                            remedy=f"use the feed the page names: {target}" if target
                            else "look for the feed's address in the page, or use it with --archive")
    reason = feed.get("bozo_exception")
    return EditionError(f"is neither RSS nor Atom{f': {reason}' if reason else ''}", where=answer.url,
                        remedy="check the address in a browser")
