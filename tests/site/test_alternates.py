"""Pages as Markdown and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.posts import listed
from ext.site import alternates

SETTINGS = """
[edition]
title = "试验版"
description = "说明。"
url = "https://example.org/a/"
[[topics]]
name = "矩阵"
slug = "m"
"""



def files(out: Path) -> dict[str, str]:
    return {path.relative_to(out).as_posix(): path.read_text("utf-8") for path in (*out.rglob("*.md"), out / "llms.txt")
            if path.relative_to(out).parts[0] in {"posts", "topics", "llms.txt"}}


def test_every_page_has_its_markdown_and_the_list_names_it(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(SETTINGS)
    folder.post("a-b", "设 $x_1$。\n\n% 私下\n", title="甲 [乙]", topic="矩阵", date="2024-01-01", status="draft")
    gone = folder.post("gone", "字。", title="丙", date="2024-01-02")
    built = folder.build()
    made = files(built.out)
    assert "设 $x_1$。" in made["posts/a-b.md"] and "私下" not in made["posts/a-b.md"]
    assert "status" not in made["posts/a-b.md"]
    assert made["llms.txt"].startswith("# 试验版\n\n> 说明。\n\n## 矩阵\n")
    assert "- [甲 (乙)](https://example.org/a/posts/a-b.md): 2024-01-01" in made["llms.txt"]
    assert '<link rel="alternate" type="text/markdown" href="a-b.md">' in built.html("posts/a-b")
    assert 'type="text/markdown"' not in built.html("index")

    gone.unlink()
    made = files(folder.build().out)
    assert "posts/gone.md" not in made and "gone.md" not in made["llms.txt"]


def test_one_edit_makes_one_text_and_reads_no_list_anew(
        make_edition: Callable[..., EditionFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_edition(SETTINGS)
    for name in "abc":
        folder.post(name, f"字 {name}。", title=name)
    folder.build()
    shared, load, made = alternates.shared, listed.catalogue.load, list[str]()
    monkeypatch.setattr(alternates, "shared", lambda text, where: made.append(where) or shared(text, where=where))
    monkeypatch.setattr(listed.catalogue, "load", lambda source: made.append(source.name) or load(source))
    folder.post("b", "别的字。", title="b")
    assert files(folder.build().out)["posts/b.md"].endswith("别的字。\n") and made == ["posts/b.md"]

    (folder.source / "catalogue.yaml").write_text("- {id: '1', title: 一}\n", "utf-8")
    out = folder.build().out
    assert made == ["posts/b.md", folder.source.name]
    (out / "posts" / "c.md").unlink()
    (folder.source / "posts" / "b.md").write_text("---\ntitle: [\n---\n\n字。\n", "utf-8")
    assert set(files(folder.build().out)) == {"posts/a.md", "posts/c.md", "llms.txt"}
    assert sorted(made[2:]) == ["posts/b.md", "posts/c.md"]


def test_a_parallel_build_writes_the_same(edition_folder: EditionFolder) -> None:
    for name in "abcdef":
        edition_folder.post(name, f"字 {name}。", title=name)
    serial = edition_folder.build()
    parallel = edition_folder.build(jobs=2, out="other", doctrees="other-trees")
    assert files(serial.out) == files(parallel.out)
