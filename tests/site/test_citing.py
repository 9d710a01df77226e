"""Citing and reporting: what others read of a page, whatever its title is, and links to an issue that is filled in."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import extruct
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import REPO, Build, new_edition
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.database import parse_string

from ext.edition.math.tex import content_id
from ext.edition.posts.citable import Citable, bibtex, json_ld, tags
from ext.site.reporting import form

HOSTILE = 'Über </script><script>alert(1)</script> & 50% of $x_i$ {x}} "q"'
TOML = ('[edition]\ntitle = "试验版"\nurl = "https://edition.example/zh"\nauthor = "编者"\n'
        'repository = "https://github.com/someone/edition"\n[site]\n'
        'url = "https://blog.example"\nlicence = "CC BY 4.0"\n')
POST = r"""
$$
a = b \tag{1}
$$ (eq-one)

$$c = d$$

::::{prf:derivation} 推
:of: eq-one
:label: der

:::{step} 起
$$e = f$$
:::
::::

:::{prf:remark}
:class: dropdown
注。
:::
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    made = new_edition(tmp_path_factory.mktemp("citing") / "edition", TOML)
    made.post("own", POST, title="自撰", date="2024-05-06", tags=["矩阵", "谱"])
    made.post("mirrored", "字。", title="原文", origin="feed", id="7", author="原作者", date="2020-01-02",
              source="https://blog.example/archives/7?a=1&b=2")
    made.post("hostile", "字。", title=HOSTILE, author='坏 "><img src=x onerror=1>', origin="feed", id="8",
              source="https://blog.example/archives/8", date="oops")
    return made.build()


@pytest.mark.parametrize(("slug", "title", "author", "source"), [
    ("own", "自撰", "编者", None), ("mirrored", "原文", "原作者", "https://blog.example/archives/7?a=1&b=2"),
    ("hostile", HOSTILE, '坏 "><img src=x onerror=1>', "https://blog.example/archives/8")])
def test_readers_of_metadata_find_it(built: Build, slug: str, title: str, author: str, source: str | None) -> None:
    page = built.html(f"posts/{slug}")
    found = extruct.extract(page, base_url="https://edition.example/", syntaxes=["json-ld", "opengraph"])
    (article,) = found["json-ld"]
    assert article["@type"] == "ScholarlyArticle" and article["headline"] == title
    assert article["author"] == {"@type": "Person", "name": author}
    assert article["url"] == f"https://edition.example/zh/posts/{slug}.html"
    assert article.get("isBasedOn", {}).get("url") == source
    parsed = BeautifulSoup(page, "html.parser")
    said = {one["name"]: one["content"] for one in parsed.select("meta[name^=citation_]")}
    assert said["citation_title"] == title and said["citation_author"] == author
    assert said.get("citation_publication_date") == {"own": "2024/05/06", "mirrored": "2020/01/02"}.get(slug)
    assert parsed.select_one(".zs-cite button").get_text() == "复制"
    (entry,) = parse_string(parsed.select_one(".zs-cite pre").get_text(), "bibtex").entries.values()
    assert entry.fields["url"] == article["url"] and str(entry.persons["author"][0]).startswith("{")
    assert "alert" not in "".join(one.get_text() for one in parsed.find_all("script") if not one.get("type"))
    assert not parsed.find("img", src="x")


def some(**given: Any) -> Citable:
    return Citable(**{"slug": "s", "title": "t", "author": "a", "editor": "e", "date": "2024-01-02", "url": "https://u.example",
                      "source": "https://o.example", "edition": "n", "language": "zh"} | given)


@given(st.text(), st.text(max_size=20))
@example("</script><!--", "\u2028")
@example("$\\input{/etc/passwd}$ {", "}\\")
def test_nothing_in_a_title_is_markup(title: str, name: str) -> None:
    post = some(title=title, author=name)
    written = json_ld(post)
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written).get("headline", "") == title
    entry = bibtex(post)
    depths = list(itertools.accumulate((char == "{") - (char == "}") for char in entry))
    assert min(depths[len("@misc{"):-1]) > 0 == depths[-1], "BibTeX counts braces, whatever stands before them"
    assert "\\input" not in entry
    (found,) = parse_string(entry, "bibtex").entries.values()
    assert found.fields["url"] == "https://u.example" and found.fields["language"] == "zh"


