"""An edition is divided by topic into two that refer to each other, and both build without a warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import TOML, Build, EditionFolder, new_edition

from ext.edition.audit import reviews
from ext.edition.links import objects
from ext.edition.posts import catalogue
from ext.edition.site import config
from ext.edition.site.errors import EditionError
from tools.__main__ import main

TOPICS = TOML + """[[topics]]
name = "代数"
slug = "algebra"
[topics.words]
3 = ["环"]
[[topics]]
name = "分析"
slug = "analysis"
[[series]]
name = "漫谈"
"""
FAR = "$$\na+b=c\n$$ (far)\n\n:::{prf:theorem} 可加\n:label: thm-far\n\n和仍在其中。\n:::\n\n" \
      ":::{prf:proof}\n:of: thm-far\n\n显然。\n:::\n"
NEAR = "见[旧文](https://blog.example/archives/1)、[那一篇](rings.md)、[](rings.md)、[那一节](rings.md#h)，" \
       "{eq}`rings#far` 与 {prf:ref}`thm-far`、{prf:ref}`那定理 <thm-far>`，还有[没有的](https://blog.example/archives/9)。\n"
ROWS = [catalogue.Entry(id=id, title=id, slug=slug, state="fetched" if slug else "known", topic=topic, series=series)
        for id, slug, topic, series in [("1", "rings", "代数", "漫谈"), ("2", "limits", "分析", "漫谈"),
                                        ("3", "", "代数", ""), ("4", "", "", "")]]
PAIR = ("--topic", "代数", "--first", "algebra=https://algebra.example", "--second", "rest=https://rest.example/")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return a built edition of two posts of two topics, each with links to the other."""
    folder = new_edition(tmp_path_factory.mktemp("divide") / "whole", TOPICS)
    for id, slug, topic, body in (("1", "rings", "代数", f"{FAR}\n又见 [极限](https://blog.example/archives/2)。"),
                                  ("2", "limits", "分析", NEAR)):
        path = folder.post(slug, body, id=id, origin=None, topic=topic)
        folder.write(f"originals/{id}.md", path.read_text("utf-8"))
    folder.write("topics/algebra.md", "---\ntitle: 代数\ntopic: 代数\n---\n\n# 代数\n\n[极限](../posts/limits.md)\n")
    catalogue.save(folder.source, ROWS)
    for id in ("1", "2"):
        reviews.append(folder.source, reviews.Review("2024-01-01", "甲", id))
    (folder.source / reviews.FILE).write_text("".join(
        f"'{id}':\n  by: 甲\n  date: '2023-01-01'\n  digest: {'a' * 16}\n" for id in ("1", "2")), "utf-8")
    folder.build(out="build/html", doctrees="build/doctrees")
    return folder


@pytest.fixture(scope="module")
def divided(whole: EditionFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, Build]:
    """Return what both build."""
    out = tmp_path_factory.mktemp("parts")
    assert main(["divide", "--edition", str(whole.root), *PAIR, str(out)]) == 0
    first, second = (EditionFolder(out / name).build() for name in ("algebra", "rest"))
    return first, second


def links(built: Build, page: str) -> list[tuple[str, str]]:
    article = BeautifulSoup(built.html(page), "html.parser").select_one("article")
    assert article is not None
    return [(link.get_text(), str(link["href"])) for link in article.select("a.reference.external")]


def test_both_build_without_a_warning_and_lead_to_each_other(divided: tuple[Build, Build]) -> None:
    first, second = divided
    assert first.warnings == () and second.warnings == ()
    rings = "https://algebra.example/posts/rings.html"
    assert links(second, "posts/limits")[:8] == [
        ("旧文", rings), ("那一篇", rings), ("rings", rings), ("那一节", f"{rings}#h"),
        ("《rings》式 (far)", f"{rings}#eq-far"),
        ("定理 1", f"{rings}#thm-far"), ("那定理", f"{rings}#thm-far"), ("没有的", "https://blog.example/archives/9")]
    assert ("极限", "https://rest.example/posts/limits.html") in links(first, "posts/rings")
    assert ("极限", "https://rest.example/posts/limits.html") in links(first, "topics/algebra")


def test_each_part_has_its_own_and_no_more(whole: EditionFolder, divided: tuple[Build, Build]) -> None:
    first, second = (EditionFolder(built.out.parent) for built in divided)
    for folder, slug, ids, topics in ((first, "rings", ["1", "3"], ("代数",)),
                                      (second, "limits", ["2", "4"], ("分析",))):
        assert [path.stem for path in (folder.source / "posts").iterdir()] == [slug]
        assert [path.stem for path in (folder.source / "originals").iterdir()] == ids[:1]
        assert list(catalogue.load(folder.source)) == ids and list(reviews.load(folder.source)) == ids[:1]
        loaded = config.load(folder.root / config.FILE)
        assert loaded.topic_names == topics and loaded.series and loaded.edition.title == "试验版"
    assert (first.source / "topics" / "algebra.md").is_file() and not list((second.source).glob("topics/*"))
    # What stands in the original is as it was: only references by label were pointed elsewhere.
    for folder in (first, second):
        for path in (folder.source / "originals").iterdir():
            assert path.read_bytes() == (whole.source / "originals" / path.name).read_bytes()


def test_what_is_tied_by_an_equation_is_not_divided(
    whole: EditionFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = whole.post("tied", ":::{prf:derivation}\n:of: rings#far thm-far\n\n显然。\n:::\n", topic="分析")
    try:
        assert main(["divide", "--edition", str(whole.root), *PAIR, str(tmp_path / "parts")]) == 1
    finally:
        path.unlink()
    said = capsys.readouterr().err
    for name in ("rings#far", "thm-far"):
        assert f"tied.md:10: :of: {name}, which is in posts/rings" in said and "remedy" in said
    assert not (tmp_path / "parts").exists()


def test_nothing_is_written_over_and_nothing_with_dry_run(
    whole: EditionFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["divide", "--edition", str(whole.root), *PAIR, str(tmp_path / "parts")]
    assert main([*call, "--dry-run"]) == 0
    assert "2 pages of its own" in capsys.readouterr().out and not (tmp_path / "parts").exists()
    (tmp_path / "parts" / "rest").mkdir(parents=True)
    (tmp_path / "parts" / "rest" / "mine").touch()
    assert main(call) == 1
    assert "is there already" in capsys.readouterr().err and not (tmp_path / "parts" / "algebra").exists()


def test_an_inventory_that_is_missing_or_damaged_says_what_to_do(
    make_edition: Callable[..., EditionFolder], tmp_path: Path
) -> None:
    folder = make_edition(TOML + '[[elsewhere]]\nname = "far"\nurl = "https://far.example"\ninventory = "far.inv"\n')
    with pytest.raises(Exception, match="copy the objects.inv of far"):
        folder.build()
    for damage in (b"", b"# Sphinx inventory version 2\n", b"# Sphinx inventory version 2\n\n\n\nx"):
        with pytest.raises(EditionError, match="inventory|damaged"):
            objects.read(damage)
