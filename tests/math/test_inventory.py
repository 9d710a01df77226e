"""Two editions: one refers to equations and annotations of the other through its inventory."""

from __future__ import annotations

import runpy
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from conftest import REPO, Build, EditionFolder
from sphinx.util.inventory import InventoryFile

from ext.edition.math.equation import Equation, EquationRow, labelled

ALGEBRA = """
$$a = b + c$$ (sum)

$$
\\begin{align} x &= 1 \\label{row-one} \\\\ y &= 2 \\label{row-two} \\end{align}
$$

:::{prf:theorem} 可加
:label: thm-sum
:nonumber:

$$d = e$$ (added)
:::

:::{prf:proof}
显然。
:::

没有标签的：

$$z = z$$
"""
ANALYSIS = """
{external+algebra:math:eq}`rings#sum`，{external+algebra:math:eq}`row-two`，
{external+algebra:math:eq}`那个式子 <added>`，{external+algebra:prf:ref}`thm-sum`，
[](inv:algebra:math:equation#row-one)。
"""


@pytest.fixture
def algebra(make_edition: Callable[..., EditionFolder]) -> Build:
    """Return a built edition of two posts that give one label twice."""
    folder = make_edition(name="algebra")
    folder.post("rings", ALGEBRA)
    folder.post("fields", "$$a = b$$ (twice)\n")
    folder.post("groups", "$$a = c$$ (twice)\n")
    built = folder.build()
    assert built.warnings == ()
    return built


def names(built: Build) -> dict[str, str]:
    """Return the addresses of the equations in the inventory, by name."""
    with (built.out / "objects.inv").open("rb") as file:
        found = InventoryFile.load(file, "", lambda base, uri: uri)
    return {name: item.uri for name, item in found["math:equation"].items()}


def test_every_labelled_equation_is_in_the_inventory(algebra: Build) -> None:
    found = names(algebra)
    assert set(found) == {
        "rings#sum", "sum", "rings#row-one", "row-one", "rings#row-two", "row-two", "rings#added", "added",
        "fields#twice", "groups#twice"}
    for name, uri in found.items():
        page, _, anchor = uri.partition("#")
        assert BeautifulSoup((algebra.out / page).read_text("utf-8"), "html.parser").find(id=anchor), name


def test_another_edition_refers_to_them(algebra: Build, make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(name="analysis")
    folder.post("limits", ANALYSIS)
    built = folder.build(
        extensions=[*runpy.run_path(str(REPO / "conf.py"))["extensions"], "sphinx.ext.intersphinx"],
        intersphinx_mapping={"algebra": ("https://algebra.example/", str(algebra.out / "objects.inv"))})
    assert built.warnings == ()
    page = BeautifulSoup(built.html("posts/limits"), "html.parser")
    shown = [(link.get_text(), str(link["href"]).removeprefix("https://algebra.example/posts/rings.html#"))
             for link in page.select("a.reference.external") if "algebra" in str(link["href"])]
    assert shown == [
        ("《rings》式 (1)", "eq-sum"), ("《rings》式 (3)", "eq-row-two"), ("那个式子", "eq-added"),
        ("定理「可加」", "thm-sum"), ("《rings》式 (2)", "eq-row-one")]
    assert page.select_one("article code.xref") is None


def test_what_the_other_edition_has_not_is_reported(
    algebra: Build, make_edition: Callable[..., EditionFolder]
) -> None:
    folder = make_edition(name="analysis")
    folder.post("limits", "{external+algebra:math:eq}`twice`\n")
    built = folder.build(
        extensions=[*runpy.run_path(str(REPO / "conf.py"))["extensions"], "sphinx.ext.intersphinx"],
        intersphinx_mapping={"algebra": ("https://algebra.example/", str(algebra.out / "objects.inv"))})
    (warning,) = built.warnings
    assert "limits.md" in warning and "external math:eq reference target not found: twice" in warning


def equation(*labels: str) -> Equation:
    return Equation(labels[0], "e-000000", labels, (EquationRow("1", "(1)", labels, "eq"),), "x", "original", 1, "eq")


def test_names_of_labels_are_unique() -> None:
    found = labelled({"a/x": [equation("one", "two")], "b/x": [equation("one")]}, ["a/x", "b/x", "b/y"])
    given = [name for *_, some in found for name in some]
    assert given == ["a/x#one", "a/x#two", "two", "b/x#one"]
