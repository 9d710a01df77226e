"""Every kind of page of the published edition in a real browser, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import EditionFolder, violations
from quickaxe import quick

WAIT = 60_000
#: A browser tells a page of its new width with the next frame: asked before, some tables are still as wide as before.
NEXT_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: The kinds of pages: a pattern below the site, of which the first page is looked at; or a query.
KINDS = {
    "home": "index.html", "post": "posts/ddpm*.html", "topic": "topics/*.html", "series": "browse/series-*.html",
    "tag": "browse/tag-*.html", "tags": "browse/tags.html", "years": "browse/years.html",
    "references": "references.html", "figures": "guide/figures.html", "guide": "guide/annotating.html",
    "audit": "audit.html", "why": "audit/*.html",
    "text query": "search.html?" + urlencode({"q": "矩阵"}),
    "formula query": "search.html?" + urlencode({"formula": r"e^{i n\theta}"}),
}


def place(site: Path, pattern: str) -> str:
    """Return the address of the first page of a kind, relative to the site."""
    if "?" in pattern:
        return pattern
    return quote(sorted(site.glob(pattern))[0].relative_to(site).as_posix())


def visit(tab: Any, url: str) -> None:
    """Open a page and wait until it is as a reader sees it."""
    tab.goto(url)
    if "?" in url:
        tab.wait_for_selector(".zs-hits > li", timeout=WAIT)
    tab.wait_for_load_state("networkidle")


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_at_home_and_accessible(
        kind: str, published: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> None:
    site = published.root / "build" / "html"
    base, said = serve(site), []
    for scheme in ("light", "dark"):
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
        tab.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda asked: None if asked.url.startswith((base, "data:", "blob:"))
               else said.append(asked.url))
        visit(tab, f"{base}/{place(site, KINDS[kind])}")
        assert violations(tab) == [] and said == [], (kind, scheme)
        if scheme == "light":
            # The first is a phone at 200 % text size: as many letters wide as one of half its width.
            for width in (195, 390, 768, 1440):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.evaluate(NEXT_FRAMES)
                assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (kind, width)
        tab.close()


@pytest.mark.browser
def test_axe_finds_the_same_in_less_time(browser: Any) -> None:
    """Everything it says of every element: what is wrong, what is right, what it cannot tell, and its numbers."""
    colours = ("#777", "rgb(119 119 119 / 60%)", "hsl(9deg 80% 60%)", "oklch(60% .2 40)", "color(srgb .5 .4 .9 / .5)",
               "transparent", "currentcolor", "light-dark(#666, #eee)", "rebeccapurple")
    tab = browser.new_page()
    tab.set_content("<title>t</title><main><h1>t</h1><img src=data:,><a href=#x></a>" + "".join(
        f'<p style="color:{ink};opacity:{opacity};background:{paper}">text <b>b</b> <math><mi>xyz</mi></math></p>'
        for ink in colours for paper in colours[:3] for opacity in (1, 0.5))
        + '<p style="background:linear-gradient(red, blue);text-shadow:0 0 1px red">text</p></main>')
    found = []
    for axe in (Axe(), quick()):
        answer = axe.run(tab, options={"preload": False}).response
        found.append({kind: answer[kind] for kind in ("violations", "passes", "incomplete", "inapplicable")})
    wrong = {one["id"]: len(one["nodes"]) for one in found[0]["violations"]}
    assert wrong["color-contrast"] > 30 and {"image-alt", "link-name"} <= set(wrong)
    assert found[0] == found[1]
    tab.close()
