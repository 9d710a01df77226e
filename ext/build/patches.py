"""Changes to the insides of others: what each replaces, why, and how it is told that the inside is still as it was.

Each is an improvement that a build can do without. Where the inside is not as it was known, the build goes the way of
its makers and says so in one line; a test then names the patch, so that a changed inside is no riddle.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pybtex.plugin
import sphinx_book_theme
import yaml
from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils import base as myst_renderer
from packaging.version import Version
from sphinx.application import Sphinx
from sphinx.builders import Builder, _write_docname
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging

from ext.build.documents import Branch, WalkFaster, there
from ext.build.walks import made

logger = logging.getLogger(__name__)
#: Several patches are to one package, and a version is a line of a file of a hundred.
version = functools.cache(importlib.metadata.version)
installed = functools.cache(importlib.metadata.entry_points)


@dataclass(frozen=True, slots=True)
class Patch:
    """One change: to which package, tried below which version, and whether the inside looks as it did then."""

    replaces: str
    why: str
    #: Where others asked for it, or why nobody can be asked.
    upstream: str
    package: str
    below: str
    known: Callable[[], bool]

    def fits(self) -> bool:
        """Tell whether the package is of a version that was tried, and its inside as it was."""
        return Version(version(self.package)) < Version(self.below) and self.known()


def _takes(function: Any, *names: str) -> bool:
    return function is not None and list(inspect.signature(function).parameters) == list(names)


def _uses(function: Any, *names: str) -> bool:
    return function is not None and set(names) <= set(function.__code__.co_names)


_TRANSLATIONS = ("sphinx.transforms.i18n:TranslationProgressTotaliser",
                 "sphinx.transforms.i18n:RemoveTranslatableInline")
_TREE = "myst_parser.mdit_to_docutils.base:SyntaxTreeNode"
_THEME = "sphinx_book_theme"
PATCHES: Mapping[str, Patch] = MappingProxyType({
    "made": Patch(
        "docutils.nodes.Element.__new__, which docutils does not have, and copy: the class of every element is noted",
        "a node of which none was ever made need not be looked for: most walks of a build look for such",
        "useblocks/sphinx-needs#751 tells of the same walks; docutils has no place to ask who made what",
        "docutils", "0.23",
        lambda: "__new__" not in vars(nodes.Element) or made.watching),
    "walks": Patch(
        "findall, walk and walkabout of the documents of a build",
        "docutils walks by one generator inside another for every level, ninety times a document",
        "useblocks/sphinx-needs#751 tells of the same walks",
        "docutils", "0.23",
        lambda: _takes(nodes.Node.findall, "self", "condition", "include_self", "descend", "siblings", "ascend")
        and _takes(nodes.Node.walk, "self", "visitor") and _takes(nodes.Node.walkabout, "self", "visitor")),
    "translations": Patch(
        "the transforms of Sphinx that look through every document for what its translation left",
        "an edition has no message catalogues, and the transforms have no switch",
        "none that we found: two walks a document matter only to large sites",
        "sphinx", "10",
        lambda: all(map(there, _TRANSLATIONS))),
    "shares": Patch(
        "_read_parallel, _write_parallel and gen_pages_from_extensions of a builder: a share for each process",
        "what is known is sent for every ten documents, and every document is resolved in one process",
        "sphinx-doc/sphinx#10779 asks for the writing, #11746 and #12433 are drafts of it",
        "sphinx", "10",
        lambda: _takes(Builder._read_parallel, "self", "docnames", "nproc")
        and _takes(Builder._write_parallel, "self", "docnames", "nproc")
        and _takes(_write_docname, "docname", "env", "builder", "tags")
        and _takes(StandaloneHTMLBuilder.gen_pages_from_extensions, "self")
        and _uses(StandaloneHTMLBuilder.gen_pages_from_extensions, "handle_page")
        and _uses(Builder._read_parallel, "make_chunks", "clear_doc")),
    "text": Patch(
        "docutils.nodes.Text.astext",
        "it cuts every text in three ways at a character that only reStructuredText puts there",
        "none that we found",
        "docutils", "0.23",
        lambda: _takes(nodes.Text.astext, "self") and _uses(nodes.Text.astext, "unescape")),
    "branches": Patch(
        "the tree that MyST makes of the tokens of Markdown",
        "every part holds the whole, so that ten thousand objects of a post wait for the collector of garbage",
        "none that we found",
        "myst-parser", "6",
        lambda: there(_TREE) in (SyntaxTreeNode, Branch)
        and _uses(SyntaxTreeNode._add_child, "parent", "children") and "_parent" in vars(SyntaxTreeNode())),
    "description": Patch(
        "findall as the theme has it beside add_metadata_to_page, which finds no section any more",
        "it joins the text of every section, once for each that it is in, for a description that no template shows",
        "none that we found",
        "sphinx-book-theme", "2",
        lambda: _takes(there(f"{_THEME}:add_metadata_to_page"), "app", "pagename", "templatename", "context", "doctree")
        and _uses(there(f"{_THEME}:add_metadata_to_page"), "findall", "section", "astext")),
    "front matter": Patch(
        "yaml.safe_load, by which MyST reads a front matter two times",
        "PyYAML brings a reader in C that gives the same, and safe_load takes the one in Python: ten times as long",
        "yaml/pyyaml#437 asks that the one in C be the default",
        "pyyaml", "7",
        lambda: _takes(yaml.safe_load, "stream") and hasattr(yaml, "CSafeLoader")),
    "backend": Patch(
        "importlib.metadata.entry_points, as pybtex asks it for a part of itself by name",
        "every citation on a page looks through all that is installed for the same part: a tenth of a build that cites",
        "none that we found",
        "pybtex", "0.28",
        lambda: _takes(there("pybtex.plugin:_load_entry_point"), "group", "name", "use_aliases")
        and _uses(there("pybtex.plugin:_load_entry_point"), "entry_points")),
    "static": Patch(
        "copy_static_files and copy_theme_static_files of the HTML builder",
        "three quarters of the theme's files are on no page, and a page waits for each style it asks for",
        "sphinx-doc/sphinx#1644: what the theme brings is copied whatever exclude_patterns says",
        "sphinx", "10",
        lambda: _takes(StandaloneHTMLBuilder.copy_theme_static_files, "self", "context")
        and _takes(StandaloneHTMLBuilder.copy_static_files, "self")
        and _uses(StandaloneHTMLBuilder.copy_theme_static_files, "_static_dir")
        and _uses(StandaloneHTMLBuilder.prepare_writing, "_orig_css_files", "_orig_js_files")),
})


def applies(name: str) -> bool:
    """Tell whether a patch is to be applied, and say so where it is not."""
    patch = PATCHES[name]
    if patch.fits():
        return True
    logger.info("%s %s is not as the edition knows it: built without the patch %r, more slowly and with the same pages",
                patch.package, version(patch.package), name)
    return False


def _nothing(*_: object) -> Iterator[nodes.Node]:
    return iter(())


def _as_text(self: nodes.Text) -> str:
    return str(nodes.unescape(self) if "\0" in self else self)


def _safe_load(stream: Any) -> Any:
    return yaml.load(stream, yaml.CSafeLoader)


def drop_unused(app: Sphinx) -> None:
    """Take out the transforms that look through every document for what its translation left, where there is none."""
    if not any((Path(app.confdir) / folder).is_dir() for folder in app.config.locale_dirs):
        unused = [there(place) for place in _TRANSLATIONS]
        app.registry.transforms[:] = [one for one in app.registry.transforms if one not in unused]


def setup(app: Sphinx) -> dict[str, Any]:
    """Apply what has no other place; the patch ``static`` is :mod:`ext.site.assets`."""
    if applies("made"):
        made.watch()
    if applies("walks"):
        app.add_transform(WalkFaster)
    if applies("text"):
        nodes.Text.astext = _as_text
    if applies("branches"):
        vars(myst_renderer)["SyntaxTreeNode"] = Branch
    if applies("description"):
        sphinx_book_theme.findall = _nothing
    if applies("front matter"):
        yaml.safe_load = _safe_load
    if applies("backend"):
        pybtex.plugin.entry_points = installed
    if applies("translations"):
        app.connect("builder-inited", drop_unused)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
