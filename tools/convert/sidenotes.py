"""Bring notes that stand inside a sentence into the form of footnotes: a reference, and a note it leads to.

Distill, Tufte, LaTeXML and others write the text of a note where it is referred to. Here it moves to the end, and
``footnotes`` finds it there as it finds any other. Citations of Distill become notes with their work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tools.convert.dom import MATH_TAG, Element, classes, remove, replace, text_of

_NOTES = frozenset({"sidenote", "marginnote", "margin-note", "side-note", "footnote-content-inline", "inline-footnote",
                    "sidenote-text", "sidenote-content", "ltx_role_footnote", "ltx_role_endnote", "fn-text",
                    "footnote-inline", "note-right"})
_TAGS = ("d-footnote", "dt-fn")
_CITES = ("d-cite", "dt-cite")
_TOGGLES = frozenset({"margin-toggle", "sidenote-number", "sidenote-toggle", "sidenote-label", "sidenote-symbol"})
#: What repeats the number within a note.
_NUMBERS = frozenset({"ltx_note_mark", "ltx_tag_note", "sidenote-number", "ltx_note_type", "footnote-number"})
_NUMBER = re.compile(r"[\s\[\](){}.\w*†‡§¶⊕:]{0,12}")
_BIB = re.compile(r"text/(?:bibtex|bibliography)")


def settle_notes(post: Element, root: Element) -> None:
    """Move every note of a post out of its sentence to the end, and drop the switches that show it.

    The works that Distill cites are listed anywhere in the page, ``root``.
    """
    for el in [el for el in post.iter("label", "input", "span") if classes(el) & _TOGGLES]:
        if classes(el) & _NOTES or el.getparent() is None:
            continue
        if el.tag != "span" or _NUMBER.fullmatch(text_of(el)):
            remove(el)
    notes = [el for el in post.iter(*_TAGS, "span", "aside", "small", "div") if el.tag in _TAGS or classes(el) & _NOTES]
    known = set(notes)
    for number, el in enumerate(notes, start=1):
        if any(a in known for a in el.iterancestors()) or not text_of(el).strip() and el.find(".//*") is None:
            continue
        if next(el.iter("img", "svg", "figure", "table"), None) is not None or _is_paired(el):
            continue  # a figure in the margin stays where it is
        for part in [x for x in el.iterdescendants() if isinstance(x.tag, str) and classes(x) & _NUMBERS]:
            if part.getparent() is not None and _NUMBER.fullmatch(text_of(part)):
                remove(part)
        _pair(el, post, f"zs-side-{number}")
    _settle_citations(post, root)


def _is_paired(el: Element) -> bool:
    """Tell whether a note has a link back to its reference already."""
    return any((a.get("href") or "").startswith("#") and _NUMBER.fullmatch(text_of(a)) for a in el.iter("a"))


def _reference(near: Element, name: str, back: str) -> Element:
    made = near.makeelement("sup")
    link = made.makeelement("a", {"href": f"#{name}", "id": back})
    link.text = "1"
    made.append(link)
    return made


def _pair(el: Element, end: Element, name: str) -> None:
    """Leave a reference where a note stood, and put the note at the end with a link back."""
    replace(el, _reference(el, name, f"{name}-r"))
    el.tag = "div"
    for key in list(el.attrib):
        del el.attrib[key]
    el.set("id", name)
    el.append(el.makeelement("a", {"href": f"#{name}-r"}))
    end.append(el)
    previous = el.getprevious()
    if (el.text or "").startswith((" ", "\n")) or previous is None:
        el.text = (el.text or "").lstrip()


def _settle_citations(post: Element, root: Element) -> None:
    """Make each work that is cited a note; a key of which the page says nothing stays a key in brackets."""
    cites = list(post.iter(*_CITES))
    if not cites:
        return
    works = dict(_works(root))
    notes: dict[str, Element] = {}
    for number, el in enumerate(cites, start=1):
        keys = [key.strip() for key in (el.get("key") or el.get("bibtex-key") or "").split(",") if key.strip()]
        holder = el.makeelement("span")
        unknown = []
        for key in keys:
            name = f"zs-cite-{re.sub(r'[^A-Za-z0-9]', '-', key)}"
            if key not in works:
                unknown.append(key)
                continue
            back = f"{name}-{number}-r"
            holder.append(_reference(el, name, back))
            if name not in notes:
                notes[name] = el.makeelement("div", {"id": name})
                notes[name].text = works[key]
                post.append(notes[name])
            notes[name].append(el.makeelement("a", {"href": f"#{back}"}))
        if unknown:
            holder.text = f" [{', '.join(unknown)}]"
        replace(el, holder)
        if not re.fullmatch(r"[\d\s\[\](),;–-]*", text_of(el)) or next(el.iter("img", MATH_TAG), None) is not None:
            el.tag = "span"  # never closed: what follows is in it
            holder.addnext(el)


def _works(root: Element) -> Iterator[tuple[str, str]]:
    """Yield key and short description of every work that the page lists in BibTeX or JSON."""
    for script in root.iter("script"):
        kind, text = script.get("type") or "", script.text or ""
        if _BIB.fullmatch(kind):
            yield from _from_bibtex(text)
        elif "json" in kind and any(a.tag in {"d-bibliography", "dt-bibliography"} for a in script.iterancestors()):
            try:
                items = json.loads(text)
            except (ValueError, RecursionError):
                continue  # a page's broken data is no error of ours
            for item in items if isinstance(items, list) else []:
                if isinstance(item, list) and len(item) == 2 and isinstance(item[1], dict):
                    yield str(item[0]), _described({str(k).lower(): str(v) for k, v in item[1].items()})


def _from_bibtex(text: str) -> Iterator[tuple[str, str]]:
    from pybtex.database import BibliographyDataError, parse_string
    from pybtex.scanner import PybtexSyntaxError

    try:
        entries = parse_string(text, "bibtex").entries
    except (PybtexSyntaxError, BibliographyDataError):
        return
    for key, entry in entries.items():
        people = " and ".join(str(person) for person in entry.persons.get("author", []))
        yield key, _described({**{k.lower(): str(v) for k, v in entry.fields.items()}, "author": people})


def _described(work: dict[str, str]) -> str:
    """Return author, title, place, year and address of a work on one line."""
    names = [name.strip() for name in work.get("author", "").split(" and ") if name.strip()]
    author = ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")
    place = work.get("journal") or work.get("booktitle") or work.get("publisher") or ""
    parts = [author, work.get("title", ""), place, work.get("year", ""), work.get("url") or work.get("doi", "")]
    text = ". ".join(part.strip(" .") for part in parts if part)
    return " ".join(text.replace("{", "").replace("}", "").split()) + "."
