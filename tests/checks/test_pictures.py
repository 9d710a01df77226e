"""Only pictures that draw reach the site, whatever they are called and wherever they stand."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import EditionFolder

from ext.checks.findings import findings
from ext.edition.checks.lint import Lint

HIT = "window.hit=1"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
PLAIN = f"{HEAD}<path d=\"M0 0h9\"/></svg>"
HOSTILE = f'{HEAD}<script>{HIT}</script><path d="M0 0h9"/></svg>'
DOCTYPE = f"<!DOCTYPE svg>{PLAIN}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_an_svg_is_published_without_what_it_should_not_have(edition_folder: EditionFolder) -> None:
    for name, data in (("a.svg", PLAIN), ("b.SVG", HOSTILE), ("c.svg", DOCTYPE), ("d.svg", "<html/>")):
        edition_folder.write(f"_images/{name}", data)
    edition_folder.post("p", "\n\n".join(f"![图{n}](../_images/{n})" for n in ("a.svg", "b.SVG", "c.svg", "d.svg"))
                        + "\n\n{download}`../_images/b.SVG`\n\n```{image} /_images/c.svg\n:alt: 丙\n```")
    for _ in range(2):  # Sphinx copies anew what differs
        build = edition_folder.build()
        copied = {path.name: path.read_text("utf-8") for path in build.out.rglob("*.[sS][vV][gG]")
                  if "_static" not in path.parts and path.name != "badge.svg"}
        assert set(copied) == {"a.svg", "b.SVG"}
        assert all("<path" in text and "script" not in text for text in copied.values())
    assert [(one.subtype, one.line) for one in findings(build.env)["posts/p"]] == [
        (Lint.PICTURE_CHANGED, 10), (Lint.PICTURE_REFUSED, 12), (Lint.PICTURE_REFUSED, 14), (Lint.PICTURE_REFUSED, 18)]
    assert "图c.svg" in build.html("posts/p") and "丙" in build.html("posts/p")


@pytest.mark.parametrize("name", ["page.html", "page.xhtml", "page.svgz", "page.xml", "page", "page.js"])
def test_what_is_called_otherwise_is_no_picture(edition_folder: EditionFolder, name: str) -> None:
    edition_folder.write(f"_images/{name}", f"GIF89a=1;<script>{HIT}</script>")
    edition_folder.post("p", f"![图](../_images/{name})")
    build = edition_folder.build()
    assert not (build.out / "_images").exists() or not list((build.out / "_images").iterdir())
    assert [one.subtype for one in findings(build.env)["posts/p"]] == [Lint.PICTURE_REFUSED]


def data(kind: str, what: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(what).decode()}"


@pytest.mark.parametrize(("address", "kept"), [
    (data("image/png", PNG), data("image/png", PNG)),
    (data("image/gif", PNG), data("image/png", PNG)),
    (data("text/html", PNG), data("image/png", PNG)),
    (data("image/svg+xml", PLAIN.encode()), "data:image/svg+xml,"),
    (data("image/svg+xml", HOSTILE.encode()), "data:image/svg+xml,"),
    (f"data:image/svg+xml;charset=utf-8,{quote(HOSTILE)}", "data:image/svg+xml,"),
    (f"DATA:image/svg+xml,{quote(HOSTILE)}", "data:image/svg+xml,"),
    (data("image/png", HOSTILE.encode()), "data:image/svg+xml,"),
    (data("image/svg+xml", DOCTYPE.encode()), ""), (data("text/html", HIT.encode()), ""),
    (f"data:text/html,{quote(f'<script>{HIT}</script>')}", ""), ("data:image/png;base64,====", ""), ("data:", "")])
def test_a_picture_within_the_page_is_one(edition_folder: EditionFolder, address: str, kept: str) -> None:
    edition_folder.post("p", f"```{{image}} {address}\n:alt: 图\n```")
    html = edition_folder.build().html("posts/p")
    assert (f'src="{kept}' in html) if kept else "data:" not in html
    assert "script%3E" not in html and "window.hit" not in html


def test_a_picture_of_another_host_may_stand_by_itself(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", "```{image} https://x.example/a.png\n:target: https://y.example/\n```\n\n"
                             "```{figure} https://x.example/a.png\n题\n```\n\n```{image} https://x.example/a.png\n```")
    assert edition_folder.build().html("posts/p").count("此图未收入本版") == 3


@pytest.mark.browser
def test_no_published_picture_runs_or_asks(edition_folder: EditionFolder, browser: Any, serve: Any) -> None:
    hostile = [f'{HEAD}<a href="javascript:{HIT}"><rect width="9" height="9"/></a></svg>', HOSTILE,
               f'{HEAD}<style>svg{{background:url(http://127.0.0.1:9/x)}}</style></svg>',
               f'{HEAD}<image href="http://127.0.0.1:9/x" width="9" height="9"/></svg>']
    for number, text in enumerate(hostile):
        edition_folder.write(f"_images/{number}.svg", text)
    edition_folder.post("p", "\n\n".join(f"![图](/_images/{number}.svg) {{download}}`/_images/{number}.svg`"
                                         for number in range(len(hostile))))
    out = edition_folder.build().out
    base, page, asked = serve(out), browser.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    published: list[Path] = [*(out / "_images").iterdir(), *(out / "_downloads").rglob("*.svg")]
    assert len(published) == 2 * len(hostile)
    for path in published:
        page.goto(f"{base}/{path.relative_to(out).as_posix()}")
        page.mouse.click(5, 5)
        assert page.evaluate("window.hit ?? null") is None
    assert not [url for url in asked if not url.startswith(base)]
    page.close()