def test_plain_formulas_of_a_title_stay() -> None:
    assert r"{{求 $\sqrt{x_i}$ 与 50\%}}" in bibtex(some(title=r"求 $\sqrt{x_i}$ 与 50%"))
    assert r"\$\textbackslash{}write" in bibtex(some(title=r"$\write18{ls}$"))
    assert dict(tags(some(date="2024-03")))["citation_publication_date"] == "2024/03"


def test_the_citation_file_is_what_its_format_asks_for() -> None:
    data = yaml.safe_load((REPO / "CITATION.cff").read_text("utf-8"))
    assert data["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= set(data)
    assert data["type"] in ("software", "dataset") and isinstance(data["version"], str)
    assert all(isinstance(one["name"], str) for one in data["authors"])
    assert set(data) <= {"cff-version", "message", "title", "abstract", "type", "authors", "version", "license",
                         "keywords"}


@pytest.mark.parametrize(("repository", "address"), [
    ("https://github.com/a/b", "https://github.com/a/b/issues/new?title={title}&body={body}"),
    ("https://codeberg.org/a/b/", "https://codeberg.org/a/b/issues/new?title={title}&body={body}"),
    ("https://gitlab.com/g/sub/b.git",
     "https://gitlab.com/g/sub/b/-/issues/new?issue[title]={title}&issue[description]={body}"),
    ("", ""), ("javascript:alert(1)//a/b", ""), ("https://github.com", ""), ("git@github.com:a/b.git", ""),
    ("https://[broken/a/b", "")])
def test_each_forge_has_its_form(repository: str, address: str) -> None:
    assert form(repository) == address


def test_every_equation_step_and_annotation_leads_to_an_issue(
    built: Build, browser: Any, serve: Callable[[Path], str]
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    root = serve(built.out)
    page.goto(f"{root}/posts/own.html")
    boxes = page.evaluate("""() => [...document.querySelectorAll(".annotation[id], .annotation-part[id]")].map(
        (box) => [box.id, [...box.querySelectorAll("a.zs-report")].map((one) => one.href)])""")
    assert [name for name, _ in boxes] == ["der", "der-step-1", "remark-1"]
    assert all(links for _, links in boxes)
    equations = page.evaluate("[...document.querySelectorAll('.equation[id]')].map((one) => one.id)")
    assert len(equations) == 3
    lines = (built.out.parent / "source" / "posts" / "own.md").read_text("utf-8").splitlines()
    for name, tex in zip(equations, ("a = b", "c = d", "e = f"), strict=True):
        page.locator(f"[id='{name}'] .equation-body").focus()
        link = page.locator(f"[id='{name}'] .math-tools a")
        said = parse_qs(urlsplit(link.get_attribute("href")).query)
        assert said["title"] == [f"own: {name}"] and tex in said["body"][0]
        (line,) = (int(one.rpartition(":")[2]) for one in said["body"][0].splitlines() if "/own.md:" in one)
        assert any(tex in one for one in lines[line - 1:line + 2]), "the line of the source"
        assert content_id(tex) in said["body"][0]
    page.locator("[id='eq-eq-one'] .equation-body").focus()
    for _ in range(4):  # copy, link, report: reached by keyboard alone
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.math-tools a')"):
            break
    else:
        pytest.fail("the link is not reached by Tab")
    page.emulate_media(media="print")
    assert not page.locator(".zs-report >> visible=true").count()
    assert not page.locator(".math-tools >> visible=true").count()
    assert all(url.startswith(root) for url in asked), "nobody else is asked"
    page.close()


def test_without_a_repository_there_is_nothing(make_edition: Any) -> None:
    folder = make_edition()
    folder.post("p", POST)
    assert "zs-report" not in folder.build().html("posts/p")
