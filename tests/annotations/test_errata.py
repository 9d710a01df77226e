"""Errata: what is wrong stays, what is right stands beside it, and the original closes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import Build, EditionFolder, new_edition
from hypothesis import given
from hypothesis import strategies as st

from ext.annotations.annotating import annotation_index
from ext.audit.assess import covers
from ext.checks.findings import findings
from ext.edition.annotations.errata import Correction, Event, State, errata, event, says
from ext.edition.annotations.errata import state as state_of
from ext.edition.audit.coverage import Cover
from ext.edition.checks.lint import Lint
from ext.edition.math.equation import Equation, EquationRow
from ext.edition.posts.merge import equations_of, update
from ext.edition.posts.notes import marked, notes
from ext.edition.posts.readings import texts

WRONG, RIGHT = r"\sum_i i = \frac{n(n-1)}{2}", r"\sum_i i = \frac{n(n+1)}{2}"
TEXT = rf"""
段首，原文的一段话说明这个式子从何而来：

$$
{WRONG}
$$ (eq-sum)

行间的 $$\int_0^1 x\,dx = 1 \label{{eq-int}}$$ 后面接着说。

$$
\begin{{align}} a &= b \label{{eq-one}} \\ c &= d - e \label{{eq-two}} \end{{align}}
$$
"""


def erratum(of: str, tex: str, *options: str, reason: str = "理由。") -> str:
    lines = "".join(f":{option}\n" for option in (f"of: {of}", *options))
    return f"\n:::{{prf:erratum}} 题\n{lines}\n$$\n{tex}\n$$\n\n{reason}\n:::\n"


NOTES = (erratum("eq-sum", RIGHT, "label: err-sum", "reported: 2026-11-02 https://blog.example/x?a=1&b=2")
         + erratum("eq-int", r"\int_0^1 x\,dx = \frac12") + erratum("eq-two", "c = d + e", "disputed: 2026-11-20"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    made = new_edition(tmp_path_factory.mktemp("errata") / "edition")
    made.write("index.md", "# 首页\n\n```{toctree}\nposts/seven\nposts/other\n```\n")
    original = f"# 原文\n{TEXT}"
    made.write("originals/7.md", f"---\nid: '7'\n---\n\n{original}")
    made.write("posts/seven.md", f"---\nid: '7'\ntitle: 原文\n---\n\n{original}{NOTES}")
    made.post("other", erratum("seven#eq-sum", r"\sum_i i = \binom{n+1}{2}", "label: err-other"))
    return made


@pytest.fixture(scope="module")
def built(folder: EditionFolder) -> Build:
    done = folder.build()
    assert done.warnings == ()
    return done


def states(build: Build) -> list[tuple[str, str, State]]:
    return [(one.docname, one.equation.id, one.state) for one in errata(annotation_index(build.env))]


def test_states_follow_from_what_is_written(built: Build) -> None:
    assert states(built) == [
        ("posts/other", "eq-sum", State.FOUND), ("posts/seven", "eq-sum", State.REPORTED),
        ("posts/seven", "eq-int", State.FOUND), ("posts/seven", "eq-one", State.DISPUTED)]


def test_the_correction_stands_beside_the_equation_and_the_original_stays(built: Build) -> None:
    page = BeautifulSoup(built.html("posts/seven"), "html.parser")
    beside = page.select("aside.erratum-beside")
    assert [one["class"][1] for one in beside] == [
        "erratum-found", "erratum-reported", "erratum-found", "erratum-disputed"]
    assert [one.math["alttext"] for one in beside] == [
        r"\sum_i i = \binom{n+1}{2}", RIGHT, r"\int_0^1 x\,dx = \frac12", "c = d + e"]
    assert page.find(id="eq-eq-sum").math["alttext"] == WRONG
    assert page.find(id="eq-eq-sum").find_next_sibling() == beside[0]
    assert [one.a["href"] for one in beside] == [
        "other.html#err-other", "#err-sum", "#erratum-2", "#erratum-3"], "links to where the reason stands"
    # The paragraph goes on below the box, and nothing of it is lost.
    assert beside[2].find_previous_sibling("p").get_text().startswith("行间的")
    assert beside[2].find_next_sibling("p").get_text().strip() == "后面接着说。"
    assert "式 (2) 应作" in beside[3].get_text()
    assert not page.select("aside [id], p aside"), "no id twice, no box in a paragraph"
    link = page.find(id="err-sum").find("a", string="2026-11-02")
    assert link["href"] == "https://blog.example/x?a=1&b=2"


def test_the_original_is_intact_and_an_erratum_covers_nothing(built: Build) -> None:
    assert Lint.ORIGINAL_CHANGED not in {one.subtype for one in findings(built.env).get("posts/seven", ())}
    found = covers(built.env, "posts/seven")
    assert [one.state for one in found] == [Cover.UNCOVERED] * 3
    assert not any(one.restated or one.again for one in found)


@pytest.mark.parametrize(("builder", "file"), [("text", "posts/seven.txt"), ("latex", "sphinx.tex"),
                                               ("man", "sphinx.1"), ("texinfo", "sphinx.texi")])
def test_every_format_has_it_twice(folder: EditionFolder, built: Build, builder: str, file: str) -> None:
    text = (folder.build(builder, out=builder).out / file).read_text("utf-8")
    assert text.count("c = d + e") == 2, "beside the equation and in the erratum"
    assert text.count("此式应作") == 3 and text.count("状态：") == (3 if builder == "text" else 4)


def test_the_original_closes_it_and_pages_are_written_again(tmp_path: Path) -> None:
    folder = new_edition(tmp_path / "edition")
    folder.post("a", f"$$\n{WRONG}\n$$ (eq-sum)\n")
    folder.post("b", erratum("a#eq-sum", RIGHT, "label: err", "reported: 2026-11-02", "stale: 2026-11-03"))
    first = folder.build()
    assert states(first) == [("posts/b", "eq-sum", State.REPORTED)]
    assert [one.subtype for one in findings(first.env)["posts/b"]] == [Lint.ANNOTATION_STALE]
    assert "annotation-stale" in first.html("posts/b")
    folder.post("a", f"$$\n{RIGHT} .\n$$ (eq-sum)\n")
    second = folder.build()
    assert states(second) == [("posts/b", "eq-sum", State.ADOPTED)] and "posts/b" not in findings(second.env)
    assert "posts/b.html" in second.written and "annotation-stale" not in second.html("posts/b")
    page = BeautifulSoup(second.html("posts/a"), "html.parser")
    assert page.aside.math is None and "原文已改正" in page.aside.get_text()


@pytest.mark.parametrize("options", [":of: eq-sum\n", "---\nof: eq-sum\n---\n"])
def test_an_update_keeps_what_the_original_said(edition_folder: EditionFolder, options: str) -> None:
    wrong = WRONG.replace("{2}", "{2} % it's\n")
    note = f":::{{prf:erratum}}\n{options}\n$$\n{RIGHT}\n$$\n\n理由。\n:::\n"
    base, new = f"段。\n\n$$\n{wrong}\n$$ (eq-sum)\n", f"段。\n\n$$\n{RIGHT}\n$$ (eq-sum)\n"
    once = update(f"{base}\n{note}", base, new, "2026-01-02").text
    assert "stale: 2026-01-02" in once and once.count("formerly: '") == 1
    assert [one.digest for one in texts(once)] == [one.digest for one in texts(f"{base}\n{note}")]
    twice = update(once, new, base, "2026-01-03").text
    assert twice.count("formerly: '") == 1, "the first one stays"
    edition_folder.post("a", once)
    built = edition_folder.build()
    assert built.warnings == () and states(built)[0][2] == State.ADOPTED
    for name in ("posts/a", "errata"):
        page = BeautifulSoup(built.html(name), "html.parser")
        assert "原作" in page.text and len(page.select("aside math" if name == "posts/a" else ".erratum math")) == (
            1 if name == "posts/a" else 2)


def test_an_erratum_in_another_post_keeps_it_too(edition_folder: EditionFolder) -> None:
    body = erratum("seven#eq-sum", RIGHT, "label: err")
    after = marked(body, notes(body), "2026-01-02", equations_of(f"$$\n{WRONG}\n$$ (eq-sum)\n", "seven"))
    assert f"formerly: '{WRONG}'" in after


@pytest.mark.parametrize("body", [
    ":::{prf:erratum}\n$$x$$\n:::", ":::{prf:erratum}\n:of: eq-sum\n只有理由。\n:::",
    erratum("eq-sum, eq-b", RIGHT), erratum("thm", RIGHT), erratum("eq-added", RIGHT),
    erratum("eq-sum", RIGHT, "reported: 昨天"), erratum("eq-sum", RIGHT, "disputed: javascript:alert(1)"),
    erratum("eq-sum", RIGHT, "reported: 2026-13-01")])
def test_what_it_lacks_is_named(edition_folder: EditionFolder, body: str) -> None:
    edition_folder.post("p", f"$$\n{WRONG}\n$$ (eq-sum)\n\n$$b$$ (eq-b)\n\n"
                             f":::{{prf:axiom}}\n:label: thm\n$$y$$ (eq-added)\n:::\n\n{body}\n")
    built = edition_folder.build()
    assert [one.subtype for one in findings(built.env)["posts/p"]] == [Lint.ERRATUM_INCOMPLETE]
    assert len(built.warnings) == 1 and "javascript" not in built.html("posts/p")


def equation(tex: str, rows: tuple[EquationRow, ...] = (EquationRow(None, None, (), "a"),)) -> Equation:
    return Equation("e", "e", (), rows, tex, "original", 1, "a")


@given(st.lists(st.sampled_from([" ", "\n", r"\label{x}", r"\tag{3}", "% c\n"])),
       st.sampled_from(["", ",", r"\,.", "。"]))
def test_naming_space_and_ends_do_not_count(noise: list[str], end: str) -> None:
    assert says(equation(RIGHT + end + "".join(noise)), "e", RIGHT)
    assert not says(equation(WRONG + end + "".join(noise)), "e", RIGHT)


def test_an_empty_or_other_formula_says_nothing() -> None:
    assert not says(equation(RIGHT), "e", "") and not says(equation("."), "e", ",")
    assert not says(equation("x^{ab}"), "e", "x^ab"), "braces do count"
    assert state_of(equation(WRONG), "e", Correction(RIGHT, "2026-01-01", "2026-01-02")) is State.DISPUTED


@pytest.mark.parametrize(("text", "read"), [
    ("2026-11-02", Event("2026-11-02")), ("https://a.example/b", Event(address="https://a.example/b")),
    ("https://a.example 2026-11-02", Event("2026-11-02", "https://a.example")),
    ("2026-02-30", None), ("", None), ("2026-11-02 2026-11-03", None), ("ftp://a", None), ('https://a"b', None)])
def test_events(text: str, read: Event | None) -> None:
    assert event(text) == read
