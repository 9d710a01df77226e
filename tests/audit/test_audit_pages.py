"""What a reviewer sees: the filters of the audit page, the pages of reasons, the banner and the coverage view."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import REPO, EditionFolder, new_edition, serious

from ext.audit import listing, page, why
from ext.audit import texts as words
from ext.edition.audit.columns import table
from ext.edition.audit.criteria import CRITERIA, Result, Verdict
from ext.edition.audit.phrases import PHRASES, amount, missing
from ext.edition.audit.summary import summarise
from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import Counts
from ext.edition.site import config
from ext.edition.site.config import About, Batch, Edition, Grade, Standard, Topic
from ext.edition.site.errors import EditionError
from tests.audit.test_summary import record

TOML = '''[edition]
title = "试验版"
[[topics]]
name = "优化器"
slug = "optimizers"
[[standards]]
name = "通用"
criteria = ["coverage", "sections", "renders", "resolves", "reviewed"]
coverage = 80
sections = 50
[[grades]]
key = "good"
name = "优良"
needs = ["coverage"]
[[grades]]
key = "begun"
name = "起步"
rule = "structured > 0"
[[batches]]
key = "short"
name = "短文"
rule = "original.kb < 2"
'''
FORMULAS = """设

$$
a = b
$$ (eq-one)

则

$$
c = d + \\sqrt{e}
$$ (eq-two)

又

$$
f = g
$$ (eq-three)
"""
DERIVED = FORMULAS + '''
::::{prf:derivation} 由来
:label: der-one
:of: eq-one

移项得 {eq}`eq-two`。

:::{step} 一
$x$
:::
::::
'''
HOSTILE = "</title><script>alert(1)</script>'&lt;"
QUOTED = json.dumps(HOSTILE)


def edition(root: Path) -> EditionFolder:
    """Write an edition with posts in several states, and catalogued ones that are not built."""
    folder = new_edition(root, TOML)
    folder.post("a", DERIVED, id="1", title="甲", topic="优化器", series="系列", status="completed")
    folder.post("b", FORMULAS, id="2", title="乙", topic="优化器", status="draft")
    folder.post("c", "只有文字。", id="3", title="丙")
    folder.write("catalogue.yaml", """- {id: '1', title: 甲, state: local, topic: 优化器, series: 系列, priority: high}
