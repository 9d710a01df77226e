"""Licences by their SPDX id, and what is left out of a published site because of one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import EditionFolder

from ext.edition.site.licence import RESERVED, address, forbids, spdx

SAID = {
    "CC BY-NC-SA 4.0": "CC-BY-NC-SA-4.0", "cc-by-4.0": "CC-BY-4.0", "CC BY 3.0": "CC-BY-3.0", "CC0 1.0": "CC0-1.0",
    "Creative Commons Attribution-ShareAlike 4.0 International": "CC-BY-SA-4.0",
    "知识共享 署名-非商业性使用-禁止演绎 4.0": "CC-BY-NC-ND-4.0", "CC BY-NC-ND 4.0": "CC-BY-NC-ND-4.0", "MIT": "MIT",
    "All rights reserved.": RESERVED, "版权所有，禁止转载": RESERVED, "原文版权归作者所有，转载须注明出处": "", "": "",
    "https://creativecommons.org/licenses/by-sa/4.0/": "CC-BY-SA-4.0",
}


@pytest.mark.parametrize("said", SAID)
def test_what_a_licence_says(said: str) -> None:
    assert spdx(said) == SAID[said]
    assert forbids(said) == (SAID[said] == RESERVED or "-ND-" in SAID[said])


def test_an_address_is_that_of_the_version() -> None:
    assert address("CC BY-NC-SA 3.0") == "https://creativecommons.org/licenses/by-nc-sa/3.0/"
    assert address("转载须注明出处") == address("all rights reserved") == ""


def test_what_is_published_leaves_out_what_its_licence_keeps(make_edition: Callable[..., EditionFolder]) -> None:
    toml = '[edition]\ntitle = "试"\nurl = "https://edition.example/"\n[site]\nlicence = "CC BY 4.0"\n'
    folder = make_edition(toml)
    for name, said in (("free", None), ("kept", "版权所有"), ("nd", "CC BY-ND 4.0")):
        folder.post(name, "正文" * 20, id=f"1{len(name)}", origin="feed", licence=said, date="2024-05-01",
                    source="https://b.example/1", fetched="2025-01-02")
    folder.post("own", "自己写的", licence="All rights reserved")
    at_home = folder.build(out="home")
    assert {path.stem for path in (at_home.out / "posts").glob("*.html")} == {"free", "kept", "nd", "own"}
    away = folder.build(out="away", publishing="1")
    assert {path.stem for path in (away.out / "posts").glob("*.html")} == {"free", "own"}
    allowed = make_edition(toml + 'permission = "作者来信，2025-01-01"\n', "allowed")
    allowed.post("kept", "正文", id="12", origin="feed", licence="版权所有")
    published = allowed.build(publishing="1")
    assert (published.out / "posts" / "kept.html").is_file()
    assert allowed.build("audit").env.all_docs == published.env.all_docs, "nothing left out, nothing read again"

    page = away.html("posts/free")
    where = "https://creativecommons.org/licenses/by/4.0/"
    assert f'<a rel="license" href="{where}" title="CC-BY-4.0">CC BY 4.0</a>' in page
    assert page.count('name="viewport"') == 1
    feed = (away.out / "feed.xml").read_text("utf-8")
    assert "<rights>CC BY 4.0</rights>" in feed and f"<summary>{'正文' * 20}</summary>" in feed
    assert "<lastmod>2025-01-02</lastmod>" in (away.out / "sitemap.xml").read_text("utf-8")
    assert "Sitemap: https://edition.example/sitemap.xml" in (away.out / "robots.txt").read_text("utf-8")
