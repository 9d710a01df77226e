"""Look at a site, at one page and one feed of it, and propose how ``edition.toml`` should describe it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from ext.edition.posts.identity import NEVER, not_a_post
from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.convert.content import LeftOut, choose
from tools.convert.dateline import is_dateline
from tools.convert.decode import decode
from tools.convert.delimiters import scan
from tools.convert.dom import Element, parse, text_of
from tools.convert.formulas import FormulaBook
from tools.convert.generators import GENERATORS, recognise
from tools.convert.markups import protect
from tools.convert.mathjax import detect
from tools.convert.metadata import day, read_author, read_date, site_name, title_element
from tools.convert.records import Profile
from tools.fetch import saved
from tools.fetch.answered import Page
from tools.fetch.feeds import parse_feed
from tools.fetch.readers.table import FEEDS
from tools.signatures import kind_of, misplaced

_SAMPLES = 5  # posts looked at
_PAGES = 400  # saved pages whose addresses are compared
_SHORT = 60  # characters of a text that may be a day
_NOWHERE = "https://site.invalid"  # where pages lie that do not say where they come from
_FEED_TYPES = re.compile(r"application/(?:rss|atom|feed)\+(?:xml|json)", re.I)
_HAN = re.compile("[\u4e00-\u9fff]")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{1,40}")
_HTML = ("an HTML page", "HTML without a head")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: values by table and key of ``edition.toml``, and what was seen, for the terminal."""

    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    seen: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What was gathered: parsed posts, addresses that may be posts', feeds."""

    posts: list[tuple[str, Element]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    home: str = ""
    name: str = ""
    listed: str = "links of the page"


def survey(where: str, get: Callable[[str], Page], *, max_bytes: int) -> Proposal:
    """Return a proposal for the site of which *where* is an address, a page, a feed, or a folder of saved pages."""
    path = Path(where)
    if re.match(r"https?://", where):
        found = _from_answer(get(where), get)
    elif path.is_dir():
        found = _from_folder(path, max_bytes)
    elif path.is_file():
        body = path.read_bytes()
        found = _from_answer(Page(saved.address(body) or "", body), None)
    else:
        raise EditionError("is neither an address nor a file or folder", where=where,
                           remedy="give the address of the blog, a page of it, a feed, or a folder of saved pages")
    return _propose(found)


def _from_folder(folder: Path, max_bytes: int) -> _Found:
    found = _Found(listed="saved pages")
    problems: list[str] = []
    for listed in saved.list_folder(folder, max_bytes=max_bytes, report=problems.append):
        url = listed.url or f"{_NOWHERE}/{listed.guid.removeprefix('file:')}"
        found.addresses.append(url)
        found.posts.append((url, _parsed(listed.html or b"")))
        if len(found.posts) >= _PAGES:
            break
    pattern, _ = pattern_of(found.addresses)
    own = [post for post in found.posts if not pattern or re.search(pattern, post[0])]
    found.posts = sorted(own, key=lambda post: -len(text_of(post[1])))[:_SAMPLES]
    found.home = Counter(map(_origin, found.addresses)).most_common(1)[0][0].replace(_NOWHERE, "")
    found.feeds = [feed for _, root in found.posts[:1] for feed in _feeds(root, found.home) if found.home]
    return found


def _from_answer(answer: Page, get: Callable[[str], Page] | None) -> _Found:
    found = _Found(home=_origin(answer.url))
    kind = kind_of(answer.body).name
    if kind in FEEDS:
        found.feeds.append(answer.url)
        _take_feed(found, answer)
    elif kind in _HTML:
        root = _parsed(answer.body)
        found.feeds = _feeds(root, answer.url)
        found.name = site_name(root)
        for feed in found.feeds if get else ():
            try:
                _take_feed(found, get(feed))  # type: ignore[misc]
            except EditionError:
                found.feeds = []
        if not found.addresses:
            links = [urljoin(answer.url, str(a.get("href") or "")) for a in root.iter("a")]
            found.addresses = [link for link in dict.fromkeys(links) if _origin(link) == found.home
                               and not_a_post(Site(), link) is None]
        found.posts.append((answer.url, root))
    else:
        raise misplaced(answer.body, "a page or a feed of a blog", answer.url)
    pattern, _ = pattern_of(found.addresses)
    own = [url for url in found.addresses if not pattern or re.search(pattern, url)]
    if get and own:
        found.posts = []
        for url in own[:_SAMPLES]:
            page = get(url)
            if kind_of(page.body).name in _HTML:
                found.posts.append((page.url, _parsed(page.body)))
    return found


def _feeds(root: Element, base: str) -> list[str]:
    """Return the first feed that a page names, if it is not one of comments."""
    return [urljoin(base, str(link.get("href"))) for link in root.iter("link")
            if link.get("href") and _FEED_TYPES.fullmatch(link.get("type") or "")
            and "comment" not in (link.get("title") or "").lower()][:1]


def _take_feed(found: _Found, answer: Page) -> None:
    feed, entries = parse_feed(answer, Site())
    found.addresses = [entry.url for entry in entries if entry.url and not_a_post(Site(), entry.url) not in NEVER]
    found.name = found.name or " ".join(str(feed.feed.get("title") or "").split())
    found.home = _origin(str(feed.feed.get("link") or "")) or found.home
    found.listed = "posts of the feed"


def _parsed(body: str | bytes) -> Element:
    return parse(decode(body) if isinstance(body, bytes) else body)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def pattern_of(addresses: Iterable[str]) -> tuple[str, int]:
    """Return a regular expression over the addresses of posts, with the group ``id``, and how many it matches.

    Addresses are grouped by their form; the largest group is taken for the posts.
    """
    groups: dict[tuple[str, ...], list[list[str]]] = {}
    for url in dict.fromkeys(addresses):
        try:
            parts = urlsplit(url)
        except ValueError:  # no address at all
            continue
        if parts.query or not parts.netloc:
            continue
        pieces = [piece for piece in unquote(parts.path).split("/") if piece]
        if pieces and re.fullmatch(r"index\.html?", pieces[-1]):
            pieces = pieces[:-1]
        if pieces:
            groups.setdefault((parts.netloc.removeprefix("www."), *_form(pieces)), []).append(pieces)
    if not groups:
        return "", 0
    best = max(groups, key=lambda form: len(groups[form]))
    rows = groups[best]
    if len(rows) < 2:
        return "", 0
    ending = re.search(r"\.\w{3,5}\Z", rows[0][-1])
    suffix = ending[0] if ending and all(row[-1].endswith(ending[0]) for row in rows) else ""
    rows = [[*row[:-1], row[-1].removesuffix(suffix)] for row in rows]
    columns = [_column(values) for values in zip(*rows, strict=True)]
    variable = [i for i, column in enumerate(columns) if column[1]]
    if not variable:
        return "", 0
    first = variable[0]
    head = "".join(f"/{text}" for text, _ in columns[:first])
    own = "/".join(text for text, _ in columns[first:])
    tail = re.escape(suffix) if suffix else r"/?(?:index\.html?)?"
    pattern = rf"^https?://(?:www\.)?{re.escape(best[0])}{head}/(?P<id>{own}){tail}(?:[?#]|$)"
    return pattern, len(rows)


def _form(pieces: Sequence[str]) -> tuple[str, ...]:
    """Return the form of a path: which pieces are numbers, and the words it begins with."""
    shape = [("9999" if len(piece) == 4 else "9") if piece.isdigit() else "x" for piece in pieces]
    if len(pieces) > 1 and not pieces[0].isdigit():
        shape[0] = pieces[0]
    return tuple(shape)


def _column(values: Sequence[str]) -> tuple[str, bool]:
    """Return the pattern of one piece of a path, and whether it varies."""
    if len(set(values)) == 1 and not values[0].isdigit():
        return re.escape(values[0]), False
    if all(value.isdigit() for value in values):
        sizes = {len(value) for value in values}
        return (rf"\d{{{len(values[0])}}}" if sizes in ({2}, {4}) else r"\d+"), True
    return r"[^/?#]+?", True


def _propose(found: _Found) -> Proposal:
    pattern, matched = pattern_of(found.addresses)
    pattern = pattern.replace(re.escape(_NOWHERE.partition("//")[2]), "[^/]+")
    roots = [root for _, root in found.posts]
    han = sum(len(_HAN.findall(text_of(root)[:20_000])) for root in roots)
    chinese = any((root.get("lang") or "").lower().startswith("zh") for root in roots) or han > 400 * max(1, len(roots))
    known = Counter(row.name for root in roots for row in recognise(root, GENERATORS)[:1])
    authors = Counter(author for root in roots if (author := read_author(root, Profile())))
    name = found.name or next((name for root in roots if (name := site_name(root))), "")
    selectors = _selectors(found.posts)
    values: dict[tuple[str, str], Any] = {
        ("edition", "language"): "zh_CN" if chinese else "en", ("site", "name"): name, ("site", "url"): found.home,
        ("site", "feeds"): found.feeds, ("site", "post"): pattern,
        ("site", "author"): authors.most_common(1)[0][0] if authors else "",
        **{("site.profile", key): value for key, value in selectors.items()}}
    seen = [f"generator: {', '.join(known) or 'unknown'}", f"language: {'Chinese' if chinese else 'English'}",
            f"post: matches {matched} of {len(set(found.addresses))} {found.listed}" if pattern
            else "post: no pattern found; set site.post by hand",
            *([] if found.home else ["the pages do not say where they come from: set site.url"]),
            f"posts looked at: {len(roots)}",
            *(f"{key}: {value}" for key, value in selectors.items())]
    return Proposal({key: value for key, value in values.items() if value}, tuple(seen))


def _selectors(posts: Sequence[tuple[str, Element]]) -> dict[str, str]:
    """Return selectors of content, title and date that choose on every post what the converter finds by itself."""
    agreed: dict[str, list[set[str]]] = {"content": [], "title": [], "date": []}
    for url, root in posts:
        book = FormulaBook()
        protect(root, book)
        scan(root, detect(root), book)
        content, _ = choose(root, LeftOut(), None)
        when = read_date(root, Profile(), url)
        short = [el for el in root.iter("time", "span", "div", "p", "abbr", "h4") if len(text_of(el)) < _SHORT]
        dated = next((el for el in short if (day(el.get("datetime") or text_of(el)) == when if when
                                             else is_dateline(text_of(el).strip()))), None)
        for key, el in (("content", content), ("title", title_element(root, Profile())), ("date", dated)):
            agreed[key].append(_names(el, root) if el is not None else set())
    common = {key: set.intersection(*names) for key, names in agreed.items() if names}
    return {key: min(names, key=lambda name: (name[0] != "#", len(name))) for key, names in common.items() if names}


def _names(el: Element, root: Element) -> set[str]:
    """Return the selectors by which an element is chosen before all others of its page."""
    given = [f"#{el.get('id')}"] if _PLAIN_NAME.fullmatch(el.get("id") or "") else []
    names = [name for name in (el.get("class") or "").split() if _PLAIN_NAME.fullmatch(name)]
    given += [f"{el.tag}.{name}" for name in names] + ([el.tag] if el.tag in ("article", "main", "time") else [])
    return {selector for selector in given if root.cssselect(selector) == [el]}
