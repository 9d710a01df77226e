"""Set every formula while its document is read, and write it as MathML: no script is needed to read it.

A displayed formula scrolls inside itself; its number stands beside it. What no engine can set is shown as
its source in a marked box and reported with the engine's message.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform

from ext.build.once import once
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.math import breaking, display, tex
from ext.edition.math.engine import DEPTH, SECONDS, Rendered, Renderer
from ext.edition.math.plain import LEFT_OUT, plain
from ext.edition.math.tex import Macro
from ext.edition.site.errors import EditionError
from ext.math import equations

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

STATIC = Path(__file__).parent.parent / "static"
#: After the equations have their numbers, before the collectors.
PRIORITY = equations.PRIORITY + 10
#: (Chinese, English) names of a displayed formula, for those who can't see it.
_NAMES = ("公式", "Equation")
#: Marks that may not begin a line, and that may not end one.
_CLOSING = frozenset("，。、；：！？）》」』】〉〕”’…,.;:!?)]")
_OPENING = frozenset("（《「『【〈〔“‘([")


class Setter:
    """Set the formulas of each document that is read, with the macros of the edition and of its page."""

    def __init__(self) -> None:
        """Wait for the configuration."""
        self._renderer = Renderer()

    def start(self, app: Sphinx) -> None:
        """Prepare the engine with the macros of the edition."""
        try:
            self._renderer = _renderer(app)
        except EditionError as error:
            raise ConfigError(str(error)) from error

    def set_document(self, app: Sphinx, doctree: nodes.document) -> None:
        """Set all formulas of a document in order; a definition holds from where it stands."""
        macros: dict[str, Macro] = {}
        used: Counter[str] = Counter()
        for node in instances(doctree, nodes.math, nodes.math_block):
            assert isinstance(node, nodes.math | nodes.math_block)
            source = str(node.get("set", node.astext()))
            own, rest = tex.definitions(source)
            macros |= {macro.name: macro for macro in own}
            if not rest.strip():
                node["html"] = ""
                continue
            rendered = self._set(node, source, macros)
            if known := self._renderer.used(source, macros):
                node["macros"] = known
            node["html"] = _with_source(breaking.cut(rendered.html), node.astext())
            used[rendered.engine] += 1
            if rendered.error is not None:
                node["unset"] = True
                message = f"the formula {_short(source)} cannot be set: {rendered.error}"
                report(app.env, app.env.current_document.docname, Lint.MATH_UNSET, message, node)
        if macros:
            app.env.domaindata["math"]["macros"][app.env.current_document.docname] = macros
        if used:
            app.env.domaindata["math"]["engines"][app.env.current_document.docname] = dict(used)

    def _set(self, node: nodes.Element, source: str, macros: dict[str, Macro]) -> Rendered:
        if isinstance(node, nodes.math):
            return self._renderer.render(source, False, macros)
        rows = node.get("rows", ())
        tags = [display.Tag(row.number, row.shown) if row.number is not None else None for row in rows]
        anchors = ["" if row.anchor in node["ids"] else row.anchor for row in rows]
        return self._renderer.render_display(display.parse(source), tags, anchors, macros)


def _short(source: str) -> str:
    """Return the beginning of a formula, on one line and between quotation marks, for a message."""
    line = " ".join(source.split())
    return f"“{line if len(line) <= 60 else line[:59] + '…'}”"


def _with_source(mathml: str, source: str) -> str:
    """Put the TeX on the formula, for copying, and where those who read pages for others look for it."""
    # By both names: trafilatura reads the standard's alone, defuddle the other; an annotation would take more elements.
    tex_ = html.escape(source.strip())
    return mathml.replace("<math", f'<math alttext="{tex_}" data-latex="{tex_}"', 1)


class Ties(SphinxPostTransform):
    """Keep a formula of the text and the punctuation at its side on one line, which browsers don't."""

    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Put such a formula and the mark into one unbreakable span."""
        for math in list(self.document.findall(nodes.math)):
            before, after = _text_beside(math, -1), _text_beside(math, 1)
            opening = before[-1:] if before[-1:] in _OPENING else ""
            closing = after[:1] if after[:1] in _CLOSING else ""
            if not (opening or closing):
                continue
            parent, at = math.parent, math.parent.index(math)
            tie = nodes.inline("", classes=["math-tie"])
            first, last = at - bool(opening), at + 1 + bool(closing)
            rest = [nodes.Text(before[:-1])] if opening else []
            end = [nodes.Text(after[1:])] if closing else []
            parent[first:last] = [*rest, tie, *end]
            tie += [nodes.Text(opening), math, nodes.Text(closing)]


class NameHeaders(SphinxPostTransform):
    """Name a formula that is all of a header cell: what names cells by their text takes MathML for none."""

    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Name such formulas."""
        for head in self.document.findall(nodes.thead):
            for entry in head.findall(nodes.entry):
                found = list(entry.findall(nodes.math))
                if len(found) == 1 and entry.astext() == found[0].astext() and found[0].get("html"):
                    said = plain(found[0]["html"])
                    name = html.escape(found[0].astext() if said == LEFT_OUT else said)
                    found[0]["html"] = found[0]["html"].replace("<math", f'<math aria-label="{name}"', 1)


