r"""Write displayed formulas for builders other than HTML: with the numbers that the page gives them, and their targets.

LaTeX sets each as AMS does, with ``\tag*``, so that nothing is counted twice, and marks every row that a link may lead
to. Flowing text shows the source and the numbers behind it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxTranslator
from sphinx.writers.latex import LaTeXTranslator

from ext.edition.math import dialect, display, tex
from ext.edition.math.plain import plain

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

#: Builders of flowing text, by their formats.
FLOWING = ("text", "man", "texinfo")

_NAMES = re.compile(r"\\(?:begin\s*+\{\s*+)?([A-Za-z@]+)")
#: What reads, writes, repeats, changes how the rest is read, or puts together the name of something that does.
_POWERS = re.compile(
    r"input|include|includeonly|InputIfFileExists|IfFileExists|(?:open|close)(?:in|out)|read|readline|write|immediate|"
    r"special|csname|expandafter|(?:cat|lc|uc)code|(?:lower|upper)case|scantokens|(?:endline|escape)char|loop|repeat|"
    r"output|shipout|usepackage|RequirePackage|documentclass|(?:batch|nonstop|scroll|errorstop)mode|endinput|dump|"
    r"XeTeX[a-z]*|includegraphics|verbatim[a-z]*|lst[a-z]*|minted|document|comment|makeat[a-z]*|new(?:write|read)|"
    r"after(?:group|assignment)|global|[gex]def|(?:future)?let|(?:file|every)[a-z]*")


#: Words with a character that means something to TeX, and a script that is one command with its argument.
_WORDS = re.compile(r"\\(text(?:bf|it|rm|sf|tt)?|mbox)\s*+\{([^{}$\\]*+)\}")
_SCRIPT = re.compile(r"([_^])\s*+(\\(?:boldsymbol|bm|math[a-z]+|text[a-z]*|operatorname)\s*+\{[^{}]*+\})")


def _source(node: nodes.Element) -> str:
    """Return what a formula shows, as LaTeX has to have it where the engine of the pages forgives more."""
    source = tex.definitions(str(node.get("set", node.astext())))[1].strip()
    source = _WORDS.sub(lambda one: f"\\{one[1]}{{{re.sub('[_#&]', lambda sign: chr(92) + sign[0], one[2])}}}", source)
    return _SCRIPT.sub(r"\1{\2}", source)


def visit_latex_inline(self: LaTeXTranslator, node: nodes.math) -> None:
    """Write a formula of the text; what defines only is nothing here."""
    if source := _source(node):
        shown = "".join(tex.without_comments(tex.tokens(source)))
        set_ = " ".join(dialect.with_macros(shown, node.get("macros", {})).split())
        written = rf"\({set_}\)"
        if isinstance(node.parent, nodes.title):  # also a bookmark, which has characters only
            written = rf"\texorpdfstring{{{written}}}{{{self.encode(plain(node.get('html', '')))}}}"
        self.body.append(_piece(self, node, written, _unset(self, source)))
    raise nodes.SkipNode


def visit_latex_display(self: LaTeXTranslator, node: nodes.math_block) -> None:
    """Write a displayed formula with its numbers and the target of every row that has one."""
    source = _source(node)
    if not source:
        raise nodes.SkipNode
    rows = node.get("rows", ())
    anchors = dict.fromkeys((*node["ids"], *(row.anchor for row in rows)))
    self.body.append("".join(self.hypertarget(anchor) for anchor in anchors))
    shape = _shape(source)
    if len(shape.rows) == 1 or len(rows) < 2:
        tag = f" \\tag*{{{self.encode(rows[0].shown)}}}" if rows and rows[0].shown else ""
        body = rf"\begin{{equation*}}{display.without_tags(shape)}{tag}\end{{equation*}}"
    if len(shape.rows) > 1 and not (len(rows) == 1 and rows[0].shown):
        # Rows of their own, between which a page may end.
        body = display.with_tags(shape)
        for at in range(len(shape.rows)):
            shown = rows[at].shown if at < len(rows) else None
            body = body.replace(rf"\tag*{{z{at}z}}", rf"\tag*{{{self.encode(shown)}}}" if shown else r"\notag", 1)
    body = "\n".join(filter(str.strip, dialect.with_macros(body, node.get("macros", {})).splitlines()))
    written = _piece(self, node, f"\\begingroup\n{body}\n\\endgroup", f"\n{_unset(self, source)}\n")
    self.body.append(f"\n{written}\n")
    raise nodes.SkipNode


def _shape(source: str) -> display.Display:
    """Read a formula as LaTeX has to have it: with rows only where an environment says so, and of two columns."""
    shape = display.parse(source)
    if not shape.environment and len(rows := display.parse(rf"\begin{{align*}}{source}\end{{align*}}").rows) > 1:
        return display.Display("align", rows)
    if shape.environment == "eqnarray":
        return display.Display("align", tuple(
            replace(row, tex=re.sub(r"&([^&]*)&", r"&\1", row.tex, count=1)) for row in shape.rows))
    return shape


def harmless(source: str) -> bool:
    """Tell whether a formula only sets something: it comes from anywhere, and TeX can read and write files."""
    return "^^" not in source and not any(map(_POWERS.fullmatch, _NAMES.findall(source)))


def _piece(self: LaTeXTranslator, node: nodes.Element, written: str, unset: str) -> str:
    """Return a formula, and where the builder asks for it, keep what to write instead should LaTeX refuse it."""
    if node.get("unset") or not harmless(written):
        return unset
    pieces = getattr(self.builder, "pieces", None)
    if pieces is None:
        return written
    pieces.append((written, unset, node))
    return f"%@{len(pieces) - 1}\n{written}"


def _unset(self: LaTeXTranslator, source: str) -> str:
    return rf"\sphinxcode{{\sphinxupquote{{{self.encode(source)}}}}}"


def visit_flowing(self: SphinxTranslator, node: nodes.math_block) -> None:
    """Write the source of a formula, and its numbers."""
    if shown := [row.shown for row in node.get("rows", ()) if row.shown]:
        node += nodes.Text("    " + " ".join(shown))
    type(self).visit_math_block(self, node)


def depart_flowing(self: SphinxTranslator, node: nodes.math_block) -> None:
    """Close the formula."""
    type(self).depart_math_block(self, node)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register what writes formulas."""
    app.add_node(nodes.math, override=True, latex=(visit_latex_inline, None))
    app.add_node(nodes.math_block, override=True, latex=(visit_latex_display, None),
                 **dict.fromkeys(FLOWING, (visit_flowing, depart_flowing)))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