- {id: '2', title: 乙, state: truncated, topic: 优化器, reason: the feed gives a part}
- {id: '8', title: 未建一, topic: 优化器, priority: high, source: 'https://blog.example/archives/8'}
- {id: '9', title: 未建二, priority: low}
""")
    return folder


@pytest.fixture
def judged(tmp_path: Path) -> EditionFolder:
    """Return the edition for one test, which may change it."""
    return edition(tmp_path / "edition")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    """Return where the edition, built once, is served to tests that change nothing."""
    return serve(edition(tmp_path_factory.mktemp("judged") / "edition").build().out)


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "lxml")


def keys(table: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield above + key
        if isinstance(value, dict):
            yield from keys(value, f"{above}{key}.")


def test_both_languages_have_the_same_texts() -> None:
    texts = words.texts()
    assert sorted(keys(texts["zh_CN"])) == sorted(keys(texts["en"]))
    assert set(texts["zh_CN"]["flags"]) >= {"built", "unbuilt"}


def test_new_editions_get_the_audit_page_of_this_one() -> None:
    own = (REPO / "source" / "audit.md").read_text("utf-8")
    assert (REPO / "tools" / "templates" / "audit.zh_CN.md").read_text("utf-8") == own
    english = (REPO / "tools" / "templates" / "audit.en.md").read_text("utf-8")

    def directives(text: str) -> list[str]:
        return re.findall(r"\{audit\} (\w+)", text)

    assert directives(english) == directives(own)
    assert sorted(directives(own)) == sorted(page.PARTS)


def test_every_criterion_has_words_in_both_languages() -> None:
    assert PHRASES.keys() == CRITERIA.keys()
    for name in CRITERIA:
        for english in (False, True):
            assert missing(Result(name, Verdict.FAIL, 1, 2, 1), english=english)
            assert missing(Result(name, Verdict.PASS), english=english) == ""


@pytest.mark.parametrize(("value", "up", "text"), [
    (79.99, False, "79.9"), (0.01, True, "0.1"), (3, True, "3"), (0.3, True, "0.3"), (2.0, False, "2")])
def test_what_falls_short_never_looks_met(value: float, up: bool, text: str) -> None:
    assert amount(value, up=up) == text


def test_flags_and_verdicts_are_those_of_the_row() -> None:
    edition = Edition(edition=About(title="试"), standards=(Standard(name="一", criteria=("intact", "size"), kb=30),))
    facts = record(original=Counts(displayed=2), added=Counts(), total=Counts(displayed=2))
    row = summarise([facts], {}, edition).rows[0]
    assert listing.verdicts(row) == "u---f------"
    assert set(listing.flags(row).split()) == {"no_blocks"}


def test_a_batch_names_its_targets() -> None:
    edition = Edition(
        edition=About(title="试"), batches=(Batch(key="k", name="批", posts=("a", "b")),),
        standards=(Standard(name="一", criteria=("formulas", "size"), kb=15), Standard(name="二", posts=("b",), kb=20)))
    whole = summarise([record(name, total=Counts(inline=1)) for name in "ab"], {}, edition)
    assert list(page.targets(whole, "k")) == [("formulas", 20, 20), ("size", 15, 20)]


def test_a_batch_waits_for_catalogued_posts_that_are_not_built() -> None:
    edition = Edition(edition=About(title="试"), batches=(Batch(key="k", name="批", posts=("a",)),),
                      standards=(Standard(name="一", criteria=("renders",)),))
    entries = {"z": Entry(id="z", title="未建", batch="k")}
    (alone,), (waiting,) = (summarise([record("a")], given, edition).batches for given in ({}, entries))
    assert alone.complete and not waiting.complete and waiting.missing == ("z",)


@pytest.mark.parametrize(("posts", "page_bytes", "file_bytes"), [(348, 40_000, 45_000), (5000, 40_000, 550_000)])
def test_the_page_of_a_large_edition_stays_light(
    monkeypatch: pytest.MonkeyPatch, posts: int, page_bytes: int, file_bytes: int
) -> None:
    """The page's own part of what goes over the wire; the frame around it weighs the same on every page."""
    topics = tuple(Topic(name=f"主题{n}", slug=f"t{n}") for n in range(12))
    edition = Edition(edition=About(title="试"), topics=topics, grades=(Grade(key="half", name="过半"),))
    draw = random.Random(7)

    def title(n: int) -> str:
        return "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(18)) + str(n)

    facts = [record(title(n), title=title(n), id=str(n), topic=f"主题{n % 12}", series=f"系列之名{n % 60}",
                    status="completed", date=f"20{n % 20:02}-01-01", bytes=draw.randrange(90_000),
                    total=Counts(inline=draw.randrange(999), displayed=draw.randrange(99)),
                    original=Counts(inline=draw.randrange(99)), added=Counts(inline=draw.randrange(99)),
                    links_to=tuple(str(draw.randrange(posts)) for _ in range(3))) for n in range(posts)]
    whole = summarise(facts, {}, edition)
    app: Any = SimpleNamespace(
        config=SimpleNamespace(language="zh_CN", edition=edition), srcdir="source",
        builder=SimpleNamespace(get_relative_uri=lambda here, there: f"{there}.html",
                                get_target_uri=lambda there: f"{there}.html"))
    for module in (words, page, listing):
        monkeypatch.setattr(module, "summary", lambda _app: whole)
    monkeypatch.setattr(page, "rows", lambda _app: {row.record.docname: row for row in whole.rows})
    monkeypatch.setattr(page.errata_page, "counts", lambda _app: (0, 0, 0))
    context = page.part_context(app, "audit")
    html = "".join(words.render(app, part, "audit", **context) for part in page.PARTS)
    assert 5_000 < len(gzip.compress(html.encode())) < page_bytes
    files = listing.scripts(app)
    assert len(gzip.compress(files[listing.FILE])) < file_bytes
    assert html.count('class="why-link"') == listing.FIRST


