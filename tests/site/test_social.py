"""What a page says to those who show links to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from conftest import REPO, EditionFolder

from ext.edition.math.engine import Renderer
from ext.edition.math.plain import LEFT_OUT, plain

TOML = '[edition]\ntitle = "试验 & 版"\ndescription = "一部试验用的注疏版。"\nurl = "https://edition.example/sub"\n'
TEXT = "设 $x_t=\\frac{a}{b+1}$ 与 $\\mathcal{N}(0,I)$ 如前，我们来看这个 [式子](https://blog.example) " \
       "究竟说了什么，又能推出什么。"
NOTE = ":::{prf:remark}\n这里是后来的人加上去的一段话，它很长很长，但它不是原文，所以不作为这一页的说明。\n:::\n\n"


def tags(page: str) -> dict[str, str]:
    """Return the tags of a page by their name."""
    soup = BeautifulSoup(page, "lxml")
    return {str(tag.get("property") or tag.get("name")): str(tag["content"])
            for tag in soup.select("head meta[content]")}


@pytest.mark.parametrize(("tex", "text"), [
    ("x_t", "xₜ"), (r"\frac{a}{b+c}", "a/(b+c)"), (r"e^{-\beta x}", "e^(−βx)"),
    (r"\hat{\mu}_i \le \sqrt{2}", "μ̂ᵢ ≤ √2"),
    (r"\text{softmax}(QK^\top)", "softmax(QKᵀ)"), (r"\sum_{i=1}^n x_i^2", "∑ᵢ₌₁ⁿxᵢ²"), ("a<b&c", LEFT_OUT),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", LEFT_OUT), (r"\unknown", LEFT_OUT), ("x+" * 40 + "x", LEFT_OUT),
    ("", LEFT_OUT),
    (r"\text{<b>}", "< b >"), (r"\sqrt[3]{x}", "³√x"), (r"\max\{x\}", "max{x}"),
])
def test_a_formula_as_text(tex: str, text: str) -> None:
    assert plain(Renderer().render(tex, False, {}).html) == text


def test_a_post_says_what_it_is_where_and_of_when(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML)
    text = f"原文: https://blog.example/{'long' * 9}\n\n{NOTE}{TEXT}"
    folder.post("a", text, title="甲", date="2024-05-01", topic="矩阵")
    built = folder.build()
    assert built.warnings == ()
    said = tags(built.html("posts/a"))
    assert said["og:title"] == "甲" and said["og:type"] == "article" and said["og:site_name"] == "试验 & 版"
    assert said["og:description"] == said["description"] == (
        "设 xₜ = a/(b+1) 与 𝒩(0,I) 如前，我们来看这个 式子 究竟说了什么，又能推出什么。")
    assert said["og:url"] == "https://edition.example/sub/posts/a.html"
    assert said["og:image"] == "https://edition.example/sub/_static/card.png"
    assert (built.out / "_static/card.png").is_file()
    assert said["twitter:card"] == "summary_large_image" and said["og:locale"] == "zh_CN"
    assert said["article:published_time"] == "2024-05-01T00:00:00Z" and said["article:section"] == "矩阵"
    assert tags(built.html("browse/years"))["og:description"] == "一部试验用的注疏版。"
    assert tags(built.html("index"))["og:type"] == "website"
    # The tags of the front matter of a fetched post are not ours, and no page has a tag twice.
    names = [tag["property"] for tag in BeautifulSoup(built.html("posts/a"), "lxml").select("meta[property]")]
    assert len(names) == len(set(names))


def test_without_an_address_no_link_is_made_up(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", TEXT, date="某日")
    said = tags(edition_folder.build().html("posts/a"))
    assert not {"og:url", "og:image", "article:published_time"} & said.keys()
    assert said["twitter:card"] == "summary" and said["og:title"] == "a"


def test_a_hostile_title_or_text_stays_text(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML)
    evil = '"><script>alert(1)</script> onload=x'
    folder.post("a", f"`{evil}` {TEXT}", title="题", date="2024-05-01", topic=evil)
    (folder.source / "posts/a.md").write_text(
        (folder.source / "posts/a.md").read_text("utf-8").replace("# 题", f"# `{evil}`"), "utf-8")
    page = folder.build().html("posts/a")
    said = tags(page)
    assert evil in said["og:title"] and said["og:description"].startswith(evil) and said["article:section"] == evil
    assert not [one for one in BeautifulSoup(page, "lxml").select("script") if "alert" in one.text]


def test_the_card_has_the_size_that_the_page_says() -> None:
    header = (REPO / "ext/static/card.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")) == (1200, 630)
