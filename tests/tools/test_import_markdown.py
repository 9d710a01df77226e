"""The import of an older edition: damage, boxes, layers, duplicates, and what is never overwritten."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.edition.posts import catalogue
from ext.edition.posts.original import compare
from ext.edition.site import config, frontmatter
from tools.__main__ import main
from tools.import_markdown import damage, divs, dollars, head, levels, proof, prose
from tools.import_markdown.doings import Notes, Pair, difference
from tools.import_markdown.layers import Layers
from tools.import_markdown.post import Imported, convert
from tools.import_markdown.spans import Found, keep_code, keep_math
from tools.import_markdown.vault import Vault

EDITION = config.parse(r"""
[edition]
title = "试验"
[site]
name = "试验博客"
url = "https://blog.example"
post = '^https?://blog\.example/archives/(?P<id>\d+)'
author = "某人"
licence = "CC-BY-4.0"
[math.macros]
R = "\\mathbb{R}"
""")

FOOTER = """_**转载到请包括本文地址：**<https://blog.example/archives/12>_

**如果您需要引用本文，请参考：**

某人. (Feb. 3, 2021). 《水滴的轨迹》[Blog post].

@online{blog-12,
title={水滴的轨迹},
year={2021},
}
"""

POST = f"""---
title: 水滴的轨迹
slug: 水滴的轨迹
date:
tags: 水, 轨迹，重力
status: completed
tags_reviewed: true
---

# 水滴的轨迹

