"""Recognise scholarly works by their addresses and their entries: arXiv numbers and DOIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

#: 2006.11239, or hep-th/9901001 as before April 2007; the version is not part of the work.
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", re.I)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ARXIV_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org", "cn.arxiv.org", "ar5iv.org",
                          "ar5iv.labs.arxiv.org", "alphaxiv.org", "www.alphaxiv.org"})
_DOI_HOSTS = frozenset({"doi.org", "www.doi.org", "dx.doi.org"})
#: The DOIs that arXiv itself gives.
_ARXIV_DOI = "10.48550/arxiv."


@dataclass(frozen=True, slots=True)
class Mention:
    """A place of a page that links to a work: the work, the words of the link, its address and its anchor."""

    work: str
    text: str
    url: str
    anchor: str


def arxiv(number: str) -> str:
    """Return the work of an arXiv number, or empty when it is none."""
    match = _ARXIV.fullmatch(number.strip().removeprefix("arXiv:").removeprefix("arxiv:"))
    return f"arxiv:{match[1].lower()}" if match else ""


def doi(name: str) -> str:
    """Return the work of a DOI, or empty when it is none; case makes no difference in a DOI."""
    cleaned = name.strip().lower().rstrip(".,;")
    if not _DOI.fullmatch(cleaned):
        return ""
    if cleaned.startswith(_ARXIV_DOI):
        return arxiv(cleaned.removeprefix(_ARXIV_DOI))
    return f"doi:{cleaned}"


def work_of(url: str) -> str:
    """Return the work that an address leads to, such as ``arxiv:2006.11239`` or ``doi:10.1162/x``, or empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    path = unquote(parts.path).strip("/")
    host = (parts.hostname or "").lower()
    if host in _ARXIV_HOSTS:
        _, _, number = path.partition("/")
        return arxiv(number.removesuffix(".pdf"))
    if host in _DOI_HOSTS:
        return doi(path)
    # A publisher's page: /doi/10.1137/…, /doi/abs/10.1137/…
    match = re.search(r"(?:^|/)doi/(?:abs/|full/|pdf/|epdf/)?(10\.\d{4,9}/.+)", path)
    return doi(match[1]) if match else ""


def works_of(fields: Mapping[str, str]) -> frozenset[str]:
    """Return the works that an entry of a .bib file is, by its ``eprint``, ``doi`` and ``url``."""
    found = {doi(fields.get("doi", "")), work_of(fields.get("url", "")), work_of(fields.get("doi", ""))}
    if fields.get("archiveprefix", "arXiv").lower() == "arxiv":
        found.add(arxiv(fields.get("eprint", "")))
    return frozenset(found - {""})


def keys_of(entries: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Return the key of the entry of every work; the first entry wins."""
    keys: dict[str, str] = {}
    for key, fields in entries:
        for work in works_of(fields):
            keys.setdefault(work, key)
    return keys


def shown(work: str) -> str:
    """Write a work as readers know it."""
    scheme, _, name = work.partition(":")
    return f"arXiv:{name}" if scheme == "arxiv" else f"doi:{name}"
