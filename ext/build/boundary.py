"""Tell change by content, and let one bad source be the only one.

A document that cannot be read, because it is gone, is no UTF-8, is a link that leads out of the edition, takes too
long or is nested too deep, becomes a page that says so, with a finding; the other pages are built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from types import MappingProxyType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.images import guess_mimetype

from ext.build.contents import readings
from ext.build.kept import KeptCollector, kept
from ext.build.walks import instances, made
from ext.checks.findings import report
from ext.checks.outside import Confined
from ext.edition.checks.lint import Lint
from ext.edition.site.alarm import TooLong, limited
from ext.edition.site.config import Limits
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.site.settings import edition, text

#: Longest name of a source: file systems take 255 bytes, of which the suffix of a stored document needs some.
LONGEST = 255 - len(".doctree")
#: The file that is read in place of one that cannot be.
_STAND_IN = Path(__file__).parent / "unread.md"

logger = logging.getLogger(__name__)

_UNREAD, _DIGESTS = "zhushu_unread", "zhushu_sources"


class Sources(Confined):
    """An environment that reads what it can, and says what it could not."""

    #: The document that is read from the file that stands in for its own.
    standing_in: str | None = None
    #: Sources that cannot become pages, by document, with the reason.
    left_out: Mapping[str, str] = MappingProxyType({})

    def doc2path(self, docname: str, base: bool = True) -> Any:
        """Return the path of a document's file, see :meth:`sphinx.environment.BuildEnvironment.doc2path`."""
        return _STAND_IN if base and docname == self.standing_in else super().doc2path(docname, base)

    def get_doctree(self, docname: str) -> nodes.document:
        """Return a stored document; one that cannot be loaded is read again.

        Sphinx keeps the file of every document that it loads, a quarter of a megabyte each, and loads hardly any twice.
        """
        try:
            loaded = super().get_doctree(docname)
            self._pickled_doctree_cache.pop(docname, None)
            return loaded
        except Exception as error:
            logger.info("%s is read again, what is stored cannot be loaded: %s", docname, error)
            self._pickled_doctree_cache.pop(docname, None)
        was, reading = self.all_docs.get(docname), readings(self).get(docname)
        self._app.events.emit("env-purge-doc", self, docname)
        self.clear_doc(docname)
        self._app.builder.read_doc(docname)
        if was is not None:  # as the stored environment has it: nothing has changed
            self.all_docs[docname] = was
        if reading is not None:
            readings(self)[docname] = reading
        return super().get_doctree(docname)

    def get_outdated_files(self, config_changed: bool) -> tuple[set[str], set[str], set[str]]:
        """Return what is new, changed and gone; what went after it was listed counts as new, and cannot be read."""
        try:
            return super().get_outdated_files(config_changed)
        except OSError:
            gone = [name for name in self.found_docs & self.all_docs.keys() if not Path(self.doc2path(name)).is_file()]
            if not gone:
                raise
        for name in gone:
            del self.all_docs[name]
        return self.get_outdated_files(config_changed)

    def find_files(self, config: Config, builder: Builder) -> None:
        """Find the documents; those whose names are too long are left out."""
        super().find_files(config, builder)
        self.left_out = {name: f"its name has more than {LONGEST} bytes" for name in sorted(self.found_docs)
                         if any(len(part.encode()) > LONGEST for part in Path(name).parts)}
        self.project.docnames.difference_update(self.left_out)


def confine(app: Sphinx) -> None:
    """Let the environment that is there, new or stored, be confined, and the builder read by :func:`read`."""
    app.env.__class__ = Sources
    original = app.builder.read_doc

    def read_doc(docname: str, *, _cache: bool = True) -> None:
        read(app, docname, lambda: original(docname, _cache=_cache))

    app.builder.read_doc = read_doc  # type: ignore[method-assign, misc]


def read(app: Sphinx, docname: str, original: Callable[[], None]) -> None:
    """Read one document; when that cannot be done, read in its place that it cannot."""
    env = app.env
    assert isinstance(env, Sources)
    path, env.refused = Path(env.doc2path(docname)), ()
    made.begin()
    try:
        digest = _checked(path, Path(app.srcdir), edition(app.config).limits)
        with limited(edition(app.config).limits.seconds):
            original()
    except (Exception, TooLong) as error:
        if (why := reason(error, app)) is None:
            raise
        digest = ""
        app.events.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)
        env.prepare_settings(docname)
        kept(env, _UNREAD)[docname] = why
        env.standing_in = None
        report(env, docname, Lint.SOURCE_UNREAD, why)
        env.standing_in = docname
        try:
            original()
        finally:
            env.standing_in = None
    kept(env, _DIGESTS)[docname] = (digest, _digests(app, env.dependencies.get(docname, ())))


