"""One bad source is named and is the only page that suffers; nothing outside is read; change is told by content."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder

from ext.checks.findings import findings
from ext.checks.outside import Confined
from ext.edition.checks.lint import Lint
from ext.posts.measure import records

SECRET = "the-secret-0xC0FFEE"
#: Ways to name a file, of which every one must be refused; FILE is its path from the document, or from the source.
WAYS = (
    "[a](FILE)", "[](FILE)", "<path:FILE>", "<project:FILE>", "![a](FILE)", "{download}`FILE`", "{download}`a <FILE>`",
    "```{image} FILE\n```", "```{figure} FILE\nunder\n```", "```{literalinclude} FILE\n```",
    "```{literalinclude} FILE\n:diff: FILE\n```", "```{include} FILE\n```", "```{include} FILE\n:literal:\n```",
    "```{include} FILE\n:code: text\n```", "```{csv-table} t\n:file: FILE\n```", "```{raw} html\n:file: FILE\n```",
    "```{bibliography} FILE\n```", "```{card} t\n:img-top: FILE\n```", "```{card} t\n:link: FILE\n```",
    "```{eval-rst}\n.. include:: FILE\n```", "```{eval-rst}\n.. include:: FILE\n   :literal:\n```",
    "```{eval-rst}\n.. raw:: html\n   :file: FILE\n```", "```{eval-rst}\n.. csv-table::\n   :file: FILE\n```",
    "```{eval-rst}\n.. literalinclude:: FILE\n```", "```{eval-rst}\n.. image:: FILE\n```",
    "```{eval-rst}\n.. figure:: FILE\n   :figwidth: image\n\n   x\n```", "```{eval-rst}\n:download:`FILE`\n```",
)
PLACES = ("../../out.txt", "/../out.txt", "../..//out.txt", "link.txt", "/posts/link.txt", "folder/out.txt",
          "../_images/link.png", "/posts/folder/../folder/out.txt")


@pytest.fixture
def beside(edition_folder: EditionFolder) -> EditionFolder:
    """Return an edition with a secret beside its sources, and links to it inside."""
    root, source = edition_folder.root, edition_folder.source
    (root / "out.txt").write_text(SECRET, "utf-8")
    (source / "_images").mkdir()
    for link, target in (("posts/link.txt", root / "out.txt"), ("_images/link.png", root / "out.txt"),
                         ("posts/folder", root), ("posts/circle", source), ("own.md", root / "out.txt"),
                         ("extra.bib", root / "out.txt")):
        (source / link).symlink_to(target)
    edition_folder.post("good", "好文")
    return edition_folder


def shown(build: Any) -> list[Path]:
    return [path for path in build.out.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_nothing_outside_is_read_by_any_directive(beside: EditionFolder) -> None:
    names = {}
    for number, place in enumerate(PLACES):
        body = "\n\n".join(way.replace("FILE", place) for way in WAYS)
        names[beside.post(f"p{number}", body).stem] = place
    build = beside.build()
    assert shown(build) == []
    assert not list((build.out / "_downloads").rglob("*.*")) and not list((build.out / "_images").glob("*.*"))
    found = findings(build.env)
    for name in names:
        own = [one for one in found[f"posts/{name}"] if one.subtype is Lint.SOURCE_OUTSIDE]
        assert own and all(one.line for one in own), name
        assert any(f"posts/{name}.md:{own[0].line}: WARNING: " in line for line in build.warnings)
    assert "好文" in build.html("posts/good")
    assert not any("circle" in name or "folder" in name for name in build.env.found_docs)
    assert [found.subtype for found in findings(build.env)["own"]] == [Lint.SOURCE_UNREAD]


@pytest.mark.parametrize("directive", ["csv-table", "raw"])
def test_no_address_is_read_by_a_directive(edition_folder: EditionFolder, httpserver: Any, directive: str) -> None:
    address = httpserver.url_for("/x")
    argument = {"raw": "html", "csv-table": "t"}[directive]
    edition_folder.post("a", f"```{{{directive}}} {argument}\n:url: {address}\n```\n\n"
                             f"```{{eval-rst}}\n.. {directive}:: {argument}\n   :url: {address}\n```")
    build = edition_folder.build()
    assert httpserver.log == []
    assert [one.subtype for one in findings(build.env)["posts/a"]] == [Lint.SOURCE_OUTSIDE] * 2


def test_files_of_the_edition_are_still_included(edition_folder: EditionFolder) -> None:
    edition_folder.write("parts/a.txt", "一,二\n")
    (edition_folder.source / "posts" / "near.txt").symlink_to(edition_folder.source / "parts" / "a.txt")
    edition_folder.post("a", "```{csv-table}\n:file: ../parts/a.txt\n```\n\n```{literalinclude} /parts/a.txt\n```\n\n"
                             "```{include} near.txt\n```\n\n{download}`near.txt`")
    build = edition_folder.build()
    html = build.html("posts/a")
    assert build.warnings == () and html.count("一") >= 3 and "<td>" in html and "download" in html


def test_a_state_of_the_edition_is_no_link_to_elsewhere(beside: EditionFolder) -> None:
    (beside.source / "catalogue.yaml").symlink_to(beside.root / "out.txt")
    with pytest.raises(Exception, match="leads out of the edition") as refused:
        beside.build()
    assert SECRET not in str(refused.value)


def test_an_original_is_no_link_to_elsewhere(beside: EditionFolder) -> None:
    beside.post("a", "甲", id="7", origin="feed")
    (beside.source / "originals").mkdir()
    (beside.source / "originals" / "7.md").symlink_to(beside.root / "out.txt")
    build = beside.build()
    assert shown(build) == [] and SECRET not in "".join(build.warnings)


BAD = {
    "latin": (lambda path: path.write_bytes("# café\n".encode("latin-1")), "not UTF-8 text (line 1)"),
    "nul-utf16": (lambda path: path.write_bytes("# a\n".encode("utf-16")), "not UTF-8 text"),
    "gone": (lambda path: path.unlink(), "cannot be read"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "is no plain file"),
    "out": (lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), "leads out of the edition"),
    "deep": (lambda path: path.write_text("> " * 3000 + "x\n", "utf-8"), ""),
    "deep-list": (lambda path: path.write_text("- " * 2000 + "x\n", "utf-8"), ""),
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_bad_source_is_named_and_the_rest_is_built(edition_folder: EditionFolder, jobs: int,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        edition_folder.post(f"good{number}", f"好文 {number}")
    for name in BAD:
        edition_folder.post(f"bad-{name}", "文")
    edition_folder.write(f"posts/{'n' * 250}.md", "# 长\n")
    edition_folder.write(f"posts/{'长' * 82}.md", "# 长\n")
    from sphinx.environment import BuildEnvironment
    original = BuildEnvironment.get_outdated_files

    def meanwhile(self: BuildEnvironment, changed: bool) -> Any:
        result = original(self, changed)
        for name, (spoil, _) in BAD.items():  # after the sources were listed
            spoil(edition_folder.source / f"posts/bad-{name}.md")
        return result

    monkeypatch.setattr(BuildEnvironment, "get_outdated_files", meanwhile)
    build = edition_folder.build(jobs=jobs)
    assert all(f"好文 {number}" in build.html(f"posts/good{number}") for number in range(6))
    found = findings(build.env)
    for name, (_, why) in BAD.items():
        docname = f"posts/bad-{name}"
        if why:
            assert [one.subtype for one in found[docname]] == [Lint.SOURCE_UNREAD], name
            assert why in found[docname][0].message
            assert "未能读取的一页" in build.html(docname)
        assert docname in records(build.env)
    assert f"posts/{'n' * 250}" not in build.env.found_docs and f"posts/{'长' * 82}" in build.env.found_docs
    assert any("n" * 250 in line and "source_unread" in line for line in build.warnings)


def test_a_mended_source_is_read_again(edition_folder: EditionFolder) -> None:
    path = edition_folder.post("a", "甲")
    good = path.read_bytes()
    path.write_bytes(b"# \xff\n")
    assert "未能读取" in edition_folder.build().html("posts/a")
    path.write_bytes(good)
    os.utime(path, (1, 1))
    build = edition_folder.build()
    assert build.warnings == () and "甲" in build.html("posts/a")
    assert edition_folder.build().written == frozenset()


def test_a_document_that_takes_too_long_is_named(make_edition: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from myst_parser.parsers.sphinx_ import MystParser

    from tests.conftest import TOML
    folder = make_edition(TOML + "[limits]\nseconds = 0.3\n")
    folder.post("slow", "慢")
    folder.post("good", "快")
    real = MystParser.parse

    def parse(self: Any, text: str, document: Any) -> None:
        if "慢" in text:
            with contextlib.suppress(Exception):  # the limit is no ordinary error
                time.sleep(60)
        real(self, text, document)

    monkeypatch.setattr(MystParser, "parse", parse)
    build = folder.build()
    assert "快" in build.html("posts/good") and "limits.seconds" in build.html("posts/slow")
    assert [one.subtype for one in findings(build.env)["posts/slow"]] == [Lint.SOURCE_UNREAD]


def test_change_is_told_by_content_and_not_by_time(edition_folder: EditionFolder) -> None:
    path = edition_folder.post("a", "旧文", id="7", origin="feed")
    edition_folder.post("b", "另一篇")
    original = edition_folder.write("originals/7.md", "旧文\n")
    part = edition_folder.write("parts/a.txt", "旧部")
    edition_folder.post("c", "```{literalinclude} /parts/a.txt\n```")
    edition_folder.build()
    for target, new, page in ((path, path.read_text("utf-8").replace("旧文", "新文"), "a"), (part, "新部", "c")):
        target.write_text(new, "utf-8")
        os.utime(target, (1, 1))  # as a checkout, an archive or a clock that goes wrong
        build = edition_folder.build()
        assert build.written == {f"posts/{page}.html"} or page == "a"
        assert new[-2:].strip() in build.html(f"posts/{page}")
    original.write_text("新文\n", "utf-8")
    os.utime(original, (1, 1))
    assert edition_folder.build().warnings == ()  # the post is its original again


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": 1}', b'"x"', b"null"])
def test_a_damaged_state_is_no_state(edition_folder: EditionFolder, damage: bytes) -> None:
    edition_folder.post("a", "$$x=1$$ 文")
    first = edition_folder.build()
    for path in [*(first.out / ".views").glob("*.json")]:
        path.write_bytes(damage)
    doctrees = edition_folder.root / "doctrees"
    (doctrees / "reading.json").write_bytes(damage)
    (doctrees / "posts" / "a.doctree").write_bytes(damage)
    build = edition_folder.build()
    assert build.warnings == () and "文" in build.html("posts/a")
    assert edition_folder.build().written == frozenset()
    (doctrees / "environment.pickle").write_bytes(damage)
    assert edition_folder.build().warnings == ()


@pytest.mark.parametrize(("meta", "body", "limit"), [
    ({"tags": list(range(9000))}, "x", "limits.front_matter"), ({"title": "题" * 300}, "x", "limits.title"),
    ({}, f"## {'题' * 300}", "limits.heading"), ({}, f"## ${'x' * 300}$", "limits.heading")])
def test_headers_beyond_a_limit_are_named(make_edition: Any, meta: dict[str, Any], body: str, limit: str) -> None:
    from tests.conftest import TOML
    folder = make_edition(TOML + "[limits]\nfront_matter = 2000\ntitle = 200\nheading = 250\n")
    folder.post("long", body, **meta)
    folder.post("good", "好", title="题" * 150)
    build = folder.build()
    assert "好" in build.html("posts/good") and limit in build.html("posts/long")
    assert [one.subtype for one in findings(build.env)["posts/long"]] == [Lint.SOURCE_UNREAD]


def test_a_source_that_goes_after_it_was_listed_is_named(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition_folder.post("goes", "去")
    edition_folder.post("good", "好")
    edition_folder.build()
    real = Confined.find_files

    def find_files(self: Any, config: Any, builder: Any) -> None:
        real(self, config, builder)
        path.unlink()

    with monkeypatch.context() as patch:
        patch.setattr(Confined, "find_files", find_files)
        build = edition_folder.build()
    assert "source_unread" in str(build.warnings) and "好" in build.html("posts/good")
    assert edition_folder.build().warnings == (), "the next build knows that it is gone"


def test_a_name_that_is_too_long_is_on_the_audit_page(edition_folder: EditionFolder) -> None:
    name = "n" * 249
    edition_folder.write(f"posts/{name}.md", "# 长\n")
    edition_folder.post("good", "好")
    build = edition_folder.build()
    assert name in build.html("audit") and "247 bytes" in build.html("audit")
