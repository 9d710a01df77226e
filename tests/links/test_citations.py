"""Links to works become citations without a change of the text, and pages follow what their works say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder, serious
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.links.works import arxiv, doi, keys_of, shown, work_of, works_of

BIB = """@article{ho2020, author = {Ho, Jonathan}, title = {Denoising}, year = {2020}, journal = {J},
  eprint = {2006.11239}, archiveprefix = {arXiv}}

@article{song2021, author = {Song, Yang}, title = {Scores}, year = {2021}, journal = {J}, doi = {10.1000/ABC}}
"""
REFERENCES = "# 参考文献\n\n```{bibliography}\n```\n"
LINKED = "见[《Denoising》](https://arxiv.org/pdf/2006.11239v2.pdf)与[另一篇](https://doi.org/10.1000/abc)，" \
         "还有[无名](https://arxiv.org/abs/1234.56789)与[外面](https://other.example/a)。\n\n" \
         "再见[它](http://arxiv.org/abs/2006.11239)。"


@pytest.mark.parametrize(("url", "work"), [
    ("https://arxiv.org/abs/2006.11239", "arxiv:2006.11239"), ("http://arxiv.org/pdf/2006.11239v3", "arxiv:2006.11239"),
    ("https://www.arxiv.org/pdf/2006.11239.pdf#page=3", "arxiv:2006.11239"),
    ("https://arxiv.org/abs/hep-th/9901001v1", "arxiv:hep-th/9901001"),
    ("https://arxiv.org/abs/math.AG/0601001", "arxiv:math.ag/0601001"),
    ("https://ar5iv.labs.arxiv.org/html/1706.03762", "arxiv:1706.03762"),
    ("https://doi.org/10.48550/arXiv.1706.03762", "arxiv:1706.03762"),
    ("https://dx.doi.org/10.1162/NECO.1997.9.8.1735", "doi:10.1162/neco.1997.9.8.1735"),
    ("https://doi.org/10.1016/S0167-2789%2899%2900125-4", "doi:10.1016/s0167-2789(99)00125-4"),
    ("https://epubs.siam.org/doi/abs/10.1137/0330046", "doi:10.1137/0330046"),
    ("https://arxiv.org/list/cs.LG/recent", ""), ("https://arxiv.org", ""), ("https://doi.org/", ""),
    ("https://notarxiv.org/abs/2006.11239", ""), ("ftp://arxiv.org/abs/2006.11239", ""), ("https://[", "")])
def test_works_are_recognised_by_their_addresses(url: str, work: str) -> None:
    assert work_of(url) == work


@given(st.text())
def test_any_text_is_some_work_or_none(text: str) -> None:
    for found in (work_of(text), work_of(f"https://arxiv.org/abs/{text}"), doi(text), arxiv(text)):
        assert found == "" or shown(found)


def test_entries_are_known_by_all_their_numbers() -> None:
    assert works_of({"eprint": "2006.11239", "doi": "https://doi.org/10.1/x", "url": "https://arxiv.org/abs/1.2"}) \
        == {"arxiv:2006.11239"}
    assert works_of({"doi": "10.1000/ABC.", "url": "https://arxiv.org/abs/1706.03762"}) \
        == {"doi:10.1000/abc", "arxiv:1706.03762"}
    assert works_of({"eprint": "1706.03762", "archiveprefix": "PMC"}) == set()
    assert keys_of([("a", {"doi": "10.1000/x"}), ("b", {"doi": "10.1000/X"})]) == {"doi:10.1000/x": "a"}


@pytest.fixture
def linked(edition_folder: EditionFolder) -> EditionFolder:
    edition_folder.write("works.bib", BIB)
    edition_folder.write("references.md", REFERENCES)
    edition_folder.post("a", LINKED)
    edition_folder.post("b", "引 {cite}`song2021`。")
    edition_folder.post("c", "无关。")
    return edition_folder


def page(built: Any, name: str) -> BeautifulSoup:
    return BeautifulSoup(built.html(name), "html.parser")


def test_links_keep_words_and_target_and_get_a_mark(linked: EditionFolder) -> None:
    built = linked.build()
    assert built.warnings == ()
    a = page(built, "posts/a")
    first = a.find("a", string="《Denoising》")
    assert first["href"] == "https://arxiv.org/pdf/2006.11239v2.pdf"
    assert first.find_next_sibling("sup").get_text() == "[1]"
    assert [mark.get_text() for mark in a.select(".work-mark")] == ["[1]", "[2]", "[1]"]
    items = a.select("#works > ol > li")
    assert "Jonathan Ho" in items[0].get_text() and "Scores" in items[1].get_text()
    assert "无名 arXiv:1234.56789" in items[2].get_text() and len(items) == 3
    # The list leads back to every place, and every link inside the page has a target.
    assert [len(item.select(".work-back")) for item in items] == [2, 1, 1]
    for link in a.select("#works a[href^='#'], .work-mark a"):
        assert a.find(id=link["href"][1:]) is not None
    assert items[0].find("a", string="各篇引用")["href"] == "../references.html#cite-ho2020"


def test_the_page_of_references_leads_back_to_the_posts(linked: EditionFolder) -> None:
    built = linked.build()
    references = page(built, "references")
    entry = references.find(id="cite-song2021")
    assert [link["href"] for link in entry.select(".work-citing a")] \
        == ["posts/a.html#work-song2021", "posts/b.html#work-song2021"]
    assert page(built, "posts/b").find(id="work-song2021") is not None
    assert page(built, "posts/c").find("footer", class_="zs-bottom").find("a", href="../references.html") is not None
    assert page(built, "posts/c").find(id="works") is None


def test_pages_follow_the_bibliography_and_only_they(linked: EditionFolder) -> None:
    linked.build()
    assert linked.build().written == frozenset()
    bib = linked.write("works.bib", BIB.replace("Scores", "Gradients"))
    second = linked.build()
    assert "Gradients" in second.html("posts/a") and "Gradients" in second.html("posts/b")
    assert "posts/c.html" not in second.written
    # A new entry for a work that was only linked.
    bib.write_text(bib.read_text("utf-8") + "\n@misc{new, author={N}, title={Neu}, year=2023, eprint={1234.56789}}\n",
                   "utf-8")
    third = linked.build()
    assert "Neu" in third.html("posts/a") and "Neu" in third.html("references")
    assert not {"posts/b.html", "posts/c.html"} & third.written
    # A post that goes is no longer named.
    (linked.source / "posts" / "b.md").unlink()
    assert "posts/b.html" not in linked.build().html("references")


def test_a_page_of_references_that_comes_later_mends_the_citations(edition_folder: EditionFolder) -> None:
    edition_folder.write("works.bib", BIB)
    edition_folder.post("b", "引 {cite}`song2021`。")
    first = edition_folder.build()
    (warning,) = first.warnings
    assert "no page has a {bibliography}" in warning and "posts/b.md" in warning
    assert "zhushu.citation_undefined" in warning
    assert "[song2021?]" in first.html("posts/b")
    references = edition_folder.write("references.md", REFERENCES)
    second = edition_folder.build()
    assert second.warnings == () and 'href="../references.html#cite-song2021"' in second.html("posts/b")
    references.unlink()
    assert "[song2021?]" in edition_folder.build().html("posts/b")


def test_editions_without_bibliography_build_and_an_unknown_key_is_told(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", LINKED)
    built = edition_folder.build()
    assert built.warnings == ()
    assert len(page(built, "posts/a").select("#works > ol > li")) == 3
    edition_folder.write("works.bib", BIB)
    edition_folder.write("references.md", REFERENCES)
    edition_folder.post("b", "引 {cite}`nobody`。")
    (warning,) = edition_folder.build().warnings
    assert "no .bib file has an entry 'nobody'" in warning and "posts/b.md:8" in warning


def test_parallel_is_serial_and_deleting_forgets(linked: EditionFolder) -> None:
    serial = linked.build()
    for number in range(8):
        linked.post(f"z{number}", LINKED)
    serial = linked.build(out="one", doctrees="dt-one")
    parallel = linked.build(jobs=2, out="two", doctrees="dt-two")
    for name in ("posts/a", "posts/z3", "references"):
        assert page(serial, name).article == page(parallel, name).article


def test_links_of_hostile_words_stay_words(linked: EditionFolder) -> None:
    linked.post("x", '[<img src=x onerror=alert(1)>](https://arxiv.org/abs/9999.00001 "t")')
    html = linked.build().html("posts/x")
    assert "onerror" not in html.replace("&lt;img src=x onerror=alert(1)&gt;", "")


@pytest.mark.browser
def test_marks_lead_there_and_back(linked: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> None:
    built = linked.build()
    context = browser.new_context(viewport={"width": 390, "height": 800})
    tab = context.new_page()
    address = serve(built.out)
    for name in ("posts/a", "references"):
        tab.goto(f"{address}/{name}.html")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        for theme in ("light", "dark"):
            tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            assert serious(tab, within=".zs-article") == [], name
    tab.goto(f"{address}/posts/a.html")
    tab.locator(".work-mark a").first.press("Enter")
    assert tab.url.endswith("#work-ho2020")
    tab.locator("#work-ho2020 .work-back").nth(1).press("Enter")
    assert tab.url.endswith("#cited-4")
    context.close()
