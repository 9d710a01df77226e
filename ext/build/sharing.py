"""Read and write documents in as many processes as were asked for: each gets one share, and the build itself the first.

Sphinx cuts the documents into many small pieces, and sends all that is known back for each of them; and it resolves
every document itself before a process writes it. With a share for each process what is known is sent once for each
process but one, and whoever writes a document resolves it too. Then a process that writes gives back what the build
has to know afterwards: the pictures to copy. Extensions that are not known to need no more than that are a reason to
leave everything as Sphinx does it.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders import Builder, _write_docname
from sphinx.builders.dirhtml import DirectoryHTMLBuilder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError, SphinxParallelError
from sphinx.locale import __
from sphinx.util import logging
from sphinx.util.display import status_iterator
from sphinx.util.typing import ExtensionMetadata

from ext.build.once import once
from ext.build.patches import applies
from ext.site.settings import writes_site

_logger = logging.getLogger(__name__)
#: Whose listeners and transforms leave nothing in a build when a document is resolved but the pictures it shows.
KNOWN = frozenset({"ext", "sphinx", "docutils", "myst_parser", "sphinx_design", "sphinx_proof", "sphinx_book_theme",
                   "pydata_sphinx_theme", "sphinxcontrib", "sphinx_togglebutton"})
#: Pages that are written faster than another process is started, which has to copy what it touches.
MANY = 16
#: What is told while a share is worked on, and at its end.
_DONE, _GIVEN, _FAILED = "done", "given", "failed"


def shares(weights: Sequence[tuple[str, int]], count: int, first: Set[str] = frozenset()) -> list[list[str]]:
    """Return the names in at most *count* shares of about the same weight; those of *first* are of the first, if any.

    The heaviest goes first, each to the share that weighs least so far (R. L. Graham, Bounds on multiprocessing timing
    anomalies, 1969: at most 4/3 of the best). The names of a share are in their order.
    """
    made: list[list[str]] = [[] for _ in range(max(1, min(count, len(weights))))]
    weighs = [0] * len(made)
    for name, weight in sorted(weights, key=lambda one: (one[0] not in first, -one[1], one[0])):
        least = 0 if name in first else weighs.index(min(weighs))
        made[least].append(name)
        weighs[least] += max(1, weight)
    return [sorted(share) for share in made]


class Other:
    """A process that works on a share: it tells of every name that is done, and in the end what it has to give."""

    def __init__(self, share: Sequence[str], each: Callable[[str], None], give: Callable[[], Any]) -> None:
        """Begin the work."""
        context = multiprocessing.get_context("fork")
        self.share = share
        self._hears, says = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(says, share, each, give))
        self._process.start()
        says.close()  # so that the end of the process is heard as one
        self._given: tuple[Any] | None = None

    def hear(self, progress: Iterator[object], *, wait: bool = False) -> None:
        """Take in what was told by now, or all of it."""
        while self._given is None and (wait or self._hears.poll()):
            try:
                kind, told, logs = self._hears.recv()
            except EOFError:
                self._process.join()
                raise ExtensionError(
                    f"a process that worked on {len(self.share)} documents was ended (exit code "
                    f"{self._process.exitcode}; -9 is often want of memory): build again, with fewer processes "
                    "(make html SPHINXOPTS=-j1); what was not finished is made anew") from None
            if kind == _DONE:
                next(progress, None)
                continue
            for log in logs:
                _logger.handle(log)
            if kind == _FAILED:
                raise SphinxParallelError(*told)
            self._given = (told,)

    def given(self, progress: Iterator[object]) -> Any:
        """Wait for the end, and return what it gave."""
        self.hear(progress, wait=True)
        assert self._given is not None
        return self._given[0]

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.terminate()
        self._process.join()
        self._hears.close()


def together(work: Sequence[Sequence[str]], each: Callable[[str], None], give: Callable[[], Any],
             take: Callable[[Sequence[str], Any], None], progress: Iterator[object]) -> None:
    """Do *each* of all names: those of the first share here, those of every other in a process of its own.

    Such a process ends with what it has to *give*; *take* gets that with its names, in the order of the shares. A
    process that fails, or is ended, ends the build with its reason, and the others with it.
    """
    others: list[Other] = []
    try:
        others += (Other(share, each, give) for share in work[1:])
        for name in work[0]:
            each(name)
            next(progress, None)
            for other in others:
                other.hear(progress)
        for other in others:
            take(other.share, other.given(progress))
    finally:
        for other in others:
            other.end()


def _work(says: Connection, share: Sequence[str], each: Callable[[str], None], give: Callable[[], Any]) -> None:
    """Work on a share in a process of its own."""
    collector = logging.LogCollector()
    try:
        with collector.collect():
            for name in share:
                each(name)
                says.send((_DONE, None, ()))
            told = _GIVEN, give()
    except BaseException as error:  # whatever it is, the build says it
        told = _FAILED, (traceback.format_exception_only(error)[-1].strip(), traceback.format_exc())
    logging.convert_serializable(collector.logs)
    says.send((*told, collector.logs))


def _progress(builder: Builder, said: str, colour: str, names: Sequence[str]) -> Iterator[object]:
    """Count on one line what is done, whoever did it."""
    return iter(status_iterator(names, said, colour, len(names), builder.config.verbosity))


def _size(path: os.PathLike[str]) -> int:
    """Return the bytes of a file; one that is gone is named when its turn comes."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def read(builder: Builder, docnames: list[str], nproc: int) -> None:
    """Read documents in shares; what every process but the build came to know is sent and merged once."""
    env = builder.env
    for docname in docnames:
        builder.events.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)

    build = os.getpid()

    def each(docname: str) -> None:
        builder.read_doc(docname, _cache=os.getpid() == build)  # what the build reads it writes, see write

    def give() -> bytes:
        return pickle.dumps(env, pickle.HIGHEST_PROTOCOL)

    def take(share: Sequence[str], given: bytes) -> None:
        env.merge_info_from(share, pickle.loads(given), builder._app)  # noqa: S301 - from a fork

    weights = [(docname, _size(env.doc2path(docname))) for docname in docnames]
    together(shares(weights, nproc), each, give, take,
             _progress(builder, __("reading sources... "), "purple", docnames))
    _logger.info("")


