"""The files that pages load are there, and of the theme's no more than that."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from conftest import EditionFolder

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
