"""The theme of an edition is one of its own, made of the book theme by inheriting from it, not by taking it apart."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

from conftest import REPO, EditionFolder
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ext.site.settings import TEMPLATES


def _app(folder: EditionFolder) -> Sphinx:
    with patch_docutils(REPO), docutils_namespace():
        return Sphinx(srcdir=folder.source, confdir=REPO, outdir=folder.root / "out", doctreedir=folder.root / "trees",
                      buildername="html", status=None, warning=io.StringIO())


def test_the_theme_inherits_and_its_listeners_are_left_alone(edition_folder: EditionFolder) -> None:
    app = _app(edition_folder)
    theme = app.builder.theme  # type: ignore[attr-defined]
    assert theme.name == "zhushu"
    assert [Path(folder).name for folder in theme.get_theme_dirs()][1:3] == ["sphinx_book_theme", "pydata_sphinx_theme"]
    listening = {listener.handler.__module__.partition(".")[0]
                 for listener in app.events.listeners["html-page-context"]}
    assert {"sphinx_book_theme", "pydata_sphinx_theme"} <= listening
    # The one listener that is left out is Sphinx's own, of the builder in whose place ours is.
    assert [path.name for path in (REPO / "ext").rglob("*.py")
            if ".disconnect(" in path.read_text("utf-8")] == ["epub.py"]


def test_every_option_of_the_theme_is_one_of_those_it_inherits(edition_folder: EditionFolder) -> None:
    """An option that a new version of the theme no longer has would have no effect, without a word."""
    own = tomllib.loads((TEMPLATES / "theme.toml").read_text("utf-8"))["options"]
    known: set[str] = set()
    for folder in _app(edition_folder).builder.theme.get_theme_dirs()[1:]:  # type: ignore[attr-defined]
        for path in Path(folder).glob("theme.conf"):
            known |= {line.partition("=")[0].strip() for line in path.read_text("utf-8").splitlines() if "=" in line}
    assert set(own) <= known


def test_no_part_of_the_frame_is_rendered_for_nothing(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文 <https://github.com/a/b>")
    html = edition_folder.build().html("posts/a")
    assert "bd-header" not in html and "https://github.com/a/b</a>" in html, "links are not abbreviated"
