"""An edition in another language: its catalogues, what they leave, and that they say of formulas and names the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from conftest import REPO, Build, EditionFolder, new_edition

from ext.build.kept import kept
from ext.edition.site import translations
from ext.edition.site.config import load
from ext.edition.site.errors import EditionError
from ext.edition.site.translations import Share

Make = Callable[..., EditionFolder]
CATALOGUES = sorted((REPO / "source" / "locale").rglob("*.po"))
PAGE = """# 甲页

第一段，有 $x^2$ 与 {eq}`eq-a`。

$$
x = 1
$$ (eq-a)

## 第二节

| 键 | 值 |
|---|---|
| `k` | 一 |

- 未译的一项

```text
列出的字
```
"""
MESSAGES = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "甲页"
msgstr "Page A"

msgid "第一段，有 $x^2$ 与 {eq}`eq-a`。"
msgstr "A first paragraph, with $x^2$ and {eq}`eq-a`."

msgid "第二节"
msgstr "A second section"

msgid "键"
msgstr "Key"

msgid "一"
msgstr "One"

#, fuzzy
msgid "未译的一项"
msgstr "From an older text"

msgid "列出的字\\n"
msgstr "Words of a listing\\n"
"""


def bilingual(folder: EditionFolder) -> EditionFolder:
    folder.write("guide/a.md", PAGE)
    folder.write("guide/b.md", "# 乙页\n\n一段。\n")
    folder.post("p", "原文的一段。\n\n$$y = 2$$", topic="数学")
    folder.write("locale/en/LC_MESSAGES/guide/a.po", MESSAGES)
    folder.write("locale/en/LC_MESSAGES/edition.po",
                 'msgid "试验版"\nmsgstr "Trial edition"\n\nmsgid "数与形"\nmsgstr "Numbers and shapes"\n')
    with (folder.root / "edition.toml").open("a", encoding="utf-8") as toml:
        toml.write('[[topics]]\nname = "数学"\nslug = "maths"\nen = "Mathematics"\ndescription = "数与形"\n')
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[EditionFolder, Build, Build]:
    """Return an edition with a catalogue, built in its own language and in English."""
    folder = bilingual(new_edition(tmp_path_factory.mktemp("both")))
    return folder, folder.build(), folder.build(out="out/en", doctrees="doctrees-en", language="en")


def soup(build: Build, page: str) -> BeautifulSoup:
    return BeautifulSoup(build.html(page), "html.parser")


def test_what_is_translated_is_shown_and_all_else_stays(both: tuple[EditionFolder, Build, Build]) -> None:
    _, chinese, english = both
    assert chinese.warnings == english.warnings == ()
    own, page = soup(chinese, "guide/a"), soup(english, "guide/a")
    article = page.article
    assert page.html["lang"] == "en" and article.h1.get_text().startswith("Page A")
    assert "A first paragraph, with" in article.get_text() and "Words of a listing" in article.get_text()
    assert "From an older text" not in article.get_text(), "what is fuzzy was said of another text"
    assert [str(math) for math in article.find_all("math")] == [str(math) for math in own.article.find_all("math")]
    for attribute in ("id", "href"):
        assert [tag[attribute] for tag in article.find_all(attrs={attribute: True})] == [
            tag[attribute] for tag in own.article.find_all(attrs={attribute: True})], "anchors and links are the same"


def test_what_is_not_translated_is_counted_and_marked(both: tuple[EditionFolder, Build, Build]) -> None:
    _, _, english = both
    page = soup(english, "guide/a")
    assert kept(english.env, "translated")["guide/a"] == Share(8, 2)
    assert "2 (25 %) are not translated" in page.select_one(".zs-untranslated").get_text()
    assert [tag.get_text() for tag in page.article.select('[lang="zh-CN"]')] == ["值", "未译的一项"]
    whole = soup(english, "guide/b")
    assert "This page is not translated yet" in whole.select_one(".zs-untranslated").get_text()
    assert whole.article["lang"] == "zh-CN" and not whole.article.select("[lang]")


def test_posts_stay_and_say_their_language(both: tuple[EditionFolder, Build, Build]) -> None:
    _, _, english = both
    page = soup(english, "posts/p")
    assert page.html["lang"] == "en" and page.article["lang"] == "zh-CN"
    assert "as it was written" in page.select_one(".zs-untranslated").get_text()


def test_the_frame_is_in_the_language(both: tuple[EditionFolder, Build, Build]) -> None:
    _, _, english = both
    page = soup(english, "browse/topics")
    assert page.select_one(".zs-brand").get_text() == "Trial edition"
    assert page.article.select_one(".zs-index a").get_text() == "Mathematics"
    assert page.article.select_one(".zs-index p").get_text() == "Numbers and shapes"


def test_the_languages_lead_to_each_other_where_both_are_built(both: tuple[EditionFolder, Build, Build]) -> None:
    folder, chinese, english = both
    assert soup(english, "guide/a").select_one(".zs-language")["href"] == "../../guide/a.html"
    assert not soup(chinese, "guide/a").select(".zs-language"), "the other was not there yet"
    again = folder.build()
    for page in ("guide/a", "browse/topics", "index"):
        link = soup(again, page).select_one(".zs-language")
        assert (again.out / page).parent.joinpath(link["href"]).resolve().is_file()
    assert "404" not in "".join(soup(again, "404").select_one("header").stripped_strings)


def test_a_build_writes_nothing_into_the_sources(both: tuple[EditionFolder, Build, Build]) -> None:
    assert not list(both[0].source.rglob("*.mo"))


