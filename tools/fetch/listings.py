"""List the posts that archive pages and sitemaps link to."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lxml import etree

from ext.edition.posts.identity import not_a_post
from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.fetch.answered import Page, Refused
from tools.fetch.entries import Listed, find_date, iso_date, joined
from tools.signatures import OTHER, kind_of, misplaced

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

#: Sitemaps that name sitemaps: how deep, and how many in all.
_DEPTH = 3
_PAGES = frozenset({"an HTML page", "HTML without a head", "XML of some other kind", OTHER.name})
#: Link texts that say what the link does, not what the post is called.
_NO_TITLE = re.compile(r"\s*+(read more|continue reading|more|permalink|comments?|阅读(全文|更多|原文)|查看全文"
                       r"|#|»|\d+|评论.*+|\d+\s*(条评论|comments?))?[\s….»→]*+", re.I)


def list_archive(url: str, get: Callable[[str], Page], site: Site, *, known: Callable[[Listed], bool],
                 max_pages: int = 500) -> list[Listed]:
    """Return the posts that the archive page at *url* links to, in its order.

    ``rel="next"`` is followed until a page brings nothing that *known* does not know. Posts are recognised by
    ``site.post``; without it an archive cannot be read.
    """
    _need_pattern(site, url)
    found: dict[str, Listed] = {}
    page: str | None = url
    asked: set[str] = set()
    while page is not None and page not in asked and len(asked) < max_pages:
        asked.add(page)
        try:
            answer = get(page)
        except Refused:
            if page == url:
                raise
            break
        if page == url and kind_of(answer.body).name not in _PAGES:
            raise misplaced(answer.body, "a page that lists posts", url)
        from bs4 import BeautifulSoup  # where there is a page of links

        soup = BeautifulSoup(answer.body, "lxml")
        base = soup.find("base", href=True)
        here = joined(answer.url, base["href"]) if base is not None else answer.url
        fresh = {key: post for key, post in _posts(soup, here, site).items() if key not in found}
        found |= fresh
        follow = soup.find(["a", "link"], rel="next", href=True)
        more = follow is not None and any(not known(post) for post in fresh.values())
        page = joined(here, follow["href"]).partition("#")[0] if more and follow is not None else None
    if not found:
        raise EditionError("no link on the page matches site.post", where=url,
                           remedy="compare site.post in edition.toml with the links of the page")
    return list(found.values())


def _posts(soup: BeautifulSoup, here: str, site: Site) -> dict[str, Listed]:
    """Return the posts linked from one page by archive id; of several links to one, the best title wins."""
    posts: dict[str, Listed] = {}
    for link in soup.find_all("a", href=True):
        url = joined(here, link["href"])
        if not_a_post(site, url) is not None:
            continue
        key = site.archive_id(url) or url
        title = " ".join(link.get_text(" ").split())
        if _NO_TITLE.fullmatch(title):
            title = ""
        before = posts.get(key)
        if before is None or (title and not before.title):
            posts[key] = Listed(url=url.partition("#")[0] if before is None else before.url, title=title,
                                date=(before.date if before else "") or _date_near(link, key, site, here),
                                kind="archive")
    return posts


def _date_near(link: Tag, key: str, site: Site, here: str) -> str:
    """Return the date written in the entry around *link*: the largest element that links to no other post."""
    date, element = "", link.parent
    for _ in range(4):
        if element is None or element.name in ("body", "html", "[document]"):
            break
        others = {site.archive_id(joined(here, a["href"])) for a in element.find_all("a", href=True)}
        if others - {key, None}:
            break
        stamp = element.find("time", datetime=True)
        date = iso_date(str(stamp["datetime"])) if stamp is not None else find_date(element.get_text(" "))
        if date:
            break
        element = element.parent
    return date


def list_sitemap(url: str, get: Callable[[str], Page], site: Site, *, max_pages: int = 500) -> list[Listed]:
    """Return the posts of the sitemap at *url* and of the sitemaps it names; gzip and plain text too."""
    _need_pattern(site, url)
    found: dict[str, Listed] = {}
    queue, asked, listed = [(url, 0)], set[str](), 0
    while queue and len(asked) < max_pages:
        address, depth = queue.pop(0)
        if address in asked or depth > _DEPTH:
            continue
        asked.add(address)
        maps, pages = _read_sitemap(get(address))
        queue += [(joined(address, inner), depth + 1) for inner in maps]
        listed += len(pages)
        for page, changed in pages:
            if not_a_post(site, page) is None:
                found.setdefault(site.archive_id(page) or page, Listed(url=page, updated=iso_date(changed),
                                                                         kind="sitemap"))
    if not found:
        raise EditionError(f"none of the {listed} addresses of the sitemap matches site.post", where=url,
                           remedy="compare site.post in edition.toml with the addresses of the sitemap")
    return list(found.values())


def _read_sitemap(answer: Page) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the sitemaps and the (address, time of change) pairs that one sitemap names."""
    body = answer.body
    if body[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(body)) as stream:
                body = stream.read(60_000_000)  # the format's own limit is 50 MB
        except (OSError, EOFError) as error:
            raise EditionError(f"is not a whole gzip file: {error}", where=answer.url,
                               remedy="check the address in a browser") from error
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = body.decode("utf-8-sig", "replace").split()
        if lines and all(re.match(r"https?://", line) for line in lines):
            return [], [(line, "") for line in lines]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        root = None
    name = etree.QName(root).localname if root is not None and isinstance(root.tag, str) else ""
    if name not in ("urlset", "sitemapindex"):
        raise misplaced(answer.body, "a sitemap", answer.url)
    rows = [(_child(item, "loc"), _child(item, "lastmod")) for item in root]
    if name == "sitemapindex":
        return [loc for loc, _ in rows if loc], []
    return [], [(loc, changed) for loc, changed in rows if loc]


def _child(item: etree._Element, name: str) -> str:
    found = item.xpath(f"string(*[local-name()='{name}'])")
    return str(found).strip()


def _need_pattern(site: Site, url: str) -> None:
    if not site.post:
        raise EditionError("nothing says which links are posts", where=url,
                           remedy="set site.post in edition.toml, e.g. post = '/archives/(?P<id>\\d+)', "
                                  "or give --post REGEX")
