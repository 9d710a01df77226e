"""What changed since a review: set and as source, as it was signed beside as it is, for everything that went stale."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.audit import reviews
from ext.edition.audit.reviews import Review
from ext.edition.posts.compared import ROWS, counterparts, opcodes, paragraphs, side_by_side, source_lines
from tools.__main__ import main

POST = """序言一段，说 $u$ 与 $v$。

$$a = b$$ (eq-a)

又一段。

$$c = d$$

::::{prf:lemma} 引
:label: lem

设 $x$。
::::

::::{prf:derivation}
:label: der
:of: eq-a
:uses: lem

$$a = b + 0$$
::::

::::{prf:remark}
第一条旁注，没有名字。
::::

::::{prf:remark}
第二条旁注，也没有名字，说 $w$。
::::
"""


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=root, check=True,
                   capture_output=True)


class Signed:
    """An edition of one post, which a reviewer has accepted."""

    def __init__(self, folder: EditionFolder, body: str = POST, *, commit: bool = True, annotation: str = "") -> None:
        self.folder, self.path = folder, folder.post("a", body, id="1")
        git(folder.root, "init", "-q")
        if commit:
            git(folder.root, "add", "-A")
        git(folder.root, "commit", "-qm", "x", "--allow-empty")
        only = ["--annotation", annotation] if annotation else []
        assert main(["review", "a", "--by", "甲", "--edition", str(folder.root), *only]) == 0

    def after(self, *changes: tuple[str, str]) -> dict[str, Tag]:
        """Return the open parts of the page of reasons after these changes, by what each is called."""
        text = self.path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.path.write_text(text, "utf-8")
        self.built = self.folder.build()
        assert not self.built.warnings
        page = BeautifulSoup(self.built.html("audit/a"), "html.parser")
        return {(part.find(["code"], recursive=True).text if part.select_one("li > a > code")  # type: ignore[union-attr]
                 else part.get_text(" ", strip=True).split(" 甲")[0]): part for part in page.select(".why-parts > li")}


def marked(part: Tag) -> tuple[list[str], list[str]]:
    """Return what is marked on the side of then and on that of now."""
    table = part.select_one("table")
    assert table is not None
    return [one.text for one in table.select("del")], [one.text for one in table.select("ins")]


@pytest.fixture
def signed(edition_folder: EditionFolder) -> Signed:
    return Signed(edition_folder)


def test_all_that_rests_on_a_change_shows_it_set_and_as_source(signed: Signed) -> None:
    parts = signed.after(("设 $x$", "设 $z$ 为正"))
    assert list(parts) == ["lem", "der"]
    lem, der = parts.values()
    assert marked(lem) == (["x"], ["z", " 为正"]) and "它自己改了" in lem.text
    assert lem.select_one("del math") and lem.select_one("ins math"), "set, not written"
    assert [line.text for line in lem.select(".since-source :is(del, ins)")] == ["− 设 $x$。", "+ 设 $z$ 为正。"]
    (above,) = der.select(".why-since a[href^='#']")
    assert "它所依靠的改了" in der.text and lem.select_one(str(above["href"])), "shown once"


def test_annotations_without_a_name_and_the_text_around_are_shown_too(signed: Signed) -> None:
    parts = signed.after(("说 $w$", "说 $w^2$"), ("又一段", "又有一段"), ("$$c = d$$", "$$c = e$$"))
    (remark, around) = (next(part for name, part in parts.items() if key in name) for key in ("remark", "周围"))
    assert len(parts) == 2 and marked(remark) == (["w"], ["w2"])
    then, now = marked(around)
    assert now[0] == "有" and len(then) == 1 and len(now) == 2, "a word and a displayed formula"


def test_an_equation_without_a_label_is_found_by_its_place(edition_folder: EditionFolder) -> None:
    body = POST.replace("$$c = d$$", "$$c = d$$ (eq-c)").replace(":of: eq-a", ":of: eq-a eq-c")
    parts = Signed(edition_folder, body).after(("$$c = d$$", "$$c = e$$"))
    assert marked(parts["der"]) == (["c=d"], ["c=e"])


def test_of_a_post_signed_whole_what_was_added_and_what_was_taken_out_is_shown(signed: Signed) -> None:
    new = "::::{prf:remark}\n:label: fresh\n\n新注。\n::::\n"
    parts = signed.after(("::::{prf:remark}\n第一条旁注，没有名字。\n::::\n", ""), ("设 $x$", "设 $y$"))
    (gone,) = [part for name, part in parts.items() if "删去" in name]
    assert marked(gone)[0] and "第一条旁注" in gone.text and "现在" in gone.text
    signed.path.write_text(signed.path.read_text("utf-8") + new, "utf-8")
    assert "复核后新添" in signed.after()["fresh"].text


@pytest.mark.parametrize("how", ["uncommitted", "earlier"])
def test_what_cannot_be_had_is_said_with_the_reason(edition_folder: EditionFolder, how: str) -> None:
    signed = Signed(edition_folder, commit=False)
    if how == "earlier":
        file = signed.folder.root / "source" / reviews.path_of("甲")
        file.unlink()
        reviews.append(file.parent.parent, Review("2020-01-01", "甲", "1", body="0" * 16))
    parts = signed.after(("设 $x$", "设 $y$"))
    want = "git 里没有" if how == "uncommitted" else "没有记下读的是哪一版"
    assert parts and {name: want in part.text for name, part in parts.items()} == dict.fromkeys(parts, True)


def test_nothing_is_asked_where_nothing_is_stale(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("read a source as it was")

    monkeypatch.setattr("ext.audit.since._then", refuse)
    monkeypatch.setattr("ext.audit.since._now", refuse)
    assert signed.after() == {}


HOSTILE = """```{include} /etc/hostname
```
```{literalinclude} /etc/hostname
```
```{raw} html
<script>alert(1)</script>
```
```{eval-rst}
.. include:: /etc/hostname
```
<img src=x onerror="alert(1)"> [x](javascript:alert(1)) <script>alert(2)</script>

