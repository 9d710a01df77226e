"""The search for formulas: when its files are written, and what a reader finds with LaTeX in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from conftest import EditionFolder, new_edition, serious

WAIT = 20_000
POSTS = {
    "sign": ("矩阵符号", "$$\\operatorname{msign}(\\boldsymbol{M}) = UV^{\\top} \\tag{3}$$\n\n"
                     "## 一节\n\n又 $\\text{msign}(X)=X$。"),
    "wave": ("波", "设 $\\phi_n = e^{in\\theta}$。\n\n$$\\int e^{i k x}\\,dx$$ (eq-wave)"),
    "rule": ("规则", "$\\newcommand{\\vec}{\\boldsymbol{v}}$\n\n$$\\Vert \\vec \\Vert_2^2 \\le 1$$"),
    "none": ("没有公式", "只有字。"),
}


def edition(root: Path) -> EditionFolder:
    """Write an edition of a few formulas and a macro."""
    made = new_edition(root, '[edition]\ntitle = "试验版"\n[math.macros]\nnorm = "\\\\lVert #1\\\\rVert"\n')
    for slug, (title, body) in POSTS.items():
        made.post(slug, body, title=title, topic="矩阵", date="2024-01-01")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> EditionFolder:
    """Return the edition for one test, which may change it."""
    return edition(tmp_path / "edition")


def index(out: Path) -> dict[str, Any]:
    return json.loads((out / "formulas" / "index.json").read_text("utf-8"))


def stamps(out: Path) -> dict[str, int]:
    return {path.relative_to(out / "formulas").as_posix(): path.stat().st_mtime_ns
            for path in (out / "formulas").rglob("*.json")}


def test_posts_with_formulas_are_in_the_index(folder: EditionFolder) -> None:
    built = folder.build()
    assert built.warnings == ()
    known = index(built.out)
    assert [post[1] for post in known["posts"]] == ["规则", "矩阵符号", "波"]
    assert known["macros"] == {"\\norm": [1, "\\lVert #1\\rVert"]}
    assert {"posts/rule.json", "posts/sign.json", "posts/wave.json"} < stamps(built.out).keys()
    page = json.loads((built.out / "formulas/posts/sign.json").read_text("utf-8"))
    assert "msign" in page["words"] and "(3)" in page["lines"] and "id1" not in page["lines"]


def test_only_what_changed_is_written(folder: EditionFolder) -> None:
    first = stamps(folder.build().out)
    assert stamps(folder.build().out) == first
    folder.post("wave", "$$a+b+c$$", title="波", topic="矩阵", date="2024-01-01")
    second = stamps(folder.build().out)
    assert {name for name in first if second[name] != first[name] and name.startswith("posts/")} == {"posts/wave.json"}
    (folder.source / "posts" / "wave.md").unlink()
    third = folder.build()
    assert "posts/wave.json" not in stamps(third.out)
    assert len(index(third.out)["posts"]) == 2


def test_an_edit_leaves_the_index_that_a_whole_build_makes(folder: EditionFolder, monkeypatch: pytest.MonkeyPatch
                                                           ) -> None:
    for number in range(12):
        folder.post(f"n{number}", f"$$x_{number}+y^{number}=z$$")
    folder.build()
    with monkeypatch.context() as patch:
        patch.setattr("ext.edition.search.formula_index.shards", lambda pages: pytest.fail("all is made anew"))
        folder.post("n3", "$$x_3+y^3=w$$")
        edited = folder.build()
    anew = folder.build(out="anew", doctrees="anew-doctrees")
    assert {name: (edited.out / "formulas" / name).read_bytes() for name in stamps(edited.out)} == {
        name: (anew.out / "formulas" / name).read_bytes() for name in stamps(anew.out)}


def test_a_lost_file_is_written_again(folder: EditionFolder) -> None:
    built = folder.build()
    (built.out / "formulas" / "posts" / "sign.json").unlink()
    assert "posts/sign.json" in stamps(folder.build().out)


def test_parallel_and_serial_builds_write_the_same(folder: EditionFolder) -> None:
    for number in range(12):
        folder.post(f"n{number}", f"$$x_{number}+y^{number}$$")
    one, two = folder.build(out="one", doctrees="d1"), folder.build(out="two", doctrees="d2", jobs=2)
    assert stamps(one.out).keys() == stamps(two.out).keys()
    for name in stamps(one.out):
        assert (one.out / "formulas" / name).read_bytes() == (two.out / "formulas" / name).read_bytes(), name


class Reader:
    """A reader at the search page, who notes what the browser asks for and complains of."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.page = browser.new_page(**options)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text)
                     if message.type in ("error", "warning") else None)

    def ask(self, tex: str) -> list[str]:
        """Search and return the titles found."""
        self.page.goto(f"{self.base}/search.html?{urlencode({'formula': tex})}")
        self.settle()
        return self.titles()

    def settle(self) -> None:
        self.page.wait_for_function(
            "/篇|没有找到/.test(document.querySelector('#by-formula .zs-status')?.textContent ?? '')", timeout=WAIT)

    def titles(self) -> list[str]:
        return self.page.eval_on_selector_all(
            "#by-formula .zs-hits > li > a", "links => links.map(link => link.textContent)")


