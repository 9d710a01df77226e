"""What a reader gives: posts, what it left out and why, and where it goes on."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ext.edition.site.errors import EditionError
from tools.fetch.entries import Listed


@dataclass(frozen=True, slots=True)
class Batch:
    """The posts of one file. ``left`` counts what is no post of the blog's readers, ``feeds`` are other addresses."""

    posts: tuple[Listed, ...] = ()
    left: Counter[str] = field(default_factory=Counter)
    following: str = ""
    feeds: tuple[str, ...] = ()


def read_xml(body: bytes, where: str) -> etree._Element:
    """Return the root of an XML file, read as far as it goes; entities are not resolved and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise EditionError(f"is no XML: {error}", where=where, remedy="export it again") from error
    if root is None:
        raise EditionError("is no XML", where=where, remedy="export it again")
    return root


def read_json(body: bytes, where: str) -> Any:
    """Return the data of a JSON file."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise EditionError(f"is no whole JSON: {error}", where=where, remedy="export it again") from error


def text_in(element: etree._Element, name: str) -> str:
    """Return the text of the first child with this local name, and perhaps a prefix (``wp:status``)."""
    prefix, colon, local = name.rpartition(":")
    for child in element:
        if not isinstance(child.tag, str):
            continue
        tag = etree.QName(child)
        if tag.localname == local and (not colon or child.prefix == prefix):
            return "".join(str(part) for part in child.itertext()).strip()
    return ""


def paragraphs(text: str) -> str:
    """Return plain text as HTML."""
    parts = re.split(r"\n[ \t]*\n", html.escape(text, quote=False).replace("\r\n", "\n"))
    return "".join(f"<p>{part.strip()}</p>" for part in parts if part.strip())
