"""Every kind of page of the published edition in a real browser, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from conftest import EditionFolder, violations

WAIT = 60_000
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
                assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (kind, width)
        tab.close()
