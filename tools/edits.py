"""What the commands that rewrite posts share: reading a post in two parts, and showing what they change."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text


@dataclass(frozen=True, slots=True)
class Post:
    """A file of the edition: its front matter as written and as data, and its body."""

    path: Path
    head: str
    meta: dict[str, Any]
    body: str

    @property
    def text(self) -> str:
        """The whole file."""
        return self.head + self.body

    @property
    def offset(self) -> int:
        """Lines of the file before the body."""
        return self.head.count("\n")


def open_post(path: Path) -> Post:
    """Read a post, an original, or a file of the same form."""
    text = read_text(path)
    parts = frontmatter.split(text, where=path)
    return Post(path, text[:len(text) - len(parts.body)], parts.meta, parts.body)


def diff(before: str, after: str, name: str) -> str:
    """Return the unified diff of a file, empty when nothing changes."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "\n".join(lines)


@contextmanager
def located(path: Path) -> Iterator[None]:
    """Say the file in an error that does not know it."""
    try:
        yield
    except EditionError as error:
        if error.where is not None:
            raise
        raise EditionError(error.what, where=path, remedy=error.remedy) from error