def write(builder: Builder, docnames: Sequence[str], nproc: int) -> None:
    """Write documents in shares, each of them resolved by the process that writes it."""
    if not gives_pictures_only(builder):
        Builder._write_parallel(builder, docnames, nproc)
        return
    env, before = builder.env, set(builder.images)
    _written(builder._app)["pages"] += len(docnames)

    def each(docname: str) -> None:
        _write_docname(docname, env=env, builder=builder, tags=builder.tags)

    def give() -> dict[str, str]:
        return {uri: name for uri, name in builder.images.items() if uri not in before}

    def take(share: Sequence[str], given: dict[str, str]) -> None:
        builder.images.update(given)

    first, *rest = docnames
    each(first)  # before a fork: what pages show that is computed once a build, and the templates
    weights = [(docname, _size(builder.doctreedir / f"{docname}.doctree")) for docname in rest]
    at_hand = set(env._write_doc_doctree_cache)
    together(shares(weights, nproc + 1, at_hand), each, give, take,
             _progress(builder, __("writing output... "), "darkgreen", rest))
    _logger.info("")


class Later(Mapping[str, Any]):
    """What a generated page shows, made in the process that writes the page, and nowhere else."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        """Make nothing yet."""
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def generate(builder: StandaloneHTMLBuilder) -> None:
    """Write the pages that have no document of their own, every process its part of them."""
    pages = list(chain.from_iterable(builder.events.emit("html-collect-pages")))
    count = _processes(builder, len(pages))

    def each(number: str) -> None:
        builder.handle_page(*pages[int(number)])

    together([[str(number) for number in range(turn, len(pages), count)] for turn in range(count)],
             each, _nothing, _take_nothing, iter(()))


def at_end(app: Sphinx, write: Callable[[Sphinx], None], weight: int) -> None:
    """Let *write* write files when a site is built, in whatever process: what it changes in memory is lost.

    The pages of what is gone are removed by then. *weight* says how long it takes, by the others.
    """
    _at_end(app)[f"{write.__module__}.{write.__qualname__}"] = (write, weight)


@once
def _at_end(app: Sphinx) -> dict[str, tuple[Callable[[Sphinx], None], int]]:
    return {}


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write all that is written at the end, in shares where much was."""
    builder, todo = app.builder, _at_end(app)
    if error is not None or not writes_site(builder):
        return
    together(shares([(name, weight) for name, (_, weight) in todo.items()], _processes(builder, 0)),
             lambda name: todo[name][0](app), _nothing, _take_nothing, iter(()))


def _processes(builder: Builder, pages: int) -> int:
    """Return in how many processes so many pages more are written, and all that is written after them."""
    written = _written(builder._app)
    written["pages"] += pages
    many = written["pages"] >= MANY and builder.parallel_ok and gives_pictures_only(builder)
    return builder._app.parallel if many else 1


@once
def _written(app: Sphinx) -> Counter[str]:
    """Count what this build writes."""
    return Counter()


def _nothing() -> None:
    """Give nothing."""


def _take_nothing(share: Sequence[str], given: None) -> None:
    """Take nothing."""


def gives_pictures_only(builder: Builder) -> bool:
    """Tell whether all who take part in resolving are known to leave nothing in the build but pictures."""
    if type(builder) not in (StandaloneHTMLBuilder, DirectoryHTMLBuilder) or getattr(builder, "indexer", None):
        return False  # another builder, or Sphinx's own search, which learns from every document
    heard = [listener.handler for name in ("doctree-resolved", "missing-reference", "warn-missing-reference")
             for listener in builder.events.listeners[name]]
    return all(getattr(one, "__module__", "").partition(".")[0] in KNOWN
               for one in (*heard, *builder._app.registry.post_transforms))


def share_out(app: Sphinx) -> None:
    """Let the builder of this build read and write in shares."""
    app.builder._read_parallel = partial(read, app.builder)  # type: ignore[method-assign]
    app.builder._write_parallel = partial(write, app.builder)  # type: ignore[method-assign]
    if writes_site(app.builder):
        app.builder.gen_pages_from_extensions = partial(generate, app.builder)  # type: ignore[method-assign]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Read and write in shares, where Sphinx still reads and writes as it did."""
    if applies("shares"):
        app.connect("builder-inited", share_out)
    app.connect("build-finished", finish, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
