"""Read a Ghost export: the published posts of its database, as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tools.fetch.answered import Page
from tools.fetch.entries import Listed, iso_date, joined
from tools.fetch.readers.batch import Batch, paragraphs, read_json


def read(answer: Page) -> Batch:
    """Return the published posts; drafts, pages and posts for members only are counted."""
    data = read_json(answer.body, answer.url)
    tables = data["db"][0] if isinstance(data, dict) and isinstance(data.get("db"), list) and data["db"] else data
    tables = tables.get("data") if isinstance(tables, dict) else None
    rows = {name: _rows(tables, name) for name in ("posts", "tags", "posts_tags", "users", "posts_authors")}
    tags = {row.get("id"): str(row.get("name") or "") for row in rows["tags"]}
    users = {row.get("id"): str(row.get("name") or "") for row in rows["users"]}
    posts: list[Listed] = []
    left: Counter[str] = Counter()
    for row in rows["posts"]:
        page = row.get("type") == "page" or row.get("page") in (1, True)
        why = "a page" if page else "" if row.get("status") == "published" else f"{row.get('status') or 'unknown'}"
        why = why or ("for members only" if row.get("visibility", "public") not in ("public", None) else "")
        if why:
            left[why] += 1
            continue
        own = [tags.get(link.get("tag_id"), "") for link in rows["posts_tags"] if link.get("post_id") == row.get("id")]
        people = [users.get(link.get("author_id"), "") for link in rows["posts_authors"]
                  if link.get("post_id") == row.get("id")] or [users.get(row.get("author_id"), "")]
        slug = str(row.get("slug") or "")
        address = joined(answer.url, f"/{slug}/") if slug and "://" in answer.url else ""
        posts.append(Listed(
            url=str(row.get("canonical_url") or address),
            guid=f"ghost:{row.get('uuid') or row.get('id')}", title=str(row.get("title") or ""),
            date=iso_date(str(row.get("published_at") or "")[:10]),
            updated=iso_date(str(row.get("updated_at") or "")[:10]),
            author=", ".join(name for name in people if name), tags=tuple(tag for tag in own if tag),
            html=str(row.get("html") or "") or paragraphs(str(row.get("plaintext") or "")) or None, whole=True,
            kind="feed"))
    return Batch(tuple(posts), left)


def _rows(tables: Any, name: str) -> list[dict[str, Any]]:
    rows = tables.get(name) if isinstance(tables, dict) else None
    return [row for row in rows or [] if isinstance(row, dict)]