def test_catalogued_posts_are_in_the_list_that_the_grid_counts(judged: EditionFolder) -> None:
    built = judged.build()
    shown = soup(built.html("audit"))
    rows = soup(built.html("audit-posts")).select(".audit-table tbody tr")
    assert sorted(row.th.text.removesuffix(" 缘由") for row in rows[:3]) == ["丙", "乙", "甲"]
    assert [row.th.text for row in rows[3:]] == ["未建一", "未建二"]
    assert {len(row.find_all("td")) for row in rows} == {len(table())}
    grid = shown.select(".audit-grid tbody tr")[-1]
    assert grid.th.text == "未评"  # type: ignore[union-attr]
    assert [cell.text for cell in grid.select("td")] == ["1", "0", "1", "1", "3"]
    assert sum(int(cell.text) for cell in shown.select(".audit-grid tbody td:last-child")) == len(rows)


def test_two_posts_of_one_id_are_both_in_the_grid() -> None:
    edition = Edition(edition=About(title="试"), grades=(Grade(key="any", name="有"),))
    entries = {"7": Entry(id="7", title="重", priority="high"), "8": Entry(id="8", title="略", state="skipped")}
    whole = summarise([record("a", id="7"), record("b", id="7")], entries, edition)
    assert [row.counts for row in whole.grid] == [(2, 0, 0, 0), (0, 0, 0, 0)]


def test_fetched_text_stays_text(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML)
    folder.write("posts/a.md", f"---\ntitle: {QUOTED}\nid: '1'\norigin: local\ntopic: {QUOTED}\n"
                               f"series: {QUOTED}\nstatus: {QUOTED}\n---\n\n# 甲\n\n"
                               "$$\n\\text{</code><script>alert(2)</script>}\n$$\n")
    folder.write("catalogue.yaml", f"- {{id: '7', title: {QUOTED}, source: 'javascript:alert(3)', topic: {QUOTED}}}\n"
                                   f"- {{id: '1', title: 甲, state: truncated, reason: {QUOTED}}}\n")
    built = folder.build()
    for name in ("audit", "audit/a", "posts/a"):
        text = built.html(name)
        assert "<script>alert" not in text, name
        assert 'href="javascript:' not in text, name


def test_a_post_says_what_was_measured_of_it(judged: EditionFolder) -> None:
    built = judged.build()
    first, second = soup(built.html("posts/a")), soup(built.html("posts/b"))
    said = [item.text.strip() for item in first.select(".zs-banner li")]
    assert said == ["起步", "方程 1/3 已推导", "未复核", "缘由"]
    assert first.select_one(".zs-banner a")["href"] == "../audit/a.html"  # type: ignore[index]
    assert not first.select(".zs-truncated")
    notice = second.select_one(".zs-truncated")
    assert notice is not None and "残缺" in notice.text and "the feed gives a part" in notice.text
    assert not soup(built.html("posts/c")).select("#cover-on")
    assert "zs-banner" not in built.html("index")


def test_every_equation_of_the_original_has_its_mark(judged: EditionFolder) -> None:
    built = judged.build()
    marks = soup(built.html("posts/a")).select(".equation > .cover")
    assert [(mark["class"], mark["href"]) for mark in marks] == [
        (["cover", "cover-derived"], "#der-one"), (["cover", "cover-referenced"], "#der-one"),
        (["cover", "cover-uncovered"], "../audit/a.html#why-eq-eq-three")]
    assert marks[0]["aria-label"] == "已推导：推导 1（由来）"
    why = soup(built.html("audit/a"))
    assert why.select_one("#why-eq-eq-three .cover-uncovered") is not None


