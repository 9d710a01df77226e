"""List the posts in pages somebody saved: a folder of HTML files, or a WARC file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.fetch.entries import Listed, joined
from tools.signatures import OTHER, kind_of, misplaced

NO_SITE = Site()
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.I)
_HEAD = 400_000


def list_folder(folder: Path, *, max_bytes: int, report: Callable[[str], None], site: Site = NO_SITE) -> list[Listed]:
    """Return the saved pages below *folder*, in the order of their names; one that cannot be read is reported.

    A page's address is its canonical link, what the browser noted when saving, or its place in the folder, if some of
    these have the form of ``site.post`` below ``site.url``: the folder is then a copy of the site. Otherwise a page is
    known by its file name.
    """
    if folder.is_file():
        with folder.open("rb") as stream:
            raise misplaced(stream.read(20_000), "a folder of saved pages", folder)
    if not folder.is_dir():
        raise EditionError("is not a folder", where=folder, remedy="give the folder that holds the saved pages")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".html", ".htm", ".xhtml") and p.is_file()
                   and not any(part.endswith(("_files", ".files")) for part in p.relative_to(folder).parts[:-1]))
    if not files:
        raise EditionError("holds no .html file", where=folder,
                           remedy="save pages as HTML (not as MHTML or PDF) into it")
    root = folder.resolve()
    pages: list[Listed] = []
    copied = any(site.archive_id(_placed(path, folder, site)) for path in files)
    for path in files:
        try:
            pages.append(_saved(path, root, max_bytes, _placed(path, folder, site) if copied else ""))
        except EditionError as error:
            report(str(error))
        except (OSError, ValueError, RuntimeError) as error:
            report(str(EditionError(f"cannot be read: {error}", where=path,
                                    remedy="make it a plain file that you may read, or take it away")))
    return pages


def _placed(path: Path, folder: Path, site: Site) -> str:
    """Return the address that a page has if the folder is a copy of the site."""
    name = re.sub(r"(?:^|(?<=/))index\.x?html?\Z", "", path.relative_to(folder).as_posix())
    return joined(site.url, quote("/" + name)) if site.url else ""


def _saved(path: Path, root: Path, max_bytes: int, placed: str) -> Listed:
    if path.stat().st_size > max_bytes:
        raise EditionError(f"is larger than {max_bytes:,} bytes", where=path,
                           remedy="raise fetch.max_bytes in edition.toml if that is right")
    body = path.read_bytes()
    name = path.resolve().relative_to(root).as_posix()
    url = address(body) or placed
    where = unquote(urlsplit(url).path).strip("/")
    copied = bool(url) and where in (name, name.removesuffix("index.html").strip("/"))

    def resource(link: str) -> bytes | None:
        """Read what the browser saved next to the page; never outside the folder."""
        # The page's own relative links have been made absolute by now.
        relative = link.removeprefix(joined(url, ".")) if url else link
        try:
            base = path.parent
            if copied and urlsplit(link).netloc == urlsplit(url).netloc:
                base, relative = root, urlsplit(link).path.lstrip("/")
            relative = unquote(urlsplit(relative).path) if not urlsplit(relative).scheme else ""
            target = (base / relative).resolve()
            if not relative or not target.is_relative_to(root) or not target.is_file():
                return None
            return target.read_bytes() if target.stat().st_size <= max_bytes else None
        except (OSError, ValueError, RuntimeError):  # no name that a file can have, a loop of links, not for us
            return None

    return Listed(url=url, guid="" if url else f"file:{name}", html=body, fragment=False, whole=True, kind="file",
                  resource=resource)


def address(body: bytes) -> str:
    """Return the web address a saved page says it has, or an empty string."""
    from bs4 import BeautifulSoup  # where there is a page

    soup = BeautifulSoup(body[:_HEAD], "lxml")
    link = soup.find("link", rel="canonical", href=True)
    meta = soup.find("meta", attrs={"property": "og:url"}, content=True)
    note = _SAVED_FROM.search(body[:5000])
    for found in (str(link["href"]) if link is not None else "", str(meta["content"]) if meta is not None else "",
                  note.group(1).decode("utf-8", "replace") if note else ""):
        if re.match(r"https?://[^/\s]+", found.strip()):
            return found.strip().partition("#")[0]
    return ""


def list_warc(path: Path, *, max_bytes: int) -> list[Listed]:
    """Return the HTML pages of a WARC file (gzip or not), the last capture of each address."""
    from warcio.archiveiterator import ArchiveIterator  # where there is a WARC file

    _check_warc(path)
    pages: dict[str, Listed] = {}
    offsets: dict[str, int] = {}

    def resource(link: str) -> bytes | None:
        """Read a record of the same file by its address."""
        if (offset := offsets.get(link.partition("#")[0])) is None:
            return None
        with path.open("rb") as stream:
            stream.seek(offset)
            record = next(iter(ArchiveIterator(stream)), None)
            body = record.content_stream().read(max_bytes + 1) if record is not None else b""
        return body if 0 < len(body) <= max_bytes else None

    for url, offset, content_type, body in _records(path, max_bytes):
        if body is None:
            offsets[url] = offset
        else:
            pages[url] = Listed(url=address(body) or url, guid=url, html=body, content_type=content_type,
                                fragment=False, whole=True, kind="file", resource=resource)
    if not pages:
        raise EditionError("holds no HTML page", where=path, remedy="give a WARC file with response records")
    return list(pages.values())


def _check_warc(path: Path) -> None:
    """Raise when a file is plainly something else; what cannot be opened is reported where it is read."""
    if path.is_file():
        with path.open("rb") as stream:
            head = stream.read(20_000)
        if kind_of(head).name not in ("a WARC file", "compressed", "empty", OTHER.name):
            raise misplaced(head, "a WARC file", path)


def _records(path: Path, max_bytes: int) -> Iterator[tuple[str, int, str, bytes | None]]:
    """Yield address, offset, content type and, for HTML only, the body of each successful response."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        with path.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                status = record.http_headers.get_statuscode() if record.http_headers else ""
                if record.rec_type != "response" or status != "200":
                    continue
                url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
                content_type = str(record.http_headers.get_header("Content-Type") or "")
                page = "html" in content_type.lower()
                body = record.content_stream().read(max_bytes + 1) if page else None
                # The offset is known only once the record is read to its end.
                offset = records.get_record_offset()
                if body is None or len(body) <= max_bytes:
                    yield url.partition("#")[0], offset, content_type, body
    except (ArchiveLoadFailed, EOFError) as error:
        raise EditionError(f"is not a whole WARC file: {error}", where=path,
                           remedy="check the file with `warcio check`") from error
    except OSError as error:
        raise EditionError(f"cannot be read: {error.strerror or error}", where=path,
                           remedy="give the path of a WARC file") from error
