"""Read a few documents of an edition as the build reads them, into a temporary folder.

The build's own files are neither needed nor touched.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ext.edition.annotations.targets import split_targets
from ext.edition.posts.notes import aimed_names, mentions
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from tools import posts
from tools.workspace import Workspace

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

#: The folder with ``conf.py``, which every edition is built with.
CONFIGURATION = Path(__file__).resolve().parent.parent
#: Where a document labels something that others may name.
_LABEL = re.compile(r"^[ \t>]*+:?label:[ \t]*+(\S++)|[{ \t]#([^\s{}#]++)", re.M)
_INCLUDES = "{include}"


@contextmanager
def environment(place: Workspace, path: Path, docnames: Iterable[str]) -> Iterator[BuildEnvironment]:
    """Give what the build would know of these documents; the one in *path* must be among those that can be read."""
    wanted, name = set(docnames), posts.docname(place, path)
    with tempfile.TemporaryDirectory(prefix="zhushu-") as scratch, patch_docutils(CONFIGURATION), docutils_namespace():
        try:
            app = Sphinx(srcdir=place.source, confdir=CONFIGURATION, outdir=Path(scratch) / "out",
                         doctreedir=Path(scratch) / "doctrees", buildername="dummy", status=None,
                         warning=io.StringIO())
            wanted.add(app.config.root_doc)  # without the home page Sphinx reads nothing

            def choose(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
                docnames[:] = sorted(wanted & env.found_docs)

            app.connect("env-before-read-docs", choose, priority=1)
            app.builder.read()
        except SphinxError as error:
            raise EditionError(str(error), where=path, remedy="correct it; `make html` shows the same") from error
        if name not in app.env.all_docs:
            raise EditionError("is not a document of the edition", where=path,
                               remedy="see exclude_patterns in conf.py")
        yield app.env


def named_by(place: Workspace, path: Path) -> tuple[str, ...]:
    """Return the documents that a post names something in, those that these name something in, and so on."""
    texts = {other: read_text(other) for other in sorted(place.source.resolve().glob("**/*.md"))}
    stems: dict[str, list[Path]] = {}
    labels: dict[str, list[Path]] = {}
    for other, text in texts.items():
        stems.setdefault(other.stem, []).append(other)
        for found in _LABEL.finditer(text):
            labels.setdefault(found[1] or found[2], []).append(other)
    todo, found_ = [path.resolve()], {path.resolve()}
    while todo:
        text = texts.get(todo.pop(), "")
        names = {*mentions(text), *(name for some in aimed_names(text) for name in split_targets(some))}
        for name in names:
            slug, _, rest = name.rpartition("#")
            for other in stems.get(slug.rpartition("/")[2], []) if slug else labels.get(rest, []):
                if other not in found_:
                    found_.add(other)
                    todo.append(other)
    # What another file holds is read where it is included.
    including = (other for other, text in texts.items() if _INCLUDES in text)
    return tuple(posts.docname(place, other) for other in sorted({*found_, *including}))
