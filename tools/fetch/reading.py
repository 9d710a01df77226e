"""Turn what a source or a site gave into a post: its text as MyST, its facts, its receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ext.edition.config import Site
from ext.edition.errors import EditionError
from tools.convert import Conversion, convert
from tools.fetch.entries import Listed, iso_date
from tools.fetch.http import Page


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
