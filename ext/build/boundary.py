"""Read only what lies inside the edition, tell change by content, and let one bad source be the only one.

A document that cannot be read, because it is gone, is no UTF-8, is a link that leads out of the edition, takes too
long or is nested too deep, becomes a page that says so, with a finding; the other pages are built. What would leave
the source folder, after links are followed, is not there for any directive.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

from docutils import nodes
from docutils.parsers.rst.directives import misc, tables
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.images import guess_mimetype

from ext.build.kept import KeptCollector, kept
from ext.build.walks import instances
from ext.checks.findings import findings, report
from ext.edition.audit import reviews
from ext.edition.checks.lint import Lint
from ext.edition.posts import catalogue, digests
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own, read_text
from ext.site.settings import edition, text

#: Longest name of a source: file systems take 255 bytes, of which the suffix of a stored document needs some.
LONGEST = 255 - len(".doctree")
#: Where everything leads that would leave the edition: there is no such file.
NOWHERE = ".outside"
#: The file that is read in place of one that cannot be.
_STAND_IN = Path(__file__).parent / "unread.md"

logger = logging.getLogger(__name__)

_UNREAD, _DIGESTS = "zhushu_unread", "zhushu_sources"


class TooLong(BaseException):
    """A document takes longer than the edition allows; no handler of ordinary errors may swallow this."""


class Sources(BuildEnvironment):
    """An environment whose documents lead nowhere else than into the source folder."""

    #: The document that is read from the file that stands in for its own.
    standing_in: str | None = None
    #: What each document asked for outside of the edition, until it is reported.
    refused: tuple[str, ...] = ()
    #: Sources that cannot become pages, by document, with the reason.
    left_out: Mapping[str, str] = MappingProxyType({})

    def doc2path(self, docname: str, base: bool = True) -> Any:
        """Return the path of a document's file, see :meth:`sphinx.environment.BuildEnvironment.doc2path`."""
        return _STAND_IN if base and docname == self.standing_in else super().doc2path(docname, base)

    def relfn2path(self, filename: str | Path, docname: str | None = None) -> tuple[str, str]:
        """Return where a file is that a document names; outside of the edition there is none."""
        relative, absolute = super().relfn2path(filename, docname)
        # Resolved already, links too; on top, what a later reader would resolve once more.
        if Path(absolute).is_relative_to(self.srcdir.resolve()):
            return relative, absolute
        self.refused = (*self.refused, str(filename))
        return NOWHERE, os.fspath(self.srcdir / NOWHERE)

    def get_doctree(self, docname: str) -> nodes.document:
        """Return a stored document; one that cannot be loaded is read again."""
        try:
            return super().get_doctree(docname)
        except Exception as error:
            logger.info("%s is read again, what is stored cannot be loaded: %s", docname, error)
            self._pickled_doctree_cache.pop(docname, None)
        was = self.all_docs.get(docname)
        self._app.events.emit("env-purge-doc", self, docname)
        self.clear_doc(docname)
        self._app.builder.read_doc(docname)
        if was is not None:  # as the stored environment has it: nothing has changed
            self.all_docs[docname] = was
        return super().get_doctree(docname)

    def find_files(self, config: Config, builder: Builder) -> None:
        """Find the documents; those whose names are too long are left out."""
        super().find_files(config, builder)
        self.left_out = {name: f"its name has more than {LONGEST} bytes" for name in sorted(self.found_docs)
                         if any(len(part.encode()) > LONGEST for part in Path(name).parts)}
        self.project.docnames.difference_update(self.left_out)


def leave_links(app: Sphinx, config: Config) -> None:
    """Enter no folder that is a link, which Sphinx would follow anywhere, and read no state of ours from elsewhere."""
    source = Path(app.srcdir)
    links = [(Path(root) / name).relative_to(source).as_posix() for root, folders, _ in os.walk(source)
             for name in folders if (Path(root) / name).is_symlink()]
    # Taken literally: a name may hold what means more in a pattern.
    config.exclude_patterns += sorted(re.sub(r"[*?[]", r"[\g<0>]", name) for name in links)
    for name in (catalogue.FILE, digests.FILE, reviews.FILE):
        if (source / name).exists() and not is_own(source, source / name):
            raise ConfigError(str(EditionError("is a link that leads out of the edition", where=source / name,
                                               remedy="put the file itself there")))


