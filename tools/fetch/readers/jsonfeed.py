"""Read a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tools.fetch.answered import Page
from tools.fetch.cuts import is_cut
from tools.fetch.entries import Listed, iso_date, joined
from tools.fetch.readers.batch import Batch, paragraphs, read_json


def read(answer: Page) -> Batch:
    """Return the items of a feed; one page of it, ``following`` is the next."""
    data = read_json(answer.body, answer.url)
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        return Batch()
    usable = [item for item in items if isinstance(item, dict)]
    posts = tuple(_post(item, data, answer.url) for item in usable)
    left = Counter({"an item that is none": len(items) - len(usable)}) if len(items) > len(usable) else Counter[str]()
    following = data.get("next_url")
    return Batch(posts, left, joined(answer.url, following) if isinstance(following, str) and following else "")


def _post(item: dict[str, Any], feed: dict[str, Any], base: str) -> Listed:
    markup = _text(item, "content_html")
    plain = _text(item, "content_text")
    whole = markup or paragraphs(plain)
    people = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author") or []
    people = people if isinstance(people, list) else [people]
    names = [str(one["name"]) for one in people if isinstance(one, dict) and one.get("name")]
    link = _text(item, "url") or _text(item, "external_url")
    tags = [str(tag).strip() for tag in item.get("tags") or [] if isinstance(tag, str)]
    return Listed(
        url=joined(base, link) if link else "", guid=str(item.get("id") or ""), title=_text(item, "title"),
        date=iso_date(_text(item, "date_published")), updated=iso_date(_text(item, "date_modified")),
        author=", ".join(names), tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        html=whole or paragraphs(_text(item, "summary")) or None, whole=bool(whole) and not is_cut(whole), kind="feed")


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) else ""
