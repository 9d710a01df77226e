"""What a screen reader is told of a formula: Chromium's accessibility tree of twenty of them.

A label would stand in place of the formula, and TeX read aloud says little: what is told is the structure itself, which
screen readers speak in the listener's language. So a formula is a formula, has no label, and all of it is there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder

FORMULAS = (
    r"x_i^2", r"\frac{1}{2}", r"\sqrt{v_t}+\epsilon", r"\Vert W\Vert_F^2", r"\sum_{i=1}^n x_i", r"\int_0^1 f(x)dx",
    r"\lim_{n\to\infty} a_n", r"\binom{n}{k}", r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", r"\bar\alpha_t",
    r"\mathbb{E}[x]", r"\operatorname{softmax}(QK^{\top})", r"e^{-x^2/2}", r"\log p(x)", r"A^{-1}", r"f''(x)",
    r"\begin{cases}x & x>0\\ 0 & x\le 0\end{cases}", r"\left(\frac{a}{b}\right)^2", r"\nabla_\theta L", r"x < y")


ROLES = {"mfrac": "MathMLFraction", "msqrt": "MathMLSquareRoot", "mtable": "MathMLTable", "msup": "MathMLSup",
         "msub": "MathMLSub", "msubsup": "MathMLSubSup"}


def plain(text: str) -> str:
    """Leave out space, and that letters are italic."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def told(page: Any) -> list[tuple[str, str, set[str]]]:
    """Return the label of every formula, what is read below it, and the roles there, in the order of what is read."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}

    def below(node: dict[str, Any]) -> list[dict[str, Any]]:
        inside = [by_id[one] for one in node.get("childIds", ()) if one in by_id]
        return [node, *(each for one in inside for each in below(one))]

    found = []
    for node in nodes:
        if node["role"]["value"] in ("math", "MathMLMath") and not node["ignored"]:
            parts = below(node)
            text = "".join(part["name"]["value"] for part in parts if part["role"]["value"] == "StaticText")
            found.append((node["name"]["value"], plain(text), {part["role"]["value"] for part in parts}))
    return sorted(found, key=lambda one: one[1])


@pytest.mark.browser
def test_twenty_formulas_are_told_with_their_structure(
        edition_folder: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> None:
    assert len(set(FORMULAS)) == 20
    text = "\n\n".join(f"文 ${tex}$ 文" if at % 2 else f"$$\n{tex}\n$$" for at, tex in enumerate(FORMULAS))
    edition_folder.post("a", text)
    page = browser.new_page()
    page.goto(f"{serve(edition_folder.build().out)}/posts/a.html")
    shown = page.eval_on_selector_all(".zs-article math", """(all) => all.map((one) => [
      one.textContent, Array.from(one.querySelectorAll("*"), (part) => part.localName)])""")
    heard = told(page)
    assert len(shown) == len(heard) == 20
    there = sorted((plain(text), elements) for text, elements in shown)
    for (content, elements), (label, read, roles) in zip(there, heard, strict=True):
        assert label == "" and read == content != ""
        assert {ROLES[name] for name in elements if name in ROLES} <= roles, content
    page.close()
