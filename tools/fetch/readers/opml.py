"""Read an OPML file: a list of feeds, as readers of feeds export it."""

from __future__ import annotations

from tools.fetch.answered import Page
from tools.fetch.entries import joined
from tools.fetch.readers.batch import Batch, read_xml


def read(answer: Page) -> Batch:
    """Return the addresses of the feeds, each once, in the order of the list."""
    found = [str(value) for outline in read_xml(answer.body, answer.url).iter("{*}outline")
             for key, value in outline.attrib.items() if str(key).lower() == "xmlurl"]
    return Batch(feeds=tuple(dict.fromkeys(joined(answer.url, url.strip()) for url in found if url.strip())))