def test_catalogues_change_nothing_in_the_edition_s_own_language(make_edition: Make) -> None:
    def built(name: str, *, catalogues: bool) -> dict[str, bytes]:
        folder = bilingual(make_edition(name=name))
        if not catalogues:
            for path in folder.source.rglob("*.po"):
                path.unlink()
        out = folder.build().out
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.html")}

    assert built("with", catalogues=True) == built("without", catalogues=False)


def test_a_changed_catalogue_changes_its_page_and_no_other(make_edition: Make) -> None:
    folder = bilingual(make_edition())
    folder.build(language="en")
    folder.write("locale/en/LC_MESSAGES/guide/a.po", MESSAGES.replace("Key", "Name"))
    changed = folder.build(language="en")
    assert changed.written == {"guide/a.html"} and "Name" in changed.html("guide/a")
    assert folder.build(language="en").written == frozenset()
    folder.write("locale/en/LC_MESSAGES/guide/b.po", 'msgid "一段。"\nmsgstr "A paragraph."\n')
    new = folder.build(language="en")
    assert new.written == {"guide/b.html"} and "A paragraph." in new.html("guide/b")
    (folder.source / "locale/en/LC_MESSAGES/guide/b.po").unlink()
    gone = folder.build(language="en")
    assert gone.written == {"guide/b.html"} and "A paragraph." not in gone.html("guide/b")


def test_two_processes_give_what_one_gives(make_edition: Make) -> None:
    one, two = (bilingual(make_edition(name=f"by-{jobs}")).build(language="en", jobs=jobs) for jobs in (1, 2))
    for page in ("guide/a", "guide/b", "posts/p", "index"):
        assert one.html(page) == two.html(page)


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    path = tmp_path / "edition.po"
    path.write_text('this is none\n', "utf-8")
    with pytest.raises(EditionError, match=r"(?s)edition\.po.*mend it"):
        translations.read(path)


def test_the_builder_of_catalogues_takes_words_and_no_posts(both: tuple[EditionFolder, Build, Build]) -> None:
    out = both[0].build("gettext", out="pot", doctrees="doctrees-pot").out
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.pot")) == [
        "audit.pot", "edition.pot", "guide/a.pot", "guide/b.pot", "index.pot"]
    with (out / "guide/a.pot").open("rb") as file:
        assert [message.id for message in read_po(file) if message.id] == [
            "甲页", "第一段，有 $x^2$ 与 {eq}`eq-a`。", "第二节", "键", "值", "一", "未译的一项", "列出的字\n"]


# ---- the catalogues of the guide

def literal(text: str) -> Counter[str]:
    """Return what a translation has to keep: code, formulas, targets of roles and links, names of directives."""
    found: Counter[str] = Counter()
    code, formula = re.compile(r"(?<!`)(`{1,2})(?!`)([^\n]+?)(?<!`)\1(?!`)"), re.compile(r"(\$\$?)(.+?)\1", re.S)
    found.update(_target(match[2]) for match in code.finditer(text))
    rest = code.sub(" ", text)
    found.update(match[2].strip() for match in formula.finditer(rest))
    rest = formula.sub(" ", rest)
    found.update(re.findall(r"\]\(([^)\s]+)\)", rest))
    found.update(re.findall(r"<(https?:[^>]+)>", rest))
    found.update(re.findall(r"\{[a-z:{}.-]+\}", rest))
    found.update(re.findall(r"^:(?!caption)[a-z]+:(?! .*[\u4e00-\u9fff]).*$", rest, re.M))
    return found


def _target(inside: str) -> str:
    """Return the target of a role with words of its own, else all of it."""
    return found[1] if (found := re.fullmatch(r"[^<>]*<([^<>]+)>", inside)) else inside


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_keep_code_formulas_and_names(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id and message.string:
                assert literal(message.string) == literal(message.id), f"{path.name}: {message.id}"


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, Build]:
    """Return the guide in both languages."""
    folder = EditionFolder(tmp_path_factory.mktemp("guide"))
    (folder.root / "edition.toml").parent.mkdir(parents=True, exist_ok=True)
    (folder.root / "edition.toml").write_text((REPO / "edition.toml").read_text("utf-8"), "utf-8")
    names = [*(REPO / "source" / "guide").glob("*.md"), *CATALOGUES, REPO / "source" / "index.md"]
    for path in names:
        folder.write(path.relative_to(REPO / "source").as_posix(), path.read_text("utf-8"))
    return folder.build(), folder.build(out="out/en", doctrees="doctrees-en", language="en")


def test_the_guide_is_in_english(guide: tuple[Build, Build]) -> None:
    shares = {name: share for name, share in kept(guide[1].env, "translated").items() if name.startswith("guide/")}
    whole = sum(shares.values(), Share())
    assert whole.total > 900
    left = {name: f"{share.left} of {share.total}" for name, share in shares.items() if share.left}
    assert 100 * whole.left <= 5 * whole.total, f"run make gettext and translate what is new: {left}"


def test_the_english_guide_has_the_anchors_and_links_of_the_chinese(guide: tuple[Build, Build]) -> None:
    chinese, english = guide
    assert [line for line in english.warnings if line not in chinese.warnings] == []
    for path in sorted((chinese.out / "guide").glob("*.html")):
        own, page = (soup(build, f"guide/{path.stem}").article for build in guide)
        for attribute in ("id", "href"):
            assert Counter(tag[attribute] for tag in page.find_all(attrs={attribute: True})) == Counter(
                tag[attribute] for tag in own.find_all(attrs={attribute: True})), path.name


def test_the_edition_s_words_are_all_in_the_catalogue() -> None:
    said = translations.read(REPO / "source" / "locale" / "en" / "LC_MESSAGES" / "edition.po")
    assert set(translations.texts(load(REPO / "edition.toml"))) <= set(said)
