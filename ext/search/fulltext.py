"""The site's search: an index of the posts' texts, written by pagefind when the pages are written.

A full index takes seconds; after a small edit only the changed posts are indexed, into a second index that
the search page merges with the first, hiding the outdated entries of that one. When that has grown to
:data:`MOST_CHANGED` posts, or nothing is there yet, everything is indexed anew and put in place at once. The indexer
holds all that it indexes, so the posts of a large edition are dealt out into indexes that are made one after another.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pagefind.service import get_executable
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.display import progress_message

from ext.build.sharing import at_end
from ext.edition.posts.shelves import Leaf, digest
from ext.edition.search import feed
from ext.edition.site.files import read_state, write_atomic
from ext.site.navigation import shelves
from ext.site.settings import edition, text, writes_site
from ext.site.wording import SEARCH_WORDS, STATES, words

FOLDER = "pagefind"
STATE = ".views/search.json"
#: Another number means that the same article is cut into other words.
FORM = 3
#: How many posts may be in the second index before everything is indexed anew.
MOST_CHANGED = 20
#: Posts in one index, about: the indexer takes 1.2 MB for each of them. A reader's browser asks all indexes, so that
#: there are no more than :data:`INDEXES` of any edition.
POSTS, INDEXES = 250, 8
_FURTHER = "part-*"
#: What the search page loads of what pagefind writes; the rest are user interfaces that are not used.
_UNUSED = ("*-ui.js", "*-ui.css", "pagefind-highlight.js")
_SIGNATURE = b"pagefind_dcd"
#: Displayed equations with their numbers, formulas shown as source, and listings, of which an excerpt says nothing: a
#: text search finds texts. A name in the text that is set as code is found.
_EXCLUDED = (".equation", ".math-failed", "pre")


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as it is to be indexed; ``path`` is that of its page, relative to the site."""

    path: str
    page: Path
    #: Time and size of the page's file, and the digest of its article.
    seen: tuple[int, int, str]
    title: str
    filters: Mapping[str, tuple[str, ...]]

    @property
    def digest(self) -> str:
        """Another digest means another entry in the index."""
        return digest(self.seen[2], self.title, self.filters, _EXCLUDED, FORM)

    def document(self) -> str:
        """Return what the indexer reads."""
        return feed.document(feed.cut(self.page.read_text("utf-8")), title=self.title, filters=self.filters)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an index needs: to be left alone, a second index of ``changed``, or to be written anew."""

    kind: Literal["keep", "add", "renew"]
    #: Paths to index in the second index.
    changed: tuple[str, ...] = ()
    #: Paths whose entry in the first index is outdated.
    hidden: tuple[str, ...] = ()


def plan(now: Mapping[str, str], full: Mapping[str, str], delta: Mapping[str, str], most: int) -> Plan:
    """Compare digests by path: of the posts, of those in the full index, and of those in the second one."""
    changed = tuple(sorted(path for path, value in now.items() if full.get(path) != value))
    hidden = tuple(sorted(path for path, value in full.items() if now.get(path) != value))
    if not full or len({*changed, *hidden}) > most:
        return Plan("renew")
    if {path: now[path] for path in changed} == dict(delta) and hidden == tuple(
            sorted(path for path in full if path in delta or path not in now)):
        return Plan("keep", changed, hidden)
    return Plan("add", changed, hidden)


def entries(app: Sphinx, before: Mapping[str, Sequence[Any]]) -> Iterator[Entry]:
    """Take the posts from their pages; a page that an earlier build wrote counts as well.

    *before* tells time, size and digest of the pages when they were last read: the others are read again.
    """
    assert writes_site(app.builder)
    for leaf in shelves(app).posts:
        page = app.builder.get_output_path(leaf.docname)
        path = page.relative_to(app.outdir).as_posix()
        stat = page.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = before.get(path, ())
        read = tuple(known[:2]) == stamp
        # Of the article as it is: to cut it takes longer than to index once more a post of which a formula changed.
        seen = (*stamp, str(known[2]) if read else digest(feed.article(page.read_text("utf-8"))))
        yield Entry(path, page, seen, leaf.title, filters(app, leaf))


def filters(app: Sphinx, leaf: Leaf) -> dict[str, tuple[str, ...]]:
    """Return by what a post can be filtered."""
    state = text(app.config, *STATES.get(leaf.status, (leaf.status, leaf.status)))
    topic = leaf.topic or words(app.config)["unsorted"]
    return {"topic": (topic,), "series": (leaf.series,), "tag": leaf.tags, "year": (leaf.year,), "state": (state,)}


def facets(shown: Mapping[str, Entry]) -> dict[str, Any]:
    """Return by what each entry can be filtered: the values of every filter, and of each entry their positions."""
    values = {name: sorted({value for one in shown.values() for value in one.filters[name] if value})
              for name in next(iter(shown.values())).filters} if shown else {}
    at = {name: {value: number for number, value in enumerate(known)} for name, known in values.items()}
    return {"values": values, "of": {key: [[at[name][value] for value in one.filters[name] if value] for name in values]
                                     for key, one in shown.items()}}


def _topics(app: Sphinx) -> dict[str, list[str]]:
    """Return what else each topic is called: its English name, its name in addresses, what other lists call it."""
    return {topic.name: [name for name in (topic.en, topic.slug, *topic.aliases) if name]
            for topic in edition(app.config).topics}


def write(chosen: Iterable[Entry], target: Path) -> None:
    """Write an index of *chosen*, or several, and put all in the place of *target* at once.

    Each has a like part of the posts of every kind, so that a word is as rare in one as in another.
    """
    entries = tuple(chosen)
    count = indexes(len(entries))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".index-") as folder:
        made, old = Path(folder, "made"), Path(folder, "old")
        for number in range(count):
            part = made if number == 0 else made / _FURTHER.replace("*", str(number + 1))
            _write(entries[number::count], Path(folder, f"pages-{number}"), part)
        if target.exists():
            target.rename(old)
        made.rename(target)


def indexes(posts: int) -> int:
    """Return into how many indexes so many posts are dealt out."""
    return min(INDEXES, max(1, round(posts / POSTS)))


def _write(chosen: Iterable[Entry], pages: Path, made: Path) -> None:
    pages.mkdir()
    for entry in chosen:
        page = pages / entry.path
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(entry.document(), "utf-8")
    try:
        _index(pages, made)
    except ExtensionError:  # most likely because there is no word in them; what else it is, is said again
        Path(pages, "nothing.html").write_text(feed.NOTHING, "utf-8")
        _index(pages, made)
    for pattern in _UNUSED:
        for path in made.glob(pattern):
            path.unlink()


def _index(pages: Path, target: Path) -> None:
    # Not through pagefind's Python interface: it ends the indexer as soon as that says that the files are written, when
    # the last of them may still be empty.
    indexer = get_executable()
    if indexer is None:
        raise ExtensionError("the index cannot be written: the package pagefind came without its program; install it "
                             "with pip install 'pagefind[extended]'")
    done = subprocess.run([indexer, "--site", pages, "--output-path", target, "--keep-index-url", "--silent",  # noqa: S603
                           "--exclude-selectors", ", ".join(_EXCLUDED)],
                          stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        raise ExtensionError(f"pagefind ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")


def fragments(folder: Path) -> dict[str, str]:
    """Return the name of each entry of a written index, and of its further parts, by the path of its page."""
    names = {}
    for part in (folder, *folder.glob(_FURTHER)):
        for file in (part / "fragment").glob("*.pf_fragment"):
            entry = json.loads(gzip.decompress(file.read_bytes()).removeprefix(_SIGNATURE))
            names[entry["url"].lstrip("/")] = file.stem
    return names


def update(app: Sphinx) -> None:
    """Bring the index up to date with the pages of the finished build."""
    out = Path(app.outdir)
    state = read_state(out / STATE, dict[str, dict[str, Any]]) or {}
    posts = {entry.path: entry for entry in entries(app, state.get("seen", {}))}
    now = {path: entry.digest for path, entry in posts.items()}
    full = state.get("full", {}) if (out / FOLDER / "pagefind-entry.json").is_file() else {}
    todo = plan(now, full, state.get("delta", {}), MOST_CHANGED)
    if todo.kind != "keep":
        state = _renew(out, todo, posts, now, state)
    # What the search page reads first: how the indexes are read together, and what the entries are called.
    names, newer = state.get("names", {}), state.get("newer", {})
    shown = {name: posts[path] for path, name in (names | newer).items() if path in posts}
    titles = {name: one.title for name, one in shown.items()}
    further = [*sorted(path.name for path in (out / FOLDER).glob(_FURTHER)), *(["delta"] if newer else [])]
    write_atomic(out / FOLDER / "edition.json", json.dumps({
        "further": [f"{name}/" for name in further],
        "hidden": sorted(names[path] for path in todo.hidden if path in names),
        "titles": titles, "facets": facets(shown), "topics": _topics(app),
        "words": words(app.config, SEARCH_WORDS)}, ensure_ascii=False))


def _renew(out: Path, todo: Plan, posts: Mapping[str, Entry], now: Mapping[str, str],
           state: dict[str, Any]) -> dict[str, Any]:
    """Carry out a plan; return what the indexes hold now."""
    with progress_message(f"indexing {len(posts) if todo.kind == 'renew' else len(todo.changed)} posts"):
        # Without its state an index is written anew: so does the build after one that is killed here.
        (out / STATE).unlink(missing_ok=True)
        if todo.kind == "renew":
            write(posts.values(), out / FOLDER)
            state = {"full": dict(now), "names": fragments(out / FOLDER), "delta": {}, "newer": {}}
        else:
            state |= {"delta": {path: now[path] for path in todo.changed}, "newer": {}}
            if todo.changed:
                write([posts[path] for path in todo.changed], out / FOLDER / "delta")
                state["newer"] = fragments(out / FOLDER / "delta")
        state["seen"] = {path: entry.seen for path, entry in posts.items()}
        write_atomic(out / STATE, json.dumps(state, ensure_ascii=False, indent=0))
    return state


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give the search page the words that ``search.js`` says there."""
    if pagename == "search":
        context["search_words"] = words(app.config, SEARCH_WORDS)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the index; the search page is one of the navigation's."""
    app.setup_extension("ext.site.navigation")
    app.connect("html-page-context", add_context)
    at_end(app, update, weight=5)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
