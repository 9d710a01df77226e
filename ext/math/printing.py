r"""Write displayed formulas for builders other than HTML: with the numbers that the page gives them, and their targets.

LaTeX sets each as AMS does, with ``\tag*``, so that nothing is counted twice, and marks every row that a link may lead
to. Flowing text shows the source and the numbers behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxTranslator
from sphinx.writers.latex import LaTeXTranslator

from ext.edition.math import dialect, display, tex

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

#: Builders of flowing text, by their formats.
FLOWING = ("text", "man", "texinfo")


def _source(node: nodes.Element) -> str:
    return tex.definitions(str(node.get("set", node.astext())))[1].strip()


def visit_latex_inline(self: LaTeXTranslator, node: nodes.math) -> None:
    """Write a formula of the text; what defines only is nothing here."""
    if source := _source(node):
        set_ = dialect.with_macros(source, node.get("macros", {}))
        self.body.append(rf"\({' '.join(set_.split())}\)" if "unset" not in node else _unset(self, source))
    raise nodes.SkipNode


def visit_latex_display(self: LaTeXTranslator, node: nodes.math_block) -> None:
    """Write a displayed formula with its numbers and the target of every row that has one."""
    source = _source(node)
    if not source:
        raise nodes.SkipNode
    rows = node.get("rows", ())
    anchors = dict.fromkeys((*node["ids"], *(row.anchor for row in rows)))
    self.body.append("".join(self.hypertarget(anchor) for anchor in anchors))
    if "unset" in node:
        self.body.append(f"\n\n{_unset(self, source)}\n\n")
        raise nodes.SkipNode
    shape = display.parse(source)
    if len(rows) == 1 or not any(row.shown for row in rows):
        tag = f" \\tag*{{{self.encode(rows[0].shown)}}}" if rows and rows[0].shown else ""
        body = rf"\begin{{equation*}}{display.without_tags(shape)}{tag}\end{{equation*}}"
    else:
        body = display.with_tags(shape)
        for at, row in enumerate(rows):
            body = body.replace(rf"\tag*{{z{at}z}}", rf"\tag*{{{self.encode(row.shown)}}}" if row.shown else r"\notag")
    lines = filter(str.strip, dialect.with_macros(body, node.get("macros", {})).splitlines())
    self.body.append("\n\\begingroup\n" + "\n".join(lines) + "\n\\endgroup\n")
    raise nodes.SkipNode


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
