"""The pure core: files, front matter, configuration, catalogue."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts import catalogue
from ext.edition.posts.catalogue import Entry, Targets
from ext.edition.site import config, files, frontmatter, yamltext
from ext.edition.site.errors import EditionError

PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


def test_a_file_is_written_once_and_left_alone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.md"
    assert files.write_atomic(path, "正文")
    before = path.stat().st_mtime_ns
    assert not files.write_atomic(path, "正文")
    assert path.stat().st_mtime_ns == before
    assert files.write_atomic(path, b"other")


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.md"
    files.write_atomic(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(EditionError, match="cannot be written: disk full"):
        files.write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.md"]


@given(st.text())
def test_a_safe_name_is_one_harmless_component(text: str) -> None:
    name = files.safe_name(text)
    assert name
    assert "/" not in name and "\\" not in name and not name.startswith((".", "-"))
    assert len(name.encode()) <= files.NAME_BYTES
    assert files.safe_name(name) == name
    assert Path("/root", name).resolve().parent == Path("/root")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x"])
def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EditionError, match="leaves its folder"):
        files.inside(tmp_path, name)


@given(st.dictionaries(st.sampled_from(["title", "author", "topic", "x"]), PLAIN.filter(str.strip)), PLAIN)
def test_front_matter_comes_back_as_it_was_written(meta: dict[str, str], body: str) -> None:
    parts = frontmatter.split(frontmatter.join(meta, body))
    assert parts.meta == meta
    assert parts.body.strip("\n") == body.strip("\n")


@pytest.mark.parametrize(("text", "line", "what"), [
    ("---\ntitle: a\n", 1, "not closed"),
    ("---\ntitle: a\ndate: [\n---\n", 4, "not YAML"),
    ("---\ntitle: a: b\n---\n", 2, "not YAML"),
    ("---\n- a\n---\n", 2, "not a mapping"),
])
def test_broken_front_matter_names_file_line_and_remedy(text: str, line: int, what: str) -> None:
    with pytest.raises(EditionError, match=what) as caught:
        frontmatter.split(text, where="posts/a.md")
    assert caught.value.where == f"posts/a.md:{line}"
    assert caught.value.remedy


def test_tags_are_read_from_a_list_and_from_a_comma_string() -> None:
    assert frontmatter.tags(["矩阵", " SVD ", "矩阵"]) == ("矩阵", "SVD")
    assert frontmatter.tags("矩阵, SVD，梯度,") == ("矩阵", "SVD", "梯度")
    assert frontmatter.tags(None) == ()


@pytest.mark.parametrize(("text", "message"), [
    ("[edition\n", "edition.toml:1: is not TOML"),
    ("[edition]\n", "missing required field `title`"),
    ('[edition]\ntitle = "a"\n[site]\nfed = 1\n', "unknown field `fed`"),
    ('[edition]\ntitle = "a"\nlanguage = "fr"\n', "fr"),
    ('[edition]\ntitle = "a"\n[site]\npost = "("\n', "site.post is not a regular expression"),
    ('[edition]\ntitle = "a"\n[[topics]]\nname = "a"\nslug = "s"\n[[topics]]\nname = "b"\nslug = "s"\n',
     "two topics have the slug 's'"),
])
def test_a_wrong_configuration_says_what_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(EditionError) as caught:
        config.parse(text)
    assert message in str(caught.value)
    assert "remedy" in str(caught.value)


def test_the_bundled_configuration_is_right() -> None:
    edition = config.load(Path("edition.toml"))
    assert edition.site.archive_id("https://spaces.ac.cn/archives/10739") == "10739"
    assert edition.site.archive_id("https://spaces.ac.cn/archives/10739/comment-page-1#comment-3") is None
    assert edition.site.archive_id("https://spaces.ac.cn/tag/SVD/") is None


def test_edition_toml_is_found_inside_or_beside_the_source(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with pytest.raises(EditionError, match="no edition.toml"):
        config.find(source)
    (tmp_path / "edition.toml").touch()
    assert config.find(source) == tmp_path / "edition.toml"
    (source / "edition.toml").touch()
    assert config.find(source) == source / "edition.toml"


def test_the_catalogue_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    entries = [Entry(id="8", title="甲：乙", state="truncated", reason="summary only", number=3),
               Entry(id="9", title="丙", targets=Targets(kb=15.5, formulas=20), aliases=("10",))]
    assert catalogue.load(tmp_path) == {}
    assert catalogue.save(tmp_path, entries)
    assert not catalogue.save(tmp_path, entries)
    assert list(catalogue.load(tmp_path).values()) == entries


@pytest.mark.parametrize(("text", "message"), [
    ("- id: '1'\n  title: a\n- id: '1'\n  title: b\n", "two rows"),
    ("- id: '1'\n  titel: a\n", "titel"),
    ("- id: [\n", "is not YAML"),
])
def test_a_wrong_catalogue_is_refused(text: str, message: str) -> None:
    with pytest.raises(EditionError, match=message):
        catalogue.parse(text)


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a [x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefgh"))])
def test_aliases_that_stand_for_more_than_the_text_are_refused(text: str) -> None:
    with pytest.raises(EditionError, match="aliases"):
        yamltext.load(text, where="posts/a.md")


def test_an_alias_used_as_meant_is_written_out() -> None:
    assert yamltext.load("a: &a [1, 2]\nb: *a\nc: '*'\n", where="x") == {"a": [1, 2], "b": [1, 2], "c": "*"}