**原文链接**: [https://blog.example/archives/12](https://blog.example/archives/12)

**发布日期**:

---

水滴落下，见[前文](/archives/7 "前文")，高度为$h\\\\_t$，集合$\\\\{{a,b\\\\}}$。

## 推导过程 #

于是
\\begin{{equation}}\\left\\\\{{\\begin{{aligned}}
x&=1\\\\\\{"  "}
y&=2\\\\\\\\[5pt] z&=3
\\end{{aligned}}\\right.\\end{{equation}}{"  "}
得证。

{FOOTER}

---

## 公式推导与注释

### 一 细节

<div class="theorem-box">

### 定理1：落点

设 $v>0$。
$$
s = vt
$$
</div>
"""


def imported(text: str, name: str = "水滴的轨迹.md") -> Imported:
    return convert(text, name, EDITION)


def repairs(post: Imported) -> dict[str, int]:
    return dict(post.receipt["import"].get("repaired", {}))


def left(post: Imported) -> list[str]:
    return list(post.receipt["import"].get("left", []))


@pytest.mark.parametrize(("tex", "escaped", "wanted"), [
    ("x \\\\\\  \ny", False, "x \\\\  \ny"),
    ("x\\\\\\\\[5pt]y", False, "x\\\\[5pt]y"),
    ("\\left\\\\{x\\right\\\\}", False, "\\left\\{x\\right\\}"),
    ("\\\\{a\\\\}_i", False, "\\{a\\}_i"),
    ("\\begin{array}{c}a\\\\{b}\\end{array}", False, "\\begin{array}{c}a\\\\{b}\\end{array}"),
    ("\\begin{aligned}\\\\{b\\\\}\\end{aligned}", True, "\\begin{aligned}\\{b\\}\\end{aligned}"),
    ("x\\_1 + \\text{a\\_b} + 3\\*4", False, "x_1 + \\text{a\\_b} + 3*4"),
    ("(0, \\_, \\_)", False, "(0, \\_, \\_)"),
    ("\\newcommand{sgn}{\\text{sgn}}", False, "\\newcommand{\\sgn}{\\text{sgn}}"),
    ("a & \\- b", False, "a & - b"),
    ("a\\\\\\\\\\boldsymbol{b}", True, "a\\\\\\boldsymbol{b}"),
    ("\\begin{align}x\\end{align>", False, "\\begin{align}x\\end{align}"),
    ("a\n\n+ b", False, "a\n+ b"),
    ("\\frac{a}{b} \\\\ c", True, "\\frac{a}{b} \\\\ c"),
])
def test_formulas_are_repaired_where_the_other_reading_makes_no_sense(tex: str, escaped: bool, wanted: str) -> None:
    assert damage.repair(tex, escaped=escaped)[0] == wanted
    assert damage.repair(wanted, escaped=False)[0] == wanted


def test_double_bars_in_tables_are_norms_when_they_come_in_pairs() -> None:
    assert damage.in_table(r"\|x\|_2")[0] == r"\Vert x\Vert_2"
    assert damage.in_table(r"p(x\|y)")[0] == "p(x|y)"
    assert damage.in_table(r"D_{KL}(p\|q)")[0] == r"D_{KL}(p\Vert q)"


def protected(text: str, *, escaped: bool = False) -> tuple[str, list[str], Notes]:
    notes, found, vault = Notes(), Found(), Vault(text)
    body = keep_code(text, vault, notes)
    body = keep_math(dollars.balance(body, notes), vault, notes, found, prose.address(EDITION.site), escaped=escaped)
    body = prose.escape(body, vault.keep, vault.mark, notes)
    return vault.restore(body), found.formulas, notes


def test_displays_become_blocks_and_code_stays_as_it_is() -> None:
    text = "前文：\n$$a\n+ b$$\n后文\n\n```python\nx = '$y$'  # \\\\{\n```\n\n    $ indented $\n"
    done, found, _ = protected(text)
    assert "前文：\n\n$$\na\n+ b\n$$\n\n后文" in done
    assert found == ["a\n+ b"]
    assert "```python\nx = '$y$'  # \\\\{\n```\n\n    $ indented $" in done


def test_text_behind_an_environment_gets_a_line_of_its_own() -> None:
    done, found, _ = protected("由\\begin{equation}a\\end{equation}，可知$b$。\n\n> 引\n> $$c$$\n> 文\n")
    assert "由\n\n\\begin{equation}a\\end{equation}\n\n，可知$b$。" in done
    assert "> 引\n>\n> $$c$$\n>\n> 文" in done
    assert found == ["\\begin{equation}a\\end{equation}", "b", "c"]
    assert [shown.strip() for shown in proof.see(done).displayed] == [found[0], found[2]]


def test_environments_that_need_dollars_get_them_and_wrong_ends_are_corrected() -> None:
    done, _, notes = protected("\\begin{aligned}a\\end{aligned}\n\n\\begin{align}\nb\n\\end{equation}\n")
    assert "$$\\begin{aligned}a\\end{aligned}$$" in done
    assert "\\begin{align}\nb\n\\end{align}" in done
    assert notes.repaired["environment without dollars"] == 1
    assert notes.repaired["environment ended by another's name"] == 1


def test_a_formula_indented_as_code_is_moved_to_the_left() -> None:
    done, found, notes = protected("- 一\n\n        $$\n        a\n        $$\n")
    assert found == ["a"] or [f.strip() for f in found] == ["a"]
    assert notes.repaired["formula indented as code"] == 1
    assert [f.strip() for f in proof.see(done).all] == ["a"]


def test_a_stray_dollar_does_not_turn_the_paragraph_inside_out() -> None:
    done, found, notes = protected("它卖5$，而$\\alpha$与$\\beta$无关。\n\n下段$c$。")
    assert found == ["\\alpha", "\\beta", "c"]
    assert "5\\$" in done
    assert notes.left[0].startswith("a dollar that opens no formula: 它卖5$")


def test_a_formula_cut_by_a_blank_line_is_joined_and_a_doubled_dollar_is_single_again() -> None:
    done, found, notes = protected("取$a_1,\n\n\\dots,a_n$即可。\n\n$$q(x)$也对。\n\n$\nz\n$\n")
    assert found == ["a_1, \\dots,a_n", "q(x)", "\nz\n"]
    assert +notes.repaired == {"formula over two paragraphs": 1, "doubled dollar": 1,
                              "single dollars around a display": 1}
    assert "$$\nz\n$$" in done


def test_formulas_in_tables_keep_their_bars_and_their_cells() -> None:
    done, found, _ = protected("| 量 | 值 |\n|---|---|\n| 范数 | $\\|x\\|$ |\n| 绝对值 | $p(a\\|b)$ |\n")
    assert found == ["\\Vert x\\Vert", "p(a|b)"]
    assert list(proof.see(done).inline) == found


def test_what_myst_would_misread_is_escaped() -> None:
    text = ("% 不是注释\n\n(x)=\n\n+++\n\n::: 冒号\n\n{只是花括号}\n\n{eq}`a`\n\n"
            "[甲]{乙} <eos> <https://a.example> x<br>y\n\n```{python}\n1\n```\n")
    done, _, notes = protected(text)
    for wanted in ("\\% 不是注释", "\\(x)=", "\\+++", "\\::: 冒号", "\\{只是花括号}", "\\{eq}`a`", "[甲]\\{乙}",
                   "\\<eos>", "<https://a.example>", "x<br>y", "```python"):
        assert wanted in done
    assert notes.repaired["directive-like code fence"] == 1


def test_hostile_html_is_shown_as_source() -> None:
    done, _, notes = protected("<iframe src='https://evil.example'>\n</iframe>\n\n文\n")
    assert "```html\n<iframe src='https://evil.example'>\n</iframe>\n```" in done
    assert notes.left == ["raw HTML, shown as its source: <iframe src='https://evil.example'>"]


def test_links_become_absolute_and_a_link_to_nothing_becomes_text() -> None:
    done, _, notes = protected('[前](/archives/7 "题")![图](/usr/a.png)[后](某文)')
    assert done == '[前](https://blog.example/archives/7 "题")![图](https://blog.example/usr/a.png)后'
    assert notes.left == ["a link to nothing, now plain text: [后](某文)"]


def boxed(text: str) -> tuple[str, Notes]:
    notes = Notes()
    vault = Vault(text)
    lines = divs.convert(keep_code(textwrap.dedent(text), vault, notes), notes)
    out = [line for chunk in lines for line in ([chunk] if isinstance(chunk, str) else chunk.lines)]
    return vault.restore("\n".join(out)), notes


def test_boxes_become_annotations_with_steps_and_titles() -> None:
    done, notes = boxed("""
        <div class="derivation-box">

        ### 推导：落点
        <div class="formula-explanation">
        <div class="formula-step"><div class="step-label">第一</div>
        <div class="step-explanation">

        说明

        </div></div>
        </div>
        </div>
        """)
    assert done.strip() == "::::{prf:derivation} 落点\n\n:::{step} 第一\n\n说明\n:::\n::::"
    assert notes.converted == {"derivation": 1, "step": 1}


def test_nested_unbalanced_misspelt_and_unknown_boxes() -> None:
    done, notes = boxed("""
        <div class="intuition-  box">
        甲
        <div class="note-box">乙</div>
        </div></div>
        <div class="poem-box">丙
        ## 新的一节
        """)
    assert "::::{prf:intuition}\n\n甲\n\n:::{prf:remark}\n\n乙\n:::\n::::" in done
    assert ":::{prf:remark}\n:class: imported-poem-box\n\n丙\n:::" in done
    assert done.rstrip().endswith("## 新的一节")
    assert +notes.repaired == {"misspelt class of a box": 1, "end of a box that was never opened": 1,
                              "box that was never closed": 1}
    assert notes.left == ["a box of an unknown class, now a remark: poem-box"]


def test_a_statement_is_called_what_its_title_calls_it_and_loses_a_number_that_it_shows_itself() -> None:
    done, _ = boxed('<div class="theorem-box">\n### 公理1：存在\n甲</div>\n'
                    '<div class="theorem-box">\n### 定理3：唯一\n乙</div>')
    assert ":::{prf:axiom} 存在" in done
    assert ":::{prf:theorem} 定理3：唯一" in done


def test_stray_steps_share_a_derivation_and_details_fold() -> None:
    done, _ = boxed('<div class="step">甲</div>\n<div class="step">乙</div>\n\n'
                    '<details><summary>看</summary>丙</details>')
    assert done.count("{prf:derivation}") == 1 and done.count("{step}") == 2
    assert ":::{prf:remark} 看\n:class: dropdown\n\n丙\n:::" in done


def test_headings_lose_permalinks_ids_and_jumps() -> None:
    notes = Notes()
    chunks = levels.read(["# 题", "### 甲 #", "##### 乙 {#b .c}", "### C#", "文", "---", "文", "==="], notes)
    title, rest = levels.take_title(chunks)
    found = [c for c in levels.level(rest, notes) if isinstance(c, levels.Heading)]
    assert title == "题"
    assert [(h.level, h.text, h.permalink, h.anchor) for h in found] == [
        (2, "甲", True, ""), (3, "乙", False, "b"), (2, "C#", False, "")]
    assert chunks[-4:] == ["", "---", "文", "\\==="]


def test_a_post_is_imported_with_its_layers_and_a_receipt() -> None:
    post = imported(POST)
    assert post.layers is Layers.MARKED and post.id == "12" and not post.lost and not post.truncated
    assert dict(post.meta) == {
        "id": "12", "title": "水滴的轨迹", "date": "2021-02-03", "source": "https://blog.example/archives/12",
        "author": "某人", "licence": "CC-BY-4.0", "tags": ["水", "轨迹", "重力"], "status": "completed",
        "origin": "legacy"}
    assert post.original == (
        '水滴落下，见[前文](https://blog.example/archives/7 "前文")，高度为$h\\_t$，集合$\\{a,b\\}$。\n\n'
        "## 推导过程\n\n于是\n\n"
        "\\begin{equation}\\left\\{\\begin{aligned}\nx&=1\\\\\ny&=2\\\\[5pt] z&=3\n"
        "\\end{aligned}\\right.\\end{equation}\n\n"
        "得证。\n")
    assert post.body.endswith(
        "{.annotation}\n## 公式推导与注释\n\n### 一 细节\n\n"
        ":::{prf:theorem} 落点\n\n设 $v>0$。\n\n$$\ns = vt\n$$\n:::\n")
    assert compare(post.body, post.original) == ()
    own = post.receipt["import"]
    assert own["dropped"] == ["front matter: tags_reviewed", "header lines (now front matter)",
                              "reprint and citation notice"]
    assert own["converted"] == {"section": 1, "theorem": 1}
    assert [len(change["formulas"]) for change in own["changed"]] == [1, 1, 1]
    assert own["changed"][1]["before"] == "\\\\{a,b\\\\}" and own["changed"][1]["after"] == "\\{a,b\\}"
    assert "<div" not in post.body


def test_only_the_added_part_after_the_notice_may_be_a_promise() -> None:
    post = imported(POST[: POST.index("### 一 细节")] + "TODO: 补上推导\n")
    assert post.layers is Layers.WHOLE
    assert "公式推导与注释" not in post.body
    assert "a section that was planned only (TODO)" in post.receipt["import"]["dropped"]


def test_insertions_are_told_from_the_text_that_goes_on_after_a_rule() -> None:
    post = imported("# 题\n\n## 甲\n\n原文一。\n\n### 【深度解析：为何】\n\n解析。\n\n#### 更深\n\n更多。\n\n---\n\n"
                    "原文二。\n\n"
                    "## 乙\n\n原文三。\n\n## 【触类旁通与全景视野】\n\n旁通。\n\n## 参考\n\n旁通二。\n")
    assert post.original == "## 甲\n\n原文一。\n\n原文二。\n\n## 乙\n\n原文三。\n"
    assert ":::{prf:deep-dive} 为何\n\n解析。\n\n#### 更深\n\n更多。\n:::" in post.body
    assert compare(post.body, post.original) == ()


def test_sections_between_the_blogs_own_are_added_and_a_lost_permalink_of_the_conclusion_is_seen() -> None:
    text = POST.replace("得证。", "得证。\n\n## 第1部分：铺陈\n\n添的。\n\n### 细\n\n添的。\n\n## 应用 #\n\n原文。\n\n"
                        "## 第2部分：再说\n\n添的。\n\n## 文章小结\n\n原文完。")
    post = imported(text)
    assert post.original is not None and "添的" not in post.original
    assert [line for line in post.original.split("\n") if line[:1] == "#"] == ["## 推导过程", "## 应用", "## 文章小结"]


def test_a_post_without_any_sign_has_unknown_layers_and_no_original() -> None:
    post = imported("# 题\n\n## 1. 甲\n\n文。\n\n<div class=\"note-box\">注</div>\n")
    assert post.layers is Layers.UNKNOWN and post.original is None
    assert "nothing tells the original from what was added" in left(post)


def test_a_cut_post_is_truncated_and_never_whole() -> None:
    post = imported('# 题\n\n开头。\n\n[[...]](https://blog.example/archives/9 "题")\n\n'
                    '---\n\n## 公式推导与注释\n\n添的。\n')
    assert post.truncated and post.meta["status"] == "truncated" and post.original == "开头。\n"


def test_broken_front_matter_is_read_line_by_line_and_dates_are_found() -> None:
    notes = Notes()
    parts = head.read_front('---\ntitle: "水"的轨迹: 一\ndate: 2020-01-02\n---\n文', "a.md", notes)
    assert parts.meta == {"title": '"水"的轨迹: 一', "date": "2020-01-02"} and parts.body.strip() == "文"
    assert notes.repaired == {"front matter that was no YAML": 1}
    assert head.first_date("", "2021年3月4日") == "2021-03-04"
    assert head.first_date("某人. (Dec. 13, 2022)") == "2022-12-13"
    assert head.first_date("2021-13-40") == ""


def test_what_the_build_would_warn_of_is_in_the_receipt() -> None:
    post = imported("# 题\n\n见$\\eqref{eq:none}$与$\\unknowncommand x$。\n\n```mermaid\na-->b\n```\n")
    assert "a reference to a label that no equation has: eq:none" in left(post)
    assert any(note.startswith("a formula that cannot be set") for note in left(post))
    assert "```text\na-->b\n```" in post.body


def test_lost_formulas_are_named_and_prose_between_broken_delimiters_is_none() -> None:
    assert proof.lost(["a", "b", "a"], ["a", "b"]) == ["a"]
    assert proof.lost(["\\\\{a\\\\}"], ["\\{a\\}"]) == []
    assert proof.lost(["\n\n文字$x$再$y$文\n"], ["x", "y"]) == []
    assert proof.lost(["\n\n文字$x$再$y$文\n"], ["x"]) != []
    assert difference(Pair("abcdefghijk X lmnopqrstu", "abcdefghijk YY lmnopqrstu")) == (
        "efghijk X lmnopqr", "efghijk YY lmnopqr")


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    root = tmp_path / "edition"
    (root / "source").mkdir(parents=True)
    (root / "edition.toml").write_text(
        '[edition]\ntitle = "试验"\n[site]\nurl = "https://blog.example"\nauthor = "某人"\n'
        "post = '^https?://blog\\.example/archives/(?P<id>\\d+)'\n", "utf-8")
    old = tmp_path / "old"
    old.mkdir()
    (old / "水滴的轨迹.md").write_text(POST, "utf-8")
    asked = POST[: POST.index("### 一 细节")].replace("title: 水滴的轨迹", "title: 读者问水滴")
    (old / "水滴.md").write_text(asked, "utf-8")
    return root


def command(edition: Path, *options: str) -> int:
    return main(["import-markdown", str(edition.parent / "old"), "--edition", str(edition), "--workers", "1", *options])


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(folder.rglob("*"))
            if p.is_file() and ".cache" not in p.parts}


def test_the_command_writes_once_and_merges_the_same_post(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(edition, "--dry-run") == 0
    assert not (edition / "source" / "posts").exists()
    assert "nothing was written" in capsys.readouterr().out
    assert command(edition) == 0
    first = snapshot(edition)
    assert sorted(first) == ["edition.toml", "source/catalogue.yaml", "source/originals.sha256",
                             "source/originals/12.md", "source/posts/水滴的轨迹.md"]
    assert command(edition) == 0
    assert snapshot(edition) == first
    row = catalogue.load(edition / "source")["12"]
    assert (row.state, row.slug, row.date, row.aliases) == ("fetched", "水滴的轨迹", "2021-02-03", ("读者问水滴",))
    original = frontmatter.split((edition / "source/originals/12.md").read_text("utf-8"))
    assert original.meta["receipt"]["import"]["file"] == "水滴的轨迹.md" and "status" not in original.meta


def test_an_edited_post_is_left_and_an_untouched_one_follows(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(edition)
    post, old = edition / "source/posts/水滴的轨迹.md", edition.parent / "old" / "水滴的轨迹.md"
    old.write_text(POST.replace("得证。", "得证！"), "utf-8")
    assert command(edition) == 0
    assert "得证！" in post.read_text("utf-8")
    post.write_text(post.read_text("utf-8") + "\n我的注。\n", "utf-8")
    before = snapshot(edition)
    old.write_text(POST, "utf-8")
    assert command(edition) == 0
    assert snapshot(edition) == before
    assert "is there already and differs" in capsys.readouterr().out


def test_an_original_that_was_fetched_is_never_replaced(edition: Path) -> None:
    path = edition / "source/originals/12.md"
    path.parent.mkdir()
    path.write_text("---\nid: '12'\norigin: feed\n---\n\n真正的原文。\n", "utf-8")
    assert command(edition) == 0
    assert "真正的原文" in path.read_text("utf-8")


def test_wrong_use_is_explained(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-markdown", str(edition / "nothing"), "--edition", str(edition)]) == 1
    assert "is not a folder" in capsys.readouterr().err
    (edition.parent / "old" / "坏.md").write_bytes(b"\xff\xfe\x00")
    assert command(edition, "--quiet") == 1
    assert "1 failed" in capsys.readouterr().out


def test_a_paragraph_that_ends_in_a_backslash_keeps_its_first_formula() -> None:
    done, found, _ = protected("$1$\\\n")
    assert done == "$1$&#92;\n" and list(proof.see(done).inline) == found == ["1"]


def test_front_matter_of_an_import_is_an_allow_list() -> None:
    post = imported("---\ntitle: 题\ntags_reviewed: true\nmyst:\n  enable_extensions: [substitution]\n"
                    "html_meta: {a: b}\nlayers: whole\nreceipt: {import: {digest: x}}\n---\n# 题\n\n文\n")
    assert set(post.meta) <= {"id", "title", "date", "source", "author", "licence", "tags", "status", "origin"}
    for key in ("tags_reviewed", "myst", "html_meta", "layers", "receipt"):
        assert f"front matter: {key}" in post.receipt["import"]["dropped"]


def test_a_link_out_of_the_folder_is_not_followed(edition_folder: EditionFolder, tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (tmp_path / "secret.md").write_text("# s\n\nsecret\n", "utf-8")
    (old / "a.md").symlink_to(tmp_path / "secret.md")
    (old / "b.md").write_text("# b\n\nshown\n", "utf-8")
    assert main(["import-markdown", str(old), "--edition", str(edition_folder.root)]) == 1
    assert "leads out of its folder" in "".join(capsys.readouterr())
    assert [path.stem for path in (edition_folder.source / "posts").iterdir()] == ["b"]


def test_headings_in_bold_of_annotations_become_what_they_say_unless_they_are_to_stay() -> None:
    text = ("---\ntitle: 题\nsource: https://example.org/archives/7\n---\n\n**证明**：原文里的不动。\n\n---\n\n"
            "## 公式推导与注释\n\n**定理 2（界）**：设 $x$。\n\n**证明**：由此。\n\n**步骤 1：代入** 得 $y$。\n")
    post, plain = convert(text, "题.md", EDITION), convert(text, "题.md", EDITION, headings=False)
    assert ":::{prf:theorem} 2 界\n设 $x$。\n:::" in post.body and ":::{step} 代入\n得 $y$。\n:::\n::::" in post.body
    assert "**证明**：原文里的不动。" in post.body and post.original == plain.original and not post.lost
    made = {name: count for name, count in post.receipt["import"]["converted"].items() if "bold" in name}
    assert made == {"heading in bold: theorem": 1, "heading in bold: proof": 1, "heading in bold: step": 1}
    assert "**定理 2（界）**：" in plain.body and "bold" not in str(plain.receipt)
