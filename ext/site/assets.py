"""What pages load: of the theme only what somebody asks for, and the files of every page as one style and one script.

A page waits for its styles: ten of them cost more in requests than in bytes, and three quarters of the theme's is for
what is on no page. Pages still add what only they need.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset
from sphinx.util.matching import Matcher

from ext.build.once import once
from ext.build.patches import applies
from ext.edition.posts.shelves import digest
from ext.edition.site.style import sort_rules
from ext.site.settings import writes_site

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
#: Scripts that Sphinx and the theme put into every page, for those files.
_UNUSED_SCRIPTS = frozenset({
    "_static/documentation_options.js", "_static/doctools.js", "_static/sphinx_highlight.js",
    "_static/translations.js", "_static/scripts/sphinx-book-theme.js"})
#: Parts of the theme's style sheet that are left out, by the first words of their classes; three quarters of it.
LEFT_OUT = {
    "widgets of Bootstrap that its scripts move": (
        "accordion", "alert", "carousel", "collapsing", "dropdown", "dropend", "dropstart", "dropup", "modal",
        "offcanvas", "placeholder", "popover", "progress", "spinner", "toast", "tooltip", "bs"),
    "its forms, buttons, bars and lists": (
        "btn", "form", "input", "invalid", "valid", "was", "nav", "navbar", "page", "pagination", "breadcrumb", "card",
        "list-group"),
    "the theme's frame, in whose place is ``templates/layout.html``": (
        "bd", "ethical", "header", "prev", "search", "skip", "theme", "toc", "version"),
    "other extensions": ("ablog", "ablog__collection", "ablog__prev", "postlist", "nbinput", "nboutput", "com"),
}
#: The sheets that the rest of it becomes; the icons have one of their own.
_THEME, _ICONS, _NOWHERE = "styles/pydata-sphinx-theme.css", "styles/icons.css", ""
_PARTS = {**{word: _NOWHERE for words in LEFT_OUT.values() for word in words},
          "bd-article": _THEME, "fa": _ICONS, "fab": _ICONS, "far": _ICONS, "fas": _ICONS}
#: What only some pages need, and by which class in them that shows.
NEEDED = {
    f"_static/{_ICONS}": re.compile(r'class="[^"]*\bfa[brs]?\b'),
    "_static/sphinx-design.min.css": re.compile(r'class="[^"]*\bsd-'),
    "_static/design-tabs.js": re.compile(r'class="[^"]*\bsd-tab-'),
    "_static/pygments.css": re.compile(r'class="[^"]*\bhighlight'),  # the theme writes it last, so it cannot be joined
}
#: Scripts of the search: modules of a folder, in the order in which they become one file that a reader asks for.
MODULES = {"formulas": ("words", "terms", "compare", "index", "find"), "search": ("words", "find", "entry", "page")}
_RELATIVE = re.compile(r"""url\((["']?+)(?![a-z]+:|/|#)""")
_PLAIN = ({"rel": "stylesheet", "type": "text/css"}, {"defer": "defer"})

#: A style sheet or a script, as Sphinx has them: ``filename``, ``priority``, ``attributes``.
Asset = Any
STYLE, SCRIPT = "_static/site.css", "_static/site.js"


@once
def _joined(app: Sphinx) -> dict[str, Asset]:
    """Return what stands for the joined files; the style comes after sphinx-design's, before those of single pages."""
    from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript

    return {STYLE: _CascadingStyleSheet(STYLE, priority=800), SCRIPT: _JavaScript(SCRIPT, defer="defer")}


def configure(app: Sphinx) -> None:
    """Have the builder copy less, and join; Sphinx has no setting for it, and removed files would be copied anew."""
    builder = app.builder
    if not writes_site(builder):
        return
    excluded = Matcher([*(f"**/{name}" for name in UNUSED), f"**/{_THEME}"])
    copy_static_files = builder.copy_static_files

    def copy_theme_static_files(context: dict[str, Any]) -> None:
        for folder in reversed(builder.theme.get_theme_dirs()):
            static = Path(folder, "static")
            copy_asset(static, builder._static_dir, excluded=excluded, context=context,
                       renderer=builder.templates, force=True)
            if Path(static, _THEME).is_file():
                _sort_theme(Path(static, _THEME).read_text("utf-8"), builder._static_dir)

    def copy_and_join() -> None:
        copy_static_files()
        both: tuple[tuple[str, list[Asset]], ...] = ((STYLE, builder._css_files), (SCRIPT, builder._js_files))
        for target, assets in both:
            names = [str(asset.filename) for asset in sorted(assets, key=_priority) if _joins(asset)]
            Path(builder.outdir, target).write_text(joined(builder.outdir, names), "utf-8")
            for name in names:
                Path(builder.outdir, name).unlink()

    builder.copy_theme_static_files = copy_theme_static_files  # type: ignore[method-assign]
    builder.copy_static_files = copy_and_join  # type: ignore[method-assign]


def _sort_theme(css: str, static: Path) -> None:
    """Write what is left of the theme's style sheet, unless that was done before."""
    stamp = f"/* {digest(css, repr(_PARTS))} */"
    target = static / _THEME
    if target.is_file() and target.read_text("utf-8").startswith(stamp):
        return
    for name, text in sort_rules(css, _PARTS, _THEME).items():
        if name != _NOWHERE:
            Path(static, name).parent.mkdir(parents=True, exist_ok=True)
            Path(static, name).write_text(stamp + text, "utf-8")


def _priority(asset: Asset) -> int:
    return int(asset.priority)


def _joins(asset: Asset) -> bool:
    """Tell whether a file of every page says nothing but its name, and is one of ours to serve."""
    name = str(asset.filename or "")
    return (name.startswith("_static/") and name not in _UNUSED_SCRIPTS and name not in NEEDED
            and asset.attributes in _PLAIN)


def joined(folder: Path, names: Iterable[str]) -> str:
    """Return the text of style sheets or scripts after one another, their addresses as seen from ``_static``."""
    texts = []
    for name in names:
        below = PurePosixPath(name).relative_to("_static").parent.as_posix()
        text = Path(folder, name).read_text("utf-8")
        texts.append(text if below == "." else _RELATIVE.sub(rf"url(\1{below}/", text))
    return "\n".join(texts)


def joined_modules(folder: Path, names: Iterable[str]) -> str:
    """Return modules of a folder as one: without what they import of each other, and without comments of a line."""
    lines = (line for name in names for line in (folder / f"{name}.js").read_text("utf-8").splitlines())
    return "".join(f"{line}\n" for line in lines if line and not _left_out(line.strip(), line.startswith("import ")))


def _left_out(line: str, imports: bool) -> bool:
    return imports or line.startswith("//") or (line.startswith("/**") and line.endswith("*/"))


def ask(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Have a page ask for the joined files, for those it added, and for those that what is in it needs."""
    builder = app.builder
    assert writes_site(builder)
    body = context.get("body", "")
    for key, target, common in (("css_files", STYLE, builder._orig_css_files),
                                ("script_files", SCRIPT, builder._orig_js_files)):
        gone = {asset for asset in common if _joins(asset)}
        context[key] = [_joined(app)[target],
                        *(asset for asset in context[key] if asset not in gone and _asked(asset, body))]


def _asked(asset: Asset, body: str) -> bool:
    name = str(asset.filename or "")
    if name in NEEDED:
        return NEEDED[name].search(body) is not None
    return name not in _UNUSED_SCRIPTS and not asset.attributes.get("body", "").startswith("DOCUMENTATION_OPTIONS.")


def tidy(app: Sphinx, error: Exception | None) -> None:
    """Join the modules that were copied; remove the empty folder that Sphinx makes for sources which are not copied."""
    for name, parts in MODULES.items():
        folder = Path(app.outdir, "_static", name)
        if folder.is_dir():
            folder.with_suffix(".js").write_text(joined_modules(folder, parts), "utf-8")
            shutil.rmtree(folder)
    sources = Path(app.outdir) / "_sources"
    if error is None and sources.is_dir() and not any(sources.iterdir()):
        sources.rmdir()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the copying and what pages ask for; where Sphinx copies otherwise, pages ask for the stock files."""
    if applies("static"):
        app.add_css_file(_ICONS, priority=150)
        app.connect("builder-inited", configure)
        app.connect("html-page-context", ask, priority=900)
    app.connect("build-finished", tidy)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
