"""What may come of asking for an address; whoever only reads answers loads nothing of the network."""

from __future__ import annotations

from dataclasses import dataclass

from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError


class Refused(EditionError):
    """The site will not give this: recorded, and not asked for again."""


class Gone(Refused):
    """The site says that there is no such page."""


class Unreachable(EditionError):
    """The site could not be asked now: the next run tries again."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered: the address after redirects, its bytes and its ``Content-Type``."""

    url: str
    body: bytes
    content_type: str = ""


def user_agent(edition: Edition) -> str:
    """Return the honest name under which the sites are asked, with a way to reach the maintainer."""
    contact = edition.fetch.contact or edition.edition.url or edition.edition.repository
    return f"zhushu/0.1 ({f'+{contact}' if contact else 'annotated edition'})"