def test_reasons_show_the_mathematics_and_what_needs_work_first(judged: EditionFolder) -> None:
    judged.post("a", DERIVED.replace("由来", "由 $\\alpha_1$ 来"), id="1", title="甲")
    built = judged.build()
    assert built.warnings == ()
    why = soup(built.html("audit/a"))
    rows = why.select("#equations ~ .table-scroll tbody tr")[:3]
    assert [row.select_one(".cover-state")["class"][1] for row in rows] == [  # type: ignore[index]
        "cover-uncovered", "cover-referenced", "cover-derived"]
    assert all(row.select_one(".tex math") is not None and not row.select(".tex code") for row in rows)
    link = rows[2].select_one("td:nth-of-type(3) a")
    assert link is not None and link["href"] == "../posts/a.html#der-one"
    assert link.math is not None and "\\alpha" not in link.get_text() and link.get_text().startswith("推导 1（由")
    assert "未复核" in rows[2].get_text()
    mark = soup(built.html("posts/a")).select_one(".equation > .cover-derived")
    assert mark is not None and mark["aria-label"] == "已推导：推导 1（由 α₁ 来）"
    identifiers = [one["id"] for one in why.select("[id]")]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize(("given", "address"), [
    ({"editor": "vscode://file{path}:{line}"}, "vscode://file{root}/source/posts/a.md:17"),
    ({"repository": "https://forge.example/e"}, "https://forge.example/e/blob/main/source/posts/a.md#L17"), ({}, "")])
def test_a_line_is_a_link_to_the_editor_else_to_the_repository(
    given: dict[str, str], address: str, tmp_path: Path
) -> None:
    about = About(title="试", **given)
    assert why.place(about, tmp_path / "source/posts/a.md", "source/posts/a.md", 17) == address.replace(
        "{root}", tmp_path.as_posix())


@pytest.mark.parametrize("editor", ["javascript:alert({path})", "{path}:{line}", "vscode://file", "x:{path}{nonsense}"])
def test_an_editor_that_opens_no_file_is_refused(editor: str) -> None:
    with pytest.raises(EditionError, match="opens no file"):
        config.parse(f"[edition]\ntitle = 't'\neditor = {editor!r}\n")


def test_an_unverified_original_says_so_on_its_own_pages(judged: EditionFolder) -> None:
    judged.post("b", DERIVED, id="2", title="乙", origin="legacy", layers="unknown")
    built = judged.build()
    assert "原文未核" in soup(built.html("posts/b")).select_one(".zs-banner").text  # type: ignore[union-attr]
    assert "cover-on" not in built.html("posts/b")
    page_ = soup(built.html("audit/b"))
    assert "原文未核" in page_.text and "python -m tools layers source/posts/b.md" in page_.text
    assert not page_.select(".why-formula")


def test_restated_is_kept_apart(judged: EditionFolder) -> None:
    judged.post("b", FORMULAS + "\n:::{prf:remark}\n同上\n\n$$\nc = d + \\sqrt{e}\n$$\n:::\n", id="2", title="乙")
    built = judged.build()
    shown = soup(built.html("posts/b"))
    assert [mark["class"][1] for mark in shown.select(".cover:has(+ .cover-again)")] == ["cover-uncovered"]
    assert "方程 0/3 " in shown.select_one(".zs-banner").text  # type: ignore[union-attr]
    again = shown.select_one("a.cover-again")
    assert shown.find(id=again["href"][1:]) is not None  # type: ignore[index,union-attr]
    assert len(shown.select("a.cover-again")) == 1
    assert soup(built.html("audit/b")).select_one("a.cover-restated")["href"].endswith(again["href"])  # type: ignore[index,union-attr]
    beside = shown.select_one("a.cover-beside")
    assert beside["href"] == "#remark-1" and "未指明" in beside.text  # type: ignore[index,union-attr]
    assert "≈ 疑似复述 1" in shown.select_one(".zs-banner").text  # type: ignore[union-attr]


def test_the_reasons_name_value_threshold_and_line(judged: EditionFolder) -> None:
    shown = soup(judged.build().html("audit/a"))
    rows = {row.th.text: [cell.text.strip() for cell in row.select("td")] for row in shown.select("#criteria ~ div tr")
            if row.find("th", scope="row")}
    assert rows["方程覆盖"][:3] == ["未过", "33 %", "80 %"]
    assert re.match(r"source/posts/a\.md:\d+ 到文中", rows["方程覆盖"][3])
    assert shown.select_one('a[href="../posts/a.html#eq-eq-two"]') is not None
    assert "python -m tools review a --by" in shown.text


