"""Turn what a source or a site gave into a post: its text as MyST, its facts, its receipt."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from bs4 import BeautifulSoup

from ext.edition.checks.markup import FORMULA
from ext.edition.posts.catalogue import Entry
from ext.edition.site.config import Edition, Site
from ext.edition.site.errors import EditionError
from tools.convert.api import convert
from tools.convert.generators import Generator
from tools.convert.leaks import settle
from tools.convert.records import Conversion, Profile
from tools.fetch.answered import Page
from tools.fetch.entries import Listed, iso_date
from tools.fetch.save import Draft

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Material:
    """The HTML of one post before it is converted; ``via`` says where it came from."""

    html: str | bytes = field(repr=False)
    url: str
    via: str
    content_type: str = ""
    fragment: bool = False
    #: Why this isn't the whole post; empty when it is.
    truncated: str = ""

    @property
    def digest(self) -> str:
        """Tell two answers apart without keeping them."""
        data = self.html.encode("utf-8", "surrogatepass") if isinstance(self.html, str) else self.html
        return hashlib.sha256(data).hexdigest()[:16]


def from_listing(listed: Listed, truncated: str = "") -> Material:
    """Return the HTML that the source itself gave."""
    return Material(listed.html or "", listed.url or listed.guid, "feed" if listed.kind == "feed" else "file",
                    listed.content_type, listed.fragment, truncated)


def from_page(page: Page) -> Material:
    """Return the HTML of a fetched page; an answer of another type is an error."""
    kind = page.content_type.partition(";")[0].strip().lower()
    if kind and "html" not in kind and "xml" not in kind:
        raise EditionError(f"is {kind}, not a page", where=page.url, remedy="set state: skipped in catalogue.yaml")
    return Material(page.body, page.url, "page", page.content_type)


def convert_material(material: Material, edition: Edition, images: Mapping[str, str] | None = None) -> Conversion:
    """Return the post as MyST; ``images`` maps addresses of images to the files they were saved to."""
    return convert(material.html, url=material.url, profile=profile(edition.site, edition.edition.language),
                   fragment=material.fragment, content_type=material.content_type or None, image_paths=images)


def profile(site: Site, language: str = "zh_CN") -> Profile:
    """Return the converter's profile of a blog from the edition's settings."""
    own = site.profile
    return Profile(content=own.content or None, title=own.title or None, date=own.date or None,
                   author=own.author or None, tags=own.tags or None, drop=own.drop, footer=own.footer,
                   dollars=own.dollars, reconstruct=own.reconstruct, language=language, share=own.share,
                   generators=tuple(Generator(row.name, row.marks, row.content, row.drop, row.several)
                                    for row in site.generators))


def draft(row: Entry, listed: Listed, material: Material, done: Conversion, edition: Edition, *, fetched: str,
          stored: Mapping[str, Any] | None = None) -> Draft:
    """Return what is to be written of a post: the listing's facts first, then the page's, then the edition's.

    ``stored`` is the front matter of the original that is there: what changed since, and nobody set by hand in the
    catalogue, is taken over.
    """
    stored = stored or {}
    row = _corrected(row, listed, material, done, stored)
    site, tags = edition.site, [tag for tag in map(_one_line, listed.tags or done.tags) if tag]
    title = _title(row, listed, _one_line(done.title))
    date = row.date or listed.date or iso_date(done.date or "")
    topic = row.topic or next((tag for tag in tags if tag in edition.topic_names), "")
    row = msgspec.structs.replace(row, title=title, date=date, source=row.source or material.url, topic=topic)
    # Whether a feed gives all was judged when it was listed, with all its entries in view.
    cut = done.truncated and material.via != "feed"
    truncated = material.truncated or ("the page gives only a part" if cut else "")
    meta = {"id": row.id, "title": title, "date": date, "source": row.source or material.url,
            "author": _one_line(listed.author or done.author or "") or site.author,
            "licence": site.licence or _one_line(listed.licence),
            "tags": tags, "fetched": fetched}
    if stored and (stored.get("via") != material.via or not tags):  # other sources have other words for the same
        meta["tags"] = stored.get("tags") or tags
    shown = {key: now for key, now in _shown(listed, material, done).items() if now != meta[key]}
    extra = {"via": material.via, "digest": material.digest, "truncated": truncated,
             **{f"page_{key}": now for key, now in shown.items()}, "receipt": done.receipt.to_dict()}
    heading = done.heading if done.heading and done.title == title else heading_of(title)
    return Draft(row, meta, extra, heading, done.markdown, truncated)


def _shown(listed: Listed, material: Material, done: Conversion) -> dict[str, str]:
    """Return the title and the date that the source itself shows of a post."""
    feed = material.via == "feed"
    return {"title": _one_line(listed.title if feed else done.title or ""),
            "date": listed.date if feed else iso_date(done.date or "")}


def _corrected(row: Entry, listed: Listed, material: Material, done: Conversion, stored: Mapping[str, Any]) -> Entry:
    """Return the row with the title and the date that changed where they come from, unless somebody set another."""
    if not stored or stored.get("via") != material.via:
        return row
    for key, now in _shown(listed, material, done).items():
        was, known = str(stored.get(f"page_{key}") or stored.get(key) or ""), getattr(row, key)
        # The title of a page may have been taken from where it was listed, cut or with more around it.
        cut = (key == "title" and material.via == "page" and f"page_{key}" not in stored and now != was
               and _same(now, was))
        if now and was and now != was and not cut and known == str(stored.get(key) or ""):
            row = msgspec.structs.replace(row, **{key: now})
    return row


def _title(row: Entry, listed: Listed, own: str) -> str:
    """Return the title: the page's own, unless the catalogue or a feed has another than the text of a link.

    The text of a link in an archive is cut, or has the day or a number of comments with it.
    """
    known = _one_line((row.title if row.title != row.id else "") or listed.title)
    linked = listed.kind in ("archive", "sitemap", "row") and row.title in ("", row.id, listed.title)
    if own and known and linked and (listed.kind == "archive" or _same(known, own)):
        return own
    return known or own or row.id


def _same(one: str, other: str) -> bool:
    """Tell whether two titles are one, of which one may be cut or have more around it."""
    first, second = ("".join(c for c in text.casefold() if c.isalnum()) for text in (one, other))
    return first in second or second in first


def _one_line(text: str) -> str:
    """Return a fact of a post as it is shown: on one line, without controls and what turns the line around."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def heading_of(title: str) -> str:
    """Return a plain title as one line of MyST, its formulas kept and everything else text."""
    text = convert(f"<p>{html.escape(title)}</p>", fragment=True).markdown
    (line,) = settle([f"# {' '.join(text.split()) or '…'}"], Counter(),
                     harmless=lambda construct: construct.kind == FORMULA).passages
    return line.removeprefix("# ")


def has_text(markup: str | bytes) -> bool:
    """Return whether there is anything to read in *markup*."""
    return bool(BeautifulSoup(markup, "lxml").get_text(strip=True))
