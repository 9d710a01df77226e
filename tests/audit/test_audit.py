"""The audit page and audit.json through incremental builds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder
from docutils import nodes

MATH = "行内 $a$ 与\n\n$$\nb = c\n$$\n\n" "再\n\n\\begin{align}\nd &= e \\\\\nf &= g\n\\end{align}\n"


def rows(out: Path) -> dict[str, dict[str, Any]]:
    summary = json.loads((out / "audit.json").read_text("utf-8"))
    return {row["record"]["docname"]: row for row in summary["rows"]}


def test_counts_come_from_the_doctree(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", MATH + "\n:::{prf:remark}\n注 $x$ 与 $y$。\n:::\n\n## 节\n\n```py\ncost = '$1 $2'\n```\n\n"
                        "[链](https://example.org)\n\n| 甲 |\n|---|\n| $z$ |\n")
    built = edition_folder.build()
    assert built.warnings == ()
    row = rows(built.out)["posts/a"]
    original, added, total = row["record"]["original"], row["record"]["added"], row["record"]["total"]
    assert (original["inline"], original["displayed"], original["sections"]) == (2, 2, 1)
    assert (original["code"], original["links"], original["tables"]) == (1, 1, 1)
    assert (added["inline"], added["displayed"]) == (2, 0)
    assert total["inline"] == 4
    assert row["record"]["blocks"] == [["remark", 1]]
    assert row["formulas"] == 6
    doctree = built.env.get_doctree("posts/a")
    assert len(list(doctree.findall(nodes.math))) + len(list(doctree.findall(nodes.math_block))) == row["formulas"]


def test_the_page_shows_what_the_json_says(edition_folder: EditionFolder) -> None:
    for number in range(3):
        edition_folder.post(f"p{number}", "$x$ " * number, status="completed" if number else "draft")
    page = edition_folder.build().html("audit")
    for text in ["占 3 篇的 66 %", "行内 3，独立 0（编号 0）", "先列 3 / 3 篇"]:
        assert text in page
    assert page.count('class="why-link"') == 3


@pytest.mark.parametrize("change", ["add", "edit", "delete"])
def test_the_page_is_right_after_every_incremental_build(edition_folder: EditionFolder, change: str) -> None:
    for name in ("a", "b"):
        edition_folder.post(name, "$x$")
    edition_folder.build()
    if change == "add":
        edition_folder.post("c", "$y$")
    elif change == "edit":
        edition_folder.post("a", "$x$ $y$ $z$")
    else:
        (edition_folder.source / "posts" / "b.md").unlink()
    second = edition_folder.build()
    assert second.warnings == ()
    fresh = edition_folder.build(out="fresh", doctrees="fresh-doctrees")
    assert (second.out / "audit.json").read_bytes() == (fresh.out / "audit.json").read_bytes()
    assert second.html("audit") == fresh.html("audit")
    assert "audit.html" in second.written
    if change == "edit":
        assert "posts/b.html" not in second.written


def test_nothing_is_written_when_nothing_changed(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", MATH)
    edition_folder.build()
    assert edition_folder.build().written == frozenset()


def test_a_change_that_no_number_shows_leaves_the_audit_page(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "甲乙")
    edition_folder.post("b", "丙")
    edition_folder.build()
    edition_folder.post("a", "乙甲")
    assert "audit.html" not in edition_folder.build().written


def test_another_builder_with_the_same_doctrees_does_not_make_the_page_stale(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "$x$")
    edition_folder.build()
    edition_folder.post("a", "$x$ $y$")
    edition_folder.build("dummy", out="other")
    assert "行内 2，" in edition_folder.build().html("audit")


def test_parallel_and_serial_builds_are_the_same(edition_folder: EditionFolder) -> None:
    for number in range(8):
        edition_folder.post(f"p{number}", MATH + f"$n_{number}$")
    serial = edition_folder.build()
    parallel = edition_folder.build(jobs=2, out="parallel", doctrees="parallel-doctrees")
    pages = sorted(path.relative_to(serial.out) for path in serial.out.rglob("*.html"))
    assert pages == sorted(path.relative_to(parallel.out) for path in parallel.out.rglob("*.html"))
    for page in [*pages, Path("audit.json")]:
        assert (serial.out / page).read_bytes() == (parallel.out / page).read_bytes(), page


def test_broken_front_matter_is_one_warning_with_line_and_remedy(edition_folder: EditionFolder) -> None:
    edition_folder.write("posts/a.md", "---\ntitle: a\ntags: [b\n---\n\n# 题\n\n正文 $x$\n")
    built = edition_folder.build()
    assert len(built.warnings) == 1
    assert "posts/a.md:4: WARNING: is not YAML" in built.warnings[0]
    assert "quote values" in built.warnings[0]
    assert rows(built.out)["posts/a"]["formulas"] == 1


def test_an_unknown_part_of_the_audit_is_named(edition_folder: EditionFolder) -> None:
    edition_folder.write("audit.md", "# 审计\n\n```{audit} nonsense\n```\n")
    assert any("no part 'nonsense'" in line and "overview" in line for line in edition_folder.build().warnings)


def test_a_broken_configuration_stops_the_build_with_file_and_remedy(edition_folder: EditionFolder) -> None:
    from sphinx.errors import ConfigError
    (edition_folder.root / "edition.toml").write_text("[edition]\ntitle = \n")
    with pytest.raises(ConfigError, match=r"edition\.toml:2.*\n  remedy"):
        edition_folder.build()


def test_an_english_edition_has_an_english_audit(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition('[edition]\ntitle = "Trial"\nlanguage = "en"\n')
    folder.post("a", "$x$")
    assert "no annotation" in folder.build().html("audit")


@pytest.mark.browser
def test_sorting_filtering_and_sending_a_view(
    edition_folder: EditionFolder, browser: Any, serve: Callable[[Path], str]
) -> None:
    for name, formulas in [("a", 1), ("b", 7), ("c", 30)]:
        edition_folder.post(name, "$x$ " * formulas, status="completed" if name == "c" else "draft")
    built = edition_folder.build()
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    address = serve(built.out)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    def shown() -> list[str]:
        return list(page.locator(".audit-table tbody th > a:first-child").all_inner_texts())

    page.goto(f"{address}/audit.html?status=draft&sort=formulas:desc&cols=stage%20formulas")
    page.wait_for_function("document.querySelectorAll('.audit-table tbody tr').length == 2")
    assert shown() == ["b", "a"]
    assert page.locator(".audit-table thead th").all_inner_texts() == ["文章", "情形", "公式"]
    assert page.locator("thead th[aria-sort=descending]").all_inner_texts() == ["公式"]
    assert page.locator(".audit-more").evaluate("one => one.open")
    page.select_option("select[name=status]", "")
    page.fill("input[name=formulas]", "5..")
    assert shown() == ["c", "b"]
    assert "formulas=5" in page.url and "status" not in page.url
    sent = browser.new_page()
    sent.goto(page.url)
    sent.wait_for_function("document.querySelectorAll('.audit-table tbody tr').length == 2")
    page.locator("thead th[data-name=formulas] button").click()
    assert shown() == ["b", "c"] and "sort=formulas%3Aasc" in page.url
    page.click("button[type=reset]")
    page.wait_for_function("document.querySelectorAll('.audit-table tbody tr').length == 3")
    page.locator(".tile", has_text="完成").click()
    page.wait_for_function("document.querySelectorAll('.audit-table tbody tr').length == 1")
    assert shown() == ["c"]
    assert errors == []
    assert hosts == {address.split("/")[2]}


@pytest.mark.browser
def test_the_script_sets_the_rows_that_the_page_came_with(
    edition_folder: EditionFolder, browser: Any, serve: Callable[[Path], str]
) -> None:
    edition_folder.post("a", MATH + "\n:::{prf:theorem}\n$x$\n:::\n", status="completed", topic="<i>&",
                        date="2024-01-02")
    edition_folder.post("b", "文 [甲](a.md)", layers="unknown", origin="legacy", id="7")
    edition_folder.post("c", "$x$ " * 1234 + "\n\n[甲](a.md)\n")
    edition_folder.write("catalogue.yaml", "- {id: '9', title: 未建, priority: high, source: 'https://blog.example/9'}\n")
    address = serve(edition_folder.build().out)
    page = browser.new_page()
    rows = "[...document.querySelectorAll('.audit-table tbody tr:not(.unbuilt)')].map(row => row.innerHTML)"
    for name in ("audit", "audit-posts"):
        page.goto(f"{address}/{name}.html")
        came = page.evaluate(rows)
        columns = page.locator(".audit-table thead th").evaluate_all("all => all.slice(1).map(one => one.dataset.name)")
        page.goto(f"{address}/audit.html?sort=importance&cols={'%20'.join(columns)}")
        page.wait_for_function("document.querySelector('.shown output').textContent.startsWith('显示')")
        now = page.evaluate(rows)
        assert len(now) == len(came)
        for one, other in zip(now, came, strict=True):
            assert one.split("<td") == other.split("<td"), name


@pytest.mark.browser
def test_without_scripts_the_page_is_plain_tables(
    edition_folder: EditionFolder, browser: Any, serve: Callable[[Path], str]
) -> None:
    edition_folder.post("a", "$x$")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(serve(edition_folder.build().out) + "/audit.html")
    assert page.locator(".audit-table tbody tr").count() == 1
    assert page.locator("a", has_text="整份名单").get_attribute("href") == "audit-posts.html"
    assert not page.locator(".audit-filters").is_visible()
    context.close()
