"""Prove in every build that a post without its annotations is the pristine original."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.checks.findings import report
from ext.edition.audit.facts import Intact
from ext.edition.checks.lint import Lint
from ext.edition.posts import digests
from ext.edition.posts.original import Difference, compare
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own, read_text, safe_name

#: Differences reported one by one; a post that differs in more is said to differ in so many more.
SHOWN = 10
#: Longest piece of a block in a message, in characters.
QUOTED = 70

_TABLE = "intact"
#: What the edition had written down of each document's original when the document was read: file name and digest.
_RECORDED = "digests of originals"


def intact(env: BuildEnvironment) -> Mapping[str, Intact]:
    """Return whether the original of every post is intact, by document name."""
    return _store(env)


def pristine(source: Path, post_id: str) -> Path:
    """Return where the pristine original of a post is, whether or not there is one."""
    return source / "originals" / f"{safe_name(post_id)}.md"


class OriginalsCollector(KeptCollector):
    """Compare every post with its original while it is read, and again when the original changed."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Compare the post that was just read."""
        env, docname = app.env, app.env.current_document.docname
        if docname.startswith("posts/"):
            _store(env)[docname] = check(app, docname, Path(env.doc2path(docname)))


@once
def recorded(app: Sphinx) -> Mapping[str, str] | None:
    """Return what is written down of the originals, read once a build."""
    return digests.load(Path(app.srcdir))


def check(app: Sphinx, docname: str, post: Path) -> Intact:
    """Compare a post with its original, report each difference, and return the outcome."""
    env, source = app.env, Path(app.srcdir)
    try:
        parts = frontmatter.split(read_text(post), where=post)
    except EditionError:  # reported by ext.posts.measure; without front matter nobody knows which post it is
        return Intact("unknown")
    if parts.meta.get("origin") == "local":
        return Intact("local")
    if not parts.meta.get("id"):
        return Intact("unknown")
    path = pristine(source, str(parts.meta["id"]))
    env.note_dependency(str(path))
    if path.is_file() and not is_own(source, path):
        report(env, docname, Lint.SOURCE_OUTSIDE, f"its original {path.name} is a link that leads out")
        return Intact("unknown")
    if not path.is_file():
        return Intact("unknown")
    text, known = read_text(path), recorded(app)
    kept(env, _RECORDED)[docname] = (path.name, (known or {}).get(path.name))
    stored = digests.state(known, path.name, text)
    if stored == "changed":
        name = path.relative_to(source).as_posix()
        report(env, docname, Lint.ORIGINAL_EDITED, f"the original {name} is changed here: it is not what was stored")
    original = frontmatter.split(text, where=path)
    differences = compare(parts.body, original.body)
    for one in differences[:SHOWN]:
        line = parts.offset + one.post_line if one.post_line else None
        report(env, docname, Lint.ORIGINAL_CHANGED, _describe(one, path.relative_to(source), original.offset), line)
    if len(differences) > SHOWN:
        report(env, docname, Lint.ORIGINAL_CHANGED, f"and {len(differences) - SHOWN} more blocks differ")
    first = next((parts.offset + one.post_line for one in differences if one.post_line), None)
    return Intact("changed" if differences else "intact", first, len(differences), stored)


class RecordedCollector(KeptCollector):
    """Keep what was written down of the originals."""

    table = _RECORDED

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: it is kept when the post is compared."""


def recorded_anew(
    app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]
) -> Set[str]:
    """Return the posts of whose originals another digest is written down now."""
    known = recorded(app) or {}
    return {docname for docname, (name, digest) in kept(env, _RECORDED).items()
            if known.get(name) != digest and docname in env.found_docs}


def _describe(one: Difference, original: Path, offset: int) -> str:
    """Return a difference in words, with both texts and the place in the original."""
    where = f"{original.as_posix()}:{offset + one.original_line}" if one.original_line else original.as_posix()
    return {
        "changed": f"a block of the original is changed ({where}): "
                   f"- {_quote(one.original_text)} + {_quote(one.post_text)}",
        "lost": f"a block of the original is lost ({where}): - {_quote(one.original_text)}",
        "moved": f"a block of the original was moved ({where}): {_quote(one.post_text)}",
        "new": f"a block that is neither original nor annotation: + {_quote(one.post_text)}",
    }[one.change]


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTED else flat[:QUOTED - 1] + "…"


def _store(env: BuildEnvironment) -> dict[str, Intact]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collectors."""
    app.setup_extension("ext.checks.findings")
    app.add_env_collector(OriginalsCollector)
    app.add_env_collector(RecordedCollector)
    app.connect("env-get-outdated", recorded_anew)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
