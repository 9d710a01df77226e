"""Readers of a large real edition find what they look for, and no page asks another site for anything."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from conftest import REPO

from ext.edition.search import feed

WAIT = 120_000
POSTS = 20
#: Runs of Chinese characters that are long enough to stand in one post only.
_RUN = re.compile(r"[\u4e00-\u9fff]{10,14}")
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.S)
_CODE = re.compile(r"<pre\b.*?</pre>", re.S)


@pytest.fixture(scope="session")
def site(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the legacy posts as a built edition; CORPUS_SITE may name one that was built from them before."""
    if os.environ.get("CORPUS_SITE"):
        return Path(os.environ["CORPUS_SITE"])
    root = tmp_path_factory.mktemp("legacy")
    shutil.copytree(corpus / "legacy", root / "source" / "posts")
    for name in ("index.md", "audit.md"):
        shutil.copy(REPO / "source" / name, root / "source")
    shutil.copy(REPO / "edition.toml", root)
    subprocess.run([sys.executable, "-m", "sphinx", "-Q", "-j", "auto", "-c", str(REPO), "-d", str(root / "doctrees"),
                    str(root / "source"), str(root / "html")], check=True, cwd=REPO)
    return root / "html"


@pytest.fixture(scope="session")
def articles(site: Path) -> dict[str, str]:
    """Return the article of every post by its file, as HTML without formulas and listings."""
    found = {path.name: _CODE.sub("", feed.cut(path.read_text("utf-8"))) for path in (site / "posts").glob("*.html")}
    assert len(found) > 100
    return dict(sorted(found.items()))


def plain(article: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", article))


class Visitor:
    """Somebody at the site, who notes what the browser asks for elsewhere and complains of."""

    def __init__(self, browser: Any, base: str) -> None:
        self.base, self.tab, self.said = base, browser.new_page(), list[str]()
        self.tab.on("request", lambda asked: None if asked.url.startswith((base, "data:", "blob:"))
                    else self.said.append(asked.url))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("console", lambda line: self.said.append(line.text) if line.type in ("error", "warning") else None)

    def ask(self, **query: str) -> list[str]:
        """Return the files of the posts that the search page shows, in order."""
        self.tab.goto(f"{self.base}/search.html?{urlencode(query)}")
        part = "#by-formula" if "formula" in query else "#by-text"
        self.tab.wait_for_selector(f"{part} .zs-hits > li", timeout=WAIT)
        return [name for name in self.tab.eval_on_selector_all(
            f"{part} .zs-hits > li > a", "links => links.map(a => decodeURIComponent(a.pathname.split('/').pop()))")]


@pytest.fixture
def visitor(site: Path, browser: Any, serve: Callable[[Path], str]) -> Any:
    one = Visitor(browser, serve(site))
    yield one
    one.tab.close()
    assert one.said == []


def spread(names: list[str]) -> list[str]:
    """Choose :data:`POSTS` of them, evenly."""
    return [names[at * len(names) // POSTS] for at in range(POSTS)]


@pytest.mark.browser
def test_twenty_titles_find_their_posts(visitor: Visitor, articles: dict[str, str]) -> None:
    titles = {name: plain(found[1]).strip() for name, text in articles.items() if (found := _TITLE.search(text))}
    once = [name for name, title in titles.items() if list(titles.values()).count(title) == 1]
    missed = {titles[name]: got for name in spread(once) if name not in (got := visitor.ask(q=titles[name])[:3])}
    assert missed == {}


@pytest.mark.browser
def test_twenty_phrases_find_their_posts(visitor: Visitor, articles: dict[str, str]) -> None:
    texts = {name: re.sub(r"\s+", "", plain(text)) for name, text in articles.items()}
    phrases: dict[str, str] = {}
    for name, article in articles.items():
        runs = _RUN.findall("\n".join(plain(one) for one in re.findall(r"<p>(.*?)</p>", article, re.S)))
        alone = (run for run in runs[len(runs) // 2:] if sum(run in text for text in texts.values()) == 1)
        if phrase := next(alone, None):
            phrases[name] = phrase
    assert len(phrases) > 100
    missed = {phrases[name]: got for name in spread(list(phrases))
              if name not in (got := visitor.ask(q=phrases[name])[:3])}
    assert missed == {}


@pytest.mark.browser
@pytest.mark.parametrize(("formula", "source"), [
    (r"\operatorname{msign}(M)", r"msign\}?\}?\s*\(|msign"),
    (r"e^{i n\theta}", r"e\^\{\s*(?:\\text\{i\}|\\mathrm\{i\}|i)\s*[a-z]\s*\\(?:theta|varphi|phi|omega)"),
    (r"\lim_{n\to\infty}", r"\\lim(?:\\limits)?\s*_\{?\s*[a-zA-Z\\]+\s*\\(?:to|rightarrow)\s*\\infty"),
])
def test_a_formula_finds_posts_that_say_it(visitor: Visitor, site: Path, formula: str, source: str) -> None:
    found = visitor.ask(formula=formula)[:3]
    assert found
    for name in found:
        page = (site / "posts" / name).read_text("utf-8")
        tex = "\n".join(map(html.unescape, re.findall(r'alttext="([^"]*)"', page)))
        assert re.search(source, tex), name


@pytest.mark.browser
def test_no_kind_of_page_complains_or_asks_another_site(visitor: Visitor, site: Path) -> None:
    heavy = max((site / "posts").glob("*.html"), key=lambda path: path.stat().st_size)
    for path in ("index.html", f"posts/{heavy.name}", f"audit/{heavy.name}", "audit.html", "browse/topics.html",
                 "browse/tags.html", "browse/years.html", "browse/series.html"):
        visitor.tab.goto(f"{visitor.base}/{quote(path)}", timeout=WAIT)
        visitor.tab.wait_for_load_state("networkidle")
        # An original may show pictures of its own blog; nothing else comes from elsewhere.
        visitor.said[:] = [said for said in visitor.said if "ERR_NAME_NOT_RESOLVED" not in said and not re.search(
            r"^https?://\S+\.(?:png|jpe?g|gif|svg|webp)", said)]
        assert visitor.said == [], path
