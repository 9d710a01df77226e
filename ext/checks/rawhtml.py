"""Raw HTML in sources: only a small, balanced, harmless remainder of it reaches a page.

Every ``raw`` node of a document is made safe while the document is read, so that neither a script nor half a
``<div>`` from a fetched page can get out of it. What the author meant as text (``<eos>``) stays text. An
extension that makes raw HTML itself at that time marks its node with ``node["trusted"] = True``.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.typing import ExtensionMetadata

from ext.checks.findings import report
from ext.edition.checks.lint import Lint


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Tags that may enclose Markdown when both halves stand beside each other.
PAIRED = _names("a b code del details em i ins kbd mark s small strong sub sup u")
ALLOWED = PAIRED | _names(
    "blockquote br dd dl dt figcaption figure hr img li ol p path pre rp rt ruby "
    "summary svg table tbody td tfoot th thead tr ul wbr"
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "path": {"d", "fill-rule"},
    "svg": {"viewBox", "width", "height", "aria-hidden", "class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto"}
#: Tags that mean something to a browser; any other ``<word>`` is text that looks like a tag.
KNOWN = (
    ALLOWED
    | nh3.ALLOWED_TAGS
    | _names(
        "applet audio base body button canvas dialog embed fieldset font form frame frameset g head html iframe "
        "input label legend link main marquee math meta noscript object optgroup option output param portal "
        "progress script section select slot source style template textarea title track video"
    )
)
#: What the task lists of the Markdown parser are made of: the only form control, and it cannot be used.
_CHECKBOX = re.compile(
    r'<input class="task-list-item-checkbox"(?: checked="checked")? +disabled="disabled" +type="checkbox">'
)
_VOID = _names("area base br col embed hr img input link meta param source track wbr")


@dataclass(slots=True)
class Fragment:
    """Hold what one piece of raw HTML turned out to be."""

    text: str = ""
    """With tags that no browser knows written as text."""
    tags: list[tuple[str, str]] = field(default_factory=list)
    """Name and class of every opening tag."""
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    """Tags left open, and closing tags without an opening one."""

    @property
    def opener(self) -> str:
        """The one tag this fragment leaves open, or empty."""
        return self.opened[0] if len(self.opened) == 1 and not self.closed else ""

    @property
    def closer(self) -> str:
        """The one tag this fragment is the end of, or empty."""
        return self.closed[0] if len(self.closed) == 1 and not self.opened and not self.tags else ""

    @property
    def literal(self) -> bool:
        """Whether it only looked like HTML."""
        return not self.tags and not self.closed and "&lt;" in self.text


class _Reader(HTMLParser):
    """Read a fragment tag by tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.fragment = Fragment()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or ""
        if tag not in KNOWN:
            self.fragment.text += html.escape(source, quote=False)
            return
        self.fragment.text += source
        self.fragment.tags.append((tag, dict(attrs).get("class") or ""))
        if tag not in _VOID:
            self.fragment.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in KNOWN:
            self.fragment.text += f"&lt;/{tag}&gt;"
            return
        self.fragment.text += f"</{tag}>"
        if tag in self.fragment.opened:
            while self.fragment.opened.pop() != tag:
                pass
        else:
            self.fragment.closed.append(tag)

    def handle_data(self, data: str) -> None:
        self.fragment.text += data

    def handle_entityref(self, name: str) -> None:
        self.fragment.text += f"&{name};"

    def handle_charref(self, name: str) -> None:
        self.fragment.text += f"&#{name};"


def parse(text: str) -> Fragment:
    """Read one piece of raw HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.fragment


def clean(text: str) -> str:
    """Return the allowed remainder of a fragment, balanced in itself."""
    return nh3.clean(
        text, tags=set(ALLOWED), attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )


def pairs(fragments: list[Fragment]) -> dict[int, int]:
    """Match opening to closing fragments among siblings; what is not properly nested is left out."""
    found: dict[int, int] = {}
    stack: list[tuple[int, str]] = []
    for position, fragment in enumerate(fragments):
        if fragment.opener:
            stack.append((position, fragment.opener))
        elif fragment.closer and any(tag == fragment.closer for _, tag in stack):
            while stack[-1][1] != fragment.closer:
                stack.pop()
            start, tag = stack.pop()
            if tag in PAIRED:
                found[start] = position
    return found


class CleanRawHtml(SphinxTransform):
    """Make the raw HTML of one document safe, and report what it loses."""

    default_priority = 240

    def apply(self, **kwargs: object) -> None:
        """Clean the raw nodes of each parent together, so that halves of a pair can meet."""
        self.lost: Counter[tuple[Lint, str]] = Counter()
        self.lines: dict[tuple[Lint, str], int | None] = {}
        parents = {id(node.parent): node.parent for node in self.document.findall(nodes.raw) if _untrusted(node)}
        for parent in parents.values():
            self._clean_children(parent)
        for (lint, name), times in sorted(self.lost.items()):
            message = f"{name} is not shown" + (f" ({times} times)" if times > 1 else "")
            docname = self.env.current_document.docname
            report(self.env, docname, lint, message, self.lines[lint, name])

    def _clean_children(self, parent: nodes.Element) -> None:
        raws = [child for child in parent.children if _untrusted(child)]
        fragments = [parse(node.astext()) for node in raws]
        matched = pairs(fragments)
        inline = isinstance(parent, nodes.TextElement)
        if inline:
            matched = {start: end for start, end in matched.items() if fragments[start].opener != "details"}
        ends = {end: start for start, end in matched.items()}
        for position, (node, fragment) in enumerate(zip(raws, fragments, strict=True)):
            if fragment.literal:
                said = nodes.Text(html.unescape(fragment.text))
                node.parent.replace(node, said if inline else nodes.paragraph("", "", said))
                continue
            if position in matched:
                tag = fragment.opener
                safe = clean(fragment.text).rstrip().removesuffix(f"</{tag}>")
            elif position in ends:
                tag = fragment.closer
                safe = clean(fragment.text.partition("</")[0]) + f"</{tag}>"
            else:
                safe = clean(fragment.text)
            self._note_losses(node, fragment, kept=position in matched)
            if safe.strip():
                node.parent.replace(node, nodes.raw("", safe, format="html", trusted=True))
            else:
                node.parent.remove(node)

    def _note_losses(self, node: nodes.Node, fragment: Fragment, *, kept: bool) -> None:
        for tag, classes in fragment.tags:
            if tag == "div" and classes:
                key = (Lint.UNKNOWN_DIV, f'<div class="{" ".join(classes.split())}">')
            elif tag not in ALLOWED or (tag in fragment.opened and not kept):
                key = (Lint.RAW_HTML, f"<{tag}>")
            else:
                continue
            self.lost[key] += 1
            self.lines.setdefault(key, node.line or (node.parent.line if node.parent else None))


def _untrusted(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.raw) or "html" not in node.get("format", "").split():
        return False
    return not node.get("trusted") and not _CHECKBOX.fullmatch(node.astext())


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the cleaning of raw HTML."""
    app.setup_extension("ext.checks.findings")
    app.add_transform(CleanRawHtml)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