def _text_beside(node: nodes.Element, step: int) -> str:
    """Return the text directly before or after a node, empty where there is none."""
    parent = node.parent
    at = parent.index(node) + step
    beside = parent[at] if 0 <= at < len(parent) else None
    return beside.astext() if isinstance(beside, nodes.Text) else ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula of the text."""
    written = node.get("html", "")
    self.body.append(f"{self.starttag(node, 'span', '')}{written}</span>" if node["ids"] else written)
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula with its number; definitions alone take no space."""
    written = node.get("html", "")
    if not written:
        raise nodes.SkipNode
    # A paragraph may hold a displayed formula, but no HTML division.
    tag = "span" if isinstance(node.parent, nodes.TextElement) else "div"
    rows = node.get("rows", ())
    shown = rows[0].shown if len(rows) == 1 else None
    name = _NAMES[self.config.language == "en"]
    spoken = " ".join((name, *(row.shown for row in rows if row.shown)))
    classes = ["equation", *(name for name in node["classes"] if name != "amsmath")]
    self.body.append(self.starttag(node, tag, "", CLASS=" ".join(classes)).rstrip("\n"))
    # What another extension found out about the equation, ready to be set in its margin.
    self.body.append(node.get("margin", ""))
    # A paragraph: what reads pages for others takes a division of one formula for no text.
    body = "span" if tag == "span" else "p"
    self.body.append(f'<{body} class="equation-body" role="group" tabindex="0" aria-label="{html.escape(spoken)}">')
    self.body.append(f"{written}</{body}>")
    if shown is not None:
        anchor = html.escape(rows[0].anchor)
        self.body.append(f'<a class="equation-number" href="#{anchor}">{html.escape(shown)}</a>')
    self.body.append(f"</{tag}>" + ("\n" if tag == "div" else ""))
    raise nodes.SkipNode


def set_again(app: Sphinx, docname: str, source: str, *, inline: bool = False) -> str:
    """Return a formula of a document set for another page: without numbers, ids and its source."""
    rest, known = _known(app, docname, source)
    if inline:
        return _renderer(app).render(rest, False, known).html
    return _renderer(app).render_display(display.parse(rest), (), (), known).html


def shown_again(app: Sphinx, docname: str, source: str) -> nodes.math_block:
    """Return a displayed formula of a document for another place: without number and id, set with what it knows."""
    rest, known = _known(app, docname, source)
    rendered = _renderer(app).render_display(display.parse(rest), (), (), known)
    node = nodes.math_block(rest, rest, html=_with_source(rendered.html, rest), number=None, label=None)
    _tell(app, node, rest, rendered, known)
    return node


def inline_again(app: Sphinx, docname: str, source: str) -> nodes.math:
    """Return a formula of the text, set with the macros that a document knows."""
    macros = app.env.domaindata["math"]["macros"].get(docname, {})
    rendered = _renderer(app).render(source, False, macros)
    node = nodes.math(source, source, html=_with_source(rendered.html, source))
    _tell(app, node, source, rendered, macros)
    return node


def _known(app: Sphinx, docname: str, source: str) -> tuple[str, Mapping[str, Macro]]:
    """Return a formula without its own definitions, and the macros that it and its document know."""
    macros = app.env.domaindata["math"]["macros"].get(docname, {})
    own, rest = tex.definitions(source)
    return rest, {**macros, **{macro.name: macro for macro in own}}


def _tell(app: Sphinx, node: nodes.Element, source: str, rendered: Rendered, known: Mapping[str, Macro]) -> None:
    """Say on a formula's node which macros it uses, and whether it could not be set."""
    if used := _renderer(app).used(source, known):
        node["macros"] = used
    if rendered.error is not None:
        node["unset"] = True


@once
def _renderer(app: Sphinx) -> Renderer:
    loaded = getattr(app.config, "edition", None)
    depth, seconds = (DEPTH, SECONDS) if loaded is None else (
        loaded.limits.formula_depth, loaded.limits.formula_seconds)
    return Renderer(app.config.edition_macros, depth, seconds)


def engines(env: BuildEnvironment) -> Mapping[str, Mapping[str, int]]:
    """Return how many formulas of each document each engine has set; ``none`` are those nobody could."""
    return env.domaindata["math"]["engines"]


def add_static(app: Sphinx) -> None:
    """Bring style, script and font along into whatever edition uses this extension."""
    if str(STATIC) not in app.config.html_static_path:
        app.config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer of formulas and what it needs on a page."""
    app.setup_extension("ext.math.equations")
    if "edition_macros" not in app.config:
        app.add_config_value("edition_macros", {}, "env", types=frozenset({dict}))
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.add_post_transform(Ties)
    app.add_post_transform(NameHeaders)
    app.add_css_file("math.css")
    app.add_js_file("math.js", loading_method="defer")
    setter = Setter()
    app.connect("builder-inited", setter.start)
    app.connect("builder-inited", add_static)
    app.connect("doctree-read", setter.set_document, priority=PRIORITY)
    return {"version": "1", "env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
