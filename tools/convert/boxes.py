"""Recognise the boxes of site generators (notes, warnings, tips): one table of how each writes them.

A box becomes ``<details>``, and its kind, which is noted outside of the tree, tells the writer how it looks.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from tools.convert.dom import Element, remove, text_of

KINDS = frozenset({"attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning", "seealso"})
#: What generators call boxes, as the kinds that there are.
_NAMES = {kind: kind for kind in KINDS} | {
    "info": "note", "abstract": "note", "summary": "note", "tldr": "note", "todo": "note", "question": "note",
    "help": "note", "faq": "note", "example": "note", "quote": "note", "cite": "note", "details": "note",
    "default": "note", "primary": "note", "secondary": "note", "definition": "note", "theorem": "note",
    "success": "tip", "check": "tip", "done": "tip", "fail": "error", "failure": "error", "missing": "error",
    "bug": "error", "exercise": "note", "solution": "note", "remark": "note", "proof": "note", "lemma": "note",
    "modern": "note", "alert": "warning"}
_PREFIXES = ("theme-admonition-", "admonition-", "callout-", "markdown-alert-", "alert--", "alert-", "admonish-",
             "admonition_", "notice--", "custom-block-", "hint-", "is-")


class Form(NamedTuple):
    """How one family writes its boxes: the class of the box, of its title, and of what is only decoration."""

    box: str
    titles: tuple[str, ...] = ()
    icons: tuple[str, ...] = ()


FORMS = (
    # MkDocs, Sphinx, Jupyter Book, mdBook, Docusaurus, LoveIt
    Form("admonition", ("admonition-title", "admonition-heading", "details-summary"), ("admonition-icon",)),
    Form("theme-admonition", ("admonitionheading",), ("admonitionicon",)),
    Form("callout", ("callout-title-container", "callout-title", "callout-header"),
         ("callout-icon", "callout-icon-container", "callout-btn-toggle")),  # Quarto, Obsidian
    Form("markdown-alert", ("markdown-alert-title",), ("octicon",)),  # GitHub
    Form("custom-block", ("custom-block-title",)),  # VuePress, VitePress
    Form("hint-container", ("hint-container-title",)),
    Form("custom-container", ("custom-container-title",)),
    Form("admonitionblock", ("title",), ("icon",)),  # Asciidoctor
    Form("notices", ("title", "label")),  # Hugo Learn
    Form("notice", ("notice-title",)),  # Minimal Mistakes and others
    Form("ads-note", ("ads-note-title",)),
    Form("note", ("note-title",), ("note-icon",)),  # NexT, Butterfly
)
_BY_BOX = {form.box: form for form in FORMS}
_HOLDERS = ("div", "aside", "section", "details", "blockquote", "p")


def mark_boxes(root: Element) -> dict[Element, str]:
    """Turn every box of a known form into ``details``; return the classes that say what each is."""
    boxes: dict[Element, str] = {}
    for el in list(root.iter(*_HOLDERS)):
        form = next((_BY_BOX[name] for name in _names(el) if name in _BY_BOX), None)
        if form is None or el.getparent() is None or el is root:
            continue
        kind = _kind(el, form)
        if kind is not None:
            boxes[el] = f"{kind} dropdown" if el.tag == "details" else kind
            _rewrite(el, form)
    return boxes


def _first(el: Element) -> list[Element]:
    """Return the first elements in a box: its title is one of them, however much stands in it."""
    return [x for x in islice(el.iterdescendants(), 24) if isinstance(x.tag, str)]


def _names(el: Element) -> list[str]:
    """Return the class names, those of CSS modules without their digest (``admonitionHeading_Gvgb``)."""
    return [name.partition("_")[0] if name.partition("_")[2].isalnum() and "-" not in name.partition("_")[2] else name
            for name in (el.get("class") or "").lower().split()]


def _kind(el: Element, form: Form) -> str | None:
    """Return the kind that the other classes name; a word that others use too needs one."""
    for name in _names(el):
        bare = next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)
        if bare in _NAMES and (name != form.box or form.box != "note"):
            return _NAMES[bare]
    # ``note`` alone is a class of many themes; the others say by themselves that they are boxes
    titled = any(set(_names(x)) & set(form.titles) for x in _first(el))
    return "note" if titled else None


def _rewrite(el: Element, form: Form) -> None:
    for part in [x for x in _first(el) if set(_names(x)) & set(form.icons)]:
        if part.getparent() is not None and len(text_of(part).strip()) < 3:
            remove(part)
    for table in el.findall("table"):  # Asciidoctor sets the sign beside the text by one
        table.set("role", "presentation")
    if el.tag == "p":
        inner = el.makeelement("p")
        inner.text, el.text = el.text, None
        inner.extend(list(el))
        el.append(inner)
    el.tag = "details"
    if el.find("summary") is None:
        _title(el, form)


def _title(el: Element, form: Form) -> None:
    """Make the title of a box its summary, where there is one."""
    title = next((x for name in form.titles for x in _first(el) if name in _names(x)), None)
    if title is None:
        return
    for block in title.iter("h1", "h2", "h3", "h4", "h5", "h6", "p", "div"):
        block.tag = "span"
    title.tag = "summary"
    if title.getparent() is not el:
        if (title.tail or "").strip():
            behind = title.makeelement("span")
            behind.text, title.tail = title.tail, None
            title.addnext(behind)
        title.tail = None
        el.insert(0, title)
