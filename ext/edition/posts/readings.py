"""What a reviewer of a post reads: the text of each annotation, and the text that stands around them all."""

from __future__ import annotations

import hashlib
import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ext.edition.posts.blocks import annotation_lines
from ext.edition.posts.notes import Note, notes, unmarked


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a post as it is read: its text, without the annotations inside it and its mark of staleness.

    ``line`` is where it opens, from 1 in the body; kind and label are empty for the text around all annotations.
    """

    line: int
    kind: str
    label: str
    text: str

    @property
    def digest(self) -> str:
        """A digest of the text."""
        return digest(self.text)


def digest(text: str) -> str:
    """Return the digest by which a text is known that somebody has read."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def texts(body: str) -> tuple[Text, ...]:
    """Return the annotations of a body in reading order; the lines of one inside another are its own alone."""
    lines = body.split("\n")
    return tuple(Text(one.opening + 1, one.kind, one.label, _own(one, lines)) for one in notes(body))


def by_line(body: str) -> dict[int, Text]:
    """Return the annotations by the lines at which a document may say that they begin.

    An annotated heading stands below its attributes, and is known by its own line there.
    """
    found = {}
    for one in texts(body):
        ahead = itertools.takewhile(lambda line: line.startswith("{"), () if one.kind else one.text.split("\n"))
        found.update(dict.fromkeys((one.line, *(one.line + number for number, _ in enumerate(ahead, 1))), one))
    return found


def around(body: str) -> Text:
    """Return the text around all annotations: the original, and what holds the post together."""
    marked = annotation_lines(body)
    lines = [line for number, line in enumerate(body.split("\n")) if number not in marked]
    return Text(1, "", "", _joined(lines))


def fresh(then: str, now: str) -> str:
    """Return the paragraphs of a text that were not in it before: what is to be read by one who has read it then."""
    known = set(then.split("\n\n"))
    return "\n\n".join(one for one in now.split("\n\n") if one not in known)


def _own(note: Note, lines: Sequence[str]) -> str:
    return _joined(unmarked(textwrap.dedent("\n".join(lines[number] for number in note.own))).split("\n"))


def _joined(lines: Sequence[str]) -> str:
    """Return the lines without space at their ends, and no more than one blank line between two of them."""
    found: list[str] = []
    for line in lines:
        if line.strip() or (found and found[-1]):
            found.append(line.rstrip())
    return "\n".join(found).strip("\n")
