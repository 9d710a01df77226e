"""What rests on what: cones, what holds all the way down, circles, and what the page of reasons shows of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder

from ext.audit.grounding import _order
from ext.audit.resting import grounds_of
from ext.edition.audit.foundations import circles, foundations
from ext.edition.audit.grounds import Grounds, reached

POST = """$$a = b$$ (eq-a)

$$c = d$$ (eq-c)

$$e = f$$ (eq-e)

::::{prf:lemma} 引
:label: lem

设 $x$。
::::

::::{prf:proof}
:label: prf

显然 $x$。
::::

::::{prf:derivation}
:label: der
:of: eq-a
:uses: lem

$$a = b + 0$$
::::

::::{prf:derivation}
:label: down
:of: eq-c

由 {eq}`eq-a`，$c$。
::::

::::{prf:derivation}
:label: open
:of: eq-e

由 {prf:ref}`bare`，$e$；又见 [](#der)。
::::

::::{prf:lemma} 未证
:label: bare

设 $y$。
::::
"""
ROUND = """::::{prf:lemma}
:label: one

一
::::

::::{prf:proof}
由 {prf:ref}`two`。
::::

::::{prf:lemma}
:label: two

二
::::

::::{prf:proof}
由 {prf:ref}`one`。
::::
"""


def known(folder: EditionFolder) -> Grounds:
    return grounds_of(folder.build("dummy").env)


def names(found: Grounds, keys: Any) -> set[str]:
    return {found.items[key].name for key in keys}


def test_what_is_to_be_read_again_and_what_holds(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", POST)
    found = known(edition_folder)
    by = {item.name: key for key, item in found.items.items()}
    assert names(found, found.cone([by["lem"]])) == {"lem", "prf", "der"}, "what the lemma says is read with both"
    assert names(found, found.cone([by["prf"]])) == {"prf"}
    assert names(found, found.cone([by["eq-a"]])) == {"der", "down"}
    assert names(found, found.cone([by["bare"]])) == {"bare", "open"}, "a plain link rests on nothing"
    holds = foundations(found, {}, lambda item: item.name != "prf")
    depth = holds.depth(found, "posts/a")
    assert (depth.equations, depth.derived, depth.checked, depth.reviewed) == (3, 2, 0, 0)
    assert {found.items[key].name: why for key, why in holds.open.items()} == {"bare": "unproved"}
    checked = foundations(found, {by[name]: "passed" for name in ("der", "prf")}, lambda item: True).depth(
        found, "posts/a")
    assert (checked.derived, checked.checked, checked.reviewed) == (2, 1, 2)
    failed = foundations(found, {by["prf"]: "failed"}, lambda item: True).depth(found, "posts/a")
    assert failed.derived == 0, "below both stands a proof whose check fails"
    assert list(circles(found)) == []


def test_an_argument_in_a_circle_is_a_finding(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", ROUND)
    built = edition_folder.build("dummy")
    (warning,) = [line for line in built.warnings if "zhushu.circular" in line]
    assert "goes in a circle: one (" in warning and "rests on two" in warning and re.search(r"a\.md:\d+", warning)
    edition_folder.post("a", ROUND + "\n::::{prf:proof}\n:of: two\n\n另证 $x$。\n::::\n")
    assert not edition_folder.build("dummy").warnings, "another proof breaks it"


def test_the_page_of_reasons_draws_it(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", POST)
    page = BeautifulSoup(edition_folder.build().html("audit/a"), "html.parser")
    rows = page.select("#rests ~ .zs-map li")
    assert rows and all(row.select_one("a[href]") and row.svg for row in rows)
    (hollow,) = [row for row in rows if row.select_one(".zs-hollow")]
    assert "没有证明" in hollow.text
    (down,) = [row for row in rows if "推导 2" in row.a.text]  # type: ignore[union-attr]
    assert "依靠：" in down.select_one(".zs-unseen").text  # type: ignore[union-attr]
    assert "3 个方程有推导，其中一路到底站得住的 2 个" in page.text


def test_the_page_of_a_series_draws_which_posts_rest_on_which(edition_folder: EditionFolder) -> None:
    cited = "::::{prf:derivation}\n:label: on\n:of: a#eq-a\n\n$$g = h$$\n::::\n"
    for number, (slug, body) in enumerate({"a": POST, "b": cited, "c": "无关。"}.items(), start=1):
        edition_folder.post(slug, body, series="系列", number=number, date=f"2026-01-0{number}")
    page = BeautifulSoup(edition_folder.build().html("browse/series-系列"), "html.parser")
    rows = [row.a.text for row in page.select(".zs-map:has(#grounds) li")]  # type: ignore[union-attr]
    assert len(rows) == 2 and "处断头" in rows[0], rows


def test_the_picture_says_names_in_characters_and_who_wrote(edition_folder: EditionFolder) -> None:
    head = "当 $\\varepsilon_t\\to 0$\n:label: lem\n:by: program 某机"
    edition_folder.post("a", POST.replace("引\n:label: lem", head))
    page = BeautifulSoup(edition_folder.build().html("audit/a"), "html.parser")
    (link,) = [one for one in page.select("#rests ~ .zs-map li a") if "引理 1" in one.text]
    assert link.text.startswith("引理 1 · 当 εₜ → 0") and "程序（某机）" in link.text
    assert "varepsilon" not in "".join(one.text for one in page.select(".zs-map"))


@pytest.mark.parametrize("head", ["{.annotation}\n## 节", "{#named .annotation}\n## 节",
                                  "{#named}\n{.annotation}\n## 节", "{.annotation .wide}\n节\n---"])
def test_a_section_says_only_what_is_its_own(edition_folder: EditionFolder, head: str) -> None:
    text = f"$$a = b$$ (eq-a)\n\n{head}\n\n话。\n\n::::{{prf:remark}}\n:of: eq-a\n\n旁注。\n::::\n\n又话。\n"
    path = edition_folder.post("a", text)

    def said() -> tuple[str, ...]:
        return tuple(item.digest for item in known(edition_folder).annotations("posts/a"))

    before = said()
    path.write_text(path.read_text("utf-8").replace("旁注", "另注"), "utf-8")
    assert [was == now for was, now in zip(before, said(), strict=True)] == [True, False]
    path.write_text(path.read_text("utf-8").replace("又话", "再话"), "utf-8")
    assert said()[0] != before[0]


def test_what_others_rest_on_comes_first() -> None:
    edges: Any = {("a", "1"): [("a", "2")], ("a", "2"): [("a", "3")], ("a", "3"): [], ("a", "4"): [("a", "4")]}
    assert [key[1] for key in _order(edges)] == ["3", "2", "1", "4"]
    assert reached(edges, [("a", "2")]) == {("a", "2"), ("a", "3")}