def test_an_edit_writes_what_shows_it_and_nothing_else(judged: EditionFolder) -> None:
    judged.build()
    assert judged.build().written == frozenset()
    judged.post("b", DERIVED.replace("der-one", "der-two"), id="2", title="乙", topic="优化器", status="draft")
    second = judged.build()
    written = {name for name in second.written if name.startswith(("posts/", "audit"))}
    assert written == {"posts/b.html", "audit/b.html", "audit.html", "audit-posts.html"}
    fresh = judged.build(out="fresh", doctrees="fresh-doctrees")
    for name in ("posts/a", "posts/b", "audit/a", "audit/b", "audit"):
        assert second.html(name) == fresh.html(name), name


def test_a_post_is_written_when_another_one_covers_its_equation(judged: EditionFolder) -> None:
    judged.build()
    judged.post("c", "\n:::{prf:proof}\n:of: b#eq-three\n\n显然。\n:::\n", id="3", title="丙")
    second = judged.build()
    assert {"posts/b.html", "audit/b.html", "posts/c.html", "audit/c.html"} <= second.written
    assert not {"posts/a.html", "audit/a.html"} & second.written
    assert soup(second.html("posts/b")).select_one(".cover.cover-derived")["href"].startswith("c.html#")  # type: ignore[index,union-attr]


def test_the_home_page_says_what_was_measured_not_what_is_claimed(judged: EditionFolder) -> None:
    judged.write("index.md", "# 首页\n\n```{edition-home}\n```\n")
    first = soup(judged.build().html("index"))
    assert [item.text for item in first.select(".zs-topics small")] == ["2 篇 · 方程覆盖 16 %", "1 篇"]
    assert not first.select("#finished")
    judged.post("b", DERIVED.replace("der-one", "der-two").replace(":of: eq-one", ":of: eq-one, eq-two, eq-three"),
                id="2", title="乙", topic="优化器", status="draft")
    second = judged.build()
    assert "index.html" in second.written
    shown = soup(second.html("index"))
    assert [item.text for item in shown.select(".zs-topics small")] == ["2 篇 · 方程覆盖 66 %", "1 篇"]
    assert [item.text for item in shown.select("#finished + .zs-posts a")] == ["乙"]


def test_a_review_changes_the_banner_only(judged: EditionFolder) -> None:
    from ext.edition.audit import reviews
    from ext.edition.site import frontmatter
    judged.build()
    path = judged.source / "posts" / "a.md"
    body = frontmatter.split(path.read_text("utf-8"), where=path).body
    reviews.append(judged.source, reviews.Review("2025-01-02", "某人", "1", body=reviews.digest(body)))
    second = judged.build()
    assert "某人 于 2025-01-02 复核" in second.html("posts/a")
    assert {name for name in second.written if name.startswith("posts/")} == {"posts/a.html"}
    judged.post("a", DERIVED + "\n另。\n", id="1", title="甲", topic="优化器", series="系列", status="completed")
    assert "其后有改动" in judged.build().html("posts/a")


def test_the_reasons_of_a_post_that_is_gone_go_with_it(judged: EditionFolder) -> None:
    assert (judged.build().out / "audit" / "c.html").is_file()
    (judged.source / "posts" / "c.md").unlink()
    assert not (judged.build().out / "audit" / "c.html").exists()


def test_an_english_edition_speaks_english(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML.replace('title = "试验版"', 'title = "Trial"\nlanguage = "en"'))
    folder.post("a", DERIVED)
    built = folder.build()
    assert "1/3 equations derived" in built.html("posts/a")
    assert "33 % of the equations covered, not 80 %" in built.html("audit/a")
    assert "equation coverage" in built.html("audit")


