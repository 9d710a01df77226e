r"""How a post is cited: BibTeX, the ``citation_*`` tags that reference managers read, and JSON-LD for search engines.

All of it is what the front matter says already. Titles and names come from elsewhere: nothing of them is markup here,
neither to LaTeX nor to HTML.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

#: BibTeX counts every brace, also one behind a backslash.
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$",
            "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
#: A formula in a title that only sets something: no groups that are open, no command but a few.
_FORMULA = re.compile(
    r"\$(?:[^\\{}$#%&~]|\\(?:mathbb|mathbf|mathrm|mathcal|text|alpha|beta|gamma|delta|epsilon|lambda|mu|pi|sigma|theta|ell"
    r"|infty|to|times|le|ge|ne|nabla|sqrt|frac)(?![A-Za-z])|\{[^\\{}$#%&~]*\})+\$")
#: What would end a script or be read as markup inside of one.
IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Citable:
    """What is known of a post that somebody may cite; empty where nothing is."""

    #: The last part of its document, and its title.
    slug: str
    title: str
    #: Who wrote the original, and who edits the edition.
    author: str
    editor: str
    #: Of the original, as the front matter gives it: an ISO day, a month or a year.
    date: str
    #: Where the page is, where the original is: whole addresses.
    url: str
    source: str
    edition: str
    language: str
    licence: str = ""
    tags: tuple[str, ...] = ()

    @property
    def day(self) -> tuple[str, str, str]:
        """Year, month and day, each empty where it is unknown."""
        found = _DAY.fullmatch(self.date[:10])
        return (found[1], found[2] or "", found[3] or "") if found else ("", "", "")


def bibtex(post: Citable) -> str:
    """Return the entry of a post for a ``.bib`` file."""
    year, month, _ = post.day
    note = f"Annotated edition of {_escaped(post.source)}" if post.source else ""
    given = {"title": f"{{{_title(post.title)}}}", "author": _name(post.author or post.editor),
             "editor": _name(post.editor) if post.author and post.editor != post.author else "",
             "year": year, "month": str(int(month)) if month else "", "howpublished": _escaped(post.edition),
             "url": _address(post.url or post.source), "note": note if post.url else "", "language": post.language}
    key = re.sub(r"[^A-Za-z0-9-]+", "-", post.slug).strip("-") or "post"
    lines = [f"  {name} = {{{value}}}" for name, value in given.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def tags(post: Citable) -> tuple[tuple[str, str], ...]:
    """Return the ``citation_*`` tags of a post: names and contents, not escaped."""
    day = "/".join(filter(None, post.day))
    given = [("citation_title", post.title), ("citation_author", post.author or post.editor),
             ("citation_publication_date", day), ("citation_publisher", post.edition),
             ("citation_language", post.language), ("citation_fulltext_html_url", post.url),
             ("citation_keywords", "; ".join(post.tags))]
    return tuple((name, content) for name, content in given if content)


def json_ld(post: Citable) -> str:
    """Return the JSON-LD of a post, which nothing in it can end before its script ends."""
    original = {"@type": "CreativeWork", "name": post.title, "url": post.source, "author": _person(post.author)}
    given = {
        "@context": "https://schema.org", "@type": "ScholarlyArticle", "headline": post.title, "name": post.title,
        "author": _person(post.author or post.editor),
        "editor": _person(post.editor) if post.author and post.editor != post.author else None,
        "datePublished": "-".join(filter(None, post.day)), "inLanguage": post.language, "url": post.url,
        "isPartOf": {"@type": "Collection", "name": post.edition},
        "isBasedOn": {key: value for key, value in original.items() if value} if post.source else None,
        "license" if post.licence.startswith("https://") else "copyrightNotice": post.licence,
        "keywords": list(post.tags)}
    return json.dumps({key: value for key, value in given.items() if value}, ensure_ascii=False,
                      separators=(",", ":")).translate(IN_SCRIPT)


def _person(name: str) -> dict[str, str] | None:
    return {"@type": "Person", "name": name} if name else None


def _name(name: str) -> str:
    """Return one name of which BibTeX makes neither two nor initials."""
    return f"{{{_escaped(name)}}}" if name else ""


def _title(title: str) -> str:
    """Return a title with its plain formulas as they are, and all else as text."""
    parts, at = [], 0
    for found in _FORMULA.finditer(title):
        parts += [_escaped(title[at:found.start()]), found[0]]
        at = found.end()
    return "".join([*parts, _escaped(title[at:])])


def _address(address: str) -> str:
    """Return an address as ``url`` fields have it: as it is, but for what would end the field."""
    return re.sub(r"[\s{}\\\"<>]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in _CONTROL.sub(" ", text))