def _checked(path: Path, source: Path, limits: Limits) -> str:
    """Return the digest of a source that can be read; raise what is wrong with it."""
    if not path.resolve().is_relative_to(source.resolve()):
        raise EditionError("is a link that leads out of the edition", where=path)
    told = read_text(path)
    _within(max(0, told.find("\n---", 3)) if told.startswith("---\n") else 0, limits.front_matter, "front matter", path)
    return _digest(path)


def _within(length: int, most: int, what: str, where: str | Path) -> None:
    """Raise when there are more characters of something than the edition allows; *what* is also the limit's name."""
    if length > most:
        raise EditionError(f"has a {what} of {length} characters; at most {most} are read "
                           f"(limits.{what.replace(' ', '_')})", where=where,
                           remedy="shorten it, or raise the limit in edition.toml")


def check_headers(app: Sphinx, doctree: nodes.document) -> None:
    """Refuse a document whose title or headings are longer than the edition allows."""
    limits, docname = edition(app.config).limits, app.env.current_document.docname
    title = app.env.metadata.get(docname, {}).get("title", "")
    _within(len(str(title)), limits.title, "title", docname)
    for node in instances(doctree, nodes.title):
        _within(len(node.astext()), limits.heading, "heading", f"{docname}:{node.line or ''}")


def reason(error: BaseException, app: Sphinx) -> str | None:
    """Return why a document could not be read, by any of the errors that led to this one; None for one of ours."""
    current: BaseException | None = error
    while current is not None:
        match current:
            case TooLong():
                return f"it takes longer than {edition(app.config).limits.seconds:g} seconds (limits.seconds)"
            case RecursionError():
                return "it is nested too deep"
            case EditionError():
                line = (current.where or "").rpartition(":")[2]
                return f"it {current.what}" + (f" (line {line})" if line.isdigit() else "")
            case OSError():
                return f"its file, or one that it includes, cannot be read: {current.strerror}"
            case UnicodeDecodeError():
                return "it is not UTF-8 text"
        current = current.__cause__ or current.__context__
    return None


class SourcesCollector(KeptCollector):
    """Keep the digests of what each document was read from."""

    table = _DIGESTS

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: the digest is taken before a document is read."""


class UnreadCollector(KeptCollector):
    """Keep which documents could not be read, and why."""

    table = _UNREAD

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: the reason is kept before the stand-in is read."""


def stand_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Say on the page of a document that could not be read that it could not."""
    if (why := kept(app.env, _UNREAD).get(docname)) is not None:
        title = text(app.config, "未能读取的一页", "A page that could not be read")
        source[0] = f"# {title}\n\n```text\n{docname}.md: {why}\n```\n"


def changed(app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]) -> Set[str]:
    """Return the documents whose sources are not what they were read from, whatever the time stamps say."""
    table, source = kept(env, _DIGESTS), Path(app.srcdir)
    seen: dict[str, str] = {}
    found = set(kept(env, _UNREAD))
    for docname, (digest, others) in table.items():
        if docname not in env.found_docs or docname in added | changed:
            continue
        now = _digest(Path(env.doc2path(docname)))
        if now != digest or any(seen.setdefault(name, _digest(source / name)) != was for name, was in others.items()):
            found.add(docname)
    return found & env.found_docs


def _digests(app: Sphinx, names: Set[Any] | tuple[()]) -> dict[str, str]:
    """Return the digests of what a document depends on; pictures are compared when they are copied."""
    return {str(name): _digest(Path(app.srcdir) / name) for name in names
            if not (guess_mimetype(str(name)) or "").startswith("image/")}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError:
        return ""


def say_left_out(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Name the sources that cannot become pages."""
    assert isinstance(env, Sources)
    for docname, why in env.left_out.items():
        report(env, docname, Lint.SOURCE_UNREAD, why)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the reading of documents."""
    app.add_env_collector(SourcesCollector)
    app.add_env_collector(UnreadCollector)
    app.connect("builder-inited", confine, priority=0)
    app.connect("env-get-outdated", changed)
    app.connect("env-before-read-docs", say_left_out, priority=200)
    app.connect("source-read", stand_in, priority=0)
    app.connect("doctree-read", check_headers, priority=0)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