![a](file:///etc/hostname) {prf:ref}`nowhere` {eq}`nowhere` [](#nowhere)

(eq-a)=
## 又一个 {#lem}

$$\\label{eq-a} \\href{javascript:alert(1)}{x} \\input{/etc/hostname} q$$ (eq-a)

$$\\def\\x{\\x\\x}\\x$$

$$\\frac{1$$
"""


def test_a_hostile_text_as_it_was_is_shown_and_does_nothing(edition_folder: EditionFolder) -> None:
    """It never was in a build: its blob is all that a review names."""
    signed = Signed(edition_folder)
    source = signed.folder.root / "source"
    bad = subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=source, capture_output=True, check=True, input=(
        f"---\nid: '1'\n---\n# a\n\n{HOSTILE}\n::::{{prf:lemma}} 引\n:label: lem\n\n{HOSTILE}\n::::\n").encode())
    (line,) = reviews.load(source)["1"]
    kept = line.review
    reviews.append(source, Review("2030-01-01", "甲", "1", read=dict.fromkeys(kept.read, "0" * 16),
                                  files={"posts/a": bad.stdout.decode().strip()}))
    before = signed.folder.build()
    parts = signed.after()
    page = signed.built.html("audit/a")
    assert "lem" in parts and "alert(1)" in page
    host = Path("/etc/hostname")
    assert not host.is_file() or host.read_text("utf-8").strip() not in page
    soup = BeautifulSoup(page, "html.parser").select_one(".why-parts")
    assert soup is not None and not soup.select("script, img, iframe, [onerror], [name]")
    assert all(one["id"].startswith("since-") for one in soup.select("[id]"))
    assert all(not link["href"].startswith(("javascript", "file", "data")) for link in soup.select("[href]"))
    assert before.html("posts/a") == signed.built.html("posts/a")


def test_rows_are_bounded_and_say_what_they_leave_out() -> None:
    one = "\n\n".join(f"第 {number} 段甲" for number in range(3 * ROWS))
    rows = side_by_side(one, one.replace("甲", "乙"))
    assert len(rows) == ROWS + 1 and rows[-1].more == 2 * ROWS
    rows = side_by_side(one, one.replace("第 9 段甲", "第 9 段乙"))
    assert sum(row.same or 1 for row in rows) == 3 * ROWS


SOURCES = st.lists(st.sampled_from([
    "甲乙丙 $x$。\n\n", "$$y$$\n\n", "- 项\n", "> 引\n", ":::{note}\n", ":::\n", "```\n",
    "| a | b |\n|---|---|\n| $1$ | 2 |\n", "[链](http://e.org)", "{eq}`q`", "\\begin{align}a&=b\\end{align}\n", "[^1]",
    "\n[^1]: n\n", "<b>", "    x\n"]), max_size=14).map("".join)


@given(SOURCES, SOURCES)
def test_both_sides_are_whole(then: str, now: str) -> None:
    """What the rows show and what they fold up is all of both texts, and what is not marked is in both."""
    rows = side_by_side(then, now)
    for text, side in ((then, "then"), (now, "now")):
        assert sum(row.same or bool(getattr(row, side)) for row in rows) == len(list(paragraphs(text)))
    for row in rows:
        plain = [[piece for piece, changed in side[1] if not changed] if side else [] for side in (row.then, row.now)]
        assert plain[0] == plain[1]
    assert any(row.changed for row in rows) or list(paragraphs(then)) == list(paragraphs(now))
    lines = list(source_lines(then, now))
    for sign, text in (("-", then), ("+", now)):
        assert sum(int(line) if mark == "@" else mark in (" ", sign) for mark, line in lines) == text.count("\n") + 1


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_steps_make_one_sequence_the_other(then: list[int], now: list[int]) -> None:
    made: list[int] = []
    for tag, i, end, j, stop in opcodes(then, now):
        assert tag != "equal" or then[i:end] == now[j:stop]
        made += then[i:end] if tag == "equal" else now[j:stop]
    assert made == now


def test_texts_are_found_again_by_name_by_what_they_say_and_by_their_place() -> None:
    then = [("", "甲"), ("", "乙 一 二 三"), ("n", "丙"), ("", "丁")]
    now = [("n", "新"), ("", "甲"), ("", "乙 一 二 四"), ("", "戊己"), ("", "丁")]
    assert counterparts(then, now) == {0: 2, 1: 0, 2: 1, 4: 3}
