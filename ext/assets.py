"""Copy of the theme's files only what pages ask for: the rest would be four fifths of a small site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.fileutil import copy_asset
from sphinx.util.matching import Matcher

#: What is left out, and why no page asks for it. Fonts stay: the ``fa`` roles of sphinx-design show their icons.
UNUSED = {
    ".*": "hidden files",
    "*.map": "maps of minified files, for those who develop the theme",
    "locales": "translations of buttons that ``templates/layout.html`` does not have",
    "scripts": "menus, icons and the search dialogue of the theme, which ``zhushu.js`` replaces",
    "*webpack-macros.html": "templates that load those scripts",
    "logo_*": "logos of launch buttons",
    "searchtools.js": "Sphinx's own search, which pagefind replaces",
    "doctools.js": "keyboard and highlighting of that search",
    "documentation_options.js*": "settings of that search",
    "sphinx_highlight.js": "marks of that search",
    "file.png": "an icon of Sphinx's own pages",
    "minus.png": "an icon of Sphinx's index",
    "plus.png": "an icon of Sphinx's index",
}


def configure(app: Sphinx) -> None:
    """Let the builder copy the rest; Sphinx has no setting for it, and removed files would be copied every time."""
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder):
        return
    excluded = Matcher([f"**/{name}" for name in UNUSED])

    def copy_theme_static_files(context: dict[str, Any]) -> None:
        for folder in reversed(builder.theme.get_theme_dirs()):
            copy_asset(Path(folder, "static"), builder._static_dir, excluded=excluded, context=context,
                       renderer=builder.templates, force=True)

    builder.copy_theme_static_files = copy_theme_static_files  # type: ignore[method-assign]


def tidy(app: Sphinx, error: Exception | None) -> None:
    """Remove the empty folder that Sphinx makes for sources which are not copied."""
    folder = Path(app.outdir) / "_sources"
    if error is None and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the copying."""
    app.connect("builder-inited", configure)
    app.connect("build-finished", tidy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