@pytest.fixture(scope="module")
def only_reader(
    tmp_path_factory: pytest.TempPathFactory, browser: Any, serve: Callable[[Path], str]
) -> Iterator[Reader]:
    """Return the one reader of all tests that change nothing, at the site built once."""
    one = Reader(browser, serve(edition(tmp_path_factory.mktemp("formulas") / "edition").build().out))
    yield one
    one.page.close()


@pytest.fixture
def reader(only_reader: Reader) -> Iterator[Reader]:
    """Return a reader at the site, who remembers nothing."""
    only_reader.page.goto(f"{only_reader.base}/index.html")
    only_reader.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    only_reader.page.emulate_media(color_scheme="light")
    only_reader.asked.clear()
    only_reader.complaints.clear()
    yield only_reader
    assert only_reader.complaints == []
    assert [url for url in only_reader.asked if not url.startswith((only_reader.base, "data:", "blob:"))] == []


@pytest.mark.browser
@pytest.mark.parametrize(("tex", "titles"), [
    (r"\operatorname{msign}(M)", ["矩阵符号"]), (r"\msign ( Q )", ["矩阵符号"]), ("msign(M)", ["矩阵符号"]),
    (r"e^{i n\theta}", ["波"]), (r"e^{i n \varphi}", ["波"]), (r"$\norm{v}_{2}^{2}\leq 1$", ["规则"]),
    (r"x^2 - y^2", []), (r"\int\frac{1}{x}", []), ("V^\\top", ["矩阵符号"]),
])
def test_latex_finds_its_posts(reader: Reader, tex: str, titles: list[str]) -> None:
    assert reader.ask(tex) == titles


@pytest.mark.browser
def test_a_result_shows_the_set_formula_and_leads_to_it(reader: Reader) -> None:
    reader.ask(r"\operatorname{msign}(M)")
    reader.page.wait_for_selector(".zs-formula math")
    first = reader.page.locator(".zs-formula").first
    assert first.locator("a").inner_text() == "公式 (3)"
    assert first.locator("math").get_attribute("alttext").startswith("\\operatorname{msign}")
    reader.page.locator(".zs-formula a").nth(1).click()
    assert reader.page.locator(":target h2").inner_text().startswith("一节")


@pytest.mark.browser
def test_the_query_is_in_the_address_and_the_keyboard_does_it_all(reader: Reader) -> None:
    reader.page.goto(f"{reader.base}/search.html")
    reader.page.wait_for_selector("#by-text .zs-filters select")
    reader.page.locator("#tab-text").focus()
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.evaluate("document.activeElement.id") == "tab-formula"
    reader.page.wait_for_function("location.search.startsWith('?formula')")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.type(r"\int e^{ikx}")
    reader.settle()
    assert parse_qs(urlsplit(reader.page.url).query) == {"formula": [r"\int e^{ikx}"]}
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/posts/wave.html#eq-eq-wave", timeout=WAIT)
    reader.page.go_back()
    reader.settle()
    assert reader.titles() == ["波"]


@pytest.mark.browser
def test_latex_typed_for_a_text_finds_formulas(reader: Reader) -> None:
    reader.page.goto(f"{reader.base}/search.html?{urlencode({'q': 'e^{ikx}'})}")
    reader.settle()
    assert reader.titles() == ["波"]


@pytest.mark.browser
def test_results_are_shown_by_how_they_answer_and_can_be_filtered(reader: Reader) -> None:
    reader.ask(r"\operatorname{msign}(X)=X")
    assert reader.page.locator(".zs-kind").all_inner_texts() == ["整个相同"]
    reader.page.select_option("#by-formula select[name=origin]", "added")
    reader.page.wait_for_function("location.search.includes('origin=added')")
    reader.settle()
    assert reader.titles() == []


@pytest.mark.browser
def test_text_asks_for_no_formula_and_formulas_for_no_text(reader: Reader) -> None:
    reader.ask("a+b+c")
    assert not [url for url in reader.asked if "/pagefind/" in url]
    reader.asked.clear()
    reader.page.goto(f"{reader.base}/search.html?q=矩阵")
    reader.page.wait_for_selector("#by-text .zs-hits > li")
    assert not [url for url in reader.asked if "/formulas" in url]


@pytest.mark.browser
def test_the_page_has_no_serious_finding(reader: Reader) -> None:
    for mode in ("light", "dark"):
        reader.page.emulate_media(color_scheme=mode)
        reader.ask(r"\operatorname{msign}(M)")
        reader.page.wait_for_selector(".zs-formula math")
        assert serious(reader.page) == []


@pytest.mark.browser
def test_the_bundled_essays_are_found_by_their_formulas(
        published: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> None:
    one = Reader(browser, serve(published.root / "build" / "html"))
    for tex, word in ((r"\operatorname{msign}(M)", "msign"), (r"e^{i n\theta}", "RoPE"), (r"e^{i m\theta}", "RoPE"),
                      (r"\nabla_{x_t}\log p(x_t)", "得分"), (r"R_m^{\top}R_n=G_{n-m}", "RoPE"),
                      (r"R_m^TR_n=G_{n-m}", "RoPE")):
        assert any(word in title for title in one.ask(tex)[:3]), tex
    one.page.close()
