"""What a source lists: one record per post, whatever kind of source it came from."""

from __future__ import annotations

import datetime
import email.utils
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Listed:
    """One post as a source lists it; texts are as found, hostile and unchecked.

    ``kind`` names the source; ``row`` is the catalogue itself. ``html`` is what the source gives of the post
    (``fragment``: a piece of a page, else a whole page); ``whole`` says whether that is all of it. ``resource``
    reads what was saved along with a page.
    """

    url: str
    title: str = ""
    guid: str = ""
    date: str = ""
    updated: str = ""
    author: str = ""
    licence: str = ""
    tags: tuple[str, ...] = ()
    html: str | bytes | None = field(default=None, repr=False)
    content_type: str = ""
    fragment: bool = True
    whole: bool = False
    kind: Literal["feed", "archive", "sitemap", "file", "url", "row"] = "url"
    resource: Callable[[str], bytes | None] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What all sources together list, and how those failed that did."""

    found: tuple[Listed, ...] = ()
    problems: tuple[str, ...] = ()
    #: What the sources hold besides posts, counted.
    notes: tuple[str, ...] = ()


def joined(base: str, link: object) -> str:
    """Return the address that *link* has on the page *base*; what is no address stays as it is, to be named later."""
    text = str(link or "").strip()
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def iso_date(text: str) -> str:
    """Return ``YYYY-MM-DD`` in the zone the text itself is written in, or an empty string."""
    text = text.strip()
    if match := re.match(r"((?:19|20)\d\d-\d\d-\d\d)(?!\d)", text):
        return match.group(1) if _valid(match.group(1)) else ""
    try:
        return email.utils.parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        pass
    return find_date(text)


def find_date(text: str) -> str:
    """Return the first date written in numbers anywhere in *text* as ``YYYY-MM-DD``, or an empty string."""
    for match in _DATE.finditer(text):
        date = "{}-{:0>2}-{:0>2}".format(*match.groups())
        if _valid(date):
            return date
    return ""


def _valid(date: str) -> bool:
    try:
        datetime.date.fromisoformat(date)
    except ValueError:
        return False
    return True
