"""List all sources of a run, those of ``edition.toml`` or those named on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ext.edition.posts.catalogue import Entry
from ext.edition.posts.identity import ids
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError, defect
from tools.fetch import feeds, listings, saved
from tools.fetch.answered import Page
from tools.fetch.entries import Listed, Listing
from tools.fetch.plan import index


@dataclass(frozen=True, slots=True)
class Sources:
    """Where posts are looked for."""

    feeds: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    pages: tuple[Path, ...] = ()
    warcs: tuple[Path, ...] = ()
    urls: tuple[str, ...] = ()
    exports: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return any((self.feeds, self.archives, self.sitemaps, self.pages, self.warcs, self.urls,
                    self.exports))


def configured(edition: Edition) -> Sources:
    """Return the sources that ``edition.toml`` names."""
    site = edition.site
    return Sources(feeds=site.feeds, archives=site.archive, sitemaps=site.sitemap)


def list_all(sources: Sources, edition: Edition, rows: Mapping[str, Entry], get: Callable[[str], Page]) -> Listing:
    """Return what all sources list; one that fails is reported and does not stop the others."""
    site, limits, by_key = edition.site, edition.fetch, index(rows.values())

    def known(post: Listed) -> bool:
        row = next((by_key[key] for key in ids(site, [post.url, post.guid]) if key in by_key), None)
        return row is not None and rows[row].state != "known"

    notes: list[str] = []
    problems: list[str] = []
    tasks: list[partial[list[Listed]]] = [
        *(partial(feeds.list_feed, url, get, site, known=known, max_pages=limits.max_pages, tell=notes.append)
          for url in sources.feeds),
        *(partial(feeds.list_export, path, get, site, known=known, max_bytes=limits.max_bytes,
                  max_pages=limits.max_pages, tell=notes.append) for path in sources.exports),
        *(partial(listings.list_archive, url, get, site, known=known, max_pages=limits.max_pages)
          for url in sources.archives),
        *(partial(listings.list_sitemap, url, get, site, max_pages=limits.max_pages) for url in sources.sitemaps),
        *(partial(saved.list_folder, path, max_bytes=limits.max_bytes, report=problems.append, site=site)
          for path in sources.pages),
        *(partial(saved.list_warc, path, max_bytes=limits.max_bytes) for path in sources.warcs),
    ]
    found: list[Listed] = [Listed(url=url, kind="url") for url in sources.urls]
    for task in tasks:
        try:
            found.extend(task())
        except EditionError as error:
            problems.append(str(error))
        except Exception as error:  # a parser that stumbles over one source
            problems.append(f"{task.args[0]}: {defect(error)}")
    return Listing(tuple(found), problems=tuple(problems), notes=tuple(notes))


def unfetched(rows: Mapping[str, Entry]) -> list[Listed]:
    """Return the posts that the catalogue knows and the edition lacks, or has only in part."""
    return [Listed(url=row.source, title=row.title, date=row.date, kind="row") for row in rows.values()
            if row.state in ("known", "truncated") and row.source]


def fetched(rows: Mapping[str, Entry]) -> list[Listed]:
    """Return the posts that are there, to be looked at again at the addresses of the catalogue."""
    return [Listed(url=row.source, title=row.title, date=row.date, kind="row") for row in rows.values()
            if row.state == "fetched" and row.source]


def named(rows: Mapping[str, Entry], only: Iterable[str]) -> list[Listed]:
    """Return the posts of the catalogue that are asked for by their ids."""
    return [Listed(url=rows[known].source, title=rows[known].title, date=rows[known].date, kind="row")
            for known in only if known in rows and rows[known].source]
