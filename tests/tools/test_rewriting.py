"""The commands that rewrite posts: equations, restore, update, new; each on a small edition and with real builds."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from conftest import EditionFolder

import tools.__main__ as command_line
from ext.audit.assess import covers
from ext.edition.audit import reviews
from ext.edition.audit.coverage import Cover
from ext.edition.posts import catalogue
from ext.edition.posts.formula_names import formulas
from ext.edition.posts.original import compare, layer, strip
from ext.edition.site import frontmatter
from ext.math.equations import equations
from tools import posts
from tools.covering import read
from tools.workspace import open_edition

BODY = """甲段落在前。

$$
a=1
$$

乙段落，其中 $$b=2$$ 是行间的。

- 一 $$c=3$$
- 二

\\begin{align}
d&=4\\\\
e&=5\\label{eq:e}
\\end{align}

$$
a=1
$$

末段。
"""
NOTE = ":::{prf:remark}\n:label: rem-x\n注 $x$\n:::"


def run(folder: EditionFolder, *words: str) -> int:
    return command_line.main([words[0], "--edition", str(folder.root), *words[1:]])


def mirror(folder: EditionFolder, slug: str = "p", known: str = "7", body: str = BODY, **meta: object) -> Path:
    """Write a post and its original as a fetch leaves them."""
    lines = "".join(f"{key}: {value!r}\n" for key, value in {"id": known, "title": "题", **meta}.items())
    folder.write(f"originals/{known}.md", f"---\n{lines}---\n\n{body}")
    return folder.write(f"posts/{slug}.md", f"---\n{lines}status: draft\n---\n\n# 题\n\n{body}")


def upstream(folder: EditionFolder, body: str, known: str = "7", **meta: object) -> Path:
    lines = "".join(f"{key}: {value!r}\n" for key, value in {
        "id": known, "title": "题", "fetched": "2026-09-12", **meta}.items())
    return folder.write(f"originals/{known}.new.md", f"---\n{lines}---\n\n{body}")


def put(path: Path, after: str, text: str) -> None:
    """Insert an annotation after a piece of text, which must be there."""
    whole = path.read_text("utf-8")
    assert whole.count(after) == 1
    path.write_text(whole.replace(after, f"{after}\n\n{text}"), "utf-8")


def state(folder: EditionFolder) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.source.rglob("*")) if path.is_file()}


# equations


def test_equations_agree_with_the_build(edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path = mirror(edition_folder)
    put(path, "甲段落在前。\n\n$$\na=1\n$$", "::::{prf:derivation}\n:::{step} 一\n由定义。\n:::\n::::")
    edition_folder.post("q", ":::{prf:intuition} 别处\n:label: int-q\n:of: p#eq:e\n\n文。\n:::\n")
    edition_folder.post("r", "::::{prf:remark} 提到\n见 {eq}`p#eq:e`。\n::::\n")
    edition_folder.post("s", "无关 $$z=9$$\n")
    built = edition_folder.build()
    place = open_edition(edition_folder.root)
    listed = read(place, posts.find(place, "p"))
    assert tuple(one.cover for one in listed) == covers(built.env, "posts/p")
    assert [one.cover.state for one in listed] == [
        Cover.BESIDE, Cover.UNCOVERED, Cover.UNCOVERED, Cover.EXPLAINED, Cover.UNCOVERED]
    assert [(by.kind, by.label, by.docname) for by in listed[3].by] == [
        ("intuition", "int-q", "posts/q"), ("remark", "", "posts/r")]
    before = state(edition_folder)
    for name in ("p", "7", str(path)):
        assert run(edition_folder, "equations", name) == 0
        shown = capsys.readouterr().out
        assert "intuition int-q in posts/q" in shown and "5 displayed equations: 1 explained, 1 beside, 3 unc" in shown
    assert run(edition_folder, "equations", "p", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in data] == ["", "", "", "1", ""] and data[0]["id"] + "-2" == data[4]["id"]
    assert state(edition_folder) == before


def test_formulas_read_from_the_text_are_named_as_in_the_build(edition_folder: EditionFolder) -> None:
    more = "```{math}\n:label: m\nf=6\n```\n\n$$\n\\newcommand{\\q}{1}\n$$\n\n| 表 |\n|---|\n| $$a=1$$ |\n\n" \
           "> $$\n> g=7\n> $$ (quoted)\n\n脚注[^1]\n\n[^1]: 注 $$h=8$$\n"
    path = mirror(edition_folder, body=BODY + "\n" + more)
    put(path, "甲段落在前。", ":::{prf:remark}\n$$a=1$$\n\n$$\nz=1\n$$ (mine)\n:::")
    built = edition_folder.build("dummy")
    found = formulas(layer(frontmatter.split(path.read_text("utf-8")).body))
    assert len(found) == 9
    assert sorted((one.content, one.labels) for one in found) == sorted(
        (one.content, one.labels) for one in equations(built.env)["posts/p"] if one.origin == "original")


def test_a_post_that_is_not_there_is_named_with_those_that_are_near(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    mirror(edition_folder, "some-post")
    assert run(edition_folder, "equations", "some-pots") == 1
    assert "near: some-post" in capsys.readouterr().err


# restore


def test_restore_mends_prints_the_diff_and_has_nothing_to_do_twice(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path = mirror(edition_folder)
    put(path, "甲段落在前。", NOTE)
    whole = path.read_text("utf-8")
    assert run(edition_folder, "restore", "p") == 0 and "intact" in capsys.readouterr().out
    assert path.read_text("utf-8") == whole
    path.write_text(whole.replace("末段。", "末段改。").replace("d&=4", "d&=40"), "utf-8")
    damaged = path.read_text("utf-8")
    assert run(edition_folder, "restore", "p", "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "-末段改。" in shown and "+末段。" in shown and "would be restored: blocks 2 changed" in shown
    assert path.read_text("utf-8") == damaged
    assert run(edition_folder, "restore", "p") == 0
    assert path.read_text("utf-8") == whole
    assert edition_folder.build().warnings == ()


@pytest.mark.parametrize(("meta", "said"), [({"origin": "local"}, "no original"), ({"id": "99"}, "no pristine")])
def test_restore_says_why_it_cannot(edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str],
                                    meta: dict[str, str], said: str) -> None:
    edition_folder.post("p", "文", **{"origin": None, **meta})
    assert run(edition_folder, "restore", "p") == 1
    assert said in capsys.readouterr().err


# update


def test_update_merges_marks_and_takes_the_new_original(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path = mirror(edition_folder, fetched="2026-01-01", tags=["a", "b"])
    put(path, "甲段落在前。", NOTE)
    put(path, "末段。", NOTE.replace("rem-x", "rem-y"))
    other = edition_folder.post("q", ":::{prf:intuition}\n:of: p#eq:e\n\n文。\n:::\n\n"
                                     ":::{prf:remark}\n:of: p#e-000000\n\n文。\n:::")
    other_before = other.read_text("utf-8")
    new = BODY.replace("甲段落", "甲甲段落").replace("e&=5", "e&=6")
    upstream(edition_folder, new, tags=["c"], title="新题")
    before = state(edition_folder)
    assert run(edition_folder, "update", "--dry-run") == 0
    assert "+:stale: 2026-09-12" in capsys.readouterr().out and state(edition_folder) == before
    assert run(edition_folder, "update") == 0
    shown = capsys.readouterr().out
    assert "2 blocks of the original changed, 2 annotations marked stale" in shown
    parts = frontmatter.split(path.read_text("utf-8"))
    assert strip(parts.body) == strip(new)
    assert parts.meta == {"id": "7", "title": "新题", "fetched": "2026-09-12", "tags": ["c"], "status": "draft"}
    assert parts.body.startswith("\n# 新题\n\n甲甲段落在前。\n\n:::{prf:remark}\n:stale: 2026-09-12\n:label: rem-x\n")
    assert ":::{prf:remark}\n:label: rem-y" in parts.body
    assert other.read_text("utf-8") == other_before.replace(":of: p#eq:e", ":stale: 2026-09-12\n:of: p#eq:e")
    assert not (edition_folder.source / "originals/7.new.md").exists()
    assert frontmatter.split((edition_folder.source / "originals/7.md").read_text("utf-8")).body.strip() == new.strip()
    line = int(next(one for one in shown.splitlines() if "p.md:" in one).split(":")[1])
    assert path.read_text("utf-8").splitlines()[line - 1] == ":::{prf:remark}"
    after = state(edition_folder)
    assert run(edition_folder, "update") == 0 and "nothing waits" in capsys.readouterr().out
    assert state(edition_folder) == after


@pytest.mark.parametrize("survives", range(3))
def test_an_update_killed_at_any_write_is_completed_by_the_next(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch, survives: int) -> None:
    path = mirror(edition_folder)
    put(path, "甲段落在前。", NOTE)
    edition_folder.post("q", ":::{prf:intuition}\n:of: p#eq:e\n\n文。\n:::")
    upstream(edition_folder, BODY.replace("甲段落", "甲甲段落").replace("e&=5", "e&=6"))
    replace, done = os.replace, []

    def fails(source: object, target: object) -> None:
        if len(done) == survives:
            raise KeyboardInterrupt
        done.append(target)
        replace(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails)
        assert run(edition_folder, "update") == 130
    assert run(edition_folder, "update") == 0
    killed = state(edition_folder)
    assert sum(data.count(b":stale:") for data in killed.values()) == 2
    assert not any(name.endswith((".new.md", ".tmp")) for name in killed)
    text = path.read_text("utf-8")
    assert compare(frontmatter.split(text).body, (edition_folder.source / "originals/7.md").read_text("utf-8").split(
        "---\n\n", 1)[1]) == ()


def conflict(folder: EditionFolder) -> tuple[Path, str]:
    path = mirror(folder)
    put(path, "甲段落在前。", NOTE)
    path.write_text(path.read_text("utf-8").replace("末段。", "末段吾改。"), "utf-8")
    new = BODY.replace("末段。", "末段彼改。").replace("甲段落", "甲甲段落")
    upstream(folder, new)
    return path, new


def test_a_conflict_leaves_the_post_untouched_and_is_named(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = conflict(edition_folder)
    mirror(edition_folder, "fine", "8", "文\n")
    upstream(edition_folder, "文改\n", "8")
    before = path.read_text("utf-8")
    assert run(edition_folder, "update") == 1
    shown = capsys.readouterr().out
    aside = edition_folder.source / "conflicts/p.md"
    line = int(next(one for one in shown.splitlines() if ": conflict:" in one).split(":")[1])
    assert aside.read_text("utf-8").splitlines()[line - 1] == "<<<<<<< post"
    assert path.read_text("utf-8") == before and (edition_folder.source / "originals/7.new.md").is_file()
    assert "文改" in (edition_folder.source / "posts/fine.md").read_text("utf-8"), "the others are merged"
    built = edition_folder.build()
    assert "conflicts/p" not in built.env.found_docs
    again = state(edition_folder)
    assert run(edition_folder, "update") == 1 and state(edition_folder) == again


def test_a_conflict_is_resolved_by_upstream_or_by_hand(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path, new = conflict(edition_folder)
    aside = edition_folder.source / "conflicts/p.md"
    assert run(edition_folder, "update", "--resolved") == 1 and "no conflict" in capsys.readouterr().err
    assert run(edition_folder, "update") == 1
    assert run(edition_folder, "update", "--resolved") == 1 and "conflict marker in line" in capsys.readouterr().err
    before = state(edition_folder)
    text = aside.read_text("utf-8")
    start, end = text.index("<<<<<<<"), text.index(">>>>>>> upstream") + len(">>>>>>> upstream")
    aside.write_text(text[:start] + "末段吾改，彼改。" + text[end:], "utf-8")
    lost = aside.read_text("utf-8")
    aside.write_text(lost.replace("注 $x$", ""), "utf-8")
    assert run(edition_folder, "update", "--resolved") == 1 and "would be lost" in capsys.readouterr().err
    aside.write_text(lost, "utf-8")
    assert run(edition_folder, "update", "--resolved", "p") == 0
    assert "末段吾改，彼改。" in path.read_text("utf-8") and ":stale: 2026-09-12" in path.read_text("utf-8")
    assert not aside.exists() and not (edition_folder.source / "originals/7.new.md").exists()
    for name, data in before.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)
    assert run(edition_folder, "update", "--theirs") == 0
    assert strip(frontmatter.split(path.read_text("utf-8")).body) == strip(new) and not aside.exists()


def test_what_an_annotator_changed_in_the_front_matter_stays(edition_folder: EditionFolder) -> None:
    path = mirror(edition_folder, author="甲")
    text = path.read_text("utf-8").replace("title: '题'", "title: 我的题  # 改过").replace("# 题\n", "# 我的题\n")
    path.write_text(text, "utf-8")
    upstream(edition_folder, BODY, title="新题", author="乙")
    assert run(edition_folder, "update") == 0
    text = path.read_text("utf-8")
    assert "title: 我的题  # 改过\n" in text and "# 我的题\n" in text and "author: 乙\n" in text


def test_a_post_that_was_truncated_is_whole_in_the_catalogue_too_and_its_review_is_stale(
        edition_folder: EditionFolder) -> None:
    path = mirror(edition_folder, body="甲\n")
    original = edition_folder.source / "originals/7.md"
    original.write_text(original.read_text("utf-8").replace("title:", "truncated: part\ntitle:"), "utf-8")
    put(path, "甲", NOTE)
    row = catalogue.Entry(id="7", title="题", state="truncated", reason="part", topic="手填")
    catalogue.save(edition_folder.source, [row])
    read = reviews.Review("2026-01-01", "x", "7", body=reviews.digest(frontmatter.split(path.read_text("utf-8")).body))
    upstream(edition_folder, "甲\n\n乙\n")
    assert run(edition_folder, "update") == 0
    (found,) = catalogue.load(edition_folder.source).values()
    assert (found.state, found.reason, found.topic) == ("fetched", "", "手填")
    now = reviews.digest(frontmatter.split(path.read_text("utf-8")).body)
    line, parts = reviews.Line(read, "", 1), (reviews.Part(reviews.AROUND, "of now"),)
    assert reviews.standing((line,), parts, read.body).state == "reviewed"
    assert reviews.standing((line,), parts, now).state == "stale"


def test_an_original_without_a_post_is_named(edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    upstream(edition_folder, BODY, "99")
    assert run(edition_folder, "update") == 1
    assert "no post has the id '99'" in capsys.readouterr().err


# new


def test_empty_derivations_are_put_behind_their_equations_and_build_without_a_warning(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    path = mirror(edition_folder)
    before = path.read_text("utf-8")
    assert run(edition_folder, "new", "--post", "p") == 0
    assert "5 equations want a derivation" in capsys.readouterr().out and path.read_text("utf-8") == before
    assert run(edition_folder, "new", "--post", "p", "--all-uncovered", "--dry-run") == 0
    assert path.read_text("utf-8") == before
    assert run(edition_folder, "new", "--post", "p", "--equations", "eq:e") == 0
    assert "\\end{align}\n\n::::{prf:derivation}\n:of: eq:e\n:label: der-e\n\n:::{step}\n%" in path.read_text("utf-8")
    assert run(edition_folder, "new", "--post", "p", "--all-uncovered") == 0
    text = path.read_text("utf-8")
    assert len(set(re.findall(":label: (der-.*)", text))) == 5, "labels are unique"
    assert text.count("{prf:derivation}") == 5 and "- 二\n\n::::{prf:derivation}" in text
    assert compare(frontmatter.split(text).body, "\n" + BODY) == ()
    assert run(edition_folder, "new", "--post", "p", "--all-uncovered") == 0 and path.read_text("utf-8") == text
    built = edition_folder.build()
    assert built.warnings == ()
    assert {one.state for one in covers(built.env, "posts/p")} == {Cover.UNCOVERED}
    assert run(edition_folder, "new", "--post", "p", "--equations", "nowhere") == 1


@pytest.mark.parametrize(("answer", "count"), [("1,3-4", 3), ("all", 5), ("", 0), ("2 2", 1)])
def test_in_a_terminal_equations_are_chosen(edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch,
                                            answer: str, count: int) -> None:
    path = mirror(edition_folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    assert run(edition_folder, "new", "--post", "p") == 0
    assert path.read_text("utf-8").count("{prf:derivation}") == count


TOPIC = '[[topics]]\nname = "扩散模型"\nslug = "diffusion"\nen = "Diffusion"\nwords = {3 = ["扩散模型", "DDPM"]}\n'


def test_a_post_of_our_own_and_a_summary_build_without_a_warning_and_are_never_overwritten(
        edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with (edition_folder.root / "edition.toml").open("a", encoding="utf-8") as file:
        file.write(TOPIC)
    assert run(edition_folder, "new", "--local", "mine", "--title", "谈 $x_1$ 与 *星*", "--topic", "diffusion") == 0
    assert run(edition_folder, "new", "--topic", "扩散模型") == 0
    post = edition_folder.source / "posts/mine.md"
    meta = frontmatter.split(post.read_text("utf-8")).meta
    assert (meta["id"], meta["origin"], meta["topic"], meta["status"]) == ("local-mine", "local", "扩散模型", "draft")
    assert meta["licence"] is None and "% :label: der-mine" in post.read_text("utf-8")
    post.write_text(post.read_text("utf-8").replace("licence:\n", "licence: CC BY\n"), "utf-8")
    summary = (edition_folder.source / "topics/diffusion.md").read_text("utf-8")
    assert frontmatter.split(summary).meta == {"title": "扩散模型", "topic": "扩散模型", "posts": []}
    assert [line[3:] for line in summary.splitlines() if line.startswith("## ")] == [
        "理论基础", "数学推导", "直觉解释", "方法对比", "学习路线"]
    built = edition_folder.build()
    assert built.warnings == () and "*星*" in built.html("posts/mine")
    before = state(edition_folder)
    assert run(edition_folder, "new", "--local", "other", "--title", "DDPM 与扩散模型", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "topic: 扩散模型" in said and "licence: CC BY" in said, "by the title, and as the others have it"
    assert run(edition_folder, "new", "--local", "mine", "--title", "又") == 1
    assert run(edition_folder, "new", "--topic", "扩散模型") == 1
    assert run(edition_folder, "new", "--topic", "没有") == 1 and "扩散模型" in capsys.readouterr().err
    assert run(edition_folder, "new", "--local", "../x", "--title", "又") == 1
    assert state(edition_folder) == before


@pytest.mark.parametrize("words", [["new"], ["new", "--local", "x"], ["new", "--equations", "a"],
                                   ["new", "--post", "p", "--title", "x"], ["new", "--post", "p", "--local", "x"]])
def test_wrong_usage_of_new(edition_folder: EditionFolder, words: list[str]) -> None:
    mirror(edition_folder)
    with pytest.raises(SystemExit) as caught:
        run(edition_folder, *words)
    assert caught.value.code == 2
