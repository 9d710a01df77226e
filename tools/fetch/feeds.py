"""List the posts of an RSS or Atom feed, through all its pages, and judge whether it gives them whole."""

from __future__ import annotations

import html
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.fetch.answered import Page, Refused
from tools.fetch.cuts import is_cut, plain
from tools.fetch.entries import Listed, iso_date, joined
from tools.fetch.readers.batch import Batch
from tools.fetch.readers.table import FEEDS, OPML, READERS
from tools.signatures import OTHER, kind_of, misplaced

#: Median length of the descriptions, in characters of text, above which a feed is taken to give whole posts.
_WHOLE = 3000
_CLOSED = re.compile(rb"</(\w+:)?(rss|feed|rdf)>\Z", re.I)


def list_feed(url: str, get: Callable[[str], Page], site: Site, *, known: Callable[[Listed], bool],
              max_pages: int = 500, tell: Callable[[str], None] = lambda line: None) -> list[Listed]:
    """Return the posts of the feed at *url*, newest first as feeds are; exports and lists of feeds are read too.

    Further pages (RFC 5005 ``next`` and ``prev-archive``, JSON Feed's ``next_url``, WordPress ``?paged=``) are
    followed until one brings nothing that *known* does not know. *tell* is told what was left out. Raises
    :class:`EditionError` when the address gives no feed or no posts.
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
        batch = _read(answer, site, first=page == url, count=len(asked))
        if batch.left:
            tell(f"left out of {answer.url}: {', '.join(f'{n} times {why}' for why, n in batch.left.most_common())}")
        entries = [*batch.posts, *_listed(batch.feeds, answer.url, get, site, known, max_pages, tell)]
        fresh = [e for e in entries if (e.url, e.guid) not in found]
        found.update({(e.url, e.guid): e for e in fresh})
        page = batch.following if batch.following and any(not known(e) for e in fresh) else None
    return list(found.values())


def list_export(path: Path, get: Callable[[str], Page], site: Site, *, known: Callable[[Listed], bool], max_bytes: int,
                max_pages: int = 500, tell: Callable[[str], None] = lambda line: None) -> list[Listed]:
    """Return the posts in a file that a blog was exported to, or in a feed that was saved."""
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise EditionError(f"is larger than {max_bytes:,} bytes", where=path,
                               remedy="raise fetch.max_bytes in edition.toml if that is right")
        body = path.read_bytes()
    except OSError as error:
        raise EditionError(f"cannot be read: {error.strerror or error}", where=path,
                           remedy="give the file that the blog was exported to") from error
    return list_feed(str(path), lambda url: Page(url, body) if url == str(path) else get(url), site, known=known,
                     max_pages=max_pages, tell=tell)


def _read(answer: Page, site: Site, *, first: bool, count: int) -> Batch:
    """Return what an answer gives, by the reader of its kind or by feedparser."""
    reader = READERS.get(kind_of(answer.body).name)
    if reader is None:
        feed, entries = parse_feed(answer, site, first=first)
        return Batch(tuple(entries), following=_next_page(feed, answer.url, count) or "")
    batch = reader(answer)
    if not batch.posts and not batch.feeds and first:
        raise EditionError(f"is {kind_of(answer.body).name} without a published post", where=answer.url,
                           remedy="check what was exported")
    return batch


def _listed(feeds: tuple[str, ...], where: str, get: Callable[[str], Page], site: Site,
            known: Callable[[Listed], bool], max_pages: int, tell: Callable[[str], None]) -> list[Listed]:
    """Return the posts of all feeds of a list; one that fails is told, and stops the others only if all do."""
    found: list[Listed] = []
    problems: list[EditionError] = []
    for url in feeds[:max_pages]:
        try:
            answer = get(url)
            if kind_of(answer.body).name == OPML:
                raise misplaced(answer.body, "a feed", url)
            found += list_feed(url, lambda wanted, one=answer: one if wanted == url else get(wanted),  # type: ignore[misc]  # noqa: B023
                               site, known=known, max_pages=max_pages, tell=tell)
        except EditionError as error:
            problems.append(error)
    if feeds and not found and problems:
        raise problems[0]
    for problem in problems:
        tell(f"a feed in {where}: {problem}")
    return found


def parse_feed(answer: Page, site: Site, *, first: bool = True) -> tuple[Any, list[Listed]]:
    """Return feedparser's feed and its entries as records; malformed XML is read as far as it goes."""
    import feedparser  # where there is a feed

    feed = feedparser.parse(answer.body, response_headers={"content-type": answer.content_type},
                            sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise _no_feed(answer, feed)
    if not feed.entries and first:
        raise EditionError("the feed lists no posts", where=answer.url,
                           remedy="check the address, or name an archive page in site.archive")
    texts = [_given(entry, answer.url) for entry in feed.entries]
    lengths = [len(plain(text)) for text, content in texts if not content]
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
        from tools.convert import convert

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
        from bs4 import BeautifulSoup

        page = BeautifulSoup(answer.body, "lxml")
        link = page.find("link", rel="alternate", type=re.compile(r"application/(rss|atom)\+xml"))
        target = joined(answer.url, link.get("href")) if link is not None else ""
        return EditionError("is an HTML page, not a feed", where=answer.url,
                            remedy=f"use the feed the page names: {target}" if target
                            else "look for the feed's address in the page, or use it with --archive")
    reason = feed.get("bozo_exception")
    kind = kind_of(answer.body)
    if kind is not OTHER and kind.name not in FEEDS:
        return misplaced(answer.body, "a feed", answer.url)
    return EditionError(f"is neither RSS nor Atom{f': {reason}' if reason else ''}", where=answer.url,
                        remedy="check the address in a browser")
