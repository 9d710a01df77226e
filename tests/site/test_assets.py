"""The files that pages load are there, and of the theme's no more than that."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from conftest import EditionFolder

from ext.site.assets import LEFT_OUT, joined

LOADED = re.compile(r'(?:src|href)="([^"#?]+)|url\("?([^")?#]+)|(?:from|import)\s*\(?["\']([^"\']+)["\']')
MOST = 2_500_000


def loads(path: Path, root: Path) -> set[str]:
    """Return what a page, style or script of the site names of ``_static``, from its folder."""
    base = path.relative_to(root).as_posix()
    named = ("".join(found) for found in LOADED.findall(path.read_text("utf-8")))
    local = (urlsplit(urljoin(base, name)) for name in named if not name.startswith("data:"))
    return {unquote(one.path).removeprefix("/") for one in local if not one.scheme and "_static/" in one.path}


def test_what_pages_load_is_there_and_the_themes_scripts_are_not(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文 $x$")
    built = edition_folder.build()
    files = [path for suffix in ("html", "css") for path in built.out.rglob(f"*.{suffix}")]
    asked = set().union(*(loads(path, built.out) for path in files))
    there = {path.relative_to(built.out).as_posix() for path in built.out.rglob("*") if path.is_file()}
    assert asked - there == set() and len(asked) > 10
    static = built.out / "_static"
    assert sum(path.stat().st_size for path in static.rglob("*") if path.is_file()) < MOST
    assert not [path for path in static.rglob("*") if path.suffix in (".map", ".po", ".mo")]
    assert not (built.out / "_sources").exists()
    assert edition_folder.build().written == frozenset()


def asked(path: Path, root: Path) -> set[str]:
    """Return the styles and scripts of a page."""
    return {name for name in loads(path, root) if name.endswith((".css", ".js"))}


def test_a_plain_page_asks_for_one_style_and_one_script_beside_the_themes(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文 $x$")
    edition_folder.post("b", "```python\nimport this\n```\n\n:::{card}\n文\n:::\n")
    out = edition_folder.build().out
    plain = {"_static/styles/pydata-sphinx-theme.css", "_static/site.css", "_static/site.js"}
    assert asked(out / "posts" / "a.html", out) == plain
    assert asked(out / "posts" / "b.html", out) == plain | {"_static/pygments.css", "_static/sphinx-design.min.css"}
    style = (out / "_static" / "site.css").read_text("utf-8")
    # In the order of their priorities: the theme's, ours, then what stands over them.
    marks = [style.index(mark) for mark in ("--sbt-", ".equation-body", ".zs-frame", ".cover")]
    assert marks == sorted(marks)
    assert not (out / "_static" / "math.css").exists()


def test_addresses_in_a_joined_style_are_those_seen_from_its_new_place(tmp_path: Path) -> None:
    (tmp_path / "_static" / "styles").mkdir(parents=True)
    (tmp_path / "_static" / "styles" / "a.css").write_text(
        "a { b: url(../c.png) url('d.png') url(\"data:x\") url(/e) url(https://f/g) url(#h); }", "utf-8")
    (tmp_path / "_static" / "b.css").write_text("i { j: url(fonts/k.woff2); }", "utf-8")
    assert joined(tmp_path, ["_static/styles/a.css", "_static/b.css"]) == (
        "a { b: url(styles/../c.png) url('styles/d.png') url(\"data:x\") url(/e) url(https://f/g) url(#h); }\n"
        "i { j: url(fonts/k.woff2); }")


def test_icons_come_where_there_is_one_and_what_no_page_has_is_left_out(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "{fas}`star` 文")
    edition_folder.post("b", "```{note}\n文\n```")
    out = edition_folder.build().out
    assert "_static/styles/icons.css" in asked(out / "posts" / "a.html", out)
    assert "_static/styles/icons.css" not in asked(out / "posts" / "b.html", out)
    theme, icons = ((out / "_static" / "styles" / name).read_text("utf-8")
                    for name in ("pydata-sphinx-theme.css", "icons.css"))
    assert ".fa-star{" in icons and ".fa-star{" not in theme and len(theme) < 200_000
    # The sign of a note is a letter of the icons' font; utilities are for whoever writes.
    assert ".admonition" in theme and "@font-face" in theme and ".text-center{" in theme
    assert ".carousel" not in theme and ".navbar" not in theme
    stamp = (out / "_static" / "styles" / "icons.css").stat().st_mtime_ns
    edition_folder.build()
    assert (out / "_static" / "styles" / "icons.css").stat().st_mtime_ns == stamp


def test_no_page_of_the_published_edition_has_a_class_whose_style_is_left_out(published: EditionFolder) -> None:
    pages = list((published.root / "build" / "html").rglob("*.html"))
    words = {word for page in pages for named in re.findall(r'class="([^"]*)"', page.read_text("utf-8"))
             for word in named.split()}
    assert len(words) > 100
    left_out = {word for words in LEFT_OUT.values() for word in words}
    starts = {word: {word[:at] for at in range(1, len(word) + 1) if word[at:at + 1] in ("", "-")} for word in words}
    assert [word for word in sorted(words) if starts[word] & left_out and word != "bd-article"] == []
