"""Nothing that a post carries becomes syntax, script or a file: every attack of the table, read back by MyST."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from ext.edition.site.errors import EditionError
from tests.attacks import ATTACKS, Attack
from tools.convert import convert

SETTINGS: dict[str, Any] = {
    "myst_enable_extensions": {"dollarmath", "amsmath", "colon_fence", "deflist", "attrs_block", "attrs_inline",
                               "tasklist"},
    "myst_dmath_double_inline": True, "myst_heading_anchors": 4, "report_level": 2, "halt_level": 5,
    "warning_stream": False, "raw_enabled": True, "file_insertion_enabled": True,
}
FORBIDDEN = (nodes.comment, nodes.substitution_reference, nodes.substitution_definition, nodes.problematic,
             nodes.system_message, nodes.container, nodes.image, nodes.sidebar, nodes.topic, nodes.footnote,
             nodes.field_list, nodes.docinfo, nodes.meta, nodes.pending)


def doctree(myst: str) -> nodes.document:
    """Read MyST as the edition does."""
    return publish_doctree(myst, parser=Parser(), settings_overrides=SETTINGS)


def squeezed(text: str) -> str:
    """Return text without its white space, which lines and paragraphs may change."""
    return "".join(text.split())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("fragment", [True, False], ids=["feed", "page"])
def test_attack_shows_as_text(attack: Attack, fragment: bool) -> None:
    page = attack.html if fragment else f"<html><body><article>{attack.html}</article></body></html>"
    done = convert(page, url="https://blog.example/archives/1", fragment=fragment)
    tree = doctree("# Title\n\n" + done.markdown)

    for kind in FORBIDDEN:
        assert not list(tree.findall(kind)), done.markdown
    assert all(raw.astext().strip() in {"<br />", "\\\\"} for raw in tree.findall(nodes.raw)), done.markdown
    assert not [t for t in tree.findall(nodes.target) if not str(t.get("refid", "")).startswith("equation-")]
    for reference in tree.findall(nodes.reference):
        assert urlsplit(reference.get("refuri", "")).scheme in {"http", "https", "mailto"}, reference
    for node in tree.findall(nodes.Element):
        assert not {"stolen", "stolen-label", "own"} & set(node.get("names", ()))
        assert not {"annotation", "hidden", "danger"} & set(node.get("classes", ()))
    formulas = [*tree.findall(nodes.math), *tree.findall(nodes.math_block)]
    assert len(formulas) == attack.formulas == done.receipt.myst.formulas, done.markdown
    assert bool(done.receipt.lost) == attack.bent
    assert squeezed(attack.shows) in squeezed(tree.astext()), done.markdown


def test_table_is_large_enough() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_page_beyond_the_parsers_depth_is_refused_not_cut() -> None:
    with pytest.raises(EditionError, match="too deep"):
        convert("<div>" * 5000 + "text" + "</div>" * 5000, url="https://blog.example/1")