@pytest.mark.browser
def test_every_number_leads_to_the_posts_it_counts(address: str, browser: Any) -> None:
    tab = browser.new_page()
    tab.goto(address + "/audit.html")
    tab.wait_for_selector(".audit-filters:not([hidden])")
    tab.evaluate("document.querySelector('.audit-filters').dispatchEvent(new Event('input'))")
    tab.wait_for_function("document.querySelector('.shown output').textContent.startsWith('显示')")
    links = tab.evaluate("""[...document.querySelectorAll(
        '.zs-article :is(td, .stages, .strip, .claims, h3) a[href^="?"], .bars a')].map(a => [a.getAttribute('href'),
        parseInt((a.querySelector('.bar-value, small') || a).textContent.match(/\\d+/))])""")
    assert len(links) > 20
    for href, count in links:
        tab.locator(f'a[href="{href}"]').first.evaluate("link => link.click()")
        assert tab.locator(".shown output").inner_text().startswith(f"显示 {count} /"), href


@pytest.mark.browser
def test_the_coverage_view_moves_nothing_and_is_remembered(address: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    address += "/posts/a.html"
    tab.goto(address)
    places = "[...document.querySelectorAll('.zs-article :is(p, math)')].map(e => e.getBoundingClientRect().y)"
    assert tab.locator(".cover:visible").count() == 0
    before = tab.evaluate(places)
    tab.keyboard.press("Tab")
    tab.locator("#cover-on").focus()
    tab.keyboard.press("Space")
    assert tab.locator(".cover:visible").count() == 3
    assert tab.evaluate(places) == before
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    for mark in tab.locator(".cover").all():
        box = mark.bounding_box()
        assert box["x"] >= 0 and box["width"] >= 15 and box["height"] >= 24
    tab.locator(".cover-bar button").click()
    assert tab.evaluate("document.activeElement.className") == "cover cover-referenced"
    tab.reload()
    assert tab.locator(".cover:visible").count() == 3
    tab.locator(".cover-bar label").click()
    tab.reload()
    assert tab.locator(".cover:visible").count() == 0
    tab.goto(address + "?coverage")
    assert tab.locator(".cover:visible").count() == 3
    context.close()


@pytest.mark.browser
def test_without_scripts_the_coverage_view_works(address: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + "/posts/a.html")
    tab.locator(".cover-switch").click()
    assert tab.locator(".cover:visible").count() == 3
    assert not tab.locator(".cover-bar button").is_visible()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nobody_is_locked_out(address: str, browser: Any, colours: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
    tab = context.new_page()
    for path in ("audit.html", "audit/a.html", "posts/a.html?coverage"):
        tab.goto(f"{address}/{path}")
        tab.wait_for_load_state("networkidle")
        assert serious(tab) == [], path
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_a_post_that_may_not_be_whole_says_so_and_one_that_nobody_counted_that_it_is_unknown(
        judged: EditionFolder) -> None:
    judged.post("d", FORMULAS, id="4", title="丁")
    judged.write("catalogue.yaml", """- {id: '1', title: 甲, state: fetched, doubts: [formulas 12/90, text 800/9000]}
- {id: '2', title: 乙, state: fetched, doubts: []}
- {id: '3', title: 丙, state: fetched}
- {id: '4', title: 丁, state: local}
""")
    out = judged.build().out
    shown = {}
    for name in "abcd":
        banner = soup((out / "posts" / f"{name}.html").read_text("utf-8")).select_one("p.zs-truncated")
        why = soup((out / "audit" / f"{name}.html").read_text("utf-8")).select_one(".why").get_text()
        shown[name] = (banner.get_text() if banner else "", "存疑" in why, "没有清点" in why)
    assert "12/90" in shown["a"][0] and "800/9000" in shown["a"][0]
    assert [shown[name][1:] for name in "abcd"] == [(True, False), (False, False), (False, True), (False, False)]
    assert not any(shown[name][0] for name in "bcd")
    data = json.loads((out / "audit.json").read_text("utf-8"))
    doubts = {row["record"]["id"]: row["doubts"] for row in data["rows"]}
    assert doubts == {"1": [["formulas", "12/90"], ["text", "800/9000"]], "2": [], "3": None, "4": []}