class ConfinedTable(tables.CSVTable):
    """A table from a file of the edition, and of no address."""

    def run(self) -> list[nodes.Node]:
        """Make the table, or say what is not read."""
        env, name = self.state.document.settings.env, self.options.get("file")
        if name is not None:
            relative, self.options["file"] = env.relfn2path(name)
        if "url" in self.options or (name is not None and relative == NOWHERE):
            return _not_read(env, str(self.options.get("url", name)), self.lineno)
        made: list[nodes.Node] = super().run()
        return made


class WrittenRaw(misc.Raw):
    """Raw text that stands in the page itself, and in no other file."""

    def run(self) -> list[nodes.Node]:
        """Take the text, or say what is not read."""
        for option in ("file", "url"):
            if option in self.options:
                return _not_read(self.state.document.settings.env, str(self.options[option]), self.lineno)
        made: list[nodes.Node] = super().run()
        return made


def _not_read(env: BuildEnvironment, name: str, line: int) -> list[nodes.Node]:
    report(env, env.current_document.docname, Lint.SOURCE_OUTSIDE, f"{name} is not read", line)
    return []


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
    try:
        digest = _checked(path, Path(app.srcdir))
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


def _checked(path: Path, source: Path) -> str:
    """Return the digest of a source that can be read; raise what is wrong with it."""
    if not path.resolve().is_relative_to(source.resolve()):
        raise EditionError("is a link that leads out of the edition", where=path)
    read_text(path)
    return _digest(path)


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


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`TooLong` in what takes longer, where the system can interrupt a process."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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


def refuse(app: Sphinx, doctree: nodes.document) -> None:
    """Take out pictures and downloads that lie outside, and name whatever the document asked for there."""
    env, docname = app.env, app.env.current_document.docname
    assert isinstance(env, Sources)
    named = {found.message.removesuffix(" is not read") for found in findings(env).get(docname, ())}
    asked = {name: None for name in env.refused if name not in named}
    for node in list(instances(doctree, nodes.image, addnodes.download_reference)):
        name = str(node["uri"] if isinstance(node, nodes.image) else node["reftarget"])
        if name.startswith("data:") or "://" in name or env.relfn2path(name, docname)[0] != NOWHERE:
            continue
        asked.pop(name, None)
        report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is not shown", node)
        instead(node)
    lines = Path(env.doc2path(docname)).read_text("utf-8", "replace").split("\n") if asked else []
    for name in asked:
        line = next((number for number, said in enumerate(lines, 1) if name in said), None)
        report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is not read", line)
    env.refused = ()


def instead(node: nodes.Element, said: nodes.Node | None = None) -> None:
    """Put in place of a picture or a download *said*, or what it says itself; text gets a paragraph where it needs one.

    A picture may be all of a link that stands by itself, which then must stand in a paragraph.
    """
    if said is None:
        own = [nodes.Text(str(node.get("alt", "")))] if isinstance(node, nodes.image) else list(node.children)
        said = nodes.inline("", "", *own)
    alone = node.parent if isinstance(node.parent, nodes.reference) else node
    if isinstance(alone.parent, nodes.TextElement):
        node.replace_self(said)
        return
    around = nodes.paragraph()
    alone.replace_self(around)
    if alone is not node:
        node.replace_self(said)
    around += said if alone is node else alone


def forget_outside(app: Sphinx, env: BuildEnvironment) -> None:
    """Copy no file into the site that is a link leading out, by whatever way it came to be shown."""
    source = Path(app.srcdir)
    held: tuple[dict[Any, Any], ...] = (env.images, env.dlfiles)
    for files in held:
        for name in [name for name in files if (source / name).exists() and not is_own(source, source / name)]:
            for docname in sorted(files.pop(name)[0]):
                report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is a link that leads out; it is not shown")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the reading of documents."""
    app.add_env_collector(SourcesCollector)
    app.add_env_collector(UnreadCollector)
    app.add_directive("csv-table", ConfinedTable, override=True)
    app.add_directive("raw", WrittenRaw, override=True)
    app.connect("config-inited", leave_links)
    app.connect("builder-inited", confine, priority=0)
    app.connect("env-get-outdated", changed)
    app.connect("env-before-read-docs", say_left_out, priority=200)
    app.connect("source-read", stand_in, priority=0)
    app.connect("doctree-read", refuse, priority=100)
    app.connect("env-updated", forget_outside, priority=0)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
