"""Cut from a written page what the search index is fed with: the text of its article, without formulas.

The indexer cuts words at spaces. Chinese has none, and a dictionary cuts the same phrase differently in the
index and in the reader's query, so that it is not found. Here every Chinese character is a word of its own:
a phrase search for its characters is then an exact search for the phrase, whatever its words are.
``static/search/words.js`` cuts queries in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

#: What stands in an excerpt where a formula was: a formula has an index of its own.
FORMULA = "⋯"
#: A language without stemming and without a dictionary.
LANGUAGE = "und"

#: A page for an index of nothing, which the indexer refuses to write: its one word is a sign that nobody types.
NOTHING = f'<!DOCTYPE html><html lang="{LANGUAGE}"><body><main data-pagefind-body>\U0002fa1d</main></body></html>'

_ARTICLE = re.compile(r"<article\b([^<>]*)>")
#: Elements that are left out, by how they begin; the group is the tag that ends them.
_SILENT = re.compile(r'<(a) class="headerlink"|<(script|style|svg|button|template)\b')
_DISPLAYED = re.compile(r'<(math)\b[^<>]*\bdisplay="block"|<(div) class="math\b')
_INLINE = re.compile(r'<(math)\b|<(span) class="math\b')
#: A heading below the title, and the section before it that carries the name of the place.
_HEADING = re.compile(r'<section\b([^<>]*)>\s*(?:<span id="[^"<>]*"></span>\s*)*<h[2-6]\b')
_ID = re.compile(r'\bid="([^"]+)"')
_TAG = re.compile(r"(<[^<>]*>)")
_HAN = "\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
#: One character with the punctuation that belongs to it: a sign between spaces would count as a word.
_CHARACTER = re.compile(rf"((?:(?<!\S)[^\w\s&]+)?[{_HAN}][^\w\s&]*)")
#: A Chinese sign between two other words, as in "18、RoPE": the indexer takes them for one.
_JOINT = re.compile(r"(?<=\w)([\u3001-\u3003\u3008-\u301f\uff01-\uff0f\uff1a-\uff20“”‘’…—·]+)(?=\w)")


def article(page: str) -> str:
    """Return the article of a page as it is written; empty without one."""
    found = next((one for one in _ARTICLE.finditer(page) if "data-pagefind-body" in one[1]), None)
    end = page.rfind("</article>")
    return "" if found is None or end < found.end() else page[found.end():end]


def cut(page: str) -> str:
    """Return the article of a page as HTML without formulas, scripts and link marks; empty without one."""
    text = _replaced(_SILENT, "", article(page))
    # The indexer leads to headings; Sphinx names sections.
    text = _HEADING.sub(_named, text)
    return _replaced(_INLINE, FORMULA, _replaced(_DISPLAYED, "", text))


def _replaced(opening: re.Pattern[str], new: str, text: str) -> str:
    """Return *text* with *new* for every element that begins like *opening*, up to the first end of its tag."""
    parts, at = [], 0
    never: set[str] = set()
    for match in opening.finditer(text):
        tag = match[match.lastindex or 0]
        if match.start() < at or tag in never:
            continue
        end = text.find(f"</{tag}>", match.end())
        if end < 0:
            never.add(tag)
            continue
        parts += [text[at:match.start()], new]
        at = end + len(tag) + 3
    return "".join((*parts, text[at:]))


def _named(match: re.Match[str]) -> str:
    name = _ID.search(match[1])
    return f'{match[0]} id="{name[1]}"' if name else match[0]


def spaced(html: str) -> str:
    """Return *html* with spaces around every Chinese character of its text, and after Chinese signs."""
    parts = _TAG.split(html)
    parts[::2] = [text if text.isascii() else " ".join(_CHARACTER.split(_JOINT.sub(r"\1 ", text)))
                  for text in parts[::2]]
    return "".join(parts)


def document(article: str, *, title: str, filters: Mapping[str, tuple[str, ...]]) -> str:
    """Return the page that the indexer reads for one post."""
    marks = [f'<i data-pagefind-filter="{name}[content]" content="{escape(value)}"></i>'
             for name, values in filters.items() for value in values if value]
    return (f'<!DOCTYPE html><html lang="{LANGUAGE}"><head><title>{escape(title)}</title></head>'
            f'<body><main data-pagefind-body data-pagefind-meta="title[data-title]" data-title="{escape(title)}">'
            f"{''.join(marks)}{spaced(article)}</main></body></html>")
