"""Tell whether code was written by the edition's own people, or may be a stranger's; in doubt it is a stranger's.

What a post says of itself is no proof: a page can be fetched or imported that calls itself ours. What counts is what
the edition keeps elsewhere: an original under its id, the row of the catalogue, and whether the code's own lines stand
in that original too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ext.edition.posts.catalogue import Entry
from ext.edition.site.files import read_text, safe_name

#: States of the catalogue in which the text of a post came from elsewhere.
_THEIRS = ("fetched", "truncated")
#: Folders of the source whose files are or may be a stranger's.
_FOLDERS = ("posts", "originals", "conflicts")
#: What a line of a quotation or a list has before its text.
_BEFORE = re.compile(r"^[\s>*+\-]*(?:\d+[.)]\s+)?")
#: Lines that say nothing of who wrote them, unless nothing else is there: plain imports, and signs alone.
_ANYBODYS = re.compile(r"(?:from [\w.]+ )?import [\w., ]+|\W*")
#: Shortest line that is sought inside others, in characters.
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code of a document: its text as written and as run, the file it stands in, and in an annotation."""

    texts: tuple[str, ...]
    file: Path
    annotation: bool


class Writers:
    """Who wrote what in one edition, by its catalogue and its originals."""

    def __init__(self, source: Path, rows: Mapping[str, Entry]) -> None:
        """Take the folder of the sources and the rows of the catalogue by id."""
        self._source = source.resolve()
        self._by_slug: dict[str, list[Entry]] = {}
        self._rows = rows
        for row in rows.values():
            self._by_slug.setdefault(row.slug, []).append(row)

    def originals(self, slug: str, known: str) -> tuple[Path, ...] | None:
        """Return the originals of a post by its name and its id; None when by all that is kept it is nobody else's."""
        rows = [*self._by_slug.get(slug, ()), *([self._rows[known]] if known in self._rows else ())]
        ids = dict.fromkeys(filter(None, (known, *(row.id for row in rows), *(a for row in rows for a in row.aliases))))
        folder = self._source / "originals"
        names = [f"{safe_name(one)}{suffix}" for one in ids for suffix in (".md", ".new.md")]
        found = tuple(folder / name for name in names if (folder / name).is_file())
        return found if found or any(row.state in _THEIRS for row in rows) else None

    def doubt(self, docname: str, known: str, origin: str, code: Code) -> str:
        """Return why a piece of code is not to be run; empty when the edition's own people wrote it."""
        own = self._source / f"{docname}.md"
        file = code.file.resolve()
        if file != own.resolve() and not _plain(file, self._source):
            return f"it is included from {file.name}, which may be a stranger's"
        if not docname.startswith("posts/"):
            return ""
        originals = self.originals(docname.removeprefix("posts/"), known)
        if originals is None and origin == "local":
            return ""
        if not code.annotation:
            return "it stands in the original of a fetched post"
        if not originals:
            return "there is no original of this post, so nobody can tell who wrote it"
        for text in code.texts:
            if (line := self._shared(text, originals)) is not None:
                return f"its line {line!r} stands in the original too"
        return ""

    def _shared(self, text: str, originals: Sequence[Path]) -> str | None:
        lines = [line for line in map(_bare, text.splitlines()) if line]
        telling = [line for line in lines if not _ANYBODYS.fullmatch(line)] or lines
        for path in originals:
            whole, apart = _lines(path)
            for line in telling:
                if line in apart or (len(line) >= _SHORT and line in whole):
                    return line
        return None


def _plain(file: Path, source: Path) -> bool:
    """Say whether an included file is one of the edition's own pages."""
    return file.is_relative_to(source) and file.relative_to(source).parts[0] not in _FOLDERS


@functools.lru_cache(maxsize=4)  # a document's checks follow each other
def _lines(path: Path) -> tuple[str, frozenset[str]]:
    lines = [_bare(line) for line in read_text(path).splitlines()]
    return "\n".join(lines), frozenset(lines)


def _bare(line: str) -> str:
    return " ".join(_BEFORE.sub("", line).split())
