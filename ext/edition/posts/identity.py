"""Say which post an address belongs to, so that one post never becomes two."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from url_normalize import url_normalize

from ext.edition.site.config import Site
from ext.edition.site.files import NAME_BYTES, safe_name

#: Query parameters that say where a reader came from, not what is read.
_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|msclkid|spm|ref|ref_src|from|source|share|replytocom|cpage|amp|nb|print)", re.I)
_COMMENT = re.compile(r"(li-|div-)?(comment|respond|reply|cmt)[-_s]?\d*", re.I)
_LISTING = re.compile(
    r"/(tags?|categor(y|ies)|author|page|feed|search|wp-json|wp-content|wp-login\.php|comments?)(/|$)", re.I)
_FILE = re.compile(
    r"\.(pdf|png|jpe?g|gif|webp|svg|ico|zip|gz|tar|rar|7z|mp[34]|mov|webm|ipynb|tex|bib|py|css|js|json|xml|rss|atom)$",
    re.I)

#: How much of the shorter of two texts must stand in the other, for both to be one post.
_SAME_TITLE, _ANY_TITLE = 0.8, 0.95

#: Reasons that hold whoever says that it is a post.
NEVER = ("a comment", "an attachment", "not a web address")
#: Where sites lead to from the address of a post that is gone.
NOWHERE = ("the home page", "a list of posts")


def canonical(url: str) -> str:
    """Return the form of an address that its spellings share: no scheme, ``www.``, fragment, tracking, tail.

    The result identifies; it is not meant to be asked for.
    """
    try:
        parts = urlsplit(url_normalize(url.strip()) or "")
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:  # an address that is none identifies only itself
        return url.strip()
    path = re.sub(r"/(index|default)\.(html?|php)$", "/", unquote(parts.path))
    path = re.sub(r"/(comment-page-\d+|amp)/?$", "/", path).rstrip("/")
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True)
                   if not _TRACKING.fullmatch(k))
    return (host + (f":{port}" if port not in (None, 80, 443) else "") + path
            + (f"?{urlencode(query)}" if query else ""))


def digest_id(url: str) -> str:
    """Return the id of a post that has no archive id: a digest of its canonical address."""
    return "u-" + hashlib.sha256(canonical(url).encode()).hexdigest()[:10]


def ids(site: Site, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the ids a post may be known by, best first: archive ids, then digests of its addresses."""
    urls = [url for url in dict.fromkeys(addresses) if url]
    archive = [name for url in urls if (found := site.archive_id(url)) for name in _names(found)]
    return tuple(dict.fromkeys([*archive, *(digest_id(url) for url in urls if _is_address(url))]))


def _names(found: str) -> tuple[str, ...]:
    """Return the id that an address gives, readable, and the one that it gave before it was decoded.

    An id that had to be cut ends in a digest, so that two long addresses that begin alike stay two.
    """
    readable = unquote(found)
    name = safe_name(readable)
    if len(re.sub(r"[^\w]+", "-", readable).strip("-_").encode()) > NAME_BYTES:
        digest = hashlib.sha256(readable.encode()).hexdigest()[:8]
        while len(name.encode()) > NAME_BYTES - 9:
            name = name[:-1]
        name = f"{name.strip('-_')}-{digest}"
    return tuple(dict.fromkeys((name, safe_name(found))))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a post is known by when its address is another: its title and its paragraphs."""

    title: str
    paragraphs: frozenset[str]

    @classmethod
    def of(cls, title: str, text: str) -> Shape:
        """Return the shape of a text."""
        parts = ("".join(part.split()) for part in re.split(r"\n[ \t]*\n", text))
        return cls("".join(title.casefold().split()), frozenset(part for part in parts if part))

    def is_of(self, other: Shape) -> bool:
        """Tell whether two are one post: nearly all that the one says, the other says too."""
        shared = len(self.paragraphs & other.paragraphs)
        least = min(len(self.paragraphs), len(other.paragraphs))
        share = shared / least if least else 0.0
        most = max(len(self.paragraphs), len(other.paragraphs))
        wanted = _SAME_TITLE if self.title == other.title else _ANY_TITLE
        return shared >= 2 and shared * 2 >= most and share >= wanted


def not_a_post(site: Site, url: str) -> str | None:
    """Return why *url* isn't the address of a post, or None when it may be one."""
    if not _is_address(url):
        return "not a web address"
    parts = urlsplit(url)
    if _COMMENT.fullmatch(parts.fragment) and re.search(r"\d", parts.fragment):
        return "a comment"
    if "attachment_id=" in parts.query:
        return "an attachment"
    if site.post:
        return None if site.archive_id(url) else "does not match site.post"
    if parts.path in ("", "/") and not parts.query:
        return "the home page"
    if _FILE.search(parts.path):
        return "an attachment"
    if _LISTING.search(parts.path) and not re.search(r"/comment-page-\d+/?$", parts.path):
        return "a list of posts"
    return None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
