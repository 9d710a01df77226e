"""The search: what the index is fed with, when it is written, and what a reader finds in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from conftest import EditionFolder, new_edition
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.search import feed
from ext.search import fulltext
from ext.search.fulltext import MOST_CHANGED, Plan, plan

WAIT = 20_000


def page(article: str) -> str:
    return f'<nav>不要</nav><article class="x" data-pagefind-body>{article}</article><footer>不要</footer>'


def test_only_the_article_is_fed_and_formulas_leave_a_mark() -> None:
    cut = feed.cut(page('<h1>题<a class="headerlink" href="#x">#</a></h1><p>设<math><mi>x</mi></math>为</p>'
                        '<math display="block"><mi>y</mi></math><script>var z</script>'))
    assert cut == f"<h1>题</h1><p>设{feed.FORMULA}为</p>"
    assert feed.cut("<article>不是文章</article>") == ""


def test_a_heading_is_named_as_its_section() -> None:
    cut = feed.cut(page('<section id="a"><h1>题</h1>'
                        '<section class="x" id="b">\n<span id="乙"></span><h2>节</h2></section>'))
    assert "<h1>题" in cut and '<h2 id="b">节' in cut


@pytest.mark.parametrize(("text", "words"), [
    ("长度外推性。好", ["长", "度", "外", "推", "性。", "好"]),
    ("《低秩》RoPE编码", ["《低", "秩》", "RoPE", "编", "码"]),
    ("A（B）与 C", ["A（", "B）", "与", "C"]), ("：18、RoPE的", ["：18、", "RoPE", "的"]),
    ("β进制", ["β", "进", "制"]),
])
def test_every_chinese_character_is_a_word_and_no_sign_is_one(text: str, words: list[str]) -> None:
    assert feed.spaced(text).split() == words


@given(st.text(alphabet="长度外a1 。，（《<b>&;"))
def test_spacing_adds_spaces_only(text: str) -> None:
    assert re.sub(r"\s", "", feed.spaced(text)) == re.sub(r"\s", "", text)


def test_tags_are_not_spaced() -> None:
    assert feed.spaced('<p title="长度">外</p>').startswith('<p title="长度">')


@pytest.mark.parametrize(("now", "full", "delta", "expected"), [
    ({"a": "1"}, {}, {}, Plan("renew")),
    ({"a": "1"}, {"a": "1"}, {}, Plan("keep")),
    ({"a": "2"}, {"a": "1"}, {}, Plan("add", ("a",), ("a",))),
    ({"a": "2"}, {"a": "1"}, {"a": "2"}, Plan("keep", ("a",), ("a",))),
    ({"a": "3"}, {"a": "1"}, {"a": "2"}, Plan("add", ("a",), ("a",))),
    ({"a": "1", "b": "1"}, {"a": "1"}, {}, Plan("add", ("b",), ())),
    ({"a": "1"}, {"a": "1", "b": "1"}, {}, Plan("keep", (), ("b",))),
    ({"a": "1"}, {"a": "1"}, {"a": "2"}, Plan("add", (), ())),
    ({str(n): "2" for n in range(99)}, {str(n): "1" for n in range(99)}, {}, Plan("renew")),
])
def test_a_small_change_is_added_and_a_large_one_renews(
        now: dict[str, str], full: dict[str, str], delta: dict[str, str], expected: Plan) -> None:
    assert plan(now, full, delta, MOST_CHANGED) == expected


POSTS = {
    "rope": ("旋转式位置编码", "本文讨论长度外推性，与Transformer的位置有关。", "优化器", "completed"),
    "svd": ("低秩近似之路（二）：SVD", "任意矩阵都有奇异值分解。", "矩阵理论", "draft"),
    "derive": ("推导长短", "外面有长度，也有推导。", "矩阵理论", "draft"),
    "base": ("升级之路：18、RoPE底数", "多长合适。", "", ""),
    "gau": ("GAU-α：快好省的Attention", "## 门控单元的熵\n\n交叉熵过度自信，设 $x<1$ 为门控。", "", ""),
}


def edition(root: Path) -> EditionFolder:
    """Write an edition whose posts are told apart by phrases only."""
    folder = new_edition(root, '[edition]\ntitle = "试验版"\n'
                         '[[topics]]\nname = "矩阵理论"\nslug = "matrices"\nen = "Matrix theory"\n')
    for slug, (title, body, topic, status) in POSTS.items():
        folder.post(slug, body, title=title, topic=topic, status=status, date="2024-01-01")
    return folder


@pytest.fixture
def indexed(tmp_path: Path) -> EditionFolder:
    """Return the edition for one test, which may change it."""
    return edition(tmp_path / "edition")


def index_state(out: Path) -> dict[str, Any]:
    return json.loads((out / "pagefind" / "edition.json").read_text("utf-8"))


def test_an_unchanged_edition_is_not_indexed_again(indexed: EditionFolder) -> None:
    first = indexed.build()
    stamps = {path: path.stat().st_mtime_ns for path in (first.out / "pagefind").rglob("*")}
    second = indexed.build()
    assert {path: path.stat().st_mtime_ns for path in (second.out / "pagefind").rglob("*")} == stamps
    assert not [path for path in second.out.iterdir() if path.name.startswith(".index-")]


def test_large_editions_are_dealt_out_so_that_the_indexer_holds_a_part(
        indexed: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [fulltext.indexes(posts) for posts in (0, 250, 374, 500, 5000, 20_000)] == [1, 1, 1, 2, 8, 8]
    at_once: list[int] = []
    index = fulltext._index
    monkeypatch.setattr(fulltext, "POSTS", 2)
    monkeypatch.setattr(fulltext, "_index", lambda pages, made: at_once.append(len([*pages.rglob("*.html")]))
                        or index(pages, made))
    state = index_state(indexed.build().out)
    assert sorted(at_once) == [2, 3] and state["further"] == ["part-2/"]
    assert set(state["titles"].values()) == {title for title, *_ in POSTS.values()}
    monkeypatch.undo()
    (indexed.root / "out" / ".views" / "search.json").unlink()
    assert index_state(indexed.build().out)["further"] == []


def test_an_index_without_its_state_is_written_anew(indexed: EditionFolder) -> None:
    first = indexed.build()
    (first.out / ".views" / "search.json").unlink()
    (indexed.source / "posts" / "svd.md").unlink()
    second = indexed.build()
    assert set(index_state(second.out)["titles"].values()) == {
        title for slug, (title, *_) in POSTS.items() if slug != "svd"}
    assert index_state(second.out)["hidden"] == []


class Reader:
    """A reader at the built site, who notes every request and complaint of the browser."""

    def __init__(self, browser: Any, base: str) -> None:
        self.base = base
        self.page = browser.new_page()
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.foreign.append(request.url)
                     if not request.url.startswith((base, "data:", "blob:")) else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text)
                     if message.type in ("error", "warning") else None)

    def ask(self, query: str, **filters: str) -> list[str]:
        """Search and return the titles found."""
        self.page.goto(f"{self.base}/search.html?{urlencode({'q': query} | filters)}")
        self.settle()
        return self.titles()

    def settle(self) -> None:
        """Wait until the page says how many it found."""
        self.page.wait_for_function(
            "/共|没有/.test(document.querySelector('.zs-status')?.textContent ?? '')", timeout=WAIT)

    def titles(self) -> list[str]:
        return self.page.eval_on_selector_all(".zs-hits > li > a", "links => links.map(link => link.textContent)")


@pytest.fixture(scope="module")
def only_reader(
    tmp_path_factory: pytest.TempPathFactory, browser: Any, serve: Callable[[Path], str]
) -> Iterator[Reader]:
    """Return the one reader of all tests that change nothing, at the site built once."""
    one = Reader(browser, serve(edition(tmp_path_factory.mktemp("search") / "edition").build().out))
    yield one
    one.page.close()


@pytest.fixture
def reader(only_reader: Reader) -> Iterator[Reader]:
    """Return a reader at the site, who remembers nothing."""
    only_reader.page.goto(f"{only_reader.base}/index.html")
    only_reader.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    only_reader.foreign.clear()
    only_reader.complaints.clear()
    yield only_reader
    assert only_reader.foreign == []
    assert only_reader.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize(("query", "slug"), [
    ("长度外推", "rope"), ("外推", "rope"), ("位置编码", "rope"), ("旋转式位置编码", "rope"), ("transformer", "rope"),
    ("低秩近似之路（二）：SVD", "svd"), ("奇异值分解", "svd"), ("SVD", "svd"),
    ("矩阵 奇异", "svd"), ("“奇异值”", "svd"),
    ("GAU-α：快好省的Attention", "gau"), ("交叉熵过度自信", "gau"), ("快好省", "gau"), ("也有推导", "derive"),
    ("升级之路：18、RoPE底数", "base"), ("RoPE底数", "base"),
])
def test_a_phrase_finds_its_post_first(reader: Reader, query: str, slug: str) -> None:
    assert reader.ask(query)[:1] == [POSTS[slug][0]]


@pytest.mark.browser
def test_a_phrase_finds_no_post_that_only_has_its_characters(reader: Reader) -> None:
    assert reader.ask("长度外推") == [POSTS["rope"][0]]


@pytest.mark.browser
def test_query_and_filters_are_in_the_address(reader: Reader) -> None:
    assert set(reader.ask("推", state="草稿")) == {POSTS["derive"][0]}
    assert reader.page.input_value("select[name=state]") == "草稿"
    reader.page.select_option("select[name=state]", "")
    reader.page.wait_for_function("document.querySelectorAll('.zs-hits > li').length > 1", timeout=WAIT)
    assert parse_qs(urlsplit(reader.page.url).query) == {"q": ["推"]}


@pytest.mark.browser
def test_a_result_shows_the_sentence_and_leads_to_the_section(reader: Reader) -> None:
    reader.ask("过度自信")
    hit = reader.page.locator(".zs-hits > li").first
    assert "交叉熵过度自信" in hit.inner_text()
    assert hit.locator("mark").all_inner_texts() == ["过度自信"]
    assert feed.FORMULA in hit.inner_text() and "mi" not in hit.inner_text()
    hit.locator("ul a").click()
    reader.page.wait_for_url("**/posts/gau.html#*", timeout=WAIT)
    assert reader.page.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null")


@pytest.mark.browser
def test_every_word_of_a_query_is_marked(reader: Reader) -> None:
    assert POSTS["svd"][0] in reader.ask("矩阵 奇异")
    marks = reader.page.locator(".zs-hits > li").first.locator("mark").all_inner_texts()
    assert set(marks) == {"矩阵", "奇异"}


@pytest.mark.browser
def test_counts_beside_filters_follow_the_query(reader: Reader) -> None:
    def counts(name: str) -> int:
        texts = reader.page.eval_on_selector_all(f"select[name={name}] option:not([hidden])",
                                                 "all => all.slice(1).map(one => one.textContent)")
        return sum(int(text.rpartition("(")[2].rstrip(")")) for text in texts)

    reader.page.goto(f"{reader.base}/search.html")
    reader.page.wait_for_selector("select[name=year] option:nth-child(2)", state="attached")
    assert counts("year") == len(POSTS)
    assert len(reader.ask("长度外推")) == 1
    assert counts("year") == 1


@pytest.mark.browser
@pytest.mark.parametrize(("query", "slug"), [("奇异值的分解法", "svd"), ("旋转位置编码之路", "rope")])
def test_what_nothing_has_gives_the_nearest_titles(reader: Reader, query: str, slug: str) -> None:
    assert reader.ask(query)[:1] == [POSTS[slug][0]]


@pytest.mark.browser
def test_english_names_find_chinese_topics(reader: Reader) -> None:
    assert set(reader.ask("matrix theory")) == {POSTS["svd"][0], POSTS["derive"][0]}
    assert reader.page.locator(".zs-status a").inner_text() == "主题“矩阵理论”的 2 篇"


@pytest.mark.browser
def test_a_slip_in_a_latin_word_is_asked_about(reader: Reader) -> None:
    reader.ask("atention")
    assert "attention" in reader.page.locator(".zs-status a").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(("query", "tex"), [
    (r"\frac{1}{2}", True), ("e^{ikx}", True), ("x_i", True), ("$a=b$", True), ("$a", False), ("长度外推", False),
    ("self_attention", False), ("C++", False), ("公式 x^2", False), ("GPT-4", False), ("a", False), ("?", False)])
def test_latex_is_recognised(reader: Reader, query: str, tex: bool) -> None:
    reader.page.goto(f"{reader.base}/search.html")
    module = reader.page.evaluate("async q => (await import('./_static/search.js')).isFormula(q)", query)
    assert module is tex


@pytest.mark.browser
def test_latex_in_the_one_field_is_looked_for_among_formulas(reader: Reader) -> None:
    reader.page.goto(f"{reader.base}/search.html?{urlencode({'q': 'e^{ikx}'})}")
    reader.page.wait_for_selector("#by-formula:not([hidden]) .zs-status")
    assert reader.page.input_value("#by-formula input") == "e^{ikx}"


@pytest.mark.browser
def test_a_stroke_opens_the_search_but_not_while_typing(reader: Reader) -> None:
    reader.page.goto(f"{reader.base}/posts/svd.html")
    reader.page.keyboard.press("/")
    reader.page.wait_for_selector(".zs-finder[open] input")
    reader.page.keyboard.type("a/b")
    assert reader.page.input_value(".zs-finder input") == "a/b"


@pytest.mark.browser
def test_the_keyboard_opens_the_search_anywhere_and_walks_the_results(reader: Reader) -> None:
    reader.page.goto(f"{reader.base}/posts/svd.html")
    reader.page.keyboard.press("Control+k")
    reader.page.wait_for_selector(".zs-finder[open] input")
    reader.page.keyboard.type("位置编码")
    reader.settle()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/posts/rope.html", timeout=WAIT)


@pytest.mark.browser
def test_edited_added_and_deleted_posts_are_found_as_they_are_now(
        indexed: EditionFolder, browser: Any, serve: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "POSTS", 2)  # so that they are in two indexes, and then in three
    base = serve(indexed.build().out)
    indexed.post("svd", "如今只谈伪逆。", title="改题", topic="矩阵理论")
    indexed.post("new", "新来的文章谈奇异积分。", title="新文")
    (indexed.source / "posts" / "derive.md").unlink()
    built = indexed.build()
    state = index_state(built.out)
    assert state["further"] == ["part-2/", "delta/"] and len(state["hidden"]) == 2
    one = Reader(browser, base)
    assert one.ask("奇异") == ["新文"]
    assert one.ask("伪逆") == ["改题"]
    assert one.ask("位置编码") == [POSTS["rope"][0]]
    assert one.ask("推导") == []
    assert one.ask("交叉熵") == [POSTS["gau"][0]] and one.ask("底数") == [POSTS["base"][0]]
    assert one.complaints == [] and one.foreign == []
    one.page.close()


@pytest.mark.browser
def test_a_site_opened_from_a_file_says_how_to_serve_it(indexed: EditionFolder, browser: Any) -> None:
    built = indexed.build()
    one = browser.new_page()
    one.goto((built.out / "search.html").as_uri())
    assert "make serve" in one.inner_text("#zs-file")
    one.goto((built.out / "index.html").as_uri())
    one.keyboard.press("Control+k")
    one.wait_for_url("**/search.html", timeout=WAIT)
    one.close()
