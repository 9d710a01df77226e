r"""Commutative diagrams of amscd: a table of objects and stretched arrows, with their labels where they belong."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.diagrams import table
from ext.edition.math.engine import Renderer
from ext.edition.math.tex import tokens

RENDERER = Renderer()
SQUARE = r"""\begin{CD}
A @>f>> B\\
@VgVV @VVhV\\
C @>>{k>1}> D\\
\end{CD}"""


def grid(tex: str) -> list[list[Any]]:
    """Return the cells of what is set, by rows."""
    rendered = RENDERER.render(tex, True)
    assert rendered.engine == "math-core" and rendered.error is None
    return [row.find_all("mtd", recursive=False) for row in BeautifulSoup(rendered.html, "html.parser").find_all("mtr")]


def test_a_square_has_its_objects_and_arrows_in_place() -> None:
    rows = grid(SQUARE)
    assert [[cell.get_text() for cell in row] for row in rows] == [
        ["A", "→f", "B"], ["g↓g", "", "h↓h"], ["C", "→k>1", "D"]]
    # Across, the label above is in the mover, the one below in the munder; each arrow stretches.
    assert rows[0][1].find("mover").find("mo").get_text() == "→"
    assert rows[2][1].find("munderover") or rows[2][1].find("munder")
    # Down, what stands at the one side leaves as much room at the other, unseen.
    assert rows[1][0].find("mphantom").get_text() == "g" and rows[1][0].find("mo")["minsize"]
    down = rows[1][2].find_all(["mphantom", "mo"])
    assert [one.name for one in down] == ["mphantom", "mo"] and down[0].get_text() == "h"


@pytest.mark.parametrize(("arrow", "sign"), [
    ("@>>>", "→"), ("@<<<", "←"), ("@=", "="), ("@)))", "→"), ("@(((", "←"), ("@<a<b<", "←"), ("@>{a>b}>>", "→")])
def test_arrows_across(arrow: str, sign: str) -> None:
    (row,) = grid(rf"\begin{{CD}} A {arrow} B \end{{CD}}")
    assert len(row) == 3 and row[1].find("mo").get_text() == sign


@pytest.mark.parametrize(("arrow", "sign"), [
    ("@VVV", "↓"), ("@AAA", "↑"), ("@|", "‖"), (r"@\vert", "‖"), ("@AaAbA", "↑")])
def test_arrows_down(arrow: str, sign: str) -> None:
    (row,) = grid(rf"\begin{{CD}} {arrow} @. {arrow} \end{{CD}}")
    assert [next((one.get_text() for one in cell.find_all("mo")), "") for cell in row] == [sign, "", "", "", sign]


def test_a_diagram_inside_an_equation_is_set() -> None:
    assert len(grid(rf"\begin{{equation}}\require{{AMScd}}{SQUARE}\end{{equation}}")) == 3
    assert len(grid(r"\left(\begin{CD} A @. B \\ @. \\ \end{CD}\right)")) == 2


def test_what_is_no_diagram_stays_as_it_is_and_is_named() -> None:
    for broken in (r"\begin{CD} A @>f> B \end{CD}", r"\begin{CD} A @? B \end{CD}"):
        assert RENDERER.render(broken, True).error == 'Unknown environment "CD"'


@given(st.text("AB@<>VA|=.{}\\ fg", max_size=40))
def test_any_body_ends_and_keeps_its_objects(body: str) -> None:
    found = table(tokens(body))
    assert found is None or found[0] == r"\begin{matrix}"


def test_a_book_has_it_as_it_was_written(edition_folder: EditionFolder) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("no xelatex: install texlive-xetex texlive-lang-chinese")
    edition_folder.post("a", f"$$\n{SQUARE}\n$$")
    built = edition_folder.build("pdf", out="pdf", doctrees="books")
    assert built.warnings == () and r"\begin{CD}" in (built.out / "edition.tex").read_text("utf-8")
