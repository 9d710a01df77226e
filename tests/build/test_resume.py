"""What is not there when a post is read: it is read again when it arrives, and not before."""

from __future__ import annotations

import pytest
from conftest import Build, EditionFolder
from sphinx.builders import Builder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the documents that are read, in order, until the test ends."""
    names: list[str] = []
    stock = Builder.read_doc

    def noted(self: Builder, docname: str, *, _cache: bool = True) -> None:
        names.append(docname)
        stock(self, docname, _cache=_cache)

    monkeypatch.setattr(Builder, "read_doc", noted)
    return names


def again(folder: EditionFolder, read: list[str]) -> tuple[Build, list[str]]:
    read.clear()
    return folder.build(), sorted(read)


def test_a_missing_image_is_reported_once_and_waited_for(edition_folder: EditionFolder, read: list[str]) -> None:
    edition_folder.post("a", "![图](../images/gone.svg)")
    edition_folder.post("b", f"![图](../images/{'长' * 200}.svg)")
    first = edition_folder.build()
    assert sum("[zhushu.picture_missing]" in line for line in first.warnings) == 2
    built, names = again(edition_folder, read)
    assert names == [] and built.written == frozenset()
    edition_folder.write("images/gone.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    built, names = again(edition_folder, read)
    assert names == ["posts/a"] and built.warnings == () and (built.out / "_images" / "gone.svg").is_file()
    (edition_folder.source / "images" / "gone.svg").unlink()
    assert again(edition_folder, read)[1] == ["posts/a"]
    assert again(edition_folder, read)[1] == []


def test_an_original_that_arrives_is_compared(edition_folder: EditionFolder, read: list[str]) -> None:
    edition_folder.post("a", "一段。", origin=None, id="7")
    edition_folder.build()
    assert again(edition_folder, read)[1] == []
    edition_folder.write("originals/7.md", "---\nid: '7'\n---\n\n# a\n\n另一段。\n")
    built, names = again(edition_folder, read)
    assert names == ["posts/a"] and any("original_changed" in line for line in built.warnings)


def test_what_another_builder_read_is_written(edition_folder: EditionFolder, read: list[str]) -> None:
    edition_folder.post("a", "设 $\\R$。")
    toml = edition_folder.root / "edition.toml"
    toml.write_text(toml.read_text("utf-8") + '[math.macros]\nR = "\\\\alpha"\n', "utf-8")
    edition_folder.build()
    toml.write_text(toml.read_text("utf-8").replace("alpha", "beta"), "utf-8")
    edition_folder.build("audit", out="audit")
    built, names = again(edition_folder, read)
    assert names == [] and "β" in built.html("posts/a")
